"""``cary311 tracker``: what a person or a script sees of the commands."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from shared.cli import run
from shared.settings import MongoSettings
from support.examples import submission
from support.fake_logs import FakeGroup, FakeLog
from support.fake_requests import record
from support.logs import creation, number_of, submission_of
from support.servers import unique
from support.tracker_store import FIRST, FragileConnection, project, store
from tracker.cli import Commands, build
from tracker.store.connection import Connection
from tracker.store.indexes import prepare

A = number_of("a")
JUST_NOW = datetime.now(UTC) - timedelta(minutes=5)


@dataclass
class Doors:
    """The session's MongoDB, and logs in memory."""

    settings: MongoSettings
    database: str = field(default_factory=lambda: unique("tracker"))
    logs: dict[str, FakeLog] = field(default_factory=dict)
    its_group: FakeGroup = field(default_factory=FakeGroup)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        connection = FragileConnection.open(self.settings, self.database, patience=5)
        try:
            await connection.ping()
            yield connection
        finally:
            await connection.close()

    def log(self, topic: str) -> FakeLog:
        return self.logs.setdefault(topic, FakeLog())

    def group(self) -> FakeGroup:
        return self.its_group

    def call(self, *arguments: str) -> Result:
        """The command, as from a shell."""
        return CliRunner().invoke(build(Commands(lambda: self, grace_seconds=0)), list(arguments))

    def json_of(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Its exit code and its result."""
        result = self.call(*arguments, "--json")
        return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def doors(mongo_settings: MongoSettings) -> Iterator[Doors]:
    """A store with one request, whose log is there."""
    doors = Doors(mongo_settings)

    async def fill() -> None:
        async with doors.connection() as connection:
            await prepare(connection, FIRST)
            doors.log("request.events.v1").records = [record(creation("a"), 0)]
            doors.log("submission.received.v1").records = []
            doors.log("request.updated.v1").records = [
                record(creation("a"), 0)._replace(value=one.value)
                for one in await project(store(connection), doors.log("request.events.v1").records)
            ]
            doors.its_group.offsets = {0: 1}

    async def clear() -> None:
        async with doors.connection() as connection:
            await connection._client.drop_database(doors.database)

    asyncio.run(fill())
    yield doors
    asyncio.run(clear())


def test_a_rebuild_says_what_it_does_and_turns(doors: Doors) -> None:
    """Progress on stderr, one sentence on stdout, exit code 0."""
    result = doors.call("rebuild")
    assert (result.exit_code, result.stdout) == (0, "The store is rebuilt: generation 2, of 1 events.\n")
    assert "waiting until the projection rests" in result.stderr


def test_differences_are_an_exit_code(doors: Doors) -> None:
    """1 while the store differs and is kept, 0 once the difference is accepted."""

    async def slip() -> None:
        async with doors.connection() as connection:
            await connection.collection(FIRST.requests).update_one({"_id": A}, {"$set": {"assignee": "x"}})

    asyncio.run(slip())
    assert doors.call("rebuild", "--compare-only").exit_code == 1
    code, told = doors.json_of("rebuild")
    assert (code, told["is_present"], told["comparison"]["differing"]) == (1, False, [A])
    code, told = doors.json_of("rebuild", "--accept-differences")
    assert (code, told["is_present"], told["generation"]) == (0, True, 2)
    assert doors.json_of("rebuild", "--compare-only")[1]["is_equal"]


def test_a_snapshot_has_a_name_of_its_own(doors: Doors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by the moment where no name is given; a file that is there is never overwritten; a rebuild takes it."""
    monkeypatch.chdir(tmp_path)
    assert doors.call("snapshot").exit_code == 0
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("tracker-20")
    assert path.suffix == ".snapshot"
    code, told = doors.json_of("snapshot", "other.snapshot")
    assert (code, told["documents"], told["bytes"]) == (0, 1, (tmp_path / "other.snapshot").stat().st_size)
    assert run(build(Commands(lambda: doors)), ["snapshot", "other.snapshot"]) == 1
    assert run(build(Commands(lambda: doors)), ["snapshot", "no/such/folder/x.snapshot"]) == 1
    code, told = doors.json_of("rebuild", "--from", str(path))
    assert (code, told["events"], told["is_present"]) == (0, 0, True)


def test_reconciling_is_an_exit_code(doors: Doors) -> None:
    """0 where nothing is lost, 1 and the id where something is."""
    assert doors.call("reconcile").exit_code == 0
    lost = submission(submission_id=submission_of("lost"), service_request_id=number_of("lost"), received_at=JUST_NOW)
    stamp = round(JUST_NOW.timestamp() * 1000)
    doors.log("submission.received.v1").records = [record(creation("a"), 0)._replace(value=lost.encode(), timestamp_ms=stamp)]
    code, told = doors.json_of("reconcile")
    assert (code, told["not_stored"]) == (1, {"count": 1, "ids": [str(submission_of("lost"))]})
    shown = doors.call("reconcile")
    assert (shown.exit_code, str(submission_of("lost")) in shown.stdout) == (1, True)
    assert doors.call("reconcile", "--until", (JUST_NOW - timedelta(seconds=1)).isoformat()).exit_code == 0
    assert doors.call("reconcile", "--since", (JUST_NOW + timedelta(seconds=1)).isoformat()).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("reconcile", "--since", "yesterday"),
        ("reconcile", "--since", "2026-03-02", "--until", "2026-03-01"),
        ("rebuild", "--from", "no-such-file"),
        ("snapshot", "--nonsense"),
    ],
)
def test_a_wrong_option_is_told(doors: Doors, arguments: tuple[str, ...]) -> None:
    """Exit code 2, before anything is done."""
    assert doors.call(*arguments).exit_code == 2


def test_servers_that_are_away_are_a_sentence(doors: Doors, capsys: pytest.CaptureFixture[str]) -> None:
    """Kafka or MongoDB: exit code 1, what is away, and no stack trace."""
    doors.log("request.events.v1").is_away = True
    assert run(build(Commands(lambda: doors)), ["rebuild"]) == 1
    assert "TransientError: kafka" in capsys.readouterr().err
    elsewhere = Doors(MongoSettings(mongodb_uri=SecretStr("mongodb://127.0.0.1:9/"), mongodb_timeout_seconds=0.2))
    assert run(build(Commands(lambda: elsewhere)), ["reconcile"]) == 1
    assert "TransientError: mongodb" in capsys.readouterr().err


def test_corrections_are_texts_with_the_service_that_staff_settled_on(doors: Doors, tmp_path: Path) -> None:
    """What they changed and what they finished, masked, in a file for its owner alone; what nobody looked at teaches nothing."""
    file = tmp_path / "corrections.jsonl"
    assert doors.json_of("corrections", str(file)) == (0, {"file": str(file), "texts": 0, "corrected": 0})
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"", 0o600)

    async def settle() -> None:
        async with doors.connection() as connection:
            await connection.collection(FIRST.requests).update_one({"_id": A}, {"$set": {"service.code": "TREE"}})

    asyncio.run(settle())
    assert doors.call("corrections", str(file)).exit_code == 1  # nothing is written over
    other = tmp_path / "again.jsonl"
    assert doors.json_of("corrections", str(other))[1]["corrected"] == 1
    row = json.loads(other.read_text(encoding="utf-8"))
    assert (row["text"], row["service_code"], row["is_corrected"]) == (creation("a").report.description.public, "TREE", True)
