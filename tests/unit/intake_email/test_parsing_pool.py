"""The processes that read mails: real ones, with real limits. A mail that ends its process costs itself only."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from intake_email.limits import Limits
from intake_email.parsing_pool import ParsingPool
from intake_email.parsing_worker import Circle, Reading, Task, Understood, Unreadable
from intake_email.profile import MailboxProfile
from support.imap_user import mail

MEBIBYTE = 1024 * 1024
PROFILE = MailboxProfile(frozenset({"311@town.example"}), b"an invented secret for our tokens")
CIRCLE = Circle({"town": PROFILE}, {"town": ("x-spam-flag", "yes")}, Limits(), cpu_seconds=5, memory_bytes=512 * MEBIBYTE)


@pytest.fixture
async def pool() -> AsyncIterator[ParsingPool]:
    made = ParsingPool(CIRCLE, processes=2, seconds=20)
    await made.start()
    yield made
    await made.close()


def tasks(*texts: str) -> list[Task]:
    return [Task("town", mail(text)) for text in texts]


def texts(readings: list[Reading]) -> list[str]:
    return [reading.mail.text if isinstance(reading, Understood) else reading.reason for reading in readings]


def pids(pool: ParsingPool) -> list[int]:
    return [reader._process.pid for reader in pool._readers if reader._process is not None]


async def test_mails_come_back_in_their_order(pool: ParsingPool) -> None:
    """Shared among the processes."""
    wanted = [f"mail {number}" for number in range(25)]

    assert texts(await pool.read(tasks(*wanted))) == wanted
    assert await pool.read([]) == []
    assert texts(await pool.read(tasks("one"))) == ["one"]


async def test_spam_is_what_the_operators_field_says(pool: ParsingPool) -> None:
    """Its value without regard to case; another value is none."""
    raws = [mail(X_Spam_Flag="YES"), mail(X_Spam_Flag="No"), mail()]
    readings = await pool.read([Task("town", raw) for raw in raws])

    assert [isinstance(reading, Understood) and reading.is_marked_spam for reading in readings] == [True, False, False]


async def test_a_process_that_is_killed_is_replaced_and_nothing_is_lost(pool: ParsingPool) -> None:
    """Not the mail's fault: it is read by the next one."""
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)

    assert texts(await pool.read(tasks("one", "two", "three"))) == ["one", "two", "three"]


async def test_a_mail_that_needs_too_much_memory_costs_itself_only() -> None:
    """The kernel says no; its neighbours are read, and the process lives on or is replaced."""
    pool = ParsingPool(replace(CIRCLE, memory_bytes=200 * MEBIBYTE), processes=1, seconds=20)
    large = Task("town", mail("large", files=[(b"\0" * 60 * MEBIBYTE, "application/octet-stream", "a.bin")]))
    try:
        readings = await pool.read([*tasks("before"), large, *tasks("after")])
    finally:
        await pool.close()

    assert [texts(readings)[0], texts(readings)[2]] == ["before", "after"]
    assert isinstance(readings[1], Unreadable)
    assert readings[1].reason in {"memory", "ended"}


async def test_a_process_that_hangs_is_ended_in_time() -> None:
    """By the clock on the wall, where the processor's time does not pass."""
    pool = ParsingPool(CIRCLE, processes=1, seconds=5)
    await pool.start()
    try:
        assert texts(await pool.read(tasks("warm"))) == ["warm"]
        [pid] = pids(pool)
        os.kill(pid, signal.SIGSTOP)
        assert texts(await pool.read(tasks("one", "two"))) == ["one", "two"]
        assert pids(pool) != [pid]
    finally:
        await pool.close()


async def test_a_caller_that_leaves_spoils_no_later_answer(pool: ParsingPool) -> None:
    """The answer to an abandoned mail is never taken for another's."""
    leaving = asyncio.create_task(pool.read(tasks(*[f"left {number}" for number in range(50)])))
    await asyncio.sleep(0.02)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    assert texts(await pool.read(tasks("one", "two", "three", "four"))) == ["one", "two", "three", "four"]


async def test_a_process_has_no_secrets_in_its_environment(pool: ParsingPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in ours stays there: a process that reads strangers' mails need not know how to reach the database."""
    monkeypatch.setenv("MONGODB_URI", "mongodb://planted")
    await pool.close()
    await pool.start()

    environments = [environment_of(pid) for pid in pids(pool)]
    assert environments
    assert all(b"planted" not in environment for environment in environments)


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_processes_end_with_the_pool(pool: ParsingPool) -> None:
    """Nothing is left behind."""
    running = pids(pool)
    await pool.close()

    assert [pid for pid in running if is_running(pid)] == []


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
