"""Limits of time for many short waits, with one timer for all of them.

``asyncio.timeout`` arms a timer and disarms it for each wait; on a request path that is a fifth of what a record handed to Kafka
costs. Here a wait enters a set and leaves it, and now and then one look finds those whose time is up.
"""

import asyncio
from types import TracebackType
from typing import Final, Self

TICK_SECONDS: Final = 0.05
"""How much later than asked a wait may end."""


class Deadlines:
    """The waits of one event loop that have a limit."""

    def __init__(self) -> None:
        self._limits: set[Limit] = set()
        self._is_watched = False

    def within(self, seconds: float) -> "Limit":
        """``with deadlines.within(1.0): await …``: in time, or ``TimeoutError``, as ``asyncio.timeout`` has it."""
        return Limit(self, seconds)

    def add(self, limit: "Limit", loop: asyncio.AbstractEventLoop) -> None:
        """A wait begins."""
        self._limits.add(limit)
        if not self._is_watched:
            self._is_watched = True
            loop.call_later(TICK_SECONDS, self._look, loop)

    def discard(self, limit: "Limit") -> None:
        """A wait has ended."""
        self._limits.discard(limit)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for limit in self._limits:
            limit.look(now)
        self._is_watched = bool(self._limits)
        if self._is_watched:
            loop.call_later(TICK_SECONDS, self._look, loop)


class Limit:
    """Of one wait of the present task."""

    __slots__ = ("_at", "_cancelling", "_deadlines", "_is_over", "_seconds", "_task")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._is_over = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None, "only a task can be limited"
        loop = task.get_loop()
        self._task = task
        self._cancelling = task.cancelling()
        self._at = loop.time() + self._seconds
        self._deadlines.add(self, loop)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._deadlines.discard(self)
        # A cancellation by somebody else at the same time goes through.
        if self._is_over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def look(self, now: float) -> None:
        """Cancel the wait when its time is up."""
        if now >= self._at and not self._is_over:
            self._is_over = True
            self._task.cancel()
