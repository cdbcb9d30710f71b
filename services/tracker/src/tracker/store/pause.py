"""The note that lets the ``project`` role rest: whoever rebuilds the store writes it, the role obeys it.

It holds for a while and is renewed, so that a rebuild that dies lets the work go on by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from shared.errors import Cary311Error, TransientError
from tracker.store.connection import Connection, mongodb_errors

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
    async with mongodb_errors():
        note = await connection.meta.find_one({"_id": PAUSE_ID})
    return bool(note and note["expires_at"] > now)


@asynccontextmanager
async def paused(connection: Connection, clock: Clock, reason: str) -> AsyncIterator[None]:
    """The projection rests while the block runs; it notices within a second or two.

    Raises:
        PausedByAnotherError: somebody else's note still holds.
        TransientError: MongoDB is away.
    """
    token = uuid4().hex
    await _take(connection, clock, token, reason)
    renewal = asyncio.create_task(_renew(connection, clock, token), name="pause-renewal")
    try:
        yield
    finally:
        renewal.cancel()
        with suppress(asyncio.CancelledError):
            await renewal
        async with mongodb_errors():
            await connection.meta.delete_one({"_id": PAUSE_ID, "token": token})


async def _take(connection: Connection, clock: Clock, token: str, reason: str) -> None:
    now = clock()
    note = {"_id": PAUSE_ID, "token": token, "reason": reason, "expires_at": now + HOLDS_FOR}
    async with mongodb_errors():
        await connection.meta.delete_one({"_id": PAUSE_ID, "expires_at": {"$lte": now}})
        try:
            await connection.meta.insert_one(note)
        except DuplicateKeyError:
            raise PausedByAnotherError("the projection rests already: another rebuild is running, or ended less than 30 s ago") from None


async def _renew(connection: Connection, clock: Clock, token: str) -> None:
    while True:
        await asyncio.sleep(RENEWED_EVERY_SECONDS)
        with suppress(TransientError):  # the next renewal comes before the note runs out
            async with mongodb_errors():
                await connection.meta.update_one({"_id": PAUSE_ID, "token": token}, {"$set": {"expires_at": clock() + HOLDS_FOR}})
