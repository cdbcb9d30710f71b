"""Waiting that ends when it is told to."""

import asyncio

import pytest

from shared.waiting import sleep_or_stop


async def test_a_stop_ends_the_sleep() -> None:
    """Whoever waits for a stop goes on at once, not after the whole time."""
    stop = asyncio.Event()
    sleeping = asyncio.create_task(sleep_or_stop(stop, 3_600))
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(5):
        await sleeping


async def test_the_time_ends_the_sleep() -> None:
    """Without a stop it is a sleep."""
    await sleep_or_stop(asyncio.Event(), 0.001)


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancellation_beside_the_stop_is_not_lost(turns: int) -> None:
    """Cancelled before it noticed that it is stopped: cancelled, or a task that goes round would never end."""
    stop = asyncio.Event()
    sleeping = asyncio.create_task(sleep_or_stop(stop, 3_600))
    for _ in range(3):
        await asyncio.sleep(0)
    stop.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    was_asleep = sleeping.cancel()
    await asyncio.wait([sleeping])
    assert sleeping.cancelled() == was_asleep
