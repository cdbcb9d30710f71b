"""Raw mails, as ordinary documents inserted in batches. MongoDB removes them by itself when their time is over.

A mail that exceeds a document lies in several. GridFS would do that too, at a hundredth of the speed and without the expiry: its
chunks have no date of their own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from pymongo import ASCENDING, IndexModel

from intake_email.store.connection import Connection
from shared.mongodb import Document, Indexes

RAW_MAILS: Final = "raw_mails"
INDEXES: Final[Indexes] = {RAW_MAILS: (IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),)}
PART_BYTES: Final = 12 * 1024 * 1024
"""Of one document, which MongoDB lets have 16 MiB."""


class RawMails:
    """The collection ``raw_mails``. Every method raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection, *, part_bytes: int = PART_BYTES) -> None:
        self._connection = connection
        self._part_bytes = part_bytes

    async def put(self, mails: Mapping[str, bytes], expires_at: datetime) -> None:
        """Keep these mails by their ids; one that is there already stays as it is."""
        small: list[Document] = []
        for raw_id, data in mails.items():
            documents = self._documents(raw_id, data, expires_at)
            if len(documents) == 1:
                small += documents
                continue
            for document in documents:  # one at a time: each has the whole limit of time for itself
                await self._connection.insert_new(RAW_MAILS, [document])
        await self._connection.insert_new(RAW_MAILS, small)

    def _documents(self, raw_id: str, data: bytes, expires_at: datetime) -> list[Document]:
        """The last part goes first: a mail whose first part is there is whole."""
        starts = range(0, max(len(data), 1), self._part_bytes)
        return [
            {"_id": _part_id(raw_id, part), "parts": len(starts), "data": data[start : start + self._part_bytes], "expires_at": expires_at}
            for part, start in reversed(list(enumerate(starts)))
        ]

    async def get(self, raw_id: str) -> bytes | None:
        """A mail; None where there is none (any more), or only a part of it."""
        collection = self._connection.collection(RAW_MAILS)
        async with self._connection.limited(calls=3):
            first = await collection.find_one({"_id": raw_id})
            if first is None:
                return None
            others = [await collection.find_one({"_id": _part_id(raw_id, part)}) for part in range(1, first["parts"])]
        documents = [first, *(document for document in others if document is not None)]
        return b"".join(document["data"] for document in documents) if len(documents) == first["parts"] else None

    async def delete(self, raw_ids: Iterable[str]) -> int:
        """Remove these for good (redaction); how many documents there were."""
        collection, wanted = self._connection.collection(RAW_MAILS), list(raw_ids)
        async with self._connection.limited(calls=2):
            large = [document async for document in collection.find({"_id": {"$in": wanted}, "parts": {"$gt": 1}}, {"parts": 1})]
            parts = [_part_id(document["_id"], part) for document in large for part in range(1, document["parts"])]
            removed = await collection.delete_many({"_id": {"$in": [*parts, *wanted]}})
        return int(removed.deleted_count)


def _part_id(raw_id: str, part: int) -> str:
    return f"{raw_id}:{part}" if part else raw_id
