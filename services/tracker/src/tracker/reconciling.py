"""Accepted = stored = announced: follows every submission of a period through the logs and the store. Ids only.

What is lost and what only waits cannot be told apart from outside: whatever is not there, or not announced, a minute after it was
received is named.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from shared.contracts import decode_rejected, decode_submission, decode_update
from shared.errors import Cary311Error
from shared.identity import announcement_id, derived_event_id
from shared.kafka.records import Record
from tracker.projection import FOLLOW_UP
from tracker.redaction import CREATED
from tracker.store.connection import Connection, Names

MAX_NAMED: Final = 50
"""How many of a kind are named; all are counted."""
BATCH: Final = 500
ON_THE_ROAD: Final = timedelta(minutes=1)
"""A submission that is younger may be under way; nearly all are visible within half of it."""
CLOCKS_DIFFER: Final = timedelta(hours=2)
"""A record is written after its submission was received; by how much the two clocks may disagree."""


class Log(Protocol):
    """A topic read from its beginning to its present end, without a group."""

    def read(self, from_offsets: Mapping[int, int] | None = None, max_records: int = 500) -> AsyncIterator[list[Record]]:
        """The records."""


@dataclass(slots=True)
class Named:
    """A count, and the first ids of what was counted."""

    count: int = 0
    ids: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """One more."""
        self.count += 1
        if self.count <= MAX_NAMED:
            self.ids.append(name)


@dataclass(slots=True)
class Reconciliation:
    """What became of the submissions of a period."""

    accepted: int = 0
    """Different submissions in the log."""
    repeated: int = 0
    """Records of a submission beyond its first: absorbed by identity."""
    rejected: int = 0
    stored: int = 0
    under_way: int = 0
    """Not stored yet, or not announced yet, and received a moment ago."""
    announced: int = 0
    announced_again: int = 0
    """Announcements beyond the first under one id: consumers drop them."""
    not_stored: Named = field(default_factory=Named)
    """Submission ids."""
    not_announced: Named = field(default_factory=Named)
    """Event ids."""
    doubled: Named = field(default_factory=Named)
    """Ids of submissions that are stored twice."""

    @property
    def is_whole(self) -> bool:
        """Nothing is lost and nothing is there twice."""
        return not (self.not_stored.count or self.not_announced.count or self.doubled.count)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An accepted submission, without a word of it."""

    submission_id: UUID
    numbers: frozenset[str]
    """Its own, and the one that it claims to belong to."""
    received_at: datetime


class Holder(NamedTuple):
    """A request that has an event in its history."""

    number: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The three logs and the store."""

    connection: Connection
    submissions: Log
    rejections: Log
    updates: Log

    async def run(self, start: datetime, end: datetime, now: datetime) -> Reconciliation:
        """Everything received from ``start`` (included) to ``end`` (excluded).

        Raises:
            TransientError: Kafka or MongoDB is away.
        """
        result = Reconciliation()
        since_ms = round((start - CLOCKS_DIFFER).timestamp() * 1000)
        waiting = await self._accepted(start, end, since_ms, result)
        await self._take_rejected(waiting, since_ms, result)
        names = await self.connection.names()
        pending = list(waiting.values())
        stored: list[tuple[Waiting, list[str]]] = []
        for first in range(0, len(pending), BATCH):
            stored += await self._stored(names, pending[first : first + BATCH], (start, now), result)
        # Read last: what was found in the store is announced a moment after it was stored.
        announced = await self._announced(since_ms)
        result.announced_again = sum(announced.values()) - len(announced)
        for submission, event_ids in stored:
            for event_id in event_ids:
                if announcement_id(UUID(event_id)) in announced:
                    result.announced += 1
                elif _is_under_way(submission, now):
                    result.under_way += 1
                else:
                    result.not_announced.add(event_id)
        return result

    async def _accepted(self, start: datetime, end: datetime, since_ms: int, result: Reconciliation) -> dict[UUID, Waiting]:
        found: dict[UUID, Waiting] = {}
        async for batch in self.submissions.read():
            for message in _readable(batch, decode_submission, since_ms):
                if not start <= message.received_at < end:
                    continue
                if message.submission_id in found:
                    result.repeated += 1
                else:
                    numbers = frozenset((message.service_request_id, message.key))
                    found[message.submission_id] = Waiting(message.submission_id, numbers, message.received_at)
        result.accepted = len(found)
        return found

    async def _take_rejected(self, waiting: dict[UUID, Waiting], since_ms: int, result: Reconciliation) -> None:
        async for batch in self.rejections.read():
            for message in _readable(batch, decode_rejected, since_ms):
                if waiting.pop(message.submission_id, None) is not None:
                    result.rejected += 1

    async def _announced(self, since_ms: int) -> Counter[UUID]:
        found: Counter[UUID] = Counter()
        async for batch in self.updates.read():
            found.update(message.announcement_id for message in _readable(batch, decode_update, since_ms))
        return found

    async def _stored(
        self, names: Names, submissions: Sequence[Waiting], times: tuple[datetime, datetime], result: Reconciliation
    ) -> list[tuple[Waiting, list[str]]]:
        """The submissions that the store has, each with those of its events that were announced since the period began."""
        start, now = times
        owners = await self._owners(names, submissions)
        found: list[tuple[Waiting, list[str]]] = []
        for submission in submissions:
            event_ids = [str(derived_event_id(submission.submission_id, kind)) for kind in (CREATED, FOLLOW_UP)]
            holders = [(event_id, holder) for event_id in event_ids for holder in owners.get(event_id, ())]
            if holders:
                result.stored += 1
                # One that occurred before the period came again within it; the log of announcements may not reach back so far.
                found.append((submission, sorted({event_id for event_id, holder in holders if holder.occurred_at >= start})))
                if len(holders) > 1:
                    result.doubled.add(str(submission.submission_id))
            elif _is_under_way(submission, now):
                result.under_way += 1
            else:
                result.not_stored.add(str(submission.submission_id))
        return found

    async def _owners(self, names: Names, submissions: Iterable[Waiting]) -> dict[str, list[Holder]]:
        """Which requests hold the events of these submissions."""
        numbers = sorted({number for one in submissions for number in one.numbers})
        of_these = {"service_request_id": {"$in": numbers}}
        requests, old = self.connection.collection(names.requests), self.connection.collection(names.history)
        async with self.connection.limited(calls=2):
            present = await requests.find({"_id": {"$in": numbers}}, {"history.event_id": 1, "history.occurred_at": 1}).to_list(None)
            archived = await old.find(of_these, {"service_request_id": 1, "event_id": 1, "occurred_at": 1}).to_list(None)
        owners: dict[str, list[Holder]] = {}
        for document in present:
            for entry in document["history"]:
                owners.setdefault(entry["event_id"], []).append(Holder(document["_id"], entry["occurred_at"]))
        for entry in archived:
            holders = owners.setdefault(entry["event_id"], [])
            if all(holder.number != entry["service_request_id"] for holder in holders):  # one that is just moving out is in both
                holders.append(Holder(entry["service_request_id"], entry["occurred_at"]))
        return owners


def _is_under_way(submission: Waiting, now: datetime) -> bool:
    return submission.received_at > now - ON_THE_ROAD


def _readable(batch: Iterable[Record], decode: Any, since_ms: int) -> list[Any]:  # noqa: ANN401 - a decoder and its messages
    messages = []
    for record in batch:
        if record.timestamp_ms < since_ms:
            continue  # written before the period: most of a log that is kept for weeks
        try:
            messages.append(decode(record.value))
        except Cary311Error:
            continue  # in a dead letter topic, which is watched by itself
    return messages
