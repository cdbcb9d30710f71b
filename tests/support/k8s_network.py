"""Who may speak to whom. Each check gives its complaints."""

from collections.abc import Iterator, Mapping
from typing import Any

from support.k8s_manifests import PROCESSES, WORKLOADS, Manifest, Manifests, container_of, labels_of, name_of, selects

MONGODB_PORT, DNS_PORT, HTTPS_PORT = 27017, 53, 443


def nothing_is_open_by_default(manifests: Manifests) -> Iterator[str]:
    """What no policy names is refused, in and out."""
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if closed not in [policy["spec"] for policy in manifests.of("NetworkPolicy")]:
        yield "no policy refuses everything"


def services_lead_to_open_ports(manifests: Manifests) -> Iterator[str]:
    """Behind each Service's port there is a pod that listens there, and a policy that lets somebody in, and not everybody."""
    for service in manifests.of("Service"):
        name, spec = name_of(service), service["spec"]
        pods = [workload for workload in manifests.of(*WORKLOADS) if spec["selector"].items() <= labels_of(workload).items()]
        if not pods:
            yield f"service {name} leads nowhere"
        for workload in pods:
            ports = {port["name"]: port["containerPort"] for port in container_of(workload)["ports"]}
            for port in spec["ports"]:
                if ports.get(port["targetPort"]) != port["port"]:
                    yield f"service {name}: port {port['port']} is {ports.get(port['targetPort'])} in the pod"
                peers = list(_let_in(manifests, labels_of(workload), port["targetPort"], ports))
                if not peers:
                    yield f"service {name}: no policy lets anybody in at {port['port']}"
                if {} in peers or None in peers:
                    yield f"service {name}: everybody is let in at {port['port']}"


def doors_are_where_the_settings_say(manifests: Manifests) -> Iterator[str]:
    """The port http is the one where the process listens, at the pod's address."""
    for name, kind, prefix in (("intake-web", "StatefulSet", "PORTAL"), ("tracker-serve", "Deployment", "TRACKER")):
        workload = manifests.one(kind, name)
        told = manifests.environment(workload)
        ports = {port["name"]: str(port["containerPort"]) for port in container_of(workload)["ports"]}
        if (told[f"{prefix}_HOST"], told[f"{prefix}_PORT"]) != ("0.0.0.0", ports.get("http")):  # noqa: S104 - the pod's own address
            yield f"{name}: listens at {told[f'{prefix}_HOST']}:{told[f'{prefix}_PORT']}, its port http is {ports.get('http')}"


def processes_reach_what_they_use(manifests: Manifests) -> Iterator[str]:
    """Names, Kafka for all, MongoDB for those that have a database, and for those only."""
    broker = int(manifests.settings("cary311-common")["KAFKA_BOOTSTRAP_SERVERS"].rpartition(":")[2])
    listeners = {listener["port"] for kafka in manifests.of("Kafka") for listener in kafka["spec"]["kafka"]["listeners"]}
    if broker not in listeners:
        yield f"Kafka listens at {sorted(listeners)}, and the processes ask for {broker}"
    for workload in manifests.of(*PROCESSES):
        name, reached = name_of(workload), set(_let_out(manifests, labels_of(workload)))
        yield from (f"{name}: is not let out to port {port}" for port in {broker, DNS_PORT} - reached)
        told = manifests.environment(workload)
        if "GEOCODER_URL" in told and HTTPS_PORT not in reached:
            yield f"{name}: is not let out to its geocoder"
        has_database = "MONGODB_URI_FILE" in told
        if has_database != (MONGODB_PORT in reached):
            yield f"{name}: {'is not let out to' if has_database else 'may go to'} MongoDB"


def routes_lead_to_services(manifests: Manifests) -> Iterator[str]:
    """A route of the gateway ends at a Service's port, and its hostname is the address that residents are told."""
    ports = {(name_of(service), port["port"]) for service in manifests.of("Service") for port in service["spec"]["ports"]}
    public = manifests.settings("cary311-common")["PUBLIC_BASE_URL"]
    for route in manifests.of("HTTPRoute"):
        spec = route["spec"]
        ends = {(backend["name"], backend["port"]) for rule in spec["rules"] for backend in rule.get("backendRefs", [])}
        yield from (f"route {name_of(route)} leads to {end}" for end in ends - ports)
        if {f"https://{host}" for host in spec["hostnames"]} != {public}:
            yield f"route {name_of(route)} is for {spec['hostnames']}, residents are told {public}"


def metrics_are_collected(manifests: Manifests) -> Iterator[str]:
    """Where there is a monitor, it finds every pod, at a port that its policy opens."""
    for monitor in manifests.of("PodMonitor"):
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        if endpoint["path"] != "/metrics":
            yield f"monitor: nothing is at {endpoint['path']}"
        for workload in manifests.of(*WORKLOADS):
            ports = {port["name"]: port["containerPort"] for port in container_of(workload)["ports"]}
            if endpoint["port"] not in ports or not selects(monitor["spec"]["selector"], labels_of(workload)):
                yield f"monitor: does not find {name_of(workload)}"
            elif not list(_let_in(manifests, labels_of(workload), endpoint["port"], ports)):
                yield f"monitor: is not let in to {name_of(workload)}"


def _policies(manifests: Manifests, labels: Mapping[str, str], kind: str) -> Iterator[Manifest]:
    for policy in manifests.of("NetworkPolicy"):
        if kind in policy["spec"]["policyTypes"] and selects(policy["spec"]["podSelector"], labels):
            yield policy["spec"]


def _let_in(manifests: Manifests, labels: Mapping[str, str], port: str, ports: Mapping[str, int]) -> Iterator[Any]:
    """The peers that policies let in at a port; None: everybody."""
    for policy in _policies(manifests, labels, "Ingress"):
        for rule in policy.get("ingress", []):
            if any(one["port"] in {port, ports.get(port)} for one in rule.get("ports", [])):
                yield from rule.get("from", [None])


def _let_out(manifests: Manifests, labels: Mapping[str, str]) -> Iterator[int]:
    for policy in _policies(manifests, labels, "Egress"):
        for rule in policy.get("egress", []):
            yield from (one["port"] for one in rule["ports"])
