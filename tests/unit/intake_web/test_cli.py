"""``cary311 intake-web spool``: what an operator sees and may do."""

import asyncio
import json
from collections.abc import AsyncIterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from shared.cli import GROUP, build, run
from shared.spool import Spool
from support.spooled import ids, number_of, photo, submission

PLUGIN = EntryPoint("intake-web", "intake_web.cli:app", GROUP)


def cary311(*arguments: str) -> int:
    words = ("intake-web", "spool", *arguments)
    return run(build([PLUGIN], words), words)


@pytest.fixture
async def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Spool]:
    """In use by a process, with one entry that waits and one that was set aside; ``SPOOL_PATH`` names it."""
    monkeypatch.setenv("SPOOL_PATH", str(tmp_path / "spool.sqlite"))
    opened = Spool(tmp_path / "spool.sqlite", max_bytes=10**7, max_age_seconds=3600)
    await opened.open()
    await opened.add(submission("one", text="planted-words"), [photo(b"planted-photo" * 100)])
    await opened.add(submission("two", text="planted-words"))
    await opened.set_aside(ids("two"), "too_large")
    yield opened
    await opened.close()


async def test_the_list_says_how_much_waits_and_under_which_ids(spool: Spool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the running process, and nothing of what residents wrote."""
    (tmp_path / "spool.sqlite.damaged-20260302T120000.000000").touch()
    assert cary311("list") == 0
    shown = capsys.readouterr().out

    assert shown.startswith("1 entry waiting, the oldest for 0 s; 1 set aside; ")
    assert all(str(entry) in shown for entry in ids("one", "two"))
    assert "set aside: too_large" in shown
    assert "photos: 1" in shown
    assert "spool.sqlite.damaged-20260302T120000.000000" in shown
    assert "planted" not in shown


async def test_the_list_is_there_for_programs(spool: Spool, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as one JSON object."""
    assert cary311("list", "--json") == 0
    document = json.loads(capsys.readouterr().out)

    assert (document["waiting"], document["set_aside"], document["damaged_files"]) == (1, 1, [])
    assert document["size_bytes"] == sum(entry["size_bytes"] for entry in document["entries"])
    assert 0 <= document["oldest_age_seconds"] < 60
    assert [(entry["service_request_id"], entry["photos"], entry["set_aside_because"]) for entry in document["entries"]] == [
        (number_of("one"), 1, None),
        (number_of("two"), 0, "too_large"),
    ]


async def test_retry_lets_the_set_aside_go_again(spool: Spool, capsys: pytest.CaptureFixture[str]) -> None:
    """The running process takes it up; a second time there is nothing to do."""
    assert cary311("retry") == 0
    assert cary311("retry") == 0
    assert cary311("retry", "--json") == 0
    first, second, third = capsys.readouterr().out.splitlines()

    assert first == "To be tried again: 1 entry; at once where the service runs, else at its next start."
    assert second == "Nothing was set aside."
    assert json.loads(third) == {"going_again": 0}
    assert len(await spool.next_batch(10)) == 2


async def test_a_stop_waits_until_the_spool_is_empty(spool: Spool, capsys: pytest.CaptureFixture[str]) -> None:
    """What waits goes first; what was set aside would never go, and keeps nobody waiting."""
    waiting = asyncio.create_task(asyncio.to_thread(cary311, "await-empty", "--at-most-seconds", "30"))
    await spool.remove(ids("one"))
    assert await waiting == 0
    assert capsys.readouterr().out == "Nothing waits in the spool.\n"


async def test_a_stop_waits_no_longer_than_it_may(spool: Spool, capsys: pytest.CaptureFixture[str]) -> None:
    """Kafka stays away: the exit code says so, and the entry stays on the disk."""
    assert cary311("await-empty", "--at-most-seconds", "0") == 1
    assert capsys.readouterr().out.startswith("Left in the spool: 1 entry.")
    assert len(await spool.next_batch(10)) == 1


def test_without_a_spool_one_is_told_which_setting_to_look_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence, and the exit code of a wrong configuration."""
    assert cary311("list", "--file", str(tmp_path / "none.sqlite")) == 2
    assert "SPOOL_PATH" in capsys.readouterr().err
