"""The one consumer loop: settle, then commit.

A round is: poll a batch → let the handler make its effect durable → publish what came of it → put dead letters aside → commit.
What if the process dies in between? Then the batch comes again, and everything before the commit is idempotent. Nothing is
committed that is not settled; nothing that is settled is lost.

Failures are sorted by who must act (``shared.errors``):

- a record that can never be handled goes to the group's dead letter topic, and the next one goes on;
- while a dependency is away, the partitions that need it are held: sought back, paused, tried again with growing gaps. The member
  stays in the group and goes on polling, so its other partitions go on too;
- a bug of ours is a dead letter as well, but counted: more than ``max_bugs`` within an hour, and the loop stops;
- a wrong configuration, and a dead letter that cannot be written, stop the loop with nothing committed.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from shared.errors import ConfigurationError, PoisonError, TransientError
from shared.kafka.bugs import BugLimit
from shared.kafka.holding import Holds
from shared.kafka.ports import DeadLetters, Failure, Handled, Handler, Publisher, RecordSource
from shared.kafka.records import Outgoing, Record, TopicPartition
from shared.kafka.watching import LoopWatch
from shared.observability.logs import logger

POLL_SECONDS: Final = 0.5
"""How long an idle poll waits; a record that arrives ends it at once. Also how soon a stop is noticed."""

Batch = Mapping[TopicPartition, Sequence[Record]]
_log = logger(__name__)


class ConsumerLoop:
    """Reads from ``source`` until told to stop. Make one for each run."""

    def __init__(  # noqa: PLR0913 - the roles around it, each named
        self,
        source: RecordSource,
        handler: Handler,
        publisher: Publisher,
        dead_letters: DeadLetters,
        *,
        group: str,
        max_records: int = 500,
        bugs: BugLimit | None = None,
        holds: Holds | None = None,
        watch: LoopWatch | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._handler = handler
        self._publisher = publisher
        self._dead_letters = dead_letters
        self._max_records = max_records
        self._bugs = BugLimit() if bugs is None else bugs
        self._holds = Holds() if holds is None else holds  # it has a length: an empty one is false
        self._watch = LoopWatch(group) if watch is None else watch
        self._clock = clock
        self._assignment: frozenset[TopicPartition] = frozenset()
        self._last_poll = clock()
        self._is_running = False

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop`` is set; the batch in hand is finished first.

        Raises:
            ConfigurationError: what the handler found; nothing of the batch was committed.
            TransientError: a dead letter could not be written; nothing of the batch was committed.
            TooManyBugsError: more bugs than the limit.
        """
        self._is_running = True
        self._last_poll = self._clock()
        self._watch.started(self.last_poll_age_seconds)
        measuring = asyncio.create_task(self._watch.measure_lag(self._source), name="consumer-lag")
        try:
            while not stop.is_set():
                batch = await self._poll()
                if batch:
                    await self._settle(batch)
        finally:
            self._is_running = False
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)
            self._watch.stopped()

    def is_ready(self) -> bool:
        """Whether it goes round and holds nothing."""
        return self._is_running and not self._holds

    def last_poll_age_seconds(self) -> float:
        """Since the last completed poll: a loop that hangs shows here, whatever its tasks say."""
        return self._clock() - self._last_poll

    async def _poll(self) -> Batch:
        self._source.resume(self._holds.due(now=self._clock()))
        try:
            batch = await self._source.poll(max_records=self._max_records, timeout_seconds=POLL_SECONDS)
        except TransientError as error:
            self._watch.held(error, partitions=len(self._assignment))
            await asyncio.sleep(POLL_SECONDS)
            batch = {}
        self._last_poll = self._clock()
        assignment = self._source.assignment()
        if assignment != self._assignment:
            self._assignment = assignment
            self._holds.keep_only(assignment)
            self._watch.reassigned(assignment)
        return batch

    async def _settle(self, batch: Batch) -> None:
        """One batch, from its effect to its commit."""
        started = self._clock()
        self._watch.took(batch)
        try:
            handled = await self._handled([record for records in batch.values() for record in records])
        except TransientError as error:
            await self._hold({partition: records[0].offset for partition, records in batch.items()}, error)
            return
        waiting, first_error = _waiting(handled.failures)
        await self._put_aside(handled.failures, waiting)
        offsets = _settled(batch, waiting)
        try:
            await self._commit(offsets)
        except TransientError as error:
            # The effects are there; only the note that they are is missing. Done again, they change nothing.
            await self._hold({partition: records[0].offset for partition, records in batch.items()}, error)
            return
        for partition in offsets:
            self._holds.release(partition)
        if first_error is not None:
            await self._hold(waiting, first_error)
        self._watch.settled(batch, offsets, self._clock() - started, held=len(self._holds))

    async def _handled(self, records: Sequence[Record]) -> Handled:
        """The effect of the records, and what came of them acknowledged by Kafka.

        Raises:
            TransientError: a dependency is away; nothing of it may be committed.
        """
        try:
            return await self._handled_together(records)
        except (ConfigurationError, TransientError):
            raise
        except Exception as error:  # noqa: BLE001 - one record spoils the batch: which one shows when each goes alone
            _log.warning("batch_taken_apart", records=len(records), failure=error)
        return await self._handled_one_by_one(records)

    async def _handled_together(self, records: Sequence[Record]) -> Handled:
        handled = await self._handler(records)
        if handled.outgoing:
            await self._publisher.publish(handled.outgoing)
        return handled

    async def _handled_one_by_one(self, records: Sequence[Record]) -> Handled:
        failures: list[Failure] = []
        held: set[TopicPartition] = set()
        for record in records:
            if record.topic_partition in held:
                continue
            try:
                handled = await self._handled_together((record,))
            except (ConfigurationError, TransientError):
                raise
            except Exception as error:  # noqa: BLE001 - sorted by _put_aside
                failures.append(Failure(record, error))
            else:
                failures += handled.failures
                held.update(failure.record.topic_partition for failure in handled.failures if _is_transient(failure))
        return Handled((), failures)

    async def _put_aside(self, failures: Sequence[Failure], waiting: Mapping[TopicPartition, int]) -> None:
        """Write the dead letters, but none of a record that comes again because an earlier one of its partition waits."""
        for failure in failures:
            record, error = failure.record, failure.error
            if _is_transient(failure) or record.offset > waiting.get(record.topic_partition, record.offset):
                continue
            is_bug = not isinstance(error, PoisonError)
            await self._dead_letters.put(record, error, attempts=self._holds.tries(record.topic_partition) + 1)
            self._watch.put_aside(record, error, is_bug=is_bug)
            if is_bug:
                self._bugs.count(self._clock())

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        present = self._source.assignment()
        ours = {partition: offset for partition, offset in offsets.items() if partition in present}
        if ours:
            await self._source.commit(ours)

    async def _hold(self, offsets: Mapping[TopicPartition, int], error: TransientError) -> None:
        """Leave these partitions where they are, and try again later; whoever else needs us goes on."""
        now = self._clock()
        present = self._source.assignment()
        ours = {partition: offset for partition, offset in offsets.items() if partition in present}
        await self._source.seek(ours)
        self._source.pause(tuple(ours))
        for partition in ours:
            self._holds.hold(partition, now=now)
        self._watch.held(error, partitions=len(self._holds))


