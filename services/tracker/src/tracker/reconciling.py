"""Accepted = stored = announced: follows every submission of a period through the logs and the store. Ids only."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from shared.contracts import SubmissionReceived, decode_rejected, decode_submission, decode_update
from shared.errors import Cary311Error
from shared.identity import announcement_id, derived_event_id
from shared.kafka.records import Record
from tracker.projection import FOLLOW_UP
from tracker.redaction import CREATED
from tracker.store.connection import Connection, Names, mongodb_errors

MAX_NAMED: Final = 50
BATCH: Final = 500


class Log(Protocol):
    """A topic read from its beginning to its present end, without a group."""

    def read(self, from_offsets: Mapping[int, int] | None = None, max_records: int = 500) -> AsyncIterator[list[Record]]:
        """The records."""


@dataclass(slots=True)
class Reconciliation:
    """What became of the submissions of a period."""

    accepted: int = 0
    """Different submissions in the log."""
    repeated: int = 0
    """Records of a submission beyond its first: absorbed by identity."""
    rejected: int = 0
    stored: int = 0
    announced: int = 0
    announced_again: int = 0
    """Announcements beyond the first under one id: consumers drop them."""
    not_stored: list[str] = field(default_factory=list)
    """Submission ids."""
    not_announced: list[str] = field(default_factory=list)
    """Event ids."""
    doubled: list[str] = field(default_factory=list)
    """Submission ids that two requests were made of."""

    @property
    def is_whole(self) -> bool:
        """Nothing is lost and nothing is there twice."""
        return not (self.not_stored or self.not_announced or self.doubled)


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The three logs and the store."""

    connection: Connection
    submissions: Log
    rejections: Log
    updates: Log

    async def run(self, start: datetime, end: datetime) -> Reconciliation:
        """Everything received from ``start`` (included) to ``end`` (excluded).

        Raises:
            TransientError: Kafka or MongoDB is away.
        """
        result = Reconciliation()
        names = await self.connection.names()
        waiting = await self._accepted(start, end, result)
        await self._take_rejected(waiting, result)
        announced = await self._announced()
        result.announced_again = sum(count - 1 for count in announced.values())
        pending = list(waiting.values())
        for first in range(0, len(pending), BATCH):
            await self._look_up(names, pending[first : first + BATCH], announced, result)
        return result

    async def _accepted(self, start: datetime, end: datetime, result: Reconciliation) -> dict[str, SubmissionReceived]:
        found: dict[str, SubmissionReceived] = {}
        async for batch in self.submissions.read():
            for message in _readable(batch, decode_submission):
                if not start <= message.received_at < end:
                    continue
                if str(message.submission_id) in found:
                    result.repeated += 1
                else:
                    # Only what identifies it is kept: a period's texts would not fit into memory.
                    found[str(message.submission_id)] = message.model_copy(update={"text": "", "quoted_text": None, "reporter": None})
        result.accepted = len(found)
        return found

    async def _take_rejected(self, waiting: dict[str, SubmissionReceived], result: Reconciliation) -> None:
        async for batch in self.rejections.read():
            for message in _readable(batch, decode_rejected):
                if waiting.pop(str(message.submission_id), None) is not None:
                    result.rejected += 1

    async def _announced(self) -> Counter[str]:
        found: Counter[str] = Counter()
        async for batch in self.updates.read():
            found.update(str(message.announcement_id) for message in _readable(batch, decode_update))
        return found

    async def _look_up(
        self, names: Names, submissions: Sequence[SubmissionReceived], announced: Counter[str], result: Reconciliation
    ) -> None:
        owners = await self._owners(names, submissions)
        for submission in submissions:
            event_ids = {str(derived_event_id(submission.submission_id, kind)) for kind in (CREATED, FOLLOW_UP)}
            holders = [(number, event_id) for event_id in event_ids for number in owners.get(event_id, ())]
            if not holders:
                _note(result.not_stored, str(submission.submission_id))
                continue
            result.stored += 1
            if len(holders) > 1:
                _note(result.doubled, str(submission.submission_id))
            for _, event_id in holders:
                if _announcement_of(event_id) in announced:
                    result.announced += 1
                else:
                    _note(result.not_announced, event_id)

    async def _owners(self, names: Names, submissions: Iterable[SubmissionReceived]) -> dict[str, list[str]]:
        """Which requests hold the events of these submissions."""
        numbers = sorted({number for one in submissions for number in (one.service_request_id, one.key)})
        owners: dict[str, list[str]] = {}
        async with mongodb_errors():
            query: dict[str, Any] = {"_id": {"$in": numbers}}
            async for request in self.connection.collection(names.requests).find(query, {"history.event_id": 1}):
                for entry in request["history"]:
                    owners.setdefault(entry["event_id"], []).append(request["_id"])
            old = {"service_request_id": {"$in": numbers}}
            async for entry in self.connection.collection(names.history).find(old, {"service_request_id": 1, "event_id": 1}):
                holders = owners.setdefault(entry["event_id"], [])
                if entry["service_request_id"] not in holders:
                    holders.append(entry["service_request_id"])
        return owners


def _readable(batch: Iterable[Record], decode: Any) -> list[Any]:  # noqa: ANN401 - a decoder and its messages
    messages = []
    for record in batch:
        try:
            messages.append(decode(record.value))
        except Cary311Error:
            continue  # in a dead letter topic, which is watched by itself
    return messages


def _announcement_of(event_id: str) -> str:
    return str(announcement_id(UUID(event_id)))


def _note(names: list[str], name: str) -> None:
    if len(names) < MAX_NAMED:
        names.append(name)
