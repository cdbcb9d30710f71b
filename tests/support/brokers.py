"""A broker as the behaviour suite needs it: played by ``FakeKafka`` and by Apache Kafka."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from shared.kafka.broker import KafkaLog, KafkaPublisher, KafkaRecordSource, ensure_topics
from shared.kafka.ports import Publisher, RecordSource
from shared.kafka.records import Outgoing, Record
from shared.kafka.topics import TopicSpec, dead_letter_topic
from shared.settings import KafkaSettings
from support.fake_kafka import FakeKafka, FakePublisher, FakeRecordSource
from support.servers import unique


@dataclass
class Broker:
    """Two topics, and the roles around them."""

    group: str
    work: str
    """What is consumed."""
    out: str
    """What comes of it."""
    publisher: Publisher
    join: Callable[[], Awaitable[RecordSource]]
    """One more member of the group."""
    leave: Callable[[RecordSource], Awaitable[None]]
    read: Callable[[str], Awaitable[Sequence[Record]]]
    """Everything in a topic."""

    async def put(self, *values: bytes, key: bytes = b"7KQ4M2XD9RTB") -> None:
        """Write records to be consumed, all under one key."""
        await self.publisher.publish([Outgoing(self.work, key, value) for value in values])

    async def values(self, topic: str) -> list[bytes]:
        """The values in a topic."""
        return [record.value or b"" for record in await self.read(topic)]

    @property
    def dead(self) -> str:
        """The dead letter topic."""
        return dead_letter_topic(self.work, self.group)


@asynccontextmanager
async def fake_broker() -> AsyncIterator[tuple[Broker, FakeKafka]]:
    """In memory."""
    kafka = FakeKafka()

    async def join() -> RecordSource:
        return FakeRecordSource(kafka, ["work"], "workers")

    async def leave(source: RecordSource) -> None:
        assert isinstance(source, FakeRecordSource)
        await source.close()

    async def read(topic: str) -> Sequence[Record]:
        return kafka.records(topic)

    yield Broker("workers", "work", "out", FakePublisher(kafka), join, leave, read), kafka


@asynccontextmanager
async def apache_broker(settings: KafkaSettings) -> AsyncIterator[Broker]:
    """On the session's broker, under names of its own."""
    group, work, out = unique("workers"), unique("work"), unique("out")
    specs = tuple(TopicSpec(name, timedelta(days=1)) for name in (work, out, dead_letter_topic(work, group)))
    await ensure_topics(settings, specs)
    publisher = await KafkaPublisher.start(settings, "test")
    members: list[KafkaRecordSource] = []

    async def join() -> RecordSource:
        members.append(await KafkaRecordSource.start(settings, topics=[work], group=group, client_id="test"))
        return members[-1]

    async def leave(source: RecordSource) -> None:
        assert isinstance(source, KafkaRecordSource)
        members.remove(source)
        await source.close()

    async with AsyncExitStack() as closing:
        closing.push_async_callback(publisher.close)
        logs = {spec.name: await closing.enter_async_context(KafkaLog(settings, spec.name)) for spec in specs}

        async def read(topic: str) -> Sequence[Record]:
            return [record async for batch in logs[topic].read() for record in batch]

        yield Broker(group, work, out, publisher, join, leave, read)
        await asyncio.gather(*(member.close() for member in members))
