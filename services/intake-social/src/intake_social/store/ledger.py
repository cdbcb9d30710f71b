"""The ledger: what we know of every post that we took, and which request it belongs to; what could not be read; both as they came.

An entry is stored before its submission is published, with the claim and the moment of receipt: whatever happens then, a repeat
carries the same. First wins.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pymongo import ASCENDING, IndexModel

from intake_social.store.connection import Connection
from shared.contracts import ClaimProof, ThreadClaim
from shared.mongodb import Document, Indexes

SEEN: Final = "seen"
RAW_POSTS: Final = "raw_posts"
QUARANTINE: Final = "quarantine"
_EXPIRY: Final = IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)
INDEXES: Final[Indexes] = {
    SEEN: (
        _EXPIRY,
        IndexModel([("recheck_at", ASCENDING)], name="recheck_at", sparse=True),
        IndexModel([("belongs_to", ASCENDING)], name="belongs_to"),
    ),
    RAW_POSTS: (_EXPIRY,),
    QUARANTINE: (_EXPIRY,),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A post in the ledger, or what stands in for one."""

    submission_id: UUID
    service_request_id: str
    """Its own number."""
    received_at: datetime
    author_id: str | None = field(default=None, repr=False)
    """Who wrote it; of a reply of ours: whom it answers, and who goes on with their own request below it."""
    claim: ThreadClaim | None = None
    is_published: bool = False
    """Kafka has it."""
    written_at: datetime | None = None
    has_place: bool = False
    native_id: str | None = field(default=None, repr=False)
    """The post's own id; None where there is none, and of our own replies."""
    recheck_at: datetime | None = None
    """When it is looked for again (``store.watch``)."""

    @property
    def belongs_to(self) -> str:
        """The request that answers to this post are about."""
        return self.claim.service_request_id if self.claim else self.service_request_id


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that could not be read."""

    submission_id: UUID
    """Of what an advocate was shown in its place."""
    key: str
    reason: str
    raw: bytes = field(repr=False)
    is_known_by_id: bool = False
    """Its key is the network's own id."""


class Ledger:
    """The collections ``seen``, ``raw_posts`` and ``quarantine``. Every method raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, ids: Iterable[UUID]) -> dict[UUID, Entry]:
        """Those that are known."""
        wanted = [str(identity) for identity in ids]
        if not wanted:
            return {}
        async with self._connection.limited():
            found = [document async for document in self._connection.collection(SEEN).find({"_id": {"$in": wanted}})]
        return {entry.submission_id: entry for entry in map(_entry, found)}

    async def store(self, entries: Sequence[Entry], expires_at: datetime) -> dict[UUID, Entry]:
        """Keep these; what is stored under their ids afterwards, which another instance may have stored first."""
        stored = {entry.submission_id: entry for entry in entries}
        there = await self._connection.insert_new(SEEN, [_document(entry, expires_at) for entry in entries])
        return stored | await self.find(map(UUID, there))

    async def keep_raw(self, raws: Mapping[UUID, bytes], expires_at: datetime) -> None:
        """Keep posts as they came, by their submissions' ids."""
        documents = [{"_id": str(identity), "data": raw, "expires_at": expires_at} for identity, raw in raws.items()]
        await self._connection.insert_new(RAW_POSTS, documents)

    async def keep_quarantined(self, items: Sequence[Quarantined], expires_at: datetime) -> None:
        """Keep what could not be read."""
        documents = [
            {
                "_id": str(item.submission_id),
                "key": item.key,
                "is_known_by_id": item.is_known_by_id,
                "reason": item.reason,
                "data": item.raw,
                "expires_at": expires_at,
            }
            for item in items
        ]
        await self._connection.insert_new(QUARANTINE, documents)

    async def quarantined(self, after: UUID | None, limit: int) -> list[Quarantined]:
        """What could not be read, in the order of ids, behind ``after``."""
        behind = {"_id": {"$gt": str(after)}} if after else {}
        async with self._connection.limited():
            cursor = self._connection.collection(QUARANTINE).find(behind).sort("_id", ASCENDING).limit(limit)
            return [
                Quarantined(UUID(found["_id"]), found["key"], found["reason"], bytes(found["data"]), found.get("is_known_by_id", False))
                async for found in cursor
            ]

    async def release(self, ids: Sequence[UUID]) -> None:
        """These could be read after all."""
        async with self._connection.limited():
            await self._connection.collection(QUARANTINE).delete_many({"_id": {"$in": [str(identity) for identity in ids]}})

    async def forget(self, ids: Sequence[UUID]) -> None:
        """Delete what we keep of these posts for good: their bytes, which they are, who wrote them. Doing it again changes nothing."""
        wanted = {"_id": {"$in": [str(identity) for identity in ids]}}
        change = {"$set": {"author_id": None}, "$unset": {"native_id": "", "recheck_at": "", "missing_since": ""}}
        async with self._connection.limited(calls=3):
            await self._connection.collection(RAW_POSTS).delete_many(wanted)
            await self._connection.collection(QUARANTINE).delete_many(wanted)
            await self._connection.collection(SEEN).update_many(wanted, change)

    async def note_published(self, ids: Sequence[UUID]) -> None:
        """Note that Kafka has these."""
        async with self._connection.limited():
            wanted = {"_id": {"$in": [str(identity) for identity in ids]}}
            await self._connection.collection(SEEN).update_many(wanted, {"$set": {"is_published": True}})


def _document(entry: Entry, expires_at: datetime) -> Document:
    return {
        "_id": str(entry.submission_id),
        "service_request_id": entry.service_request_id,
        "received_at": entry.received_at,
        "author_id": entry.author_id,
        "written_at": entry.written_at,
        "has_place": entry.has_place,
        "belongs_to": entry.belongs_to,
        **({"native_id": entry.native_id, "recheck_at": entry.recheck_at} if entry.native_id else {}),
        "claim": {"service_request_id": entry.claim.service_request_id, "proof": entry.claim.proof.value} if entry.claim else None,
        "is_published": entry.is_published,
        "expires_at": expires_at,
    }


def _entry(document: Mapping[str, Any]) -> Entry:
    claim = document["claim"]
    return Entry(
        submission_id=UUID(document["_id"]),
        service_request_id=document["service_request_id"],
        received_at=document["received_at"],
        author_id=document["author_id"],
        written_at=document.get("written_at"),
        has_place=document.get("has_place", False),
        native_id=document.get("native_id"),
        recheck_at=document.get("recheck_at"),
        claim=ThreadClaim(service_request_id=claim["service_request_id"], proof=ClaimProof(claim["proof"])) if claim else None,
        is_published=document["is_published"],
    )
