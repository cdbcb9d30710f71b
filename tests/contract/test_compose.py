"""``deploy/compose``: its processes have settings that the code takes, wait for what they need, and are reached from this machine only.

No client of Docker is at hand where these tests run. The keys were looked up in the Compose Specification (compose-spec/compose-spec,
schema/compose-spec.json): one that is not here is misspelt or new.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.lifecycle import HARD_STOP_SECONDS
from shared.settings import KafkaSettings, OperationsSettings, load
from support.environments import only_environment
from support.k8s_settings import CONTENTS, SETTINGS

Compose = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "deploy" / "compose"
KNOWN = {
    "build", "cap_drop", "command", "depends_on", "entrypoint", "environment", "healthcheck", "image", "ports", "read_only", "restart",
    "secrets", "security_opt", "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip
HEALTHCHECK = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
NODES = ("kafka-1", "kafka-2", "kafka-3")


@pytest.fixture(scope="module")
def compose() -> Compose:
    """The file, with its references filled in as YAML says."""
    content: Compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return content


def ours(compose: Compose) -> Iterator[tuple[str, Any]]:
    yield from ((name, service) for name, service in compose["services"].items() if name in SETTINGS)


def test_every_service_is_there(compose: Compose) -> None:
    """The same processes as anywhere else."""
    assert {name for name, _ in ours(compose)} == SETTINGS.keys() - {"operators"}


def test_only_known_keys_are_used(compose: Compose) -> None:
    """A misspelt one would be refused where nobody of us looks."""
    assert compose.keys() - {"name", "services", "secrets", "volumes"} == {key for key in compose if key.startswith("x-")}
    for name, service in compose["services"].items():
        assert service.keys() <= KNOWN, name
        assert service.get("healthcheck", {}).keys() <= HEALTHCHECK, name
        assert {wait["condition"] for wait in service.get("depends_on", {}).values()} <= CONDITIONS, name
        assert {volume.partition(":")[0] for volume in service.get("volumes", []) if not volume.startswith(".")} <= compose[
            "volumes"
        ].keys()
        assert set(service.get("secrets", [])) <= compose["secrets"].keys(), name


@pytest.mark.parametrize("name", sorted(SETTINGS.keys() - {"operators"}))
def test_a_process_would_start(compose: Compose, name: str, tmp_path: Path) -> None:
    """Its settings are taken, with invented secrets in the mounted files; each secret that it names is mounted."""
    service = compose["services"][name]
    mounted = set(service.get("secrets", []))
    for secret in mounted:
        (tmp_path / secret).write_text(CONTENTS.get(secret, "x" * 40))
    told = {
        key: value.replace("/run/secrets", str(tmp_path)) for key, value in service["environment"].items() if not value.startswith("${")
    }
    with only_environment(told):
        for settings in SETTINGS[name]:
            load(settings)
    known = {field.upper() for settings in SETTINGS[name] for field in settings.model_fields}
    named = {key.removesuffix("_FILE") for key in told if key.endswith("_FILE")}
    assert named & known <= mounted


def test_starts_are_gated_by_health(compose: Compose) -> None:
    """Topics are made when all brokers answer, services start when there are topics and a primary; the front door waits for nobody."""
    services = compose["services"]
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            assert wait["condition"] != "service_healthy" or "healthcheck" in services[other], (name, other)
    for name, service in ours(compose):
        waits = {other: wait["condition"] for other, wait in service["depends_on"].items()}
        if name == "intake-web":
            assert waits == {}
            continue
        assert waits["topics"] == "service_completed_successfully"
        assert waits["mongodb-1"] == "service_healthy"
    assert {(node, "service_healthy") for node in NODES} == {
        (name, wait["condition"]) for name, wait in services["topics"]["depends_on"].items()
    }


def test_three_nodes_are_one_cluster(compose: Compose) -> None:
    """Each is its own, all know all, and a record has as many replicas as the services ask for."""
    nodes = {name: compose["services"][name]["environment"] for name in NODES}
    assert {node["KAFKA_NODE_ID"] for node in nodes.values()} == {"1", "2", "3"}
    assert all(node["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:9092" for name, node in nodes.items())
    quorum = ",".join(f"{node['KAFKA_NODE_ID']}@{name}:9093" for name, node in nodes.items())
    assert {node["KAFKA_CONTROLLER_QUORUM_VOTERS"] for node in nodes.values()} == {quorum}
    defaults = KafkaSettings.model_fields
    for node in nodes.values():
        assert int(node["KAFKA_DEFAULT_REPLICATION_FACTOR"]) == defaults["kafka_replication_factor"].default == len(nodes)
        assert int(node["KAFKA_MIN_INSYNC_REPLICAS"]) == defaults["kafka_min_insync_replicas"].default


def test_services_are_restricted_and_stop_in_time(compose: Compose) -> None:
    """As in a pod: a root that cannot be written, no rights, an image that is made here, doors on this machine only."""
    needed = OperationsSettings.model_fields["shutdown_seconds"].default + HARD_STOP_SECONDS
    for name, service in ours(compose):
        assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"]), name  # noqa: S108 - the container's
        assert int(service["stop_grace_period"].removesuffix("s")) > needed
        assert (FOLDER.parents[1] / service["build"]["dockerfile"]).exists()
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_secrets_are_made_by_the_command(compose: Compose) -> None:
    """None is in the repository: `up` makes each that the file names."""
    up = (FOLDER / "up").read_text()
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"../../.local/compose/{name}"}
        assert name in up
