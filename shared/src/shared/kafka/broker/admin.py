"""Topics as the registry has them, made and configured at start; and a consumer group seen from outside."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as ClientPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.errors import ConfigurationError, TransientError
from shared.kafka.broker.connecting import (
    CLOSE_SECONDS,
    DEPENDENCY,
    RETRY_SECONDS,
    START_SECONDS,
    bounded,
    client_arguments,
    closed_within,
    patiently,
)
from shared.kafka.topics import TopicSpec, all_topics
from shared.observability.logs import logger
from shared.settings import KafkaSettings

ADMIN_SECONDS: Final = 30.0
_CLIENT_ID: Final = "cary311-admin"
_log = logger(__name__)


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client_arguments(settings, _CLIENT_ID))
    try:
        await bounded(START_SECONDS, admin.start)
        yield admin
    finally:
        await closed_within(CLOSE_SECONDS, admin.close)


async def ensure_topics(settings: KafkaSettings, topics: tuple[TopicSpec, ...] | None = None) -> None:
    """Create the topics that are missing and set the configuration of all; doing it again changes nothing.

    Raises:
        TransientError: Kafka is away.
        ConfigurationError: a topic has another number of partitions than the settings say.
    """
    wanted = {topic.name: topic for topic in topics or all_topics()}
    async with _admin(settings) as admin:
        await patiently(ADMIN_SECONDS, lambda: _ensure(admin, wanted, settings))


async def _ensure(admin: AIOKafkaAdminClient, wanted: Mapping[str, TopicSpec], settings: KafkaSettings) -> None:
    present = await _partitions(admin, wanted)
    created = await _create(admin, [topic for name, topic in wanted.items() if name not in present], settings)
    while present.keys() != wanted.keys():  # a broker hears of a new topic a moment after the controller made it
        await asyncio.sleep(RETRY_SECONDS)
        present = await _partitions(admin, wanted)
    wrong = sorted(name for name, partitions in present.items() if partitions != settings.kafka_partitions)
    if wrong:
        raise ConfigurationError(
            f"topics {', '.join(wrong)} have another number of partitions than KAFKA_PARTITIONS={settings.kafka_partitions}: "
            "the number is part of the contract and never changes within a topic's version"
        )
    older = [topic for name, topic in wanted.items() if name not in created]
    if older:
        resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=_configs(topic, settings)) for topic in older]
        _raise_errors((resource[3], resource[0]) for answer in await admin.alter_configs(resources) for resource in answer.resources)


async def _partitions(admin: AIOKafkaAdminClient, wanted: Collection[str]) -> dict[str, int]:
    """How many partitions each of the topics has, of those that are there and have a leader everywhere."""
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in await admin.describe_topics()
        if topic["topic"] in wanted and not topic["error_code"] and all(part["leader"] >= 0 for part in topic["partitions"])
    }


async def _create(admin: AIOKafkaAdminClient, topics: list[TopicSpec], settings: KafkaSettings) -> set[str]:
    """The names of those that were really made by us."""
    if not topics:
        return set()
    new = [
        NewTopic(topic.name, settings.kafka_partitions, settings.kafka_replication_factor, topic_configs=_configs(topic, settings))
        for topic in topics
    ]
    answers = [(topic[0], topic[1]) for topic in (await admin.create_topics(new)).topic_errors]
    made = {name for name, code in answers if code == 0}
    _raise_errors(answer for answer in answers if for_code(answer[1]) is not TopicAlreadyExistsError)
    if made:
        _log.info("topics_created", topics=sorted(made))
    return made


def _configs(topic: TopicSpec, settings: KafkaSettings) -> dict[str, str]:
    return {**topic.configs, "min.insync.replicas": str(settings.kafka_min_insync_replicas)}


def _raise_errors(answers: Iterable[tuple[str, int]]) -> None:
    for name, code in answers:
        if code:
            raise TransientError(DEPENDENCY, f"{name}: {for_code(code).__name__}")


class KafkaGroup:
    """A consumer group, seen from outside: who is in it, where it stands. Use it as an asynchronous context manager.

    Every method raises ``TransientError`` when Kafka is away.
    """

    def __init__(self, settings: KafkaSettings, group: str, topic: str) -> None:
        self._settings = settings
        self._group = group
        self._topic = topic

    async def __aenter__(self) -> Self:
        async with _admin(self._settings):
            return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        return

    async def is_active(self) -> bool:
        """Whether it has a member, or one is joining."""
        async with _admin(self._settings) as admin:
            answers = await patiently(ADMIN_SECONDS, lambda: admin.describe_consumer_groups([self._group]))
        groups = [group for answer in answers for group in answer.to_object()["groups"]]
        return any(group["members"] for group in groups)

    async def committed(self) -> dict[int, int]:
        """Its offsets by partition, as far as it has any."""
        partitions = [ClientPartition(self._topic, number) for number in range(self._settings.kafka_partitions)]
        async with _admin(self._settings) as admin:
            found = await patiently(ADMIN_SECONDS, lambda: admin.list_consumer_group_offsets(self._group, partitions=partitions))
        return {partition.partition: kept.offset for partition, kept in found.items() if kept.offset >= 0}

    async def set_offsets(self, offsets: Mapping[int, int]) -> None:
        """Where it goes on. Only a group without members can be set."""
        consumer = AIOKafkaConsumer(**client_arguments(self._settings, _CLIENT_ID), group_id=self._group, enable_auto_commit=False)
        wanted = {ClientPartition(self._topic, partition): offset for partition, offset in offsets.items()}
        consumer.assign(list(wanted))
        try:
            await bounded(START_SECONDS, consumer.start)
            await patiently(ADMIN_SECONDS, lambda: consumer.commit(wanted))
        finally:
            await closed_within(CLOSE_SECONDS, consumer.stop)
