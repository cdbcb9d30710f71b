"""Rebuilding the store from the log, or from a snapshot and the log since, while the projection rests.

::

    pause, wait until the group has no member
    fill a new generation:  the snapshot, the log up to where it was projected, the ledger of redactions
    compare it with the present one
    turn the pointer, set the group, drop what is past; go on

All effects are off: nothing is announced, and derived events are not made again, because they lie in the log themselves. The log
is read only as far as it was projected before: what waits behind that is new, and is projected with all its effects afterwards.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from shared.contracts import RedactionScope
from shared.errors import Cary311Error, TransientError
from shared.kafka.records import Record
from tracker import snapshot
from tracker.comparing import Comparison, compare
from tracker.projecting import Projection
from tracker.projection import reapplied
from tracker.store import generations
from tracker.store.connection import Connection, Names
from tracker.store.documents import from_document, to_document
from tracker.store.indexes import prepare
from tracker.store.pause import Pause, paused
from tracker.store.writer import MongoProjectionStore, encode

REST_SECONDS: Final = 60.0
"""How long the projection may take to come to rest; a hold for a dependency that is away ends within seconds."""
GRACE_SECONDS: Final = 6.0
"""Readers look at the pointer every few seconds; until then they read the generation before."""

SAY_EVERY: Final = 50_000
"""Events between two lines of progress."""

Clock = Callable[[], datetime]
Say = Callable[[str], None]


class EventLog(Protocol):
    """``request.events`` without a group."""

    async def beginning_offsets(self) -> Mapping[int, int]:
        """The oldest offset that is still there, by partition."""

    async def end_offsets(self) -> Mapping[int, int]:
        """The next offset to be written, by partition."""

    def read(self, from_offsets: Mapping[int, int] | None = None, max_records: int = 500) -> AsyncIterator[list[Record]]:
        """The records from there to the present end."""


class Group(Protocol):
    """The projection's consumer group, seen from outside."""

    async def is_active(self) -> bool:
        """Whether it has a member."""

    async def committed(self) -> Mapping[int, int]:
        """Its offsets, by partition, as far as it has any."""

    async def set_offsets(self, offsets: Mapping[int, int]) -> None:
        """Where it goes on. Only a group without members can be set."""


