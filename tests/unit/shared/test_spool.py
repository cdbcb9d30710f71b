"""The spool on a real disk: what it took is there, whatever happens to the process, the file or the disk."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from shared.errors import ConfigurationError, SpoolFullError, TransientError
from shared.observability.metrics import Metrics
from shared.spool import Spool
from shared.spool.database import SpoolDatabase
from support.spooled import START, ids, photo, submission

MEGABYTE = 1024 * 1024


class Place:
    """A folder with a spool file, a clock and metrics of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "deep" / "spool.sqlite"
        self.now = START
        self.metrics = Metrics(CollectorRegistry())
        self.opened: list[Spool] = []

    def clock(self) -> datetime:
        return self.now

    async def spool(self, *, max_bytes: int = 10 * MEGABYTE, max_age_seconds: float = 3600) -> Spool:
        spool = Spool(self.path, max_bytes=max_bytes, max_age_seconds=max_age_seconds, now=self.clock, metrics=self.metrics)
        self.opened.append(spool)
        await spool.open()
        return spool

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

    def damaged(self) -> list[Path]:
        return [path for path in self.path.parent.glob("*.damaged-*") if not path.name.endswith("-wal")]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path)
    yield place
    for spool in place.opened:
        await spool.close()


async def names(spool: Spool) -> list[str]:
    return [entry.submission.text for entry in await spool.next_batch(1_000)]


async def test_what_was_added_comes_back_whole(place: Place) -> None:
    """Text, photos and their order survive the process."""
    spool = await place.spool()
    report = submission("one", text="a pothole \U0001f573 on the road")
    await spool.add(report, [photo(b"first"), photo(b"second" * 50_000)])
    await spool.close()
    [entry] = await (await place.spool()).next_batch(10)
    assert entry.submission == report
    assert entry.photos == (photo(b"first"), photo(b"second" * 50_000))


async def test_every_write_waits_for_the_disk(place: Place) -> None:
    """The file is written so that a finished transaction survives a power cut: write-ahead log, synced at every commit."""
    spool = await place.spool()

    def pragmas(database: SpoolDatabase) -> list[object]:
        return [database._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "secure_delete")]

    assert await spool._work(pragmas) == ["wal", 2, 1]


async def test_the_same_submission_is_there_once(place: Place) -> None:
    """A retry, at once or later or from many sides, is the same entry."""
    spool = await place.spool()
    await asyncio.gather(*(spool.add(submission("one")) for _ in range(20)))
    await spool.add(submission("one"))
    assert spool.count() == 1
    await spool.close()
    spool = await place.spool()
    await spool.add(submission("one"))
    assert (spool.count(), len(await spool.next_batch(10))) == (1, 1)


async def test_adds_that_wait_for_the_disk_share_its_next_write(place: Place) -> None:
    """A hundred residents at once cost a few transactions, not a hundred, and all are there."""
    spool = await place.spool()
    commits: list[str] = []
    await spool._work(
        lambda database: database._connection.set_trace_callback(lambda line: commits.append(line) if line == "COMMIT" else None)
    )
    await asyncio.gather(*(spool.add(submission(str(number))) for number in range(100)))
    assert spool.count() == 100
    assert len(commits) <= 3


async def test_it_is_full_by_bytes(place: Place) -> None:
    """Over its cap it refuses, says when to come again, and what is inside may still be repeated; drained, it takes again."""
    spool = await place.spool(max_bytes=100_000)
    await spool.add(submission("one"), [photo(b"x" * 60_000)])
    with pytest.raises(SpoolFullError) as caught:
        await spool.add(submission("two"), [photo(b"y" * 60_000)])
    assert (caught.value.reason, caught.value.retry_after_seconds > 0) == ("bytes", True)
    await spool.add(submission("one"))
    await spool.add(submission("small"))
    await spool.remove(ids("one"))
    await spool.add(submission("two"), [photo(b"y" * 60_000)])
    assert place.value("cary311_spool_refused_total", reason="bytes") == 1


async def test_adds_under_way_count_against_the_cap(place: Place) -> None:
    """Many at once do not slip past the cap together."""
    spool = await place.spool(max_bytes=100_000)
    outcomes = await asyncio.gather(*(spool.add(submission(str(n)), [photo(b"x" * 30_000)]) for n in range(10)), return_exceptions=True)
    assert sum(isinstance(outcome, SpoolFullError) for outcome in outcomes) == 7
    assert spool.bytes_used() <= 100_000


