"""An iterator that works one item ahead."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from intake_email.ahead import ahead


async def test_the_next_item_is_made_while_one_is_used() -> None:
    """One ahead, not more; in order."""
    made: list[int] = []

    async def source() -> AsyncGenerator[int, None]:
        for number in range(4):
            made.append(number)
            yield number

    seen = []
    async with aclosing(ahead(source())) as items:
        async for item in items:
            await asyncio.sleep(0.01)
            seen.append((item, tuple(made)))

    assert seen == [(0, (0, 1)), (1, (0, 1, 2)), (2, (0, 1, 2, 3)), (3, (0, 1, 2, 3))]


async def test_left_early_nothing_goes_on() -> None:
    """The source is closed, whatever it was doing."""
    closed = asyncio.Event()

    async def source() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.sleep(60)
            yield 2
        finally:
            closed.set()

    async with aclosing(ahead(ahead(source()))) as items:
        async for _ in items:
            break

    assert closed.is_set()


async def test_a_failure_comes_after_what_was_made_before() -> None:
    """And ends it."""

    async def source() -> AsyncGenerator[int, None]:
        yield 1
        raise ZeroDivisionError

    seen = []

    async def consume() -> None:
        async with aclosing(ahead(source())) as items:
            async for item in items:
                seen.append(item)  # noqa: PERF401 - what was seen before the failure counts

    with pytest.raises(ZeroDivisionError):
        await consume()
    assert seen == [1]
