"""Dovecot is killed, frozen, cut off and restarted at the worst moments: every mail is one submission, and ends in Processed."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.settings import MongoSettings
from support.dovecot import Dovecot
from support.imap_relay import Moment, relay
from support.imap_service import World, email_world
from support.imap_user import mail

MAILS = 12
IMPATIENT = {"imap_connect_seconds": 1.0, "imap_answer_seconds": 1.0, "mail_resync_seconds": 1.0, "mail_batch_messages": 5}
FROZEN_SECONDS = 2.5
"""Longer than the service waits for an answer."""


async def killed(server: Dovecot) -> None:
    await server.kill()
    await server.start()


async def frozen(server: Dovecot) -> None:
    server.freeze()
    await asyncio.sleep(FROZEN_SECONDS)
    server.thaw()


async def cut_off(_: Dovecot) -> None:
    """The server goes on; only the connection is gone."""


async def put(world: World, numbers: range) -> None:
    for number in numbers:
        await world.user.put(mail(subject=str(number)))


async def assert_each_is_one_submission(world: World, count: int) -> None:
    await world.drained()
    await world.moved(count)
    assert sorted(int(found.subject or "") for found in world.kafka.submissions) == list(range(count))


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        (Moment.IDLING, frozen),
        (Moment.FETCH_ASKED, killed),
        (Moment.FETCH_ASKED, frozen),
        (Moment.IN_A_LITERAL, killed),
        (Moment.IN_A_LITERAL, cut_off),
        (Moment.MOVE_ASKED, killed),
        (Moment.MOVED, killed),
        (Moment.MOVED, frozen),
        (Moment.MOVED, cut_off),
    ],
)
async def test_a_fault_at_the_worst_moment_costs_time_only(
    own_server: Dovecot, mongo_settings: MongoSettings, moment: Moment, fault: Callable[[Dovecot], Awaitable[None]]
) -> None:
    """In IDLE, before and amid the mails fetched, before MOVE and between MOVE and its answer."""
    async with (
        relay(own_server.port, moment, lambda: fault(own_server)) as between,
        email_world(own_server.port, mongo_settings, mailbox={"port": between.port}, starts=False, **IMPATIENT) as world,
    ):
        await put(world, range(MAILS))
        world.start()
        async with asyncio.timeout(30):
            await between.over.wait()
        await assert_each_is_one_submission(world, MAILS)


async def test_restarted_under_load(own_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """Three times in a row, killed while mails are taken, and mails come in between."""
    async with email_world(own_server.port, mongo_settings, starts=False, **IMPATIENT) as world:
        await put(world, range(40))
        world.start()
        for round_number in range(3):
            await world.published(5 * (round_number + 1))
            await killed(own_server)
            await put(world, range(40 + 5 * round_number, 45 + 5 * round_number))
        await assert_each_is_one_submission(world, 55)