async def test_it_is_full_by_age(place: Place) -> None:
    """When the oldest waits too long nobody is told "received" any more, until it is gone."""
    spool = await place.spool(max_age_seconds=60)
    await spool.add(submission("one"))
    place.now += timedelta(seconds=61)
    with pytest.raises(SpoolFullError, match="age"):
        await spool.add(submission("two"))
    assert spool.oldest_age_seconds(place.now) == 61
    assert place.value("cary311_spool_oldest_age_seconds") == 61
    await spool.remove(ids("one"))
    await spool.add(submission("two"))
    assert spool.oldest_age_seconds(place.now) == 0


async def test_a_full_disk_is_a_full_spool(place: Place) -> None:
    """What the disk does not take is refused, what it still takes is accepted, and nothing that was accepted is lost."""
    spool = await place.spool()
    await spool.add(submission("one"))
    await spool._work(lambda database: database._connection.execute("PRAGMA max_page_count=20").fetchall())
    outcomes = await asyncio.gather(
        spool.add(submission("small")),
        spool.add(submission("large"), [photo(b"x" * MEGABYTE)]),
        spool.add(submission("tiny")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), SpoolFullError, type(None)]
    assert [entry.submission_id for entry in await spool.next_batch(10)] == ids("one", "small", "tiny")
    await spool.close()
    assert (await place.spool()).count() == 3


async def test_a_disk_that_fails_is_told(place: Place) -> None:
    """Reading and removing from a disk that went away is a transient failure; the work can be done again."""
    spool = await place.spool()
    await spool.add(submission("one"))
    await spool._work(lambda database: database._connection.execute("PRAGMA query_only=ON").fetchall())
    with pytest.raises(TransientError):
        await spool.remove(ids("one"))
    await spool._work(lambda database: database._connection.execute("PRAGMA query_only=OFF").fetchall())
    await spool.remove(ids("one"))
    assert spool.count() == 0


async def test_two_processes_cannot_share_a_file(place: Place) -> None:
    """The second one says so in a sentence; when the first has gone, the file is free."""
    first = await place.spool()
    with pytest.raises(ConfigurationError, match="another process"):
        await place.spool()
    await first.close()
    await place.spool()


async def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """A file where the folder should be stops the start with a sentence."""
    (tmp_path / "deep").write_text("in the way")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        await Place(tmp_path).spool()


async def test_a_newer_file_is_left_alone(place: Place) -> None:
    """A rolled-back program does not touch what a newer one wrote."""
    await (await place.spool()).close()
    connection = sqlite3.connect(place.path)
    connection.execute("PRAGMA user_version=9")
    connection.close()
    with pytest.raises(ConfigurationError, match="version 9"):
        await place.spool()
    assert place.damaged() == []


@pytest.mark.parametrize("content", [b"this was never a database" * 100, b"SQLite format 3\x00" + b"\xff" * 5_000])
async def test_a_file_that_is_no_database_is_put_aside(place: Place, content: bytes) -> None:
    """It starts with a fresh file, keeps the old one for a person, and counts it."""
    place.path.parent.mkdir()
    place.path.write_bytes(content)
    spool = await place.spool()
    await spool.add(submission("one"))
    [damaged] = place.damaged()
    assert damaged.read_bytes()[:16] == content[:16]
    assert place.value("cary311_spool_put_aside_total", what="file") == 1
    await spool.close()
    assert (await place.spool()).count() == 1


