"""Look-ups by key that come while others are under way are made together: one call of the driver answers many callers.

Under load a call for each caller would cost more than all the rest of an answer, and a server that does not answer would hold as
many threads as there are callers. A caller who comes alone waits for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Generic, TypeVar

MAX_FLIGHTS: Final = 2
"""Calls under way at the same time, and so threads of the driver that a frozen server can hold."""
MAX_KEYS: Final = 200
"""Of one call: what comes back should fit a few hundred kilobytes."""

V = TypeVar("V")
Limited = Callable[[], AbstractAsyncContextManager[None]]
Fetch = Callable[[Sequence[str]], Awaitable[Mapping[str, V]]]


class Gathering(Generic[V]):
    """Callers of ``get`` share calls of ``fetch``, which must end in time by itself; ``limited`` bounds what a caller waits for one."""

    def __init__(self, fetch: "Fetch[V]", limited: Limited) -> None:
        self._fetch = fetch
        self._limited = limited
        self._waiting: dict[str, list[asyncio.Future[V | None]]] = {}
        self._flights: set[asyncio.Task[None]] = set()
        self._alone = 0
        """Callers who fetch for themselves at this moment."""

    async def get(self, key: str) -> V | None:
        """What ``fetch`` finds for the key.

        Raises:
            Exception: what ``fetch`` raised, or ``limited``.
        """
        if self._is_full():
            async with self._limited():
                return await self._shared(key)
        self._alone += 1
        try:
            return (await self._fetch((key,))).get(key)
        finally:
            self._alone -= 1
            self._depart()

    def _is_full(self) -> bool:
        return len(self._flights) + self._alone >= MAX_FLIGHTS

    async def _shared(self, key: str) -> V | None:
        future: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        return await future

    def _depart(self) -> None:
        """Start what may start now."""
        if not self._waiting or self._is_full():
            return
        if len(self._waiting) <= MAX_KEYS:
            aboard, self._waiting = self._waiting, {}
        else:
            aboard = {key: self._waiting.pop(key) for key in list(self._waiting)[:MAX_KEYS]}
        wanted = {key: [future for future in futures if not future.done()] for key, futures in aboard.items()}
        wanted = {key: futures for key, futures in wanted.items() if futures}
        if wanted:
            flight = asyncio.get_running_loop().create_task(self._fly(wanted), name="gathered-look-up")
            self._flights.add(flight)
            flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        self._depart()

    async def _fly(self, aboard: Mapping[str, "list[asyncio.Future[V | None]]"]) -> None:
        try:
            found = await self._fetch(list(aboard))
        except Exception as error:  # noqa: BLE001 - each caller gets it, whatever it is
            for future in _waiting(aboard):
                future.set_exception(error)
            return
        except BaseException:
            for future in _waiting(aboard):
                future.cancel()
            raise
        for key, futures in aboard.items():
            for future in futures:
                if not future.done():
                    future.set_result(found.get(key))


def _waiting(aboard: Mapping[str, "list[asyncio.Future[V | None]]"]) -> "list[asyncio.Future[V | None]]":
    return [future for futures in aboard.values() for future in futures if not future.done()]
