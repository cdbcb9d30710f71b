"""The outbox of mails: one entry for each announcement and recipient, claimed, sent and marked as ``shared.outbox`` tells.

::

    claimed ── accepted ──► sent            refused for good ──► failed
    unknown ── in Sent ──► sent             undecided ──► needs_staff
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pymongo import ASCENDING, IndexModel, ReturnDocument

from intake_email.store.connection import Connection
from shared import outbox
from shared.mongodb import Document, Indexes
from shared.outbox import OUTBOX, OutboxEntries

SUPPRESSED: Final = "suppressed_addresses"
COUNTS: Final = "sent_counts"

INDEXES: Final[Indexes] = {
    OUTBOX: (*outbox.INDEXES, IndexModel([("message_id", ASCENDING)], name="message_id")),
    COUNTS: (IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),),
}


class EntryState(StrEnum):
    """What becomes of an answer."""

    WAITING = outbox.WAITING
    CLAIMED = outbox.CLAIMED
    UNKNOWN = outbox.UNKNOWN
    SENT = "sent"
    FAILED = "failed"
    NEEDS_STAFF = "needs_staff"
    SUPPRESSED = "suppressed"
    REDACTED = outbox.REDACTED


ENDED: Final = frozenset({EntryState.SENT, EntryState.FAILED, EntryState.NEEDS_STAFF, EntryState.SUPPRESSED, EntryState.REDACTED})


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer to one recipient."""

    announcement_id: UUID
    reply_index: int
    service_request_id: str
    address_hash: str
    message_id: str = field(repr=False)
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    created_at: datetime
    tries: int = 0

    @property
    def key(self) -> str:
        """The entry's ``_id``."""
        return f"{self.announcement_id}:{self.reply_index}"


class Outbox(OutboxEntries[Entry]):
    """Every method raises ``TransientError("mongodb")`` while the store is away."""

    def __init__(self, connection: Connection, *, keeps: timedelta) -> None:
        super().__init__(connection, keeps=keeps, personal=("content", "recipient"), written=_document, read=_entry)
        self._suppressed: Any = connection.collection(SUPPRESSED)
        self._counts: Any = connection.collection(COUNTS)

    async def by_message_id(self, message_id: str) -> Entry | None:
        """The entry of a mail of ours, for a report that it did not arrive; without text and recipient."""
        async with self._connection.limited():
            found = await self._entries.find_one({"message_id": message_id}, {"content": 0, "recipient": 0})
        return _entry({**found, "content": b"", "recipient": ""}) if found else None

    async def suppress(self, address_hash: str, reason: str, now: datetime) -> None:
        """Write to this address no more: it bounced."""
        async with self._connection.limited():
            await self._suppressed.update_one({"_id": address_hash}, {"$setOnInsert": {"reason": reason, "since": now}}, upsert=True)

    async def is_suppressed(self, address_hash: str) -> bool:
        """Whether mail to this address came back before."""
        async with self._connection.limited():
            return await self._suppressed.find_one({"_id": address_hash}, {"_id": 1}) is not None

    async def counted(self, address_hash: str, now: datetime) -> int:
        """How many mails went to this address in this hour, this one included."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        change = {"$inc": {"mails": 1}, "$setOnInsert": {"expires_at": hour + timedelta(hours=2)}}
        async with self._connection.limited():
            found = await self._counts.find_one_and_update(
                {"_id": f"{address_hash}:{hour:%Y%m%d%H}"}, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        return int(found["mails"]) if found else 1


def _document(entry: Entry) -> Document:
    return {
        "announcement_id": str(entry.announcement_id),
        "reply_index": entry.reply_index,
        "service_request_id": entry.service_request_id,
        "address_hash": entry.address_hash,
        "message_id": entry.message_id,
        "recipient": entry.recipient,
        "content": entry.content,
        "created_at": entry.created_at,
    }


def _entry(document: Document) -> Entry:
    return Entry(
        announcement_id=UUID(document["announcement_id"]),
        reply_index=document["reply_index"],
        service_request_id=document["service_request_id"],
        address_hash=document["address_hash"],
        message_id=document["message_id"],
        recipient=document["recipient"],
        content=bytes(document["content"]),
        created_at=document["created_at"],
        tries=document["tries"],
    )
