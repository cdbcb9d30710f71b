"""Which posts are looked for again: those of open requests, as long as they are there for everybody.

Kept in the ledger's own documents (``seen``): ``recheck_at`` says when the next look is due, and is missing where none is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from intake_social.store.connection import Connection
from intake_social.store.ledger import SEEN
from shared.mongodb import Document


@dataclass(frozen=True, slots=True)
class Watched:
    """A post that is due."""

    submission_id: UUID
    native_id: str = field(repr=False)
    service_request_id: str
    """The request that it belongs to."""
    recheck_at: datetime
    missing_since: datetime | None
    """The first time that the network said it is gone."""


class Watch:
    """Every method raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: Any = connection.collection(SEEN)

    async def due(self, now: datetime, limit: int) -> list[Watched]:
        """The next ones, those that wait longest first."""
        async with self._connection.limited():
            cursor = self._seen.find({"recheck_at": {"$lte": now}}).sort("recheck_at", 1).limit(limit)
            return [_watched(document) async for document in cursor]

    async def there(self, ids: Collection[UUID], next_at: datetime) -> None:
        """They are there; look again then."""
        await self._change(_those(ids), {"$set": {"recheck_at": next_at}, "$unset": {"missing_since": ""}})

    async def missing(self, ids: Collection[UUID], now: datetime, next_at: datetime) -> None:
        """The network said for the first time that they are gone; ask again then."""
        await self._change(_those(ids), {"$set": {"recheck_at": next_at, "missing_since": now}})

    async def withdrawn(self, ids: Collection[UUID], now: datetime) -> None:
        """The log says that they are gone: they are never looked for again."""
        await self._change(_those(ids), {"$set": {"withdrawn_at": now}, "$unset": {"recheck_at": "", "missing_since": ""}})

    async def closed(self, numbers: Sequence[str]) -> None:
        """These requests are closed: their posts are not looked for any more."""
        await self._change({"belongs_to": {"$in": list(numbers)}}, {"$unset": {"recheck_at": "", "missing_since": ""}})

    async def opened(self, numbers: Sequence[str], next_at: datetime) -> None:
        """These requests are open: their posts are looked for, and those that are already stay as they are."""
        idle = {"recheck_at": None, "withdrawn_at": None, "native_id": {"$ne": None}}
        await self._change({"belongs_to": {"$in": list(numbers)}, **idle}, {"$set": {"recheck_at": next_at}})

    async def _change(self, query: Document, change: Document) -> None:
        async with self._connection.limited():
            await self._seen.update_many(query, change)


def _those(ids: Collection[UUID]) -> Document:
    return {"_id": {"$in": [str(identity) for identity in ids]}}


def _watched(document: Document) -> Watched:
    return Watched(
        submission_id=UUID(document["_id"]),
        native_id=document["native_id"],
        service_request_id=document["belongs_to"],
        recheck_at=document["recheck_at"],
        missing_since=document.get("missing_since"),
    )
