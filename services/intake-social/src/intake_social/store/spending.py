"""What was asked of the network in each calendar month: it costs money."""

from intake_social.spending import Spent
from intake_social.store.connection import Connection

SPENDING = "spending"


class SpendingCounts:
    """The collection ``spending``. Raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, month: str, more: Spent) -> Spent:
        """Count these; how much it was in this month. ``month``: ``2026-09``, in UTC."""
        spending = self._connection.collection(SPENDING)
        change = {"$inc": {"posts": more.posts, "replies": more.replies}}
        async with self._connection.limited(calls=2):
            await spending.update_one({"_id": month}, change, upsert=True)
            document = await spending.find_one({"_id": month})
        return Spent(int(document["posts"]), int(document["replies"])) if document else more
