"""A member of a consumer group: the consumer loop's ``RecordSource`` on Kafka."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as ClientPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from shared.errors import TransientError
from shared.kafka.broker.connecting import CLOSE_SECONDS, DEPENDENCY, START_SECONDS, bounded, client_arguments, closed_within, kafka_errors
from shared.kafka.records import Record, TopicPartition
from shared.observability.logs import logger
from shared.observability.metrics import METRICS, ConsumerMetrics
from shared.settings import KafkaSettings

MAX_POLL_INTERVAL_MS: Final = 600_000
"""Longer than any batch: every store call has a limit of seconds, and a held partition is polled around."""
MAX_PARTITION_BYTES: Final = 2 * 1024 * 1024
_log = logger(__name__)


class KafkaRecordSource(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """One member. Dynamic membership (ADR 0009); eager rebalances, the only ones that the library has."""

    def __init__(self, consumer: AIOKafkaConsumer, group: str, commit_seconds: float, metrics: ConsumerMetrics = METRICS) -> None:
        self._consumer = consumer
        self._group = group
        self._commit_seconds = commit_seconds
        self._metrics = metrics
        self._assignment: frozenset[TopicPartition] = frozenset()
        self._committed: dict[TopicPartition, int] = {}

    @classmethod
    async def start(cls, settings: KafkaSettings, *, topics: Collection[str], group: str, client_id: str) -> Self:
        """Join the group; partitions come with the first polls.

        Raises:
            TransientError: Kafka is away.
        """
        consumer = AIOKafkaConsumer(
            **client_arguments(settings, client_id),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # a new group reads everything that is still there
            session_timeout_ms=settings.kafka_session_timeout_ms,
            heartbeat_interval_ms=settings.kafka_session_timeout_ms // 5,
            max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            max_partition_fetch_bytes=MAX_PARTITION_BYTES,
            fetch_max_wait_ms=500,
        )
        source = cls(consumer, group, settings.kafka_publish_timeout_seconds)
        consumer.subscribe(list(topics), listener=source)
        try:
            await bounded(START_SECONDS, consumer.start)
        except BaseException:
            await closed_within(CLOSE_SECONDS, consumer.stop)
            raise
        return source

    async def close(self) -> None:
        """Leave the group, so that the others take over at once."""
        await closed_within(CLOSE_SECONDS, self._consumer.stop)

    async def on_partitions_revoked(self, revoked: Collection[ClientPartition]) -> None:
        """The library's: a rebalance begins, nothing is ours for now."""
        del revoked
        self._assignment = frozenset()

    async def on_partitions_assigned(self, assigned: Collection[ClientPartition]) -> None:
        """The library's: a rebalance ended with these."""
        self._assignment = frozenset(TopicPartition(*partition) for partition in assigned)
        self._committed.clear()  # somebody else may have gone on with them

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """As ``RecordSource.poll``.

        Raises:
            TransientError: the broker does not let us read at present.
        """
        with kafka_errors():
            found = await self._consumer.getmany(timeout_ms=round(timeout_seconds * 1000), max_records=max_records)
        return {
            TopicPartition(*partition): [
                Record(partition.topic, partition.partition, one.offset, one.key, one.value, one.timestamp, one.headers) for one in records
            ]
            for partition, records in found.items()
            if records
        }

    def assignment(self) -> frozenset[TopicPartition]:
        """As ``RecordSource.assignment``."""
        return self._assignment

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """As ``RecordSource.pause``."""
        self._consumer.pause(*self._ours(partitions))

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """As ``RecordSource.resume``."""
        if partitions:
            self._consumer.resume(*self._ours(partitions))

    async def seek(self, offsets: Mapping[TopicPartition, int]) -> None:
        """As ``RecordSource.seek``."""
        for partition in self._ours(offsets):
            try:
                self._consumer.seek(partition, offsets[TopicPartition(*partition)])
            except IllegalStateError:
                continue  # taken from us a moment ago: whoever has it begins where we committed

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """As ``RecordSource.commit``: always explicit offsets (a bare commit after a rebalance succeeds and commits nothing)."""
        ours = {partition: offsets[TopicPartition(*partition)] for partition in self._ours(offsets)}
        try:
            async with asyncio.timeout(self._commit_seconds):
                await self._consumer.commit(ours)
            self._committed |= {TopicPartition(*partition): offset for partition, offset in ours.items()}
        except (CommitFailedError, IllegalStateError) as error:
            self._metrics.consumer_commit_failures.labels(self._group).inc()
            _log.info("commit_not_taken", group=self._group, kind=type(error).__name__)  # a rebalance: the records come again
        except (KafkaError, OSError, TimeoutError) as error:
            self._metrics.consumer_commit_failures.labels(self._group).inc()
            raise TransientError(DEPENDENCY, type(error).__name__) from error

    async def lag(self) -> Mapping[TopicPartition, int]:
        """As ``RecordSource.lag``.

        Raises:
            TransientError: the broker does not tell in time.
        """
        ours = self._ours(self._assignment)
        return await bounded(self._commit_seconds, lambda: self._lag(ours)) if ours else {}

    async def _lag(self, ours: list[ClientPartition]) -> dict[TopicPartition, int]:
        begins = await self._consumer.beginning_offsets(ours) if any(TopicPartition(*one) not in self._committed for one in ours) else {}
        for partition, beginning in begins.items():
            committed = await self._consumer.committed(partition)
            self._committed.setdefault(TopicPartition(*partition), beginning if committed is None else committed)
        ends = await self._consumer.end_offsets(ours)
        present = ((TopicPartition(*partition), end) for partition, end in ends.items())
        return {partition: max(end - self._committed[partition], 0) for partition, end in present if partition in self._committed}

    def _ours(self, partitions: Collection[TopicPartition]) -> list[ClientPartition]:
        present = self._consumer.assignment()
        wanted = [ClientPartition(*partition) for partition in partitions]
        return [partition for partition in wanted if partition in present]
