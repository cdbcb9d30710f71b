"""The traps of IDLE: what comes too early, what comes in pieces, and servers that are gone without a word."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from intake_email.mailbox.facts import ConnectionLostError
from intake_email.mailbox.session import ImapMailbox
from intake_email.mailbox.thread import ThreadedMailbox
from intake_email.sign_in import sign_in_of
from support.imap_scripted import Scripted, scripted_server
from support.imap_service import mailbox_settings
from support.imap_user import mail

SOON = 0.8
"""Seconds; a wait that is not ended takes ``LONG``."""
LONG = 20.0


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted_server() as account:
        yield account


@pytest.fixture
async def mailbox(server: Scripted) -> AsyncIterator[ThreadedMailbox]:
    """Connected, with its inbox open."""
    settings = mailbox_settings(server.port, "ana")
    opened = ThreadedMailbox(
        ImapMailbox(settings, sign_in_of(settings), connect_seconds=2, answer_seconds=1), call_seconds=5, poll_seconds=0.3
    )
    await opened.connect()
    await opened.select()
    yield opened
    await opened.close()


async def waited(mailbox: ThreadedMailbox, seconds: float = LONG) -> float:
    started = time.monotonic()
    await mailbox.wait(seconds)
    return time.monotonic() - started


async def test_a_mail_ends_the_wait(server: Scripted, mailbox: ThreadedMailbox) -> None:
    """As soon as the server tells of it."""
    asyncio.get_running_loop().call_later(0.3, server.arrive, mail())

    assert 0.2 < await waited(mailbox) < SOON
    assert await mailbox.search(1, 1) == [1]


@pytest.mark.parametrize("answer", [b"* 1 EXISTS\r\n+ idling\r\n", b"+ idling\r\n* 1 EXISTS\r\n"], ids=["before", "together"])
async def test_what_comes_with_the_answer_to_idle_ends_the_wait(server: Scripted, mailbox: ThreadedMailbox, answer: bytes) -> None:
    """An EXISTS before "+ idling", or in one segment with it, is a mail that came between the search and IDLE: it is seen at once."""
    server.idles = lambda: answer

    assert await waited(mailbox) < SOON
    server.idles = lambda: b"+ idling\r\n"
    assert await waited(mailbox, 0.3) >= 0.29


async def test_lines_in_pieces_do_no_harm(server: Scripted, mailbox: ThreadedMailbox) -> None:
    """Some servers write a line byte by byte."""

    async def slowly() -> None:
        await asyncio.sleep(0.2)
        async with server.writing:
            for byte in b"* 2 EXISTS\r\n":
                server.tell(bytes([byte]))
                await asyncio.sleep(0.01)

    writing = asyncio.create_task(slowly())
    assert await waited(mailbox) < SOON
    await writing
    assert await mailbox.search(1, 1) == []


async def test_a_server_that_dies_ends_the_wait_as_a_lost_connection(server: Scripted, mailbox: ThreadedMailbox) -> None:
    """Never as silence: once, and at once, not tens of thousands of times a second."""
    asyncio.get_running_loop().call_later(0.3, server.cut)
    started = time.monotonic()

    with pytest.raises(ConnectionLostError):
        await mailbox.wait(LONG)
    assert time.monotonic() - started < SOON


async def test_a_silent_peer_is_noticed_when_the_wait_ends(server: Scripted, mailbox: ThreadedMailbox) -> None:
    """A connection that is gone on one side only shows when DONE is not answered in time."""
    server.idles = lambda: b"+ idling\r\n"
    waiting = asyncio.create_task(mailbox.wait(0.5))
    await asyncio.sleep(0.2)
    for writer in server._writers:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a stream's transport can
    started = time.monotonic()

    with pytest.raises(ConnectionLostError):
        await waiting
    assert time.monotonic() - started < 3


async def test_an_expired_token_ends_the_session(server: Scripted, mailbox: ThreadedMailbox) -> None:
    """Microsoft 365 says BYE each hour: connect again."""
    asyncio.get_running_loop().call_later(0.2, server.tell, b"* BYE Session invalidated - AccessTokenExpired\r\n")
    started = time.monotonic()

    await mailbox.wait(LONG)
    with pytest.raises(ConnectionLostError):
        await mailbox.search(1, 1)
    assert time.monotonic() - started < SOON


async def test_wake_ends_the_wait(mailbox: ThreadedMailbox) -> None:
    """So that a stop need not wait for the next mail."""
    asyncio.get_running_loop().call_later(0.2, mailbox.wake)

    assert await waited(mailbox) < SOON


@pytest.mark.parametrize("says", ["no such capability", "refused"])
async def test_without_idle_the_mailbox_is_polled(server: Scripted, mailbox: ThreadedMailbox, says: str) -> None:
    """Whether the server says so beforehand or only when it is asked."""
    if says == "refused":
        server.says = lambda command, _: b"{tag} NO not today\r\n" if command == "IDLE" else None
        await waited(mailbox)
    else:
        server.capabilities = "IMAP4rev1 MOVE UIDPLUS"
        await mailbox.connect()
        await mailbox.select()

    assert 0.25 < await waited(mailbox) < SOON
    assert server.commands[-1] == "NOOP"


async def test_a_server_that_never_answers_is_left_in_time(server: Scripted, mailbox: ThreadedMailbox) -> None:
    """Each command has a limit, also for a server that goes on sending something else."""
    server.says = lambda command, _: b"* OK wait\r\n" * 3 if command == "UID SEARCH" else None
    started = time.monotonic()

    with pytest.raises(ConnectionLostError):
        await mailbox.search(1, 1)
    assert time.monotonic() - started < 4
    server.says = lambda _command, _words: None
    await mailbox.connect()
    assert (await mailbox.select()).uid_validity == 7
