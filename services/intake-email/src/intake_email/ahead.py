"""An asynchronous iterator that works one item ahead of whoever consumes it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def ahead(source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """The items of ``source``; while one is in the consumer's hands, the next is being made. Left early, nothing goes on."""
    coming: asyncio.Task[T] = asyncio.create_task(_next(source))
    try:
        while True:
            try:
                item = await coming
            except StopAsyncIteration:
                return
            coming = asyncio.create_task(_next(source))
            yield item
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):  # nobody waits for it any more
            await coming
        await source.aclose()


async def _next(source: AsyncGenerator[T, None]) -> T:
    return await anext(source)
