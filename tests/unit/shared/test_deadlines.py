"""Many waits, one timer: each ends in time, and nobody else's cancellation is swallowed."""

import asyncio
import time

import pytest

from shared.deadlines import TICK_SECONDS, within


async def test_what_is_done_in_time_is_let_be() -> None:
    """The result comes through, and nothing is cancelled later."""
    with within(TICK_SECONDS / 2):
        result = await asyncio.sleep(0, "done")
    await asyncio.sleep(3 * TICK_SECONDS)
    assert result == "done"


async def test_what_is_late_raises_timeout_error() -> None:
    """Not before its time, and not much later."""
    started = time.monotonic()
    with pytest.raises(TimeoutError), within(0.1):
        await asyncio.sleep(10)
    assert 0.1 <= time.monotonic() - started < 5
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_each_of_many_has_its_own_limit() -> None:
    """The short ones end, the long ones go on, whoever began first; a later one is watched after an idle time as well."""

    async def wait(limit_seconds: float, seconds: float) -> str:
        try:
            with within(limit_seconds):
                await asyncio.sleep(seconds)
        except TimeoutError:
            return "late"
        return "done"

    assert list(await asyncio.gather(wait(5, 0.3), wait(0.05, 5), wait(5, 0.01))) == ["done", "late", "done"]
    await asyncio.sleep(3 * TICK_SECONDS)
    assert await wait(0.05, 5) == "late"


async def test_a_cancellation_by_somebody_else_goes_through() -> None:
    """Also when it meets the deadline: the task was told to end, and ends."""

    async def work() -> None:
        with within(0.01):
            await asyncio.sleep(10)

    early, both = asyncio.create_task(work()), asyncio.create_task(work())
    await asyncio.sleep(0)
    early.cancel()
    time.sleep(2 * TICK_SECONDS)  # noqa: ASYNC251 - both fall into one turn of the loop
    both.cancel()
    for task in (early, both):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_limits_nest() -> None:
    """The inner one ends alone; the outer one ends both."""
    with within(5), pytest.raises(TimeoutError), within(0.01):
        await asyncio.sleep(10)
    with pytest.raises(TimeoutError), within(0.01), within(5):
        await asyncio.sleep(10)


async def test_an_error_of_the_work_is_its_own() -> None:
    """What the work raises is raised."""
    with pytest.raises(ValueError, match="its own"), within(1):
        raise ValueError("its own")


async def test_many_short_waits_do_not_outlive_a_limit_of_them_all() -> None:
    """A wait that begins when its time is up is cancelled at once, unless it has nothing to wait for."""
    with within(0):
        done = await _at_once()
    with pytest.raises(TimeoutError), within(-1):
        await asyncio.sleep(TICK_SECONDS / 10)
    assert done == "done"
    await asyncio.sleep(0)  # whoever ended without waiting is not cancelled afterwards


async def _at_once() -> str:
    return "done"