class RebuildError(Cary311Error):
    """The store cannot be rebuilt this way; the text is a sentence for the operator. Nothing was changed."""


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did."""

    generation: int
    events: int = 0
    unreadable: int = 0
    ledger_entries: int = 0
    comparison: Comparison = field(default_factory=Comparison)
    is_present: bool = False
    """Whether the pointer was turned to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """Everything that a rebuild needs."""

    connection: Connection
    log: EventLog
    group: Group
    clock: Clock
    say: Say
    grace_seconds: float = GRACE_SECONDS
    rest_seconds: float = REST_SECONDS

    async def run(self, source: Path | None, *, accept_differences: bool = False, keep_present: bool = False) -> Rebuilt:
        """Rebuild from the snapshot ``source`` and the log, or from the log alone.

        ``accept_differences``: turn to the new generation though it differs. ``keep_present``: only compare.

        Raises:
            RebuildError: the log does not reach back far enough, or the projection does not come to rest.
            PausedByAnotherError: another rebuild is at work.
            SnapshotError: the file is no whole snapshot.
            OSError: it cannot be read.
            TransientError: Kafka or MongoDB is away.
        """
        async with paused(self.connection, self.clock, "rebuild") as pause:
            await self._wait_for_rest()
            present = await self.connection.names()
            target = Names(present.generation + 1)
            bound = await self._bound(present)
            start = await self._start(source, bound)
            await generations.drop(self.connection, await generations.others(self.connection, [present]))
            try:
                result = await self._fill(target, source, start, bound)
                result.comparison = await compare(self.connection, present, target)
                self._tell(result)
                may_turn = result.comparison.is_equal or result.comparison.is_of_nothing or accept_differences
                if may_turn and not keep_present:
                    await self._turn(pause, present, target, bound)
                    result.is_present = True
            finally:
                await self._drop_unless_present(target)
        return result

    async def _wait_for_rest(self) -> None:
        self.say("waiting until the projection rests")
        try:
            async with asyncio.timeout(self.rest_seconds):
                while await self.group.is_active():  # noqa: ASYNC110 - the broker has no event to wait for
                    await asyncio.sleep(0.25)
        except TimeoutError:
            raise RebuildError(f"the projection's group still has members after {self.rest_seconds:.0f} s: stop the project role") from None

    async def _bound(self, present: Names) -> dict[int, int]:
        """Up to where everything has had its effects: where the present generation is, or the group where that is further (the
        store was lost, or is an older one). Where both are new, the log's end.
        """
        ends = await self.log.end_offsets()
        known = await generations.positions(self.connection, present)
        committed = await self.group.committed()
        if not known and not committed:
            return dict(ends)
        return {partition: min(max(known.get(partition, 0), committed.get(partition, 0)), end) for partition, end in ends.items()}

    async def _start(self, source: Path | None, bound: Mapping[int, int]) -> dict[int, int]:
        """Where to read the log from. What the snapshot has beyond the bound comes again later, and changes nothing."""
        known = (await asyncio.to_thread(snapshot.check, source)).positions if source is not None else {}
        beginnings = await self.log.beginning_offsets()
        start = {partition: min(known.get(partition, 0), offset) for partition, offset in bound.items()}
        missing = [partition for partition, offset in bound.items() if start[partition] < min(beginnings.get(partition, 0), offset)]
        if missing:
            where = "the snapshot ends before the log begins" if source else "the log does not reach back to the beginning"
            raise RebuildError(f"{where} (partitions {sorted(missing)}): a younger snapshot is needed")
        return {partition: max(offset, beginnings.get(partition, 0)) for partition, offset in start.items()}

    async def _fill(self, target: Names, source: Path | None, start: dict[int, int], bound: dict[int, int]) -> Rebuilt:
        result = Rebuilt(target.generation)
        await prepare(self.connection, target)
        if source is not None:
            collections = {name: getattr(target, name) for name in generations.COPIED} | {Connection.REDACTIONS: Connection.REDACTIONS}
            count = await snapshot.restore(self.connection, source, collections)
            self.say(f"{count} documents from the snapshot")
        writer = MongoProjectionStore(self.connection, target, self.clock, outcome_hours=None)
        await self._project(Projection(writer, encode, self.clock, metrics=None), start, bound, result)
        result.ledger_entries = await reapply_ledger(self.connection, target, writer)
        await generations.set_positions(self.connection, target, bound)
        return result

    async def _project(self, projection: Projection, start: dict[int, int], bound: dict[int, int], result: Rebuilt) -> None:
        async for batch in self.log.read(start):
            records = [record for record in batch if record.offset < bound.get(record.partition, 0)]
            handled = await projection(records)
            for failure in handled.failures:
                if isinstance(failure.error, TransientError):
                    raise RebuildError("the log holds events that are newer than this program: rebuild with the newer one")
            result.unreadable += len(handled.failures)
            if records and (result.events + len(records)) // SAY_EVERY > result.events // SAY_EVERY:
                self.say(f"{result.events + len(records)} events so far")
            result.events += len(records)

    async def _drop_unless_present(self, target: Names) -> None:
        """A generation that is not turned to must not stay: later redactions would not reach it."""
        with suppress(TransientError):  # the next rebuild drops it
            if await self.connection.names() != target:
                await generations.drop(self.connection, [target])

    def _tell(self, result: Rebuilt) -> None:
        comparison = result.comparison
        self.say(f"{result.events} events, {result.unreadable} of them unreadable; {result.ledger_entries} redactions looked at again")
        self.say(f"{comparison.compared} requests and orphans compared, {comparison.differences} differ")
        for name in comparison.differing:
            self.say(f"  differs: {name}")

    async def _turn(self, pause: Pause, present: Names, target: Names, bound: Mapping[int, int]) -> None:
        """Pointer first: with the group set and the pointer not turned, events would be missing; the other way round they
        only come again.
        """
        committed = await self.group.committed()
        went_on = any(offset > bound.get(partition, 0) for partition, offset in committed.items())
        if went_on or await self.group.is_active() or not await pause.renew():
            raise RebuildError("the projection did not rest all the while: run the rebuild again")
        if not await generations.turn_to(self.connection, present, target):
            raise RebuildError("another rebuild turned the pointer meanwhile")
        await self.group.set_offsets({partition: committed.get(partition, offset) for partition, offset in bound.items()})
        self.say(f"generation {target.generation} is the present one")
        await asyncio.sleep(self.grace_seconds)
        await generations.drop(self.connection, [present])


async def reapply_ledger(connection: Connection, names: Names, writer: MongoProjectionStore) -> int:
    """Clear again what the ledger says had to go, in a generation that may have come from an older snapshot; how many it has."""
    count = 0
    async for redaction in generations.each(connection, Connection.REDACTIONS):
        number = str(redaction["service_request_id"])
        scopes = tuple(RedactionScope.model_validate(scope) for scope in redaction["scope"])
        count += 1
        await writer.clear_archived(number, scopes)
        async for document in generations.each(connection, names.requests, {"_id": number}):
            state = from_document(document)
            cleared = reapplied(state, scopes)
            if cleared.state != state:
                await generations.put(connection, names.requests, [to_document(cleared.state)])
            await writer.forget(number, cleared.forgotten)
    return count
