"""How late the event loop is. Kafka's heartbeats share the loop: who blocks it for long is thrown out of the consumer group."""

import asyncio
import contextlib
from typing import Final

from prometheus_client import Gauge

INTERVAL_SECONDS: Final = 0.5
LIMIT_SECONDS: Final = 5.0
"""Half of the shortest session that brokers allow by default (10 s): later, and the member is about to lose its partitions."""


class LoopLag:
    """Asks the loop to wake it twice a second and measures how late that was."""

    def __init__(self, gauge: Gauge, *, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._gauge = gauge
        self._limit_seconds = limit_seconds
        self._task: asyncio.Task[None] | None = None
        self._due: float | None = None
        self._last_seconds = 0.0

    def start(self) -> None:
        """Begin to measure; needs a running loop."""
        self._task = asyncio.get_running_loop().create_task(self._measure(), name="loop-lag")

    async def close(self) -> None:
        """Stop measuring."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def seconds(self) -> float:
        """How late the loop was at the last measure, or is now where the next measure is overdue."""
        if self._due is None or self._task is None:
            return self._last_seconds
        return max(self._last_seconds, asyncio.get_running_loop().time() - self._due, 0.0)

    def check(self) -> str | None:
        """A complaint when the loop is late by more than the limit (a check of ``HealthServer``)."""
        if self._task is not None and self._task.done():
            return "the measure of the event loop's lag has ended"
        lag = self.seconds()
        return None if lag <= self._limit_seconds else f"the event loop is {lag:.1f} s late (limit {self._limit_seconds:.0f} s)"

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._due = loop.time() + INTERVAL_SECONDS
            await asyncio.sleep(INTERVAL_SECONDS)
            self._last_seconds = max(loop.time() - self._due, 0.0)
            self._gauge.set(self._last_seconds)
