"""The outbox of public replies: one entry for each request, claimed, replied with and marked as ``shared.outbox`` tells.

An entry ends in the outcome that the request's history has. Who and which conversation it was about stays as keyed digests, to
count by.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pymongo import ASCENDING, IndexModel

from intake_social.store.connection import Connection
from shared import outbox
from shared.contracts import DeliveryOutcome
from shared.mongodb import Document, Indexes
from shared.outbox import CLAIMED, OUTBOX, UNKNOWN, WAITING, OutboxEntries

INDEXES: Final[Indexes] = {
    OUTBOX: (
        *outbox.INDEXES,
        IndexModel([("conversation_key", ASCENDING), ("ended_at", ASCENDING)], name="conversation"),
        IndexModel([("author_key", ASCENDING), ("ended_at", ASCENDING)], name="author"),
        IndexModel([("state", ASCENDING), ("ended_at", ASCENDING)], name="state_ended"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reply. Its request's number is its ``_id``: there is never a second one."""

    service_request_id: str
    announcement_id: UUID
    reply_index: int
    post_id: str = field(repr=False)
    """What it replies to."""
    conversation_id: str = field(repr=False)
    author_id: str | None = field(default=None, repr=False)
    """Whom it answers, where the ledger knows."""
    author_key: str | None = None
    conversation_key: str
    text: str
    written_at: datetime
    """When the post was written, else received."""
    created_at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not over yet."""

    count: int
    oldest: datetime | None
    """When its post was written."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How many replies went out since a moment."""

    in_conversation: int
    to_author: int


class Outbox:
    """Every method raises ``TransientError("mongodb")`` while the store is away."""

    def __init__(self, connection: Connection, *, keeps: timedelta) -> None:
        self._connection = connection
        self._waiting = OutboxEntries(connection, keeps=keeps, personal=("text", "post_id", "conversation_id", "author_id"))
        self._entries: Any = connection.collection(OUTBOX)

    async def add(self, entries: Sequence[Entry]) -> None:
        """Keep these; a request that has one keeps it, whatever became of it."""
        await self._waiting.add([_document(entry) for entry in entries])

    async def claim(self, now: datetime, lease: timedelta) -> Entry | None:
        """The next entry that is due, claimed until ``now + lease``; None where nothing is due."""
        found = await self._waiting.claim(now, lease)
        return _entry(found) if found else None

    async def next_unknown(self, now: datetime, lease: timedelta) -> Entry | None:
        """An entry whose claim ran out, marked as unknown and reserved until ``now + lease`` for whoever looks it up."""
        found = await self._waiting.next_unknown(now, lease)
        return _entry(found) if found else None

    async def retry(self, entry: Entry, not_before: datetime) -> None:
        """Wait with it until then: it certainly did not go out."""
        await self._waiting.retry(entry.service_request_id, not_before)

    async def end(self, entry: Entry, outcome: DeliveryOutcome, now: datetime) -> None:
        """What became of it."""
        await self._waiting.end(entry.service_request_id, outcome.value, now)

    async def redact(self, numbers: Sequence[str], now: datetime) -> None:
        """Forget what was to be said about these requests and has not gone out."""
        await self._waiting.redact(numbers, now)

    async def sent_beside(self, entry: Entry, since: datetime) -> Sent:
        """What went out in the entry's conversation and to its author."""
        async with self._connection.limited(calls=2):
            in_conversation = await self._count({"conversation_key": entry.conversation_key}, since)
            to_author = await self._count({"author_key": entry.author_key}, since) if entry.author_key else 0
        return Sent(in_conversation, to_author)

    async def sent_since(self, since: datetime) -> int:
        """What went out in all."""
        async with self._connection.limited():
            return await self._count({}, since)

    async def _count(self, query: Document, since: datetime) -> int:
        sent = {"state": DeliveryOutcome.SENT.value, "ended_at": {"$gte": since}}
        return int(await self._entries.count_documents(query | sent))

    async def backlog(self) -> Backlog:
        """What is not over yet."""
        query = {"state": {"$in": [WAITING, CLAIMED, UNKNOWN]}}
        async with self._connection.limited(calls=2):
            count = await self._entries.count_documents(query)
            oldest = await self._entries.find_one(query, {"written_at": 1}, sort=[("written_at", ASCENDING)])
        return Backlog(count, oldest["written_at"] if oldest else None)


def _document(entry: Entry) -> Document:
    return {
        "_id": entry.service_request_id,
        "service_request_id": entry.service_request_id,
        "announcement_id": str(entry.announcement_id),
        "reply_index": entry.reply_index,
        "post_id": entry.post_id,
        "conversation_id": entry.conversation_id,
        "author_id": entry.author_id,
        "author_key": entry.author_key,
        "conversation_key": entry.conversation_key,
        "text": entry.text,
        "written_at": entry.written_at,
        "created_at": entry.created_at,
    }


def _entry(document: Document) -> Entry:
    return Entry(
        service_request_id=document["service_request_id"],
        announcement_id=UUID(document["announcement_id"]),
        reply_index=document["reply_index"],
        post_id=document["post_id"],
        conversation_id=document["conversation_id"],
        author_id=document["author_id"],
        author_key=document["author_key"],
        conversation_key=document["conversation_key"],
        text=document["text"],
        written_at=document["written_at"],
        created_at=document["created_at"],
        tries=document["tries"],
    )
