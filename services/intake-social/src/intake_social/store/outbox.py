"""The outbox of public replies: one entry for each request, claimed, replied with and marked as ``shared.outbox`` tells.

An entry ends in the outcome that the request's history has. Who and which conversation it was about stays as keyed digests, to
count by.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pymongo import ASCENDING, IndexModel

from intake_social.store.connection import Connection
from shared import outbox
from shared.contracts import DeliveryOutcome
from shared.mongodb import Document, Indexes
from shared.outbox import OUTBOX, OutboxEntries

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

    @property
    def key(self) -> str:
        """The entry's ``_id``."""
        return self.service_request_id


@dataclass(frozen=True, slots=True)
class Sent:
    """How many replies went out since a moment."""

    in_conversation: int
    to_author: int


class Outbox(OutboxEntries[Entry]):
    """Every method raises ``TransientError("mongodb")`` while the store is away."""

    def __init__(self, connection: Connection, *, keeps: timedelta) -> None:
        super().__init__(
            connection,
            keeps=keeps,
            personal=("text", "post_id", "conversation_id", "author_id"),
            written=_document,
            read=_entry,
            waits_since="written_at",
        )

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


def _document(entry: Entry) -> Document:
    return {
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
