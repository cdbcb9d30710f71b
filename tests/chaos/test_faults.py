"""Every part is killed, frozen or stopped under load, and then counted: accepted = stored = announced, nothing lost, nothing twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median

import pytest

from local_stack.services import STOPPING_ORDER
from support.system import System, until
from support.system_load import Load
from support.system_oracle import Oracle

FROZEN_SECONDS = 4.0
ABOUT_A_SECOND = 1.5
"""The deadline for Kafka's acknowledgement, and what a busy machine adds; most answers do not even wait for that."""
AT_MOST_SECONDS = 5.0
SERVICES = ["intake-web", "normalizer", "tracker-project", "tracker-serve"]


@pytest.fixture
async def oracle(shaken: System) -> Oracle:
    """Counts from here on."""
    return await Oracle.begin(shaken)


async def nothing_is_wrong(system: System, oracle: Oracle, load: Load) -> None:
    assert load.objections == []
    assert await oracle.objections(load.numbers.values()) == []
    await until(lambda: _has_photos(system, load), "the photos visible")


async def _has_photos(system: System, load: Load) -> bool:
    """Every photo that was promised is there to be looked at."""
    for number in load.with_photo:
        report = (await system.look_up(number, is_staff=True)).json()["staff"]["report"]
        if len(report["attachments"]) != 1:
            return False
    return True


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_is_killed(shaken: System, oracle: Oracle, name: str) -> None:
    """Kill -9 of one process costs time, never a record; with a second one of its kind not even a restart is needed."""
    async with Load(shaken) as load:
        await load.more()
        shaken.stack.programs[name].kill()
        if f"{name}-2" in shaken.stack.services:
            known = set(load.numbers.values())
            await load.more()
            await asyncio.gather(*(shaken.visible(number) for number in set(load.numbers.values()) - known))
        await shaken.stack.start_service(name)
        await load.more()
    await nothing_is_wrong(shaken, oracle, load)


async def broker_killed(system: System, load: Load) -> None:
    assert system.stack.kafka is not None
    system.stack.kafka.kill()
    await load.more()
    await system.stack.start_engine("kafka")


async def broker_frozen(system: System, load: Load) -> None:
    assert system.stack.kafka is not None
    system.stack.kafka.pause()
    try:
        await asyncio.sleep(FROZEN_SECONDS)
        await load.more()
    finally:
        system.stack.kafka.resume()


@pytest.mark.parametrize("outage", [broker_killed, broker_frozen])
async def test_the_broker_is_away(shaken: System, oracle: Oracle, outage: Callable[[System, Load], Awaitable[None]]) -> None:
    """While Kafka is dead or hangs, residents have their number from the spool within about a second; afterwards all of it arrives."""
    async with Load(shaken) as load:
        await load.more()
        began = time.monotonic()
        await outage(shaken, load)
        during = [answer for answer in load.answered_since(began) if answer.at < time.monotonic() and answer.status < 500]
        await load.more()
    spooled = [answer.seconds for answer in during if answer.status == 202]
    assert spooled, during
    assert median(spooled) < ABOUT_A_SECOND
    assert max(spooled) < AT_MOST_SECONDS
    await nothing_is_wrong(shaken, oracle, load)


async def mongodb_killed(system: System, load: Load) -> None:
    assert system.stack.mongodb is not None
    system.stack.mongodb.kill()
    await load.more()
    await system.stack.start_engine("mongodb")


async def mongodb_frozen(system: System, load: Load) -> None:
    assert system.stack.mongodb is not None
    system.stack.mongodb.pause()
    try:
        await asyncio.sleep(FROZEN_SECONDS)
        await load.more()
    finally:
        system.stack.mongodb.resume()


@pytest.mark.parametrize("outage", [mongodb_killed, mongodb_frozen])
async def test_mongodb_is_away(shaken: System, oracle: Oracle, outage: Callable[[System, Load], Awaitable[None]]) -> None:
    """While MongoDB is dead or hangs, reports are accepted as ever; those with photos wait in the spool with them."""
    if shaken.stack.mongodb is None:
        pytest.skip("MONGODB_URI names a server that is not ours to kill")
    async with Load(shaken) as load:
        await load.more()
        began = time.monotonic()
        await outage(shaken, load)
        during = load.answered_since(began)
        await load.more()
    assert {answer.status for answer in during if not answer.has_photo} == {201}
    assert 202 in {answer.status for answer in during if answer.has_photo}
    await nothing_is_wrong(shaken, oracle, load)


async def test_everything_is_stopped_in_order(shaken: System, oracle: Oracle) -> None:
    """SIGTERM along the road: every process ends by itself, and what was accepted before is there afterwards."""
    async with Load(shaken) as load:
        await load.more()
        for step in STOPPING_ORDER:
            names = [name for kind in step for name in shaken.processes(kind)]
            assert await shaken.stop(*names) == [0] * len(names)
        await shaken.start(*shaken.stack.services)
        await load.more()
    await nothing_is_wrong(shaken, oracle, load)
