"""A topic consumed to its end: by a loop that does no work, by ours around the contract alone, by ours around ``normalize``.

Each in a fresh group, so that all of them read the same records.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.stopwatch import Stopwatch
from normalizer.app import load_rules
from normalizer.handler import converter
from normalizer.settings import RulesSettings
from shared.contracts import decode_submission
from shared.kafka.broker import KafkaDeadLetters, KafkaPublisher, KafkaRecordSource
from shared.kafka.broker.publisher import MAX_BATCH_BYTES
from shared.kafka.broker.source import MAX_PARTITION_BYTES
from shared.kafka.consumer import ConsumerLoop, per_record
from shared.kafka.ports import Handler, Publisher
from shared.kafka.records import Outgoing, Record, TopicPartition
from shared.kafka.topics import MAX_RECORD_BYTES, REQUEST_EVENTS
from shared.settings import KafkaSettings, load
from support.servers import unique

BATCH: Final = 500
POLL_MS: Final = 500


class TimedSource(KafkaRecordSource):
    """A source with a stopwatch, which ends the loop once so many records are committed."""

    watch: Stopwatch
    stop: asyncio.Event
    left: int

    def timed(self, items: int) -> None:
        """Watch it; the topic's offsets begin at 0."""
        self.watch, self.stop, self.left = Stopwatch(), asyncio.Event(), items
        self._has_begun = False
        self._positions: dict[TopicPartition, int] = {}

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """As ``RecordSource.poll``."""
        if self._has_begun:
            return await super().poll(max_records=max_records, timeout_seconds=timeout_seconds)
        self.watch.start()  # waiting costs no CPU: what counts begins with the call that brings the first record
        found = await super().poll(max_records=max_records, timeout_seconds=timeout_seconds)
        self._has_begun = bool(found)
        return found

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """As ``RecordSource.commit``."""
        await super().commit(offsets)
        for partition, offset in offsets.items():
            self.left -= offset - self._positions.get(partition, 0)
            self._positions[partition] = offset
        if self.left <= 0:
            self.watch.stop()
            self.stop.set()


async def consume(spec: Mapping[str, Any], handler: Handler, around: Callable[[Publisher], Publisher] = lambda plain: plain) -> Stopwatch:
    """Our loop from the first record of the topic to the commit of the last."""
    settings, group = load(KafkaSettings), unique("bench")
    publisher = await KafkaPublisher.start(settings, "bench")
    source = await TimedSource.start(settings, topics=(spec["topic"],), group=group, client_id="bench")
    source.timed(spec["items"])
    try:
        loop = ConsumerLoop(source, handler, around(publisher), KafkaDeadLetters(publisher, group), group=group, max_records=BATCH)
        await loop.run(source.stop)
    finally:
        await source.close()
        await publisher.close()
    return source.watch


async def normalizer(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """The whole service: decode, normalize, encode, publish, commit."""
    rules = load_rules(load(RulesSettings))
    return (await consume(spec, per_record(converter(rules)))).figure(spec["items"])


async def plumbing(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """Our loop around the contract alone: decoded and encoded again, nothing decided."""

    def convert(record: Record) -> Sequence[Outgoing]:
        submission = decode_submission(record.value)
        return (Outgoing(REQUEST_EVENTS.name, submission.key.encode(), submission.encode(), record.headers),)

    return (await consume(spec, per_record(convert))).figure(spec["items"])


async def idle(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """The client library by hand and no work: getmany, the same bytes into a batch for each partition, acknowledged, committed."""
    servers = load(KafkaSettings).kafka_bootstrap_servers
    producer = AIOKafkaProducer(
        bootstrap_servers=servers,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
        max_request_size=MAX_RECORD_BYTES,
    )
    consumer = AIOKafkaConsumer(
        spec["topic"],
        bootstrap_servers=servers,
        group_id=unique("bench"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_PARTITION_BYTES,
    )
    await producer.start()
    await consumer.start()
    watch, left, has_begun = Stopwatch(), spec["items"], False
    while left:
        if not has_begun:
            watch.start()
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
        has_begun = has_begun or bool(found)
        waiting = []
        for partition, records in found.items():
            batch = producer.create_batch()
            for record in records:
                batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
            batch.close()
            waiting.append(await producer.send_batch(batch, REQUEST_EVENTS.name, partition=partition.partition))
            left -= len(records)
        for acknowledged in waiting:
            await acknowledged
        if found:
            await consumer.commit({partition: records[-1].offset + 1 for partition, records in found.items()})
    watch.stop()
    await consumer.stop()
    await producer.stop()
    return watch.figure(spec["items"])
