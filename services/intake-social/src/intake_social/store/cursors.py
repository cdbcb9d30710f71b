"""How far each net has come, and when the replies began."""

from typing import Final

from intake_social.store.connection import Connection
from intake_social.windows import Cursor

CURSORS: Final = "cursors"


class Cursors:
    """The collection ``cursors``. Every method raises ``TransientError`` while MongoDB is away."""

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
