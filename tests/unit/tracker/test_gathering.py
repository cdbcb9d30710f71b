"""Look-ups that are made together."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from shared.errors import TransientError
from tracker.store.gathering import MAX_FLIGHTS, MAX_KEYS, Gathering

FULL = ["a", "b"]
"""As many as there are calls at once."""


class Fetch:
    """Answers when told to."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.calls.append(list(keys))
        await self.gate.wait()
        if self.error:
            raise self.error
        return {key: key.upper() for key in keys if key != "unknown"}


def gathered(fetch: Fetch, seconds: float | None = None) -> Gathering[str]:
    return Gathering(fetch, lambda: limited(seconds))


@asynccontextmanager
async def limited(seconds: float | None) -> AsyncIterator[None]:
    async with asyncio.timeout(seconds):
        yield


async def started(gathering: Gathering[str], keys: Sequence[str]) -> list[asyncio.Task[str | None]]:
    tasks = [asyncio.create_task(gathering.get(key)) for key in keys]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


def test_the_tests_know_how_many_there_are() -> None:
    """Two calls under way share a server's attention well, and a frozen one holds two threads."""
    assert len(FULL) == MAX_FLIGHTS


async def test_whoever_comes_alone_waits_for_nobody() -> None:
    """Each of the first goes at once."""
    fetch = Fetch()
    tasks = await started(gathered(fetch), ["a", "b"])
    fetch.gate.set()
    assert await asyncio.gather(*tasks) == ["A", "B"]
    assert fetch.calls == [["a"], ["b"]]


async def test_those_who_come_meanwhile_share_one_call() -> None:
    """Five hundred callers need as many calls as there may be at once, and each key is asked for once in a call."""
    fetch = Fetch()
    keys = [f"k{place % 100}" for place in range(500)]
    tasks = await started(gathered(fetch), keys)
    assert len(fetch.calls) == MAX_FLIGHTS
    fetch.gate.set()
    assert await asyncio.gather(*tasks) == [key.upper() for key in keys]
    assert len(fetch.calls) == MAX_FLIGHTS + 1
    assert len(fetch.calls[-1]) == 100


async def test_a_call_has_a_bounded_number_of_keys() -> None:
    """The rest goes with the next."""
    fetch = Fetch()
    tasks = await started(gathered(fetch), [f"k{place}" for place in range(MAX_KEYS * 2 + 50)])
    fetch.gate.set()
    assert len(await asyncio.gather(*tasks)) == MAX_KEYS * 2 + 50
    assert max(map(len, fetch.calls)) == MAX_KEYS


async def test_what_is_not_found_is_none() -> None:
    """For its caller only."""
    fetch = Fetch()
    fetch.gate.set()
    gathering = gathered(fetch)
    assert await asyncio.gather(gathering.get("unknown"), gathering.get("a")) == [None, "A"]


async def test_a_failure_is_everybodys_who_was_aboard_and_nobodys_later() -> None:
    """The next call is a new one."""
    fetch = Fetch()
    fetch.error = TransientError("mongodb", "away")
    gathering = gathered(fetch)
    tasks = await started(gathering, ["a", "a"])
    fetch.gate.set()
    for task in tasks:
        with pytest.raises(TransientError):
            await task
    fetch.error = None
    assert await gathering.get("a") == "A"


async def test_a_caller_who_goes_away_takes_nobody_along() -> None:
    """Those who share the call still get their answer; a key that nobody waits for any more is not asked for."""
    fetch = Fetch()
    gathering = gathered(fetch)
    first, second = await started(gathering, FULL)
    shared, alone = await started(gathering, ["x", "gone"])
    also = (await started(gathering, ["x"]))[0]
    shared.cancel()
    alone.cancel()
    await asyncio.sleep(0)
    fetch.gate.set()
    assert await also == "X"
    assert await asyncio.gather(first, second) == ["A", "B"]
    assert fetch.calls[-1] == ["x"]


async def test_nobody_waits_for_ever_for_a_call_that_may_begin() -> None:
    """Those who come while every call hangs are told in time, and are not asked for afterwards."""
    fetch = Fetch()
    gathering = gathered(fetch, seconds=0.05)
    hanging = await started(gathering, FULL)
    with pytest.raises(TimeoutError):
        await gathering.get("x")
    fetch.gate.set()
    assert await asyncio.gather(*hanging) == ["A", "B"]
    assert ["x"] not in fetch.calls


async def test_what_a_caller_fetches_alone_ends_with_the_caller() -> None:
    """And makes room for the next."""
    fetch = Fetch()
    gathering = gathered(fetch)
    tasks = await started(gathering, FULL)
    shared = await started(gathering, ["x"])
    tasks[0].cancel()
    await asyncio.sleep(0.01)
    assert fetch.calls[-1] == ["x"]
    fetch.gate.set()
    assert await shared[0] == "X"