def _is_transient(failure: Failure) -> bool:
    return isinstance(failure.error, TransientError)


def _waiting(failures: Sequence[Failure]) -> tuple[dict[TopicPartition, int], TransientError | None]:
    """The first offset of each partition that must wait, and why the first of them must."""
    waiting: dict[TopicPartition, int] = {}
    first: TransientError | None = None
    for failure in failures:
        if isinstance(failure.error, TransientError):
            partition = failure.record.topic_partition
            waiting[partition] = min(failure.record.offset, waiting.get(partition, failure.record.offset))
            first = first or failure.error
    return waiting, first


def _settled(batch: Batch, waiting: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """What to commit: behind the last record of each partition, or where the first one waits, if anything before it is settled."""
    offsets: dict[TopicPartition, int] = {}
    for partition, records in batch.items():
        end = waiting.get(partition, records[-1].next_offset)
        if end > records[0].offset:
            offsets[partition] = end
    return offsets


def per_record(convert: Callable[[Record], Sequence[Outgoing]]) -> Handler:
    """A handler whose whole effect is what it publishes, from a pure function on one record.

    ``convert`` may raise ``PoisonError`` (dead letter), ``TransientError`` (its partition waits from this record on),
    ``ConfigurationError`` (the loop stops) or anything else (a bug: dead letter, counted).
    """

    async def handle(records: Sequence[Record]) -> Handled:
        outgoing: list[Outgoing] = []
        failures: list[Failure] = []
        held: set[TopicPartition] = set()
        for record in records:
            if held and record.topic_partition in held:
                continue
            try:
                outgoing += convert(record)
            except ConfigurationError:
                raise
            except TransientError as error:
                held.add(record.topic_partition)
                failures.append(Failure(record, error))
            except Exception as error:  # noqa: BLE001 - one record must not stop the others; the loop sorts and counts it
                failures.append(Failure(record, error))
        return Handled(outgoing, failures)

    return handle
