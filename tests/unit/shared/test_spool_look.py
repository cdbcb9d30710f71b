"""The spool looked into from outside: beside the process that uses it, and without one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.errors import ConfigurationError, TransientError
from shared.spool import Spool
from shared.spool.look import look, retry
from support.spooled import START, ids, number_of, photo, submission


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    """In use by this process."""
    opened = Spool(tmp_path / "spool.sqlite", max_bytes=10**7, max_age_seconds=3600, now=lambda: START)
    await opened.open()
    yield opened
    await opened.close()


async def test_ids_and_sizes_are_seen_beside_the_process(spool: Spool, tmp_path: Path) -> None:
    """What waits and what was set aside and why, while the service goes on writing."""
    await spool.add(submission("one", text="planted-words"), [photo(b"planted" * 1_000)])
    await spool.add(submission("two"))
    await spool.set_aside(ids("two"), "too_large")
    contents = look(tmp_path / "spool.sqlite")
    await spool.add(submission("three"))

    assert [entry.submission_id for entry in contents.entries] == ids("one", "two")
    assert [(entry.service_request_id, entry.added_at, entry.photos) for entry in contents.entries] == [
        (number_of("one"), START, 1),
        (number_of("two"), START, 0),
    ]
    assert [entry.aside_reason for entry in contents.aside] == ["too_large"]
    assert contents.size_bytes == sum(entry.size_bytes for entry in contents.entries) > 7_000
    assert "planted" not in repr(contents)


async def test_what_was_set_aside_goes_again_in_the_running_process(spool: Spool, tmp_path: Path) -> None:
    """In its old place, without a restart."""
    await spool.add(submission("one", "request"))
    await spool.add(submission("two", "request"))
    await spool.set_aside(ids("one"), "too_large")
    assert [entry.submission_id for entry in await spool.next_batch(10)] == ids("two")
    assert not spool.is_empty()

    assert retry(tmp_path / "spool.sqlite") == 1
    assert retry(tmp_path / "spool.sqlite") == 0
    assert [entry.submission_id for entry in await spool.next_batch(10)] == ids("one")
    assert spool.count() == 2


async def test_the_next_start_tries_again_by_itself(spool: Spool, tmp_path: Path) -> None:
    """A new program may read what the old one could not; until then the reason is seen without any process."""
    await spool.add(submission("one"))
    await spool.set_aside(ids("one"), "too_large")
    await spool.close()
    assert [entry.aside_reason for entry in look(tmp_path / "spool.sqlite").entries] == ["too_large"]

    again = Spool(tmp_path / "spool.sqlite", max_bytes=10**7, max_age_seconds=3600)
    await again.open()
    assert [entry.submission_id for entry in await again.next_batch(10)] == ids("one")
    await again.close()
    assert look(tmp_path / "spool.sqlite").aside == ()


async def test_looking_holds_up_nobody(spool: Spool, tmp_path: Path) -> None:
    """Reports are taken and leave while somebody looks again and again."""

    def looking() -> int:
        return sum(len(look(tmp_path / "spool.sqlite").entries) >= 0 for _ in range(50))

    looked = asyncio.create_task(asyncio.to_thread(looking))
    for number in range(50):
        await spool.add(submission(str(number)))
        await spool.remove(ids(str(number)))
    assert await looked == 50
    assert spool.is_empty()


async def test_a_file_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    """What an earlier program left waits in its order; an entry of it can be set aside."""
    path = tmp_path / "spool.sqlite"
    first = Spool(path, max_bytes=10**7, max_age_seconds=3600)
    await first.open()
    await first.add(submission("one"))
    await first.close()
    connection = sqlite3.connect(path)
    connection.executescript("ALTER TABLE entry DROP COLUMN aside_reason; PRAGMA user_version=1;")
    connection.close()
    with pytest.raises(ConfigurationError, match="version 1"):
        look(path)

    spool = Spool(path, max_bytes=10**7, max_age_seconds=3600)
    await spool.open()
    assert [entry.submission_id for entry in await spool.next_batch(10)] == ids("one")
    await spool.set_aside(ids("one"), "too_large")
    await spool.close()
    assert len(look(path).aside) == 1


def test_what_is_no_spool_is_a_sentence(tmp_path: Path) -> None:
    """No file, or one that is something else: said plainly, and nothing is made or changed."""
    with pytest.raises(ConfigurationError, match="there is no spool"):
        look(tmp_path / "spool.sqlite")
    (tmp_path / "other").write_bytes(b"this was never a database" * 100)
    with pytest.raises(ConfigurationError, match="damaged"):
        retry(tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


async def test_a_busy_file_is_a_sentence(spool: Spool, tmp_path: Path) -> None:
    """Where something holds the file for long, one is told to come again."""
    holder = sqlite3.connect(tmp_path / "spool.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match="busy"):
        await asyncio.to_thread(retry, tmp_path / "spool.sqlite")
    holder.close()
