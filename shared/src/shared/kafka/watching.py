"""What operators see of a consumer loop: counts, ages, lag, and a line in the log for whatever somebody may have to look at."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from shared.errors import PoisonError, TransientError
from shared.kafka.ports import RecordSource
from shared.kafka.records import Record, TopicPartition
from shared.observability.logs import logger
from shared.observability.metrics import METRICS, ConsumerMetrics

LAG_SECONDS: Final = 5.0
"""How often the broker is asked for the ends of the partitions."""

_log = logger(__name__)


class LoopWatch:
    """The metrics and the log of one consumer loop."""

    def __init__(self, group: str, metrics: ConsumerMetrics = METRICS, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._group = group
        self._metrics = metrics
        self._wall_clock = wall_clock
        self._oldest_ms: dict[TopicPartition, int] = {}
        self._measured: set[TopicPartition] = set()

    def started(self, last_poll_age_seconds: Callable[[], float]) -> None:
        """The loop begins to go round."""
        self._metrics.consumer_last_poll_age_seconds.labels(self._group).set_function(last_poll_age_seconds)
        self._metrics.consumer_held_partitions.labels(self._group).set(0)

    def stopped(self) -> None:
        """The loop has ended."""
        self._metrics.consumer_last_poll_age_seconds.labels(self._group).set(0)
        self._forget(self._measured)

    def reassigned(self, assignment: Collection[TopicPartition]) -> None:
        """Partitions came or went."""
        self._metrics.consumer_rebalances.labels(self._group).inc()
        self._forget(self._measured - set(assignment))
        _log.info("partitions_assigned", group=self._group, partitions=len(assignment))

    def took(self, batch: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """A batch was read: its first records are the oldest that are not settled."""
        for partition, records in batch.items():
            self._oldest_ms[partition] = records[0].timestamp_ms

    def settled(
        self, batch: Mapping[TopicPartition, Sequence[Record]], offsets: Collection[TopicPartition], seconds: float, *, held: int
    ) -> None:
        """A batch was committed."""
        counts: dict[str, int] = {}
        for partition, records in batch.items():
            if partition in offsets:
                counts[partition.topic] = counts.get(partition.topic, 0) + len(records)
                self._oldest_ms[partition] = records[-1].timestamp_ms
        for topic, count in counts.items():
            self._metrics.consumer_records.labels(self._group, topic).inc(count)
        self._metrics.consumer_batches.labels(self._group).inc()
        self._metrics.consumer_batch_seconds.labels(self._group).observe(seconds)
        self._metrics.consumer_held_partitions.labels(self._group).set(held)

    def held(self, error: TransientError, *, partitions: int) -> None:
        """Work waits for a dependency."""
        self._metrics.consumer_holds.labels(self._group, error.dependency).inc()
        self._metrics.consumer_held_partitions.labels(self._group).set(partitions)
        _log.warning("work_held", group=self._group, dependency=error.dependency, partitions=partitions, failure=error)

    def put_aside(self, record: Record, error: BaseException, *, is_bug: bool) -> None:
        """A dead letter was written."""
        reason = error.reason if isinstance(error, PoisonError) else "bug"
        self._metrics.dead_letters.labels(self._group, record.topic, reason).inc()
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        if is_bug:
            self._metrics.consumer_bugs.labels(self._group).inc()
            _log.error("record_put_aside_because_of_a_bug", group=self._group, **where, failure=error)
        else:
            _log.warning("record_put_aside", group=self._group, reason=reason, **where, failure=error)

    async def measure_lag(self, source: RecordSource) -> None:
        """Until cancelled, every few seconds: how far behind each partition is, in records and in seconds.

        A task of its own: the broker answers on the connection on which it keeps a fetch waiting, so asking takes half a second.
        """
        while True:
            try:
                lag = await source.lag()
            except TransientError:
                lag = {}  # that Kafka is away shows elsewhere
            for partition, records in lag.items():
                self._set_lag(partition, records)
            await asyncio.sleep(LAG_SECONDS)

    def _set_lag(self, partition: TopicPartition, records: int) -> None:
        now_ms = self._wall_clock() * 1000
        label = (self._group, partition.topic, str(partition.partition))
        self._metrics.consumer_lag_records.labels(*label).set(records)
        oldest_ms = self._oldest_ms.get(partition, now_ms)
        self._metrics.consumer_lag_seconds.labels(*label).set(max(now_ms - oldest_ms, 0) / 1000 if records else 0)
        self._measured.add(partition)

    def _forget(self, partitions: Collection[TopicPartition]) -> None:
        for partition in tuple(partitions):
            label = (self._group, partition.topic, str(partition.partition))
            self._metrics.consumer_lag_records.remove(*label)
            self._metrics.consumer_lag_seconds.remove(*label)
            self._measured.discard(partition)
            self._oldest_ms.pop(partition, None)
