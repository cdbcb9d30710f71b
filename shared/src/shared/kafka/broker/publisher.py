"""The producer: idempotent, acknowledged by all in-sync replicas, supervised.

An idempotent producer of the client library never gives a record up and never recovers from some failures. So every publish has
a deadline of ours, and a producer that acknowledged nothing for as long, or that failed for good, is replaced in the background;
work in hand is sent again by the new one. A record that the old one delivers late is a double, which identity absorbs.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from shared.deadlines import within
from shared.errors import ConfigurationError, PoisonError, TransientError
from shared.kafka.broker.connecting import CLOSE_SECONDS, DEPENDENCY, START_SECONDS, client_arguments, closed_within
from shared.kafka.records import Outgoing
from shared.kafka.topics import MAX_RECORD_BYTES, max_bytes_of, partition_for
from shared.observability.logs import logger
from shared.observability.metrics import METRICS, ConsumerMetrics
from shared.settings import KafkaSettings

MAX_BATCH_BYTES: Final = 512 * 1024
"""Of one produced batch; the library's 16 KiB hold seven reports. Every topic takes batches twice as large."""
FIRST_GAP_SECONDS: Final = 0.1
LONGEST_GAP_SECONDS: Final = 2.0
_log = logger(__name__)


class KafkaPublisher:
    """``Publisher`` on Kafka. ``start`` never waits: a broker that is away is met by whoever publishes."""

    def __init__(self, settings: KafkaSettings, client_id: str, metrics: ConsumerMetrics = METRICS) -> None:
        self._settings = settings
        self._client_id = client_id
        self._metrics = metrics
        self._producer: AIOKafkaProducer | None = None
        self._checked_topics: set[str] = set()
        self._is_there = asyncio.Event()
        self._is_wanted = asyncio.Event()
        self._last_acknowledged = 0.0
        self._closing: set[asyncio.Task[None]] = set()
        self._supervisor: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, settings: KafkaSettings, client_id: str) -> Self:
        """A publisher that connects in the background, and again whenever it must."""
        publisher = cls(settings, client_id)
        publisher._is_wanted.set()
        publisher._supervisor = asyncio.create_task(publisher._supervise(), name="kafka-producer")
        return publisher

    async def close(self) -> None:
        """Deliver what is under way, within bounds, and disconnect."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        self._replace(self._producer)
        await asyncio.gather(*self._closing, return_exceptions=True)

    @property
    def is_connected(self) -> bool:
        """Whether there is a producer at this moment."""
        return self._producer is not None

    async def publish(self, records: Sequence[Outgoing], *, timeout_seconds: float | None = None) -> None:
        """As ``Publisher.publish``; ``timeout_seconds`` is the whole time it may take, connecting included.

        Raises:
            TransientError: not acknowledged in time. The records may still arrive; sending them again is right.
            PoisonError: ``too_large``: one can never be written.
            ConfigurationError: a topic has another number of partitions than the settings say.
        """
        for record in records:
            if len(record.value) > max_bytes_of(record.topic):
                self._metrics.publish_failures.labels("too_large").inc()
                raise PoisonError("too_large", record.topic)
        started = time.perf_counter()
        try:
            with within(timeout_seconds or self._settings.kafka_publish_timeout_seconds):
                await self._published(records)
        except TimeoutError:
            self._metrics.publish_failures.labels("timeout").inc()
            self._suspect()
            raise TransientError(DEPENDENCY, "not acknowledged in time") from None
        self._metrics.publish_seconds.observe(time.perf_counter() - started)

    async def _published(self, records: Sequence[Outgoing]) -> None:
        """Send until acknowledged; a producer that fails is replaced, and its successor sends again."""
        while True:
            await self._is_there.wait()
            producer = self._producer
            if producer is None:
                continue
            try:
                await self._sent(producer, records)
            except MessageSizeTooLargeError:
                raise PoisonError("too_large", "broker") from None
            except (KafkaError, OSError) as error:
                self._metrics.publish_failures.labels(type(error).__name__).inc()
                _log.warning("producer_failed", failure=error)
                self._replace(producer)
            else:
                self._last_acknowledged = time.monotonic()
                return

    async def _sent(self, producer: AIOKafkaProducer, records: Sequence[Outgoing]) -> None:
        await self._check_partitions(producer, records)
        if len(records) == 1:
            record = records[0]
            # Headers as a list: the library's compiled half takes nothing else.
            waiting = await producer.send(
                record.topic, record.value, record.key, partition=self._partition(record), headers=list(record.headers)
            )
            await waiting
            return
        delivered: list[Any] = []
        for (topic, partition), some in self._by_partition(records).items():
            batch = producer.create_batch()
            for record in some:
                if batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers)) is None:
                    delivered.append(await producer.send_batch(batch, topic, partition=partition))
                    batch = producer.create_batch()
                    batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
            batch.close()
            delivered.append(await producer.send_batch(batch, topic, partition=partition))
        for waiting in delivered:
            await waiting

    def _by_partition(self, records: Sequence[Outgoing]) -> dict[tuple[str, int], list[Outgoing]]:
        groups: dict[tuple[str, int], list[Outgoing]] = {}
        for record in records:
            groups.setdefault((record.topic, self._partition(record)), []).append(record)
        return groups

    def _partition(self, record: Outgoing) -> int:
        if record.partition is not None:
            return record.partition
        return partition_for(record.key, self._settings.kafka_partitions)

    async def _check_partitions(self, producer: AIOKafkaProducer, records: Sequence[Outgoing]) -> None:
        """Once for each topic: with another number of partitions than the other producers' a request's events would be torn apart."""
        for record in records:
            if record.topic in self._checked_topics:
                continue
            found = len(await producer.partitions_for(record.topic))
            if found != self._settings.kafka_partitions:
                raise ConfigurationError(
                    f"topic {record.topic} has {found} partitions and KAFKA_PARTITIONS is {self._settings.kafka_partitions}: "
                    "they must be equal, and never change within a topic's version"
                )
            self._checked_topics.add(record.topic)

    def _suspect(self) -> None:
        """A deadline passed. A producer that acknowledged nothing for long is replaced, so that its unsent records do not pile up."""
        if self._producer is not None and time.monotonic() - self._last_acknowledged > self._settings.kafka_publish_timeout_seconds:
            self._replace(self._producer)

    def _replace(self, producer: AIOKafkaProducer | None) -> None:
        """Let go of a producer; the supervisor makes a new one."""
        if producer is None or producer is not self._producer:
            return  # there is none, or somebody else noticed first
        self._producer = None
        self._is_there.clear()
        self._is_wanted.set()
        self._metrics.publisher_restarts.inc()
        task = asyncio.create_task(_closed(producer), name="kafka-producer-close")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _supervise(self) -> None:
        gap = FIRST_GAP_SECONDS
        while True:
            await self._is_wanted.wait()
            producer = await self._connected()
            if producer is None:
                await asyncio.sleep(gap * random.uniform(0.7, 1.3))  # noqa: S311 - spreads reconnects, hides nothing
                gap = min(gap * 2, LONGEST_GAP_SECONDS)
                continue
            gap = FIRST_GAP_SECONDS
            self._producer = producer
            self._last_acknowledged = time.monotonic()
            self._is_wanted.clear()
            self._is_there.set()

    async def _connected(self) -> AIOKafkaProducer | None:
        try:
            arguments = client_arguments(self._settings, self._client_id)
        except TransientError as error:
            _log.warning("kafka_away", client_id=self._client_id, failure=error)
            return None
        producer = AIOKafkaProducer(
            **arguments,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,  # a lone record would wait out the whole linger; under load the library coalesces by itself
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=MAX_RECORD_BYTES,
            compression_type=None if self._settings.kafka_compression_type == "none" else self._settings.kafka_compression_type,
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            _log.warning("kafka_away", client_id=self._client_id, failure=error)
            await _closed(producer)
            return None
        except BaseException:
            await _closed(producer)
            raise
        return producer


async def _closed(producer: AIOKafkaProducer) -> None:
    """Deliver what is under way within bounds, then give it up: whoever waited for it has had its deadline."""

    async def drop() -> None:
        await producer._sender.close()  # noqa: SLF001 - ``stop`` waits for ever for a broker that is away (aiokafka #1101)
        await producer.client.close()

    await closed_within(CLOSE_SECONDS, producer.stop, drop)
