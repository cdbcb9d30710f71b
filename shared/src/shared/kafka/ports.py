"""The roles around the consumer loop. ``broker.py`` plays them on Kafka, ``tests/support`` in memory; one suite tests both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.errors import Cary311Error
from shared.kafka.records import Outgoing, Record, TopicPartition


class Publisher(Protocol):
    """Produces records durably."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when all in-sync replicas acknowledged every record.

        Raises:
            TransientError: not acknowledged in time, or the broker is away. Some of the records may have been written;
                sending all of them again is always right, because consumers absorb repeats by identity.
            PoisonError: ``too_large``: a record exceeds its topic's maximum size and can never be written.
        """


class RecordSource(Protocol):
    """A member of a consumer group."""

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """The next records per partition, in order; none of a paused partition. Keeps the membership alive.

        Raises:
            TransientError: nothing can be read at present; polling again is right.
        """

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that are this member's at present. Those of others are ignored by every other method."""

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """Deliver nothing of these until ``resume``; the member stays in the group."""

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """Deliver them again, from the present position on."""

    async def seek(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Deliver from these offsets next."""

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit these offsets, for those partitions that are still ours; a lost partition is routine and no error.

        Raises:
            TransientError: the coordinator is away; nothing was committed, committing again is right.
        """

    async def lag(self) -> Mapping[TopicPartition, int]:
        """How many records each assigned partition has beyond the committed position."""


class DeadLetters(Protocol):
    """Where records go that this group can never handle."""

    async def put(self, record: Record, error: BaseException, *, attempts: int) -> None:
        """Returns when the dead letter is durable.

        Raises:
            TransientError: it could not be written: the loop stops without committing.
        """


@dataclass(frozen=True, slots=True)
class Failure:
    """One record of a batch that could not be handled, and why."""

    record: Record
    error: Cary311Error | Exception
    """``PoisonError`` → dead letter. ``TransientError`` → its partition is held from this record on. Anything else → a bug."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of a batch. The loop publishes ``outgoing``, dead-letters ``failures``, and only then commits."""

    outgoing: Sequence[Outgoing] = ()
    failures: Sequence[Failure] = field(default=())


class Handler(Protocol):
    """The work of a consumer: makes the effect of a batch durable, and says what is to be published of it.

    Called with the records of one poll, per partition in order. Must be idempotent: the same records come again after a
    crash, a rebalance or a transient failure.

    Raises:
        TransientError: nothing of the batch may be committed; the same batch comes again after a pause.
    """

    async def __call__(self, records: Sequence[Record]) -> Handled:
        """Settle a batch."""
