"""Topics, users and scaling by lag, held against the registry of topics. Each check gives its complaints."""

from collections.abc import Iterator

from shared.kafka.topics import DEAD_LETTER_DECIDED, PROJECTION_GROUP, REQUEST_EVENTS, TOPICS, all_topics
from support.k8s_manifests import PROCESSES, Manifest, Manifests, name_of

PRODUCERS = {"tracker-project": "tracker", "tracker-serve": "tracker"}
"""Users that the registry knows by the name of their service."""
ROLE_WRITES = {"tracker-serve": {REQUEST_EVENTS.name}}
"""One service, two roles: this one appends staff changes and announces nothing."""

Grants = set[tuple[str, str, str]]
"""Kind of resource, name, operation."""


def topics_are_the_registrys(manifests: Manifests) -> Iterator[str]:
    """Every topic with its dead letter topics, each with the partitions, replicas and configuration that the code wants."""
    common = manifests.settings("cary311-common")
    found = {name_of(topic): topic["spec"] for topic in manifests.of("KafkaTopic")}
    wanted = {
        topic.name: {
            "partitions": int(common["KAFKA_PARTITIONS"]),
            "replicas": int(common["KAFKA_REPLICATION_FACTOR"]),
            "config": {**topic.configs, "min.insync.replicas": common["KAFKA_MIN_INSYNC_REPLICAS"]},
        }
        for topic in all_topics()
    }
    yield from (f"topic {name} is missing" for name in wanted.keys() - found.keys())
    yield from (f"topic {name} is not in the registry" for name in found.keys() - wanted.keys())
    for name in wanted.keys() & found.keys():
        spec = found[name] | {"config": {key: str(value) for key, value in found[name]["config"].items()}}
        if spec != wanted[name]:
            yield f"topic {name} is {spec}, the registry says {wanted[name]}"


def users_may_what_they_do(manifests: Manifests) -> Iterator[str]:
    """Each service reads its group's topics, writes those it produces and its dead letters, and nothing else."""
    users = {name_of(user): _grants(user) for user in manifests.of("KafkaUser") if name_of(user) != "keda"}
    services = {name for topic in TOPICS for name in (*topic.producers, *topic.consumers)} - {"tracker"} | set(PRODUCERS)
    yield from (f"user {name} is nobody" for name in users.keys() - services)
    yield from (f"user {name} is missing" for name in services - users.keys())
    for name in services & users.keys():
        for what, grants in (("lacks", _wanted(name) - users[name]), ("may without need", users[name] - _wanted(name))):
            yield from (f"user {name} {what} {operation} on {kind} {resource}" for kind, resource, operation in sorted(grants))


def _wanted(user: str) -> Grants:
    return _operators() if user == "operators" else _service(user)


def _operators() -> Grants:
    """They look at all, put dead letters back, write down what they decided, and rebuild the store: which sets its group's offsets."""
    topics, groups = [topic.name for topic in all_topics()], [group for topic in TOPICS for group in topic.consumers]
    grants = {("topic", name, operation) for name in topics for operation in ("Read", "Describe")}
    grants |= {("topic", topic.name, "Write") for topic in TOPICS if topic.consumers or topic is DEAD_LETTER_DECIDED}
    return grants | {("group", group, "Describe") for group in groups} | {("group", PROJECTION_GROUP, "Read")}


def _service(user: str) -> Grants:
    producer = PRODUCERS.get(user, user)
    reads = {topic.name for topic in TOPICS if user in topic.consumers}
    writes = {topic.name for topic in TOPICS if producer in topic.producers} & ROLE_WRITES.get(user, {topic.name for topic in TOPICS})
    writes |= {topic.dead_letters(user) for topic in TOPICS if user in topic.consumers}
    grants = {("topic", name, "Read") for name in reads} | {("topic", name, "Write") for name in writes}
    grants |= {("topic", name, "Describe") for name in reads | writes}
    return grants | ({("group", user, "Read")} if reads else set())


def _grants(user: Manifest) -> Grants:
    acls = user["spec"]["authorization"]["acls"]
    return {(acl["resource"]["type"], acl["resource"]["name"], operation) for acl in acls for operation in acl["operations"]}


def users_are_those_of_the_processes(manifests: Manifests) -> Iterator[str]:
    """A process signs in as a user that is there."""
    users = {name_of(user) for user in manifests.of("KafkaUser")}
    for workload in manifests.of(*PROCESSES):
        told = manifests.environment(workload)
        if told.get("KAFKA_SASL_USERNAME") not in users or told.get("KAFKA_SASL_USERNAME") != name_of(workload):
            yield f"{name_of(workload)} signs in to Kafka as {told.get('KAFKA_SASL_USERNAME')}"


def readers_scale_by_lag(manifests: Manifests) -> Iterator[str]:
    """Never more of them than partitions, by the lag of their own group, with a version that Kafka 4 answers, and by nothing else."""
    read = {(group, topic.name) for topic in TOPICS for group in topic.consumers}
    partitions = {name_of(topic): topic["spec"]["partitions"] for topic in manifests.of("KafkaTopic")}
    others = {one["spec"]["scaleTargetRef"]["name"] for one in manifests.of("HorizontalPodAutoscaler")}
    for scaled in manifests.of("ScaledObject"):
        name, spec = name_of(scaled), scaled["spec"]
        target = spec["scaleTargetRef"]["name"]
        if target in others:
            yield f"{name}: {target} has another autoscaler too"
        if target not in {name_of(one) for one in manifests.of("Deployment")}:
            yield f"{name}: there is no Deployment {target}"
        if "fallback" not in spec or not 1 <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"]:
            yield f"{name}: no fallback for a Kafka that does not answer"
        for trigger in spec["triggers"]:
            told = trigger["metadata"]
            if (told["consumerGroup"], told["topic"]) not in read:
                yield f"{name}: {told['consumerGroup']} does not read {told['topic']}"
            if spec["maxReplicaCount"] > partitions.get(told["topic"], 0):
                yield f"{name}: more replicas than {told['topic']} has partitions"
            if told.get("offsetResetPolicy") != "earliest" or "version" not in told:
                yield f"{name}: offsetResetPolicy and version must be said"


def keda_sees_what_it_scales_by(manifests: Manifests) -> Iterator[str]:
    """It may look at the groups and topics of its triggers, and read nothing."""
    triggers = [trigger["metadata"] for scaled in manifests.of("ScaledObject") for trigger in scaled["spec"]["triggers"]]
    if not triggers:
        return
    wanted = {("topic", told["topic"], "Describe") for told in triggers} | {
        ("group", told["consumerGroup"], "Describe") for told in triggers
    }
    found = _grants(manifests.one("KafkaUser", "keda"))
    if found != wanted:
        yield f"user keda may {sorted(found)}, its triggers need {sorted(wanted)}"
