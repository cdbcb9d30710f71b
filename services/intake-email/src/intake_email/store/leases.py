"""Leases: of several instances one does the work, the others stand by and take over when it is silent for too long.

The clocks of the instances decide, so they must agree to a fraction of a lease. Two that hold one by mistake for a moment do no
harm: identity absorbs what both take.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from pymongo.errors import DuplicateKeyError

from intake_email.store.connection import Connection

LEASES: Final = "leases"


class Leases:
    """The collection ``leases``, for one holder. Every method raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection, holder: str, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._holder = holder
        self._clock = clock

    async def claim(self, name: str, seconds: float) -> bool:
        """Whether the lease ``name`` is ours for so long from now; claiming what is ours prolongs it."""
        now = self._clock()
        is_free = {"_id": name, "$or": [{"holder": self._holder}, {"until": {"$lt": now}}]}
        until = now + timedelta(seconds=seconds)
        async with self._connection.limited(calls=2):
            changed = await self._connection.collection(LEASES).update_one(is_free, {"$set": {"holder": self._holder, "until": until}})
            if changed.matched_count:
                return True
            try:
                await self._connection.collection(LEASES).insert_one({"_id": name, "holder": self._holder, "until": until})
            except DuplicateKeyError:  # somebody else has it
                return False
        return True

    async def release(self, name: str) -> None:
        """Let go at once what is ours; another instance need not wait for its end."""
        async with self._connection.limited():
            await self._connection.collection(LEASES).delete_one({"_id": name, "holder": self._holder})
