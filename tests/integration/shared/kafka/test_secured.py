"""On a Kafka with TLS, passwords and the rights of ``deploy/k8s``: each user can do its work, and nothing else."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from shared.errors import TransientError
from shared.kafka.broker import KafkaGroup, KafkaLog, KafkaPublisher, KafkaRecordSource, ensure_topics
from shared.kafka.records import Outgoing, TopicPartition
from shared.kafka.topics import DEAD_LETTER_DECIDED, REQUEST_EVENTS, REQUEST_UPDATED, SUBMISSION_RECEIVED, TOPICS, partition_for
from shared.lag import lags
from shared.settings import KafkaSettings
from support.k8s_manifests import manifests_of
from support.kafka_secured import SecuredKafka, allow
from support.servers import local_kafka_settings

KEY = b"7KQ4M2XD9RTB"
WAIT_SECONDS = 30.0
USERS = {
    user["metadata"]["name"]: {
        (acl["resource"]["type"], acl["resource"]["name"], operation)
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }
    for user in manifests_of("production").of("KafkaUser")
}

pytestmark = [pytest.mark.real_broker, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SecuredKafka]:
    """With every topic, one record in each, and every user of the manifests."""
    async with SecuredKafka(tmp_path_factory.mktemp("secured"), {name: f"password-of-{name}" for name in USERS}) as kafka:
        settings = local_kafka_settings(kafka.bootstrap_servers)
        await ensure_topics(settings)
        publisher = await KafkaPublisher.start(settings, "test")
        await publisher.publish(
            [Outgoing(topic.name, KEY, b"a record") for topic in (SUBMISSION_RECEIVED, REQUEST_EVENTS, REQUEST_UPDATED)]
        )
        await publisher.close()
        for name, grants in USERS.items():
            await allow(kafka.bootstrap_servers, name, sorted(grants))
        yield kafka


def as_user(kafka: SecuredKafka, name: str, password: str | None = None) -> KafkaSettings:
    return KafkaSettings(
        kafka_bootstrap_servers=f"127.0.0.1:{kafka.tls_port}",
        kafka_partitions=6,
        kafka_session_timeout_ms=6_000,
        kafka_publish_timeout_seconds=5.0,
        kafka_security_protocol="SASL_SSL",
        kafka_ca_file=kafka.ca_file,
        kafka_sasl_username=name,
        kafka_sasl_password=SecretStr(password or f"password-of-{name}"),
    )


def granted(name: str, operation: str) -> list[str]:
    return sorted(topic for kind, topic, allowed in USERS[name] if (kind, allowed) == ("topic", operation))


@pytest.mark.parametrize("name", [name for name in USERS if name not in {"keda", "operators"}])
async def test_a_user_can_do_its_work(secured: SecuredKafka, name: str) -> None:
    """Write what it produces and its dead letters, read as its group and commit."""
    settings = as_user(secured, name)
    publisher = await KafkaPublisher.start(settings, name)
    await publisher.publish([Outgoing(topic, KEY, b"a record") for topic in granted(name, "Write")], timeout_seconds=WAIT_SECONDS)
    await publisher.close()
    for topic in granted(name, "Read"):
        source = await KafkaRecordSource.start(settings, topics=[topic], group=name, client_id=name)
        place, ends_at = TopicPartition(topic, partition_for(KEY, 6)), time.monotonic() + WAIT_SECONDS
        while not (found := await source.poll(max_records=1, timeout_seconds=1.0)):
            assert time.monotonic() < ends_at, "nothing came"
        assert list(found) == [place]
        await source.commit({place: 1})
        await source.close()


async def test_operators_can_do_theirs(secured: SecuredKafka) -> None:
    """Tell how far behind each group is, read dead letters, set the projection's offsets, write down a decision."""
    settings = as_user(secured, "operators")
    assert {one.group for one in await lags(settings, datetime.now(UTC))} == {group for topic in TOPICS for group in topic.consumers}
    async with KafkaLog(settings, SUBMISSION_RECEIVED.dead_letters("normalizer")) as log:
        assert set(await log.end_offsets()) == set(range(6))
    async with KafkaGroup(settings, "tracker-project", REQUEST_EVENTS.name) as group:
        if not await group.is_active():
            await group.set_offsets({0: 0})
            assert (await group.committed())[0] == 0
    publisher = await KafkaPublisher.start(settings, "operators")
    await publisher.publish([Outgoing(DEAD_LETTER_DECIDED.name, KEY, b"a record")], timeout_seconds=WAIT_SECONDS)
    await publisher.close()


async def test_a_user_can_do_nothing_else(secured: SecuredKafka) -> None:
    """The tracker's HTTP may not announce, however it tries."""
    publisher = await KafkaPublisher.start(as_user(secured, "tracker-serve"), "test")
    with pytest.raises(TransientError):
        await publisher.publish([Outgoing(REQUEST_UPDATED.name, KEY, b"a record")], timeout_seconds=3.0)
    await publisher.close()


async def test_a_wrong_password_is_refused(secured: SecuredKafka) -> None:
    """Whoever does not know it gets nowhere, and whoever waits learns it as any other trouble with Kafka."""
    with pytest.raises(TransientError):
        await KafkaRecordSource.start(
            as_user(secured, "normalizer", "guessed"), topics=[SUBMISSION_RECEIVED.name], group="normalizer", client_id="test"
        )


async def test_an_unknown_authority_is_not_trusted(secured: SecuredKafka) -> None:
    """A broker that anybody could have put up is not spoken to, with the right password neither."""
    settings = as_user(secured, "normalizer").model_copy(update={"kafka_ca_file": None})
    with pytest.raises(TransientError):
        await KafkaRecordSource.start(settings, topics=[SUBMISSION_RECEIVED.name], group="normalizer", client_id="test")
