"""What every pod of ours must be like. Each check gives its complaints."""

from collections.abc import Iterator

from shared.lifecycle import HARD_STOP_SECONDS
from shared.observability.health import HealthServer
from shared.settings import OperationsSettings
from support.k8s_manifests import PROCESSES, REPOSITORY, WORKLOADS, Manifest, Manifests, container_of, labels_of, name_of, pod_of, selects
from support.k8s_settings import SETTINGS

MARGIN_SECONDS = 5
"""Between the last moment of a process and the kill."""
PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
MEBIBYTES = {"Mi": 1, "Gi": 1024}
PHOTO_MEBIBYTES = 1024
"""What a worker was measured to take at most for a photo of 64 million pixels (913 MiB, a PNG with transparency), rounded up."""
REST_MEBIBYTES = 512
"""Of everything else in such a process, several times of what it takes at rest (38 to 143 MiB)."""
POD_SECURITY = {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
CONTAINER_SECURITY = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def pods_are_restricted(manifests: Manifests) -> Iterator[str]:
    """Nobody's rights, a root that cannot be written, no way to Kubernetes' API, a name of its own, bounds for memory and for /tmp."""
    accounts = {name_of(account) for account in manifests.of("ServiceAccount")}
    for workload in manifests.of(*PROCESSES):
        name, pod, container = name_of(workload), pod_of(workload), container_of(workload)
        if not POD_SECURITY.items() <= pod.get("securityContext", {}).items():
            yield f"{name}: the pod is not restricted"
        if container.get("securityContext") != CONTAINER_SECURITY:
            yield f"{name}: the container is not restricted"
        if pod.get("automountServiceAccountToken") is not False or pod.get("serviceAccountName") not in {name} & accounts:
            yield f"{name}: needs a ServiceAccount of its own, and no token"
        resources = container.get("resources", {})
        if not {"cpu", "memory"} <= resources.get("requests", {}).keys() or "memory" not in resources.get("limits", {}):
            yield f"{name}: says neither what it needs nor what it may take"
        mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        if not any("sizeLimit" in volume.get("emptyDir", {}) and mounted.get(volume["name"]) == "/tmp" for volume in pod["volumes"]):  # noqa: S108 - the pod's
            yield f"{name}: no /tmp of a known size"
    namespace = next(manifests.of("Namespace"))
    if namespace["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
        yield "the namespace does not enforce the restricted standard"


def photos_fit(manifests: Manifests) -> Iterator[str]:
    """Whoever decodes photos has the memory for the largest in each of its workers: over the limit the whole pod would be killed."""
    for workload in manifests.of(*WORKLOADS):
        for settings in SETTINGS[name_of(workload)]:
            workers = settings.model_fields.get("photo_worker_processes")
            if workers is None:
                continue
            processes = int(manifests.environment(workload).get("PHOTO_WORKER_PROCESSES", workers.default))
            needed = processes * PHOTO_MEBIBYTES + REST_MEBIBYTES
            if _mebibytes(container_of(workload)["resources"]["limits"]["memory"]) < needed:
                yield f"{name_of(workload)}: {processes} workers and the largest photos need {needed} MiB"


def _mebibytes(quantity: str) -> int:
    return int(quantity[:-2]) * MEBIBYTES[quantity[-2:]]


def probes_are_the_health_servers(manifests: Manifests) -> Iterator[str]:
    """Three probes, on paths that the process answers, at the port where it listens."""
    server = HealthServer(OperationsSettings(), {})
    for workload in manifests.of(*WORKLOADS):
        name, container, told = name_of(workload), container_of(workload), manifests.environment(workload)
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        if str(ports.get("health")) != told["HEALTH_PORT"] or told["HEALTH_HOST"] != "0.0.0.0":  # noqa: S104 - the pod's own address
            yield f"{name}: its health does not listen at the port health"
        for probe, path in PROBES.items():
            get = container.get(probe, {}).get("httpGet", {})
            answer = server._answer(f"GET {get.get('path')} HTTP/1.1\r\n\r\n".encode())
            if get.get("path") != path or get.get("port") != "health" or not answer.startswith(b"HTTP/1.1 200"):
                yield f"{name}: its {probe} asks {get}"


def stops_have_time(manifests: Manifests) -> Iterator[str]:
    """What a pod does before it is told to stop, a graceful stop and the end that it makes itself fit into the grace period."""
    for workload in manifests.of(*WORKLOADS):
        name, hook = name_of(workload), container_of(workload).get("lifecycle", {}).get("preStop")
        if hook is None:
            yield f"{name}: nothing waits before it is told to stop"
            continue
        needed = _hook_seconds(hook) + float(manifests.environment(workload)["SHUTDOWN_SECONDS"]) + HARD_STOP_SECONDS + MARGIN_SECONDS
        if pod_of(workload)["terminationGracePeriodSeconds"] < needed:
            yield f"{name}: stopping may take {needed:.0f} s, more than its grace period"


def _hook_seconds(hook: Manifest) -> float:
    if "sleep" in hook:
        return float(hook["sleep"]["seconds"])
    words = hook["exec"]["command"]
    return sum(float(words[words.index(option) + 1]) for option in ("--first-seconds", "--at-most-seconds"))


def several_are_not_evicted_at_once(manifests: Manifests) -> Iterator[str]:
    """Whatever may have two replicas has one disruption budget, which lets go of pods that do not work anyway."""
    for workload in manifests.of(*WORKLOADS):
        name = name_of(workload)
        budgets = [one["spec"] for one in manifests.of("PodDisruptionBudget") if selects(one["spec"]["selector"], labels_of(workload))]
        most = max([workload["spec"].get("replicas", 1), *_most_replicas(manifests, name)])
        if most > 1 and len(budgets) != 1:
            yield f"{name}: up to {most} replicas and {len(budgets)} disruption budgets"
        for budget in budgets:
            if budget.get("maxUnavailable") != 1 or budget.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
                yield f"{name}: its disruption budget would keep a node from being emptied"


def _most_replicas(manifests: Manifests, name: str) -> Iterator[int]:
    for scaler in manifests.of("HorizontalPodAutoscaler", "ScaledObject"):
        if scaler["spec"]["scaleTargetRef"]["name"] == name:
            yield scaler["spec"].get("maxReplicas", scaler["spec"].get("maxReplicaCount"))


def the_autoscaler_has_the_replicas(manifests: Manifests) -> Iterator[str]:
    """Who is scaled says no number, or every deployment would undo the autoscaler's; and who is not scaled says one."""
    for workload in manifests.of(*WORKLOADS):
        name = name_of(workload)
        is_scaled = any(True for _ in _most_replicas(manifests, name))
        if is_scaled and "replicas" in workload["spec"]:
            yield f"{name}: both an autoscaler and a number of replicas"


def pollers_work_alone(manifests: Manifests) -> Iterator[str]:
    """Whoever asks a mailbox or a network is replaced, never doubled by a deployment."""
    for name in ("intake-email", "intake-social"):
        if manifests.one("Deployment", name)["spec"].get("strategy") != {"type": "Recreate"}:
            yield f"{name}: two work while one is replaced"


def images_are_ours(manifests: Manifests) -> Iterator[str]:
    """Each image is one that a Dockerfile here makes, by a name that stays the same image, and listens where the pod says."""
    for workload in manifests.of(*PROCESSES):
        image, _, tag = container_of(workload)["image"].rpartition(":")
        dockerfile = REPOSITORY / "services" / image.rpartition("/")[2] / "Dockerfile"
        if tag in {"", "latest"} or not dockerfile.exists():
            yield f"{name_of(workload)}: image {image}:{tag}"
            continue
        exposed = next(line for line in dockerfile.read_text().splitlines() if line.startswith("EXPOSE ")).split()[1:]
        yield from (
            f"{name_of(workload)}: port {port['containerPort']} is not exposed by its image"
            for port in container_of(workload).get("ports", [])
            if str(port["containerPort"]) not in exposed
        )


def the_spool_survives(manifests: Manifests) -> Iterator[str]:
    """Each replica of intake-web has a disk that outlives it, its spool lies there and fits."""
    workload = manifests.one("StatefulSet", "intake-web")
    told, kept = manifests.environment(workload), workload["spec"].get("persistentVolumeClaimRetentionPolicy")
    claims = {
        claim["metadata"]["name"]: claim["spec"]["resources"]["requests"]["storage"] for claim in workload["spec"]["volumeClaimTemplates"]
    }
    folders = {mount["mountPath"]: claims.get(mount["name"]) for mount in container_of(workload)["volumeMounts"]}
    size = folders.get(told["SPOOL_PATH"].rpartition("/")[0])
    if kept != {"whenDeleted": "Retain", "whenScaled": "Retain"}:
        yield "intake-web: a disk goes with its replica, and with it what was received"
    if size is None:
        yield "intake-web: the spool is not on the disk that survives"
    elif int(size.removesuffix("Gi")) * 2**30 <= int(told["SPOOL_MAX_BYTES"]):
        yield "intake-web: the disk is full before the spool is"
