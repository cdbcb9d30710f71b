"""Limits of time for many short waits, with one timer for all of them.

``asyncio.timeout`` arms a timer and disarms it for each wait; on a request path that is a fifth of what a record handed to Kafka
costs. Here a wait enters a set and leaves it, and now and then one look finds those whose time is up.
"""

import asyncio
from types import TracebackType
from typing import Final, Self
from weakref import WeakKeyDictionary

TICK_SECONDS: Final = 0.05
"""How much later than asked a wait may end."""


def within(seconds: float) -> "Limit":
    """Around what is awaited: it ends in time or raises ``TimeoutError``, as with ``asyncio.timeout``."""
    loop = asyncio.get_running_loop()
    deadlines = _OF_LOOPS.get(loop)
    if deadlines is None:
        deadlines = _OF_LOOPS[loop] = Deadlines()
    return Limit(deadlines, seconds)


class Deadlines:
    """The waits of one event loop that have a limit."""

    def __init__(self) -> None:
        self._limits: set[Limit] = set()
        self._is_watched = False

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

    __slots__ = ("_at", "_cancelling", "_deadlines", "_has_ended", "_is_over", "_seconds", "_task")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._is_over = False
        self._has_ended = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None, "only a task can be limited"
        loop = task.get_loop()
        self._task = task
        self._cancelling = task.cancelling()
        self._at = loop.time() + self._seconds
        self._deadlines.add(self, loop)
        if self._seconds <= 0:  # what does wait is cancelled at once: many short waits must not outlive a limit of them all
            loop.call_soon(self.look, self._at)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._deadlines.discard(self)
        self._has_ended = True
        # A cancellation by somebody else at the same time goes through.
        if self._is_over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def look(self, now: float) -> None:
        """Cancel the wait when its time is up; it may have ended meanwhile."""
        if now >= self._at and not self._is_over and not self._has_ended:
            self._is_over = True
            self._task.cancel()


_OF_LOOPS: Final["WeakKeyDictionary[asyncio.AbstractEventLoop, Deadlines]"] = WeakKeyDictionary()