async def _spool_of_200_with_damage(place: Place) -> None:
    spool = await place.spool()
    await asyncio.gather(*(spool.add(submission(str(number), text=f"{number} " + "x" * 3_000)) for number in range(200)))
    await spool._work(lambda database: database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    await spool.close()
    content = bytearray(place.path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096 * 3] = b"\xaa" * (4096 * 3)
    place.path.write_bytes(content)


async def test_what_can_be_read_of_a_damaged_file_is_saved(place: Place) -> None:
    """Broken pages cost the entries on them, not the two hundred; the order stays."""
    await _spool_of_200_with_damage(place)
    spool = await place.spool()
    saved = [int(text.split()[0]) for text in await names(spool)]
    assert len(saved) > 150
    assert saved == sorted(saved)
    assert len(place.damaged()) == 1


async def test_a_repair_that_was_interrupted_goes_on(place: Place) -> None:
    """Killed between putting the file aside and saving its entries, the next start saves them."""
    spool = await place.spool()
    await asyncio.gather(*(spool.add(submission(str(number))) for number in range(5)))
    await spool.close()
    place.path.rename(place.path.with_name("spool.sqlite.salvaging-20260302T120000.000000"))
    spool = await place.spool()
    assert spool.count() == 5
    assert len(place.damaged()) == 1


async def test_damage_found_at_work_is_repaired_at_work(place: Place) -> None:
    """A file that breaks while the process runs: the add that meets it succeeds in a new file, together with what could be saved."""
    spool = await place.spool()
    for number in range(3):
        await spool.add(submission(str(number)))

    def fail_once(database: object) -> None:
        if not place.damaged():
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

    await spool._work(fail_once)
    await spool.add(submission("after"))
    assert spool.count() == 4
    assert len(place.damaged()) == 1


async def test_an_entry_that_cannot_be_read_is_in_nobodys_way(place: Place) -> None:
    """Bytes that are no submission any more are kept for a person; the next one of that request goes."""
    spool = await place.spool()
    await spool.add(submission("one", "request"))
    await spool.add(submission("two", "request"))
    await spool._work(lambda database: database._connection.execute("UPDATE entry SET body = x'00' WHERE seq = 1"))
    assert await spool.next_batch(10) == []
    assert [entry.submission_id for entry in await spool.next_batch(10)] == ids("two")
    assert spool.count() == 1
    assert place.value("cary311_spool_put_aside_total", what="entry") == 1
    await spool.close()
    assert (await place.spool()).count() == 2


async def test_a_deferred_entry_waits_and_is_counted(place: Place) -> None:
    """The entry tells how often it was tried; a restart tries it at once."""
    spool = await place.spool()
    await spool.add(submission("one"))
    await spool.defer(ids("one"), START + timedelta(seconds=5))
    assert await spool.next_batch(10) == []
    place.now += timedelta(seconds=5)
    assert [entry.attempts for entry in await spool.next_batch(10)] == [1]
    await spool.defer(ids("one"), START + timedelta(hours=5))
    await spool.close()
    assert len(await (await place.spool()).next_batch(10)) == 1


async def test_what_is_removed_leaves_no_trace_on_disk(place: Place) -> None:
    """What residents wrote is wiped when it has gone on, and only the process's user may read what waits."""
    spool = await place.spool()
    await spool.add(submission("one", text="planted-words"), [photo(b"planted-photo" * 10_000)])
    assert place.path.stat().st_mode & 0o077 == 0
    assert place.path.parent.stat().st_mode & 0o077 == 0
    await spool.remove(ids("one"))
    left = b"".join(path.read_bytes() for path in place.path.parent.iterdir())
    assert b"planted" not in left
    assert len(left) < 100_000


CHILD = """
import asyncio, sys
from pathlib import Path
from shared.spool import Spool
from shared.spool.database import SpoolDatabase
from support.spooled import photo, submission

async def main() -> None:
    spool = Spool(Path(sys.argv[1]), max_bytes=10**9, max_age_seconds=3600)
    await spool.open()
    for number in range(10_000):
        await spool.add(submission(str(number)), [photo(b"x" * 20_000)])
        print(number, flush=True)

asyncio.run(main())
"""


async def test_what_was_promised_survives_kill_9(place: Place) -> None:
    """A process killed while it accepts loses nothing that it had said it has; the file is usable at once."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(place.path)], stdout=subprocess.PIPE, env=environment)  # noqa: ASYNC220 - no loop to disturb
    assert child.stdout is not None
    with child:
        for line in child.stdout:
            if int(line) == 30:
                child.send_signal(signal.SIGKILL)
                break
        promised = 30 + len(child.stdout.read().split())
    spool = await place.spool(max_bytes=10**9)
    batch = await spool.next_batch(10_000)
    assert len(batch) >= promised + 1
    assert [entry.submission_id for entry in batch] == ids(*(str(number) for number in range(len(batch))))
    assert all(len(entry.photos) == 1 for entry in batch)


async def test_a_caller_that_goes_away_does_not_disturb_the_others(place: Place) -> None:
    """A client that hangs up while its submission is being written leaves it there, and everybody else's."""
    spool = await place.spool()
    gone, stays = asyncio.ensure_future(spool.add(submission("gone"))), asyncio.ensure_future(spool.add(submission("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    await stays
    assert [entry.submission_id for entry in await spool.next_batch(10)] == ids("gone", "stays")
