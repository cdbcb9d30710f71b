"""Waiting for what is away, without missing the signal to stop."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from shared.errors import TransientError
from shared.observability.logs import logger

FIRST_GAP_SECONDS: Final = 0.2
LONGEST_GAP_SECONDS: Final = 10.0

_log = logger(__name__)
T = TypeVar("T")


async def sleep_or_stop(stop: asyncio.Event, seconds: float) -> None:
    """Until ``stop`` is set, at most ``seconds``.

    Not by ``asyncio.wait_for``: before Python 3.12 it swallows a cancellation that comes in the same turn as the event.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def until_available(
    stop: asyncio.Event, step: Callable[[], Awaitable[T]], *, first_gap_seconds: float = FIRST_GAP_SECONDS
) -> T | None:
    """What ``step`` gives, tried again with growing gaps while it raises ``TransientError``; None when told to stop meanwhile."""
    gap = first_gap_seconds
    while not stop.is_set():
        try:
            return await step()
        except TransientError as error:
            _log.warning("waiting_for_dependency", dependency=error.dependency, gap_seconds=round(gap, 1))
        await sleep_or_stop(stop, gap * random.uniform(0.7, 1.3))  # noqa: S311 - spreads reconnects, hides nothing
        gap = min(gap * 2, LONGEST_GAP_SECONDS)
    return None
