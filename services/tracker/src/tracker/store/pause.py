"""The note that lets the ``project`` role rest: whoever rebuilds the store writes it, the role obeys it.

It holds for a while and is renewed, so that a rebuild that dies lets the work go on by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from shared.errors import Cary311Error, TransientError
from tracker.store.connection import Connection

PAUSE_ID: Final = "pause"
HOLDS_FOR: Final = timedelta(seconds=30)
RENEWED_EVERY_SECONDS: Final = 8.0

Clock = Callable[[], datetime]


class PausedByAnotherError(Cary311Error):
    """Somebody else lets the projection rest at this moment."""


async def is_paused(connection: Connection, now: datetime) -> bool:
    """Whether the projection should rest.

    Raises:
        TransientError: MongoDB is away.
    """
    async with connection.limited():
        note = await connection.meta.find_one({"_id": PAUSE_ID})
    return bool(note and note["expires_at"] > now)


@dataclass(frozen=True, slots=True)
class Pause:
    """A note of ours."""

    connection: Connection
    clock: Clock
    token: str

    async def renew(self) -> bool:
        """Make it hold for a while from now on; False: it had run out, and the projection may be at work.

        Raises:
            TransientError: MongoDB is away.
        """
        now = self.clock()
        async with self.connection.limited():
            held = {"_id": PAUSE_ID, "token": self.token, "expires_at": {"$gt": now}}
            renewed = await self.connection.meta.update_one(held, {"$set": {"expires_at": now + HOLDS_FOR}})
        return bool(renewed.matched_count)


@asynccontextmanager
async def paused(connection: Connection, clock: Clock, reason: str) -> AsyncIterator[Pause]:
    """The projection rests while the block runs; it notices within a second or two.

    Raises:
        PausedByAnotherError: somebody else's note still holds.
        TransientError: MongoDB is away.
    """
    pause = Pause(connection, clock, uuid4().hex)
    await _take(pause, reason)
    renewal = asyncio.create_task(_keep(pause), name="pause-renewal")
    try:
        yield pause
    finally:
        renewal.cancel()
        await asyncio.gather(renewal, return_exceptions=True)
        with suppress(TransientError):  # it runs out by itself
            async with connection.limited():
                await connection.meta.delete_one({"_id": PAUSE_ID, "token": pause.token})


async def _take(pause: Pause, reason: str) -> None:
    now, meta = pause.clock(), pause.connection.meta
    note = {"_id": PAUSE_ID, "token": pause.token, "reason": reason, "expires_at": now + HOLDS_FOR}
    async with pause.connection.limited(calls=2):
        await meta.delete_one({"_id": PAUSE_ID, "expires_at": {"$lte": now}})
        try:
            await meta.insert_one(note)
        except DuplicateKeyError:
            raise PausedByAnotherError("the projection rests already: another rebuild is running, or ended less than 30 s ago") from None


async def _keep(pause: Pause) -> None:
    while True:
        await asyncio.sleep(RENEWED_EVERY_SECONDS)
        with suppress(TransientError):  # the next renewal comes before the note runs out
            await pause.renew()
