"""The manifests say what the code says: topics, rights, settings, ports, probes, times. Each check is shown to be able to fail."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support import k8s_fields, k8s_kafka, k8s_network, k8s_pods, k8s_settings
from support.k8s_manifests import OVERLAYS, Manifests, container_of, manifests_of, manifests_with, pod_of, unused_components

Check = Callable[[Manifests], Iterator[str]]
CHECKS: tuple[Check, ...] = tuple(
    found
    for module in (k8s_kafka, k8s_pods, k8s_network, k8s_settings, k8s_fields)
    for name, found in vars(module).items()
    if callable(found) and getattr(found, "__module__", "") == module.__name__ and not name.startswith("_")
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_right(overlay: str, check: Check) -> None:
    """Whatever is rendered for a cluster passes every check."""
    assert list(check(manifests_of(overlay))) == []


@pytest.mark.parametrize("component", unused_components())
def test_a_part_that_a_town_may_add_is_right(component: str, tmp_path: Path) -> None:
    """Production with it passes every check too."""
    manifests = manifests_with(component, tmp_path)
    assert {check.__name__: list(check(manifests)) for check in CHECKS} == {check.__name__: [] for check in CHECKS}


def _spec(manifests: Manifests, kind: str, name: str) -> Any:  # noqa: ANN401 - YAML
    return manifests.one(kind, name)["spec"]


def _container(manifests: Manifests, kind: str, name: str) -> Any:  # noqa: ANN401 - YAML
    return container_of(manifests.one(kind, name))


def _data(manifests: Manifests, name: str) -> Any:  # noqa: ANN401 - YAML
    return manifests.one("ConfigMap", name)["data"]


def _policy_without_ingress(manifests: Manifests) -> None:
    del _spec(manifests, "NetworkPolicy", "tracker-serve")["ingress"]


NORMALIZER, SERVE, WEB = ("Deployment", "normalizer"), ("Deployment", "tracker-serve"), ("StatefulSet", "intake-web")

MUTATIONS: tuple[tuple[Check, Callable[[Manifests], Any], str], ...] = (
    (
        k8s_kafka.topics_are_the_registrys,
        lambda all_: _spec(all_, "KafkaTopic", "request.events.v1").update(partitions=12),
        "topic request.events.v1 is",
    ),
    (
        k8s_kafka.topics_are_the_registrys,
        lambda all_: _spec(all_, "KafkaTopic", "request.updated.v1")["config"].update({"retention.ms": 1}),
        "topic request.updated.v1 is",
    ),
    (
        k8s_kafka.topics_are_the_registrys,
        lambda all_: all_.one("KafkaTopic", "request.updated.v1")["metadata"].update(name="request.update.v1"),
        "topic request.updated.v1 is missing",
    ),
    (
        k8s_kafka.users_may_what_they_do,
        lambda all_: _spec(all_, "KafkaUser", "normalizer")["authorization"]["acls"].pop(),
        "user normalizer lacks Read on group normalizer",
    ),
    (
        k8s_kafka.users_may_what_they_do,
        lambda all_: _spec(all_, "KafkaUser", "tracker-serve")["authorization"]["acls"][0]["operations"].append("Read"),
        "user tracker-serve may without need Read on topic request.events.v1",
    ),
    (
        k8s_kafka.users_are_those_of_the_processes,
        lambda all_: _container(all_, *NORMALIZER)["env"].remove({"name": "KAFKA_SASL_USERNAME", "value": "normalizer"}),
        "normalizer signs in to Kafka as None",
    ),
    (
        k8s_kafka.readers_scale_by_lag,
        lambda all_: _spec(all_, "ScaledObject", "normalizer").update(maxReplicaCount=49),
        "normalizer: more replicas than submission.received.v1 has partitions",
    ),
    (
        k8s_kafka.readers_scale_by_lag,
        lambda all_: _spec(all_, "ScaledObject", "normalizer")["triggers"][0]["metadata"].pop("version"),
        "normalizer: offsetResetPolicy and version must be said",
    ),
    (
        k8s_kafka.readers_scale_by_lag,
        lambda all_: _spec(all_, "ScaledObject", "normalizer")["triggers"][0]["metadata"].update(topic="request.events.v1"),
        "normalizer: normalizer does not read request.events.v1",
    ),
    (
        k8s_kafka.readers_scale_by_lag,
        lambda all_: _spec(all_, "HorizontalPodAutoscaler", "tracker-serve")["scaleTargetRef"].update(name="normalizer"),
        "normalizer: normalizer has another autoscaler too",
    ),
    (
        k8s_kafka.keda_sees_what_it_scales_by,
        lambda all_: _spec(all_, "KafkaUser", "keda")["authorization"]["acls"][0]["operations"].append("Read"),
        "user keda may",
    ),
    (
        k8s_pods.pods_are_restricted,
        lambda all_: _container(all_, *SERVE)["securityContext"].update(readOnlyRootFilesystem=False),
        "tracker-serve: the container is not restricted",
    ),
    (
        k8s_pods.pods_are_restricted,
        lambda all_: pod_of(all_.one(*SERVE))["securityContext"].update(runAsUser=0),
        "tracker-serve: the pod is not restricted",
    ),
    (
        k8s_pods.pods_are_restricted,
        lambda all_: _container(all_, *SERVE)["resources"]["limits"].pop("memory"),
        "tracker-serve: says neither what it needs nor what it may take",
    ),
    (
        k8s_pods.photos_fit,
        lambda all_: _data(all_, "intake-email").update(PHOTO_WORKER_PROCESSES="2"),
        "intake-email: 2 workers and the largest photos need 2560 MiB",
    ),
    (
        k8s_pods.probes_are_the_health_servers,
        lambda all_: _container(all_, *WEB)["livenessProbe"]["httpGet"].update(path="/healthz"),
        "intake-web: its livenessProbe asks",
    ),
    (
        k8s_pods.probes_are_the_health_servers,
        lambda all_: _data(all_, "cary311-common").update(HEALTH_PORT="9312"),
        "intake-web: its health does not listen at the port health",
    ),
    (
        k8s_pods.stops_have_time,
        lambda all_: _data(all_, "cary311-common").update(SHUTDOWN_SECONDS="60"),
        "normalizer: stopping may take 72 s, more than its grace period",
    ),
    (k8s_pods.stops_have_time, lambda all_: _container(all_, *SERVE).pop("lifecycle"), "tracker-serve: nothing waits"),
    (
        k8s_pods.several_are_not_evicted_at_once,
        lambda all_: all_.one("PodDisruptionBudget", "normalizer").update(kind="Gone"),
        "normalizer: up to 12 replicas and 0 disruption budgets",
    ),
    (
        k8s_pods.several_are_not_evicted_at_once,
        lambda all_: _spec(all_, "PodDisruptionBudget", "normalizer").pop("unhealthyPodEvictionPolicy"),
        "normalizer: its disruption budget would keep a node",
    ),
    (
        k8s_pods.the_autoscaler_has_the_replicas,
        lambda all_: _spec(all_, *SERVE).update(replicas=3),
        "tracker-serve: both an autoscaler and a number of replicas",
    ),
    (
        k8s_pods.pollers_work_alone,
        lambda all_: _spec(all_, "Deployment", "intake-email").pop("strategy"),
        "intake-email: two work while one is replaced",
    ),
    (
        k8s_pods.images_are_ours,
        lambda all_: _container(all_, *SERVE).update(image="cary311/tracker:latest"),
        "tracker-serve: image cary311/tracker:latest",
    ),
    (
        k8s_pods.images_are_ours,
        lambda all_: _container(all_, *SERVE)["ports"][0].update(containerPort=8080),
        "tracker-serve: port 8080 is not exposed by its image",
    ),
    (
        k8s_pods.the_spool_survives,
        lambda all_: _spec(all_, *WEB)["persistentVolumeClaimRetentionPolicy"].update(whenScaled="Delete"),
        "intake-web: a disk goes with its replica",
    ),
    (
        k8s_pods.the_spool_survives,
        lambda all_: _data(all_, "intake-web").update(SPOOL_PATH="/tmp/spool.sqlite"),  # noqa: S108 - the pod's
        "intake-web: the spool is not on the disk that survives",
    ),
    (
        k8s_pods.the_spool_survives,
        lambda all_: _data(all_, "intake-web").update(SPOOL_MAX_BYTES=str(2**33)),
        "intake-web: the disk is full before the spool is",
    ),
    (
        k8s_network.nothing_is_open_by_default,
        lambda all_: _spec(all_, "NetworkPolicy", "default-deny")["policyTypes"].remove("Egress"),
        "no policy refuses everything",
    ),
    (k8s_network.services_lead_to_open_ports, _policy_without_ingress, "service tracker-serve: no policy lets anybody in at 8312"),
    (
        k8s_network.services_lead_to_open_ports,
        lambda all_: _spec(all_, "Service", "intake-web")["ports"][0].update(port=80),
        "service intake-web: port 80 is 8311 in the pod",
    ),
    (
        k8s_network.doors_are_where_the_settings_say,
        lambda all_: _data(all_, "tracker-serve").update(TRACKER_HOST="127.0.0.1"),
        "tracker-serve: listens at 127.0.0.1:8312",
    ),
    (
        k8s_network.processes_reach_what_they_use,
        lambda all_: _data(all_, "normalizer").update(GEOCODER_URL="https://geocoder.example.org"),
        "normalizer: is not let out to its geocoder",
    ),
    (
        k8s_network.processes_reach_what_they_use,
        lambda all_: _spec(all_, "NetworkPolicy", "to-kafka")["egress"][0]["ports"][0].update(port=9092),
        "normalizer: is not let out to port 9093",
    ),
    (
        k8s_network.processes_reach_what_they_use,
        lambda all_: _spec(all_, "NetworkPolicy", "to-mongodb")["podSelector"]["matchExpressions"][0]["values"].append("normalizer"),
        "normalizer: may go to MongoDB",
    ),
    (
        k8s_network.routes_lead_to_services,
        lambda all_: _spec(all_, "HTTPRoute", "cary311")["rules"][0]["backendRefs"][0].update(port=80),
        "route cary311 leads to ('tracker-serve', 80)",
    ),
    (
        k8s_network.metrics_are_collected,
        lambda all_: _spec(all_, "NetworkPolicy", "from-prometheus").pop("ingress"),
        "monitor: is not let in to normalizer",
    ),
    (
        k8s_settings.every_setting_is_known,
        lambda all_: _data(all_, "normalizer").update(CONSUMER_MAX_RECORD="5"),
        "normalizer: has no setting CONSUMER_MAX_RECORD",
    ),
    (
        k8s_settings.every_setting_is_known,
        lambda all_: _data(all_, "cary311-common").update(KAFKA_PARTITION="5"),
        "common: nobody has a setting KAFKA_PARTITION",
    ),
    (
        k8s_settings.every_setting_without_default_is_given,
        lambda all_: _container(all_, *WEB)["env"].remove({"name": "RECEIPT_SECRET_FILE", "value": "/run/secrets/cary311/RECEIPT_SECRET"}),
        "intake-web: RECEIPT_SECRET is not given",
    ),
    (
        k8s_settings.the_processes_would_start,
        lambda all_: _data(all_, "cary311-common").update(KAFKA_PARTITIONS="0"),
        "tracker-project: wrong settings: KAFKA_PARTITIONS",
    ),
    (
        k8s_settings.secrets_come_from_secrets,
        lambda all_: _data(all_, "intake-web").update(RECEIPT_SECRET="invented"),
        "intake-web: RECEIPT_SECRET is written in a manifest",
    ),
    (
        k8s_settings.secrets_come_from_secrets,
        lambda all_: pod_of(all_.one(*SERVE))["volumes"][0]["projected"]["sources"].pop(0),
        "tracker-serve: MONGODB_URI_FILE names /run/secrets/cary311/MONGODB_URI, which no Secret gives",
    ),
    (
        k8s_settings.every_secret_is_made,
        lambda all_: _spec(all_, "ExternalSecret", "intake-web-secrets")["data"].pop(0),
        "intake-web: nobody makes RECEIPT_SECRET of Secret intake-web-secrets",
    ),
    (
        k8s_settings.databases_belong_to_their_services,
        lambda all_: _spec(all_, "PerconaServerMongoDB", "cary311-mongodb")["users"][-1]["roles"].append(
            {"name": "readWrite", "db": "intake_email"}
        ),
        "MongoDB: operators may write ['intake_email', 'tracker']",
    ),
    (
        k8s_fields.fields_are_known,
        lambda all_: _spec(all_, "Kafka", "cary311")["kafka"].update(replicas=3),
        "kafka.strimzi.io/v1/Kafka cary311: spec.kafka.replicas is unknown",
    ),
    (
        k8s_fields.fields_are_known,
        lambda all_: all_.one("KafkaTopic", "request.events.v1").update(apiVersion="kafka.strimzi.io/v1beta2"),
        "kafka.strimzi.io/v1beta2/KafkaTopic request.events.v1: nobody looked up its fields",
    ),
)


@pytest.mark.parametrize(("check", "mutate", "said"), MUTATIONS, ids=[f"{check.__name__}-{said}" for check, _, said in MUTATIONS])
def test_a_check_can_fail(check: Check, mutate: Callable[[Manifests], Any], said: str) -> None:
    """A wrong manifest is told, in a sentence that says where."""
    manifests = manifests_of("production")
    mutate(manifests)
    assert any(complaint.startswith(said) for complaint in check(manifests)), list(check(manifests))


def test_every_check_can_fail() -> None:
    """None is without its mutation."""
    assert {check for check, _, _ in MUTATIONS} == set(CHECKS)
