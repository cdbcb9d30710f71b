"""Who has a mailbox: one instance works, the others stand by."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol

from shared.errors import TransientError
from shared.observability.logs import logger

RENEWALS: Final = 3
"""Tries to prolong a lease before it ends."""
_log = logger(__name__)


class LeaseStore(Protocol):
    """``store.leases.Leases``."""

    async def claim(self, name: str, seconds: float) -> bool: ...  # noqa: D102 - the store's own
    async def release(self, name: str) -> None: ...  # noqa: D102 - as above


class Lease:
    """The lease of one mailbox. Held until it ends, whether or not MongoDB is there to prolong it."""

    def __init__(self, store: LeaseStore, name: str, seconds: float) -> None:
        self._store = store
        self._name = name
        self._seconds = seconds
        self._until = 0.0
        self._changed = asyncio.Event()

    @property
    def is_held(self) -> bool:
        """Whether the mailbox is ours now."""
        return time.monotonic() < self._until

    async def hold(self, on_loss: Callable[[], None]) -> None:
        """Claim and prolong it, for ever; ``on_loss`` is called when another instance has it."""
        while True:
            asked_at, had = time.monotonic(), self.is_held
            try:
                is_ours = await self._store.claim(self._name, self._seconds)
            except Exception as error:  # noqa: BLE001 - whatever it is, the lease must be asked for again
                _log.warning("lease_not_prolonged", mailbox=self._name, failure=error)
            else:
                self._until = asked_at + self._seconds if is_ours else 0.0
                if is_ours != had:
                    _log.info("lease_changed", mailbox=self._name, is_held=is_ours)
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
            _log.warning("lease_not_released", mailbox=self._name, failure=error)
