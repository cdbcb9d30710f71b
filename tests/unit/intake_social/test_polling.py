"""The poller: no spinning, no net that holds up the other, a lease, and what an operator reads."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from intake_social.polling import Polling, PollingRules
from intake_social.posts import Net
from intake_social.source import SourceAwayError, SourceLimitedError, SourceStoppedError
from shared.contracts import Channel
from shared.leases import Lease
from support.social_source import NETS, Clock, FakeSource
from support.social_stores import Memory, spending, sweeping, written
from support.x_posts import NOW


class Lent:
    """A lease that a test gives and takes."""

    def __init__(self) -> None:
        self.holder: object = None

    def for_one(self, holder: object) -> "Lent._One":
        return Lent._One(self, holder)

    class _One:
        def __init__(self, lent: "Lent", me: object) -> None:
            self.lent, self.me = lent, me

        async def claim(self, name: str, seconds: float) -> bool:
            self.lent.holder = self.lent.holder or self.me
            return self.lent.holder is self.me

        async def release(self, name: str) -> None:
            self.lent.holder = None if self.lent.holder is self.me else self.lent.holder


class Place:
    """A poller with everything around it."""

    def __init__(
        self,
        lent: Lent | None = None,
        memory: Memory | None = None,
        source: FakeSource | None = None,
        *,
        monthly_budget: float | None = None,
    ) -> None:
        self.clock = source.clock if source else Clock()
        self.memory, self.source = memory or Memory(), source or FakeSource(self.clock)
        self.spending = spending(self.memory, self.clock, monthly_budget)
        self.polling = Polling(
            Channel.X,
            [sweeping(self.memory, self.source, self.clock, net, spends=self.spending) for net in NETS],
            Lease((lent or Lent()).for_one(self), "sweep:x", 0.3),
            self.spending,
            PollingRules(poll_seconds=0.02, age_limit_seconds=60.0),
            self.clock,
        )
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(self.polling.run(self.stop))

    async def until(self, ask: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not ask():  # noqa: ASYNC110 - what is asked about has no event
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 10)


async def test_posts_come_through() -> None:
    """Swept, published, healthy."""
    place = Place()
    await place.until(lambda: len(place.memory.cursors) == 2)
    place.source.write(written(NOW + timedelta(minutes=1)))
    place.clock.goes_on(minutes=2)
    await place.until(lambda: place.memory.records)
    await place.until(lambda: place.polling.complaint() is None)
    await place.end()


@pytest.mark.parametrize(
    "error",
    [SourceAwayError("status 503"), SourceLimitedError(None), SourceLimitedError(NOW), SourceStoppedError("credits_spent"), RuntimeError()],
    ids=str,
)
async def test_it_never_spins(error: Exception) -> None:
    """Whatever the network answers: in a second no net is asked more than once."""
    place = Place()
    place.source.fails = lambda _: error
    await asyncio.sleep(1.0)
    assert place.source.calls <= 2
    await place.end()


async def test_one_net_that_is_stopped_does_not_hold_up_the_other() -> None:
    """The plan may not allow mentions: tags go on, and a person is called."""
    place = Place()
    sweep = place.source.sweep

    async def only_tags(net: Net, *rest: object) -> object:
        if net is Net.MENTIONS:
            raise SourceStoppedError("forbidden")
        return await sweep(net, *rest)  # type: ignore[arg-type]  # as it came

    place.source.sweep = only_tags  # type: ignore[assignment]  # a fault of the fake's own
    await place.until(lambda: len(place.memory.cursors) == 2)
    place.source.write(written(NOW + timedelta(minutes=1)))
    place.clock.goes_on(minutes=2)
    await place.until(lambda: place.memory.records)
    await place.until(lambda: place.polling.complaint() is not None or place.clock.goes_on(minutes=1))
    assert place.polling.complaint() == "x:mentions: the network stopped us (forbidden); a person must act"
    await place.end()


async def test_silence_is_told() -> None:
    """Without a whole sweep for long the service is not ready."""
    place = Place()
    await place.until(lambda: len(place.memory.cursors) == 2)
    place.source.fails = lambda _: SourceAwayError("status 503")
    place.clock.goes_on(minutes=2)
    await place.until(lambda: "the last whole sweep was" in (place.polling.complaint() or ""))
    await place.end()


async def test_over_the_budget_it_says_so_and_goes_on() -> None:
    """Slowly, but it does not stop."""
    place = Place(monthly_budget=0.001)
    await place.until(lambda: len(place.memory.cursors) == 2)
    place.source.write(written(NOW + timedelta(minutes=1)))
    place.clock.goes_on(minutes=2)
    await place.until(lambda: place.spending.is_over_budget)
    assert place.spending.facts()["over_budget"] is True
    place.source.write(written(NOW + timedelta(minutes=3)))
    place.clock.goes_on(minutes=2)
    await place.until(lambda: len(place.memory.settled) == 2)
    await place.end()


async def test_a_second_instance_stands_by_and_takes_over() -> None:
    """One works; when it ends the other goes on, and nothing is two submissions."""
    lent, memory = Lent(), Memory()
    first = Place(lent, memory)
    await first.until(lambda: len(memory.cursors) == 2)
    second = Place(lent, memory, first.source)
    await asyncio.sleep(0.2)
    assert second.polling.facts()["standing_by"] is True
    assert second.polling.complaint() is None
    await first.end()
    first.source.write(written(NOW + timedelta(minutes=1)))
    first.clock.goes_on(minutes=2)
    await second.until(lambda: memory.records)
    assert len(memory.records) == 1
    await second.end()
