"""How far each net has come, and what reading has cost this month."""

from datetime import datetime
from typing import Final

from intake_social.store.connection import Connection
from intake_social.windows import Cursor

CURSORS: Final = "cursors"
READS: Final = "reads"


class Cursors:
    """The collections ``cursors`` and ``reads``. Every method raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, name: str) -> Cursor | None:
        """Of a net; None before its first start."""
        async with self._connection.limited():
            document = await self._connection.collection(CURSORS).find_one({"_id": name})
        return Cursor(document["started_at"], document["began_at"], document["swept_until"]) if document else None

    async def put(self, name: str, cursor: Cursor) -> None:
        """Note it. It never goes back: an instance that was paused may come with what it knew long ago."""
        change = {
            "$max": {"swept_until": cursor.swept_until},
            "$setOnInsert": {"started_at": cursor.started_at, "began_at": cursor.began_at},
        }
        async with self._connection.limited():
            await self._connection.collection(CURSORS).update_one({"_id": name}, change, upsert=True)

    async def add_reads(self, count: int, moment: datetime) -> int:
        """Count posts that were read; how many there were in this calendar month (UTC)."""
        month, reads = f"{moment:%Y-%m}", self._connection.collection(READS)
        async with self._connection.limited(calls=2):
            await reads.update_one({"_id": month}, {"$inc": {"posts": count}}, upsert=True)
            document = await reads.find_one({"_id": month})
        return int(document["posts"]) if document else count
