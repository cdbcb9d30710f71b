"""Processes that die at a point of our choice: the real roles, around which something ends the work there and then.

``CrashError`` is no ``Exception``: nothing that handles failures sees it, as nothing would see a kill -9.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from shared.kafka.broker import KafkaRecordSource
from shared.kafka.ports import Publisher
from shared.kafka.records import Outgoing, Record, TopicPartition


class CrashError(BaseException):
    """The process is dead from here on."""


class Point(StrEnum):
    """Where it dies."""

    BEFORE_PUBLISH = "after the effect, before anything is published"
    WITHIN_PUBLISH = "when half is published"
    AFTER_PUBLISH = "when Kafka has acknowledged everything"
    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit"


class DyingPublisher:
    """A ``Publisher`` whose process dies while, before or after it publishes."""

    def __init__(self, publisher: Publisher, point: Point) -> None:
        self._publisher = publisher
        self._point = point

    async def publish(self, records: Sequence[Outgoing], *, timeout_seconds: float | None = None) -> None:
        """As ``Publisher.publish``; ``timeout_seconds`` as intake-web gives it."""
        del timeout_seconds
        published = {Point.BEFORE_PUBLISH: 0, Point.WITHIN_PUBLISH: len(records) // 2}.get(self._point, len(records))
        if published:
            await self._publisher.publish(records[:published])
        if self._point in {Point.BEFORE_PUBLISH, Point.WITHIN_PUBLISH, Point.AFTER_PUBLISH}:
            raise CrashError(self._point)


class DyingSource:
    """A member of a group whose process dies around its commit."""

    def __init__(self, source: KafkaRecordSource, point: Point) -> None:
        self._source = source
        self._point = point
        self.assignment, self.lag = source.assignment, source.lag
        self.pause, self.resume, self.seek = source.pause, source.resume, source.seek

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """As ``RecordSource.poll``."""
        return await self._source.poll(max_records=max_records, timeout_seconds=timeout_seconds)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """As ``RecordSource.commit``."""
        if self._point is Point.AFTER_COMMIT:
            await self._source.commit(offsets)
        raise CrashError(self._point)
