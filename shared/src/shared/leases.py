"""Leases: of several instances one does the work, the others stand by and take over when it is silent for too long.

The clocks of the instances decide, so they must agree to a fraction of a lease. Two that hold one by mistake for a moment do no
harm: identity absorbs what both take.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from pymongo.errors import DuplicateKeyError

from shared.errors import TransientError
from shared.mongodb import Connection
from shared.observability.logs import logger

LEASES: Final = "leases"
RENEWALS: Final = 3
"""Tries to prolong a lease before it ends."""
_log = logger(__name__)


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


class LeaseStore(Protocol):
    """``Leases``."""

    async def claim(self, name: str, seconds: float) -> bool: ...  # noqa: D102 - the store's own
    async def release(self, name: str) -> None: ...  # noqa: D102 - as above


class Lease:
    """One lease. Held until it ends, whether or not MongoDB is there to prolong it."""

    def __init__(self, store: LeaseStore, name: str, seconds: float) -> None:
        self._store = store
        self._name = name
        self._seconds = seconds
        self._until = 0.0
        self._changed = asyncio.Event()

    @property
    def is_held(self) -> bool:
        """Whether it is ours now."""
        return time.monotonic() < self._until

    async def hold(self, on_loss: Callable[[], None]) -> None:
        """Claim and prolong it, for ever; ``on_loss`` is called when another instance has it."""
        while True:
            asked_at, had = time.monotonic(), self.is_held
            try:
                is_ours = await self._store.claim(self._name, self._seconds)
            except Exception as error:  # noqa: BLE001 - whatever it is, the lease must be asked for again
                _log.warning("lease_not_prolonged", lease=self._name, failure=error)
            else:
                self._until = asked_at + self._seconds if is_ours else 0.0
                if is_ours != had:
                    _log.info("lease_changed", lease=self._name, is_held=is_ours)
            if self.is_held:
                self._changed.set()
            elif had:
                on_loss()
            await asyncio.sleep(self._seconds / RENEWALS)

    async def wait_until_held(self, stop: asyncio.Event) -> bool:
        """True once it is ours; False when told to stop before, or after a while."""
        if not self.is_held:
            self._changed.clear()
            waiting = asyncio.create_task(self._changed.wait())
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({waiting, stopping}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
            for task in (waiting, stopping):
                task.cancel()
        return self.is_held

    async def release(self) -> None:
        """Let the next instance have it at once."""
        self._until = 0.0
        try:
            await self._store.release(self._name)
        except TransientError as error:
            _log.warning("lease_not_released", lease=self._name, failure=error)
