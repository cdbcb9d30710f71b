"""Rebuilding on MongoDB: from the log, from a snapshot and the log since, and what it refuses."""

import asyncio
import gzip
import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import bson
import pytest

from shared.contracts import CommentAdded, PersonalKind, RedactionScope, RequestEvent, ServiceRequestRedacted, Span, Text
from shared.errors import TransientError
from support.examples import PHOTO, changed
from support.fake_logs import FakeGroup, FakeLog
from support.fake_requests import LATER, record
from support.logs import Log, creation, follow_up, merge, number_of, staff_head
from support.tracker_store import FIRST, FragileConnection, contents, project, store
from tracker import snapshot
from tracker.archiving import MAX_ENTRIES
from tracker.rebuild import Rebuild, RebuildError, Rebuilt
from tracker.redaction import CONTENT_FIELDS
from tracker.store import generations, pause
from tracker.store.connection import Names
from tracker.store.entries import entry_key

A = number_of("a")
SECOND = Names(2)
WORD = "Xylophonia"
TEXT = Text(content=f"My neighbour {WORD} leaves rubbish.")
SPAN = Span(start=13, end=13 + len(WORD), kind=PersonalKind.NAME)


def comment(place: int) -> CommentAdded:
    return CommentAdded(**staff_head("a", f"comment {place}"), text=TEXT, is_public=True, attachments=(PHOTO,))


def redaction(name: str, *scope: RedactionScope) -> ServiceRequestRedacted:
    return ServiceRequestRedacted(**staff_head(name, "redact"), scope=scope, reason="asked for")


COMMENTS = [comment(place) for place in range(MAX_ENTRIES + 5)]
FIRST_HALF: tuple[RequestEvent, ...] = (
    creation("a", description=TEXT),
    creation("b"),
    *COMMENTS,
    follow_up("lost", "nobody", sender="a"),
    changed(9, "stale", service_request_id=A),
)
SECOND_HALF: tuple[RequestEvent, ...] = (
    merge("b", "a"),
    *(redaction("a", *(RedactionScope(event_id=event.event_id, spans=(SPAN,)) for event in (COMMENTS[2], COMMENTS[-1], FIRST_HALF[0]))),),
    redaction("b", RedactionScope(event_id=creation("b").event_id, fields=CONTENT_FIELDS)),
    creation("c"),
)


@dataclass
class Site:
    """A tracker with its log, projected up to the end."""

    connection: FragileConnection
    log: FakeLog
    group: FakeGroup = field(default_factory=FakeGroup)
    said: list[str] = field(default_factory=list)

    @classmethod
    async def of(cls, connection: FragileConnection, *events: RequestEvent) -> "Site":
        made = Log()
        await made.add(*events)
        site = cls(connection, FakeLog(made.records))
        await site.project()
        return site

    async def project(self, names: Names = FIRST, *, start: int = 0) -> None:
        """Project from there to the end, and commit."""
        await project(store(self.connection, names), self.log.records[start:], 90)
        self.group.offsets = {0: len(self.log.records)}

    async def rebuild(self, source: Path | None = None, **options: bool) -> Rebuilt:
        """Rebuild at once."""
        rebuild = Rebuild(
            connection=self.connection,
            log=self.log,
            group=self.group,
            clock=lambda: LATER,
            say=self.said.append,
            grace_seconds=0,
            rest_seconds=0.5,
        )
        return await rebuild.run(source, **options)

    async def snapshot(self, folder: Path) -> Path:
        """A snapshot of now."""
        path = folder / "tracker.snapshot"
        await snapshot.take(self.connection, path, LATER)
        return path


@pytest.fixture
async def site(connection: FragileConnection) -> Site:
    """Redactions, merges, old entries, an orphan, a refusal."""
    return await Site.of(connection, *FIRST_HALF, *SECOND_HALF)


async def collections(connection: FragileConnection) -> set[str]:
    return {name for name in await connection.database.list_collection_names() if "_g" in name}


async def test_the_log_alone_gives_the_same_store(site: Site) -> None:
    """Every event again, in other batches: equal, turned to, its predecessor gone, and the group where it was."""
    before = await contents(site.connection)
    result = await site.rebuild()
    after = await contents(site.connection, SECOND)
    assert (result.events, result.unreadable, result.comparison.differences, result.is_present) == (len(site.log.records), 0, 0, True)
    assert await site.connection.names() == SECOND
    assert all(name.endswith("_g2") for name in await collections(site.connection))
    assert (after["orphans"], after["redactions"]) == (before["orphans"], before["redactions"])
    assert before["requests"].keys() == after["requests"].keys()
    assert await generations.positions(site.connection, SECOND) == {**dict.fromkeys(range(6), 0), 0: len(site.log.records)}
    assert site.group.offsets[0] == len(site.log.records)


async def test_a_snapshot_and_the_log_since_give_the_same_store(connection: FragileConnection, tmp_path: Path) -> None:
    """What was redacted since the snapshot is redacted again; the log before it may be gone."""
    site = await Site.of(connection, *FIRST_HALF)
    done = len(site.log.records)
    path = await site.snapshot(tmp_path)
    assert WORD in str(list(snapshot.documents(path)))
    made = Log()
    await made.add(*FIRST_HALF)
    await made.add(*SECOND_HALF)
    site.log.records = made.records
    await site.project(start=done)
    site.log.first = {0: done}
    before = await contents(connection)
    result = await site.rebuild(path)
    assert (result.events, result.comparison.differences, result.is_present) == (len(made.records) - done, 0, True)
    after = await contents(connection, SECOND)
    assert after["requests"].keys() == before["requests"].keys()
    redacted = {entry_key(A, COMMENTS[2].event_id), entry_key(A, COMMENTS[-1].event_id)}
    assert all(WORD not in str(document) for key, document in after["history"].items() if key in redacted)
    assert "b@example.org" not in str(after)
    assert path.stat().st_mode & 0o077 == 0


async def test_a_lost_store_comes_back(site: Site, tmp_path: Path) -> None:
    """An empty database, a snapshot, the log since, and the group that remembers: nothing is announced again."""
    path = await site.snapshot(tmp_path)
    before = await contents(site.connection)
    await site.connection._client.drop_database(site.connection.database.name)
    result = await site.rebuild(path)
    assert (result.events, result.is_present, result.comparison.is_of_nothing) == (0, True, True)
    assert await contents(site.connection, SECOND) == before
    assert site.group.offsets == {**dict.fromkeys(range(6), 0), 0: len(site.log.records)}
    assert await generations.positions(site.connection, SECOND) == site.group.offsets


async def test_an_older_store_is_brought_to_where_the_group_is(site: Site, tmp_path: Path) -> None:
    """A database from last night's backup: what was projected since had its effects, and is put in without them."""
    path = await site.snapshot(tmp_path)
    before = await contents(site.connection)
    for number in (number_of("b"), number_of("c")):
        await site.connection.collection(FIRST.requests).delete_one({"_id": number})
    await site.connection.collection(FIRST.positions).update_one({"_id": 0}, {"$set": {"next_offset": 5}})
    refused = await site.rebuild(path)
    assert (refused.is_present, refused.comparison.differences) == (False, 2)
    assert await site.connection.names() == FIRST
    accepted = await site.rebuild(path, accept_differences=True)
    assert accepted.is_present
    assert (await contents(site.connection, SECOND))["requests"] == before["requests"]
    assert site.group.offsets[0] == len(site.log.records)


async def test_what_waits_is_left_for_the_projection(site: Site) -> None:
    """Events beyond what was projected are new: the rebuilt store does not have them, and the group comes to them next."""
    done = len(site.log.records)
    site.log.records = [*site.log.records, record(creation("d"), done)]
    result = await site.rebuild()
    assert (result.events, result.is_present, site.group.offsets[0]) == (done, True, done)
    assert number_of("d") not in (await contents(site.connection, SECOND))["requests"]


async def test_comparing_changes_nothing(site: Site) -> None:
    """A rehearsal: what it built is gone afterwards, whatever it found."""
    before = await contents(site.connection)
    assert (await site.rebuild(keep_present=True)).comparison.is_equal
    await site.connection.collection(FIRST.requests).update_one({"_id": A}, {"$set": {"assignee": "a slip of a hand"}})
    result = await site.rebuild(keep_present=True, accept_differences=True)
    assert (result.is_present, result.comparison.differing) == (False, [A])
    assert f"  differs: {A}" in site.said
    assert (await contents(site.connection))["requests"].keys() == before["requests"].keys()
    assert all(name.endswith("_g1") for name in await collections(site.connection))
    assert await site.connection.meta.count_documents({"_id": pause.PAUSE_ID}) == 0


@pytest.mark.parametrize(("where", "difference"), [("history", {"$set": {"note.content": "x"}}), ("orphans", {"$set": {"kind": "x"}})])
async def test_a_difference_anywhere_is_found(site: Site, where: str, difference: dict[str, object]) -> None:
    """In an old entry, in an orphan."""
    changed_one = await site.connection.collection(getattr(FIRST, where)).update_one({}, difference)
    assert changed_one.modified_count == 1
    assert (await site.rebuild(keep_present=True)).comparison.differences == 1


async def test_a_log_that_does_not_reach_back_is_refused(site: Site, tmp_path: Path) -> None:
    """Retention has taken what neither the snapshot nor the rest of the log has; the store stays as it is."""
    path = await site.snapshot(tmp_path)
    await site.connection.collection(FIRST.positions).update_one({"_id": 0}, {"$inc": {"next_offset": 5}})
    site.log.records = [*site.log.records, *(record(creation(f"x{place}"), len(site.log.records) + place) for place in range(5))]
    site.log.first = {0: len(site.log.records) - 1}
    with pytest.raises(RebuildError, match="the log does not reach back to the beginning"):
        await site.rebuild()
    with pytest.raises(RebuildError, match="the snapshot ends before the log begins"):
        await site.rebuild(path)
    assert await site.connection.names() == FIRST
    assert await site.connection.meta.count_documents({"_id": pause.PAUSE_ID}) == 0


async def test_a_projection_that_does_not_rest_is_not_overtaken(site: Site) -> None:
    """It has members all the while, or joins and goes on in the middle: nothing is turned."""
    site.group.answers = [True] * 20
    with pytest.raises(RebuildError, match="still has members"):
        await site.rebuild()
    site.group.answers = [True, False, True]
    with pytest.raises(RebuildError, match="did not rest"):
        await site.rebuild()
    assert await site.connection.names() == FIRST
    assert all(name.endswith("_g1") for name in await collections(site.connection))


async def test_two_rebuilds_at_once_are_one(site: Site) -> None:
    """The second is told that another is at work; an old note does not hold."""
    async with pause.paused(site.connection, lambda: LATER, "test"):
        assert await pause.is_paused(site.connection, LATER)
        assert not await pause.is_paused(site.connection, LATER + timedelta(minutes=1))
        with pytest.raises(pause.PausedByAnotherError):
            await site.rebuild()
    await site.connection.meta.insert_one({"_id": pause.PAUSE_ID, "token": "dead", "expires_at": LATER - timedelta(seconds=1)})
    assert (await site.rebuild()).is_present


async def test_a_rebuild_that_dies_leaves_the_present_store(site: Site) -> None:
    """Killed at any call: the store stays, and the next rebuild goes through; once the pointer is turned, the new one stays."""
    site.connection.calls = 0
    await site.rebuild(keep_present=True)
    calls = site.connection.calls
    for dies_at in range(2, calls, 7):
        site.connection.calls, site.connection.dies_at = 0, dies_at
        try:
            await site.rebuild(keep_present=True)
        except TransientError:
            assert await site.connection.names() == FIRST
    site.connection.dies_at = None
    assert (await site.rebuild()).is_present


async def test_a_snapshot_beside_a_projection_that_writes(connection: FragileConnection, tmp_path: Path) -> None:
    """What it has beyond its positions is found in the histories when the log is read again."""
    made = Log()
    await made.add(*FIRST_HALF)
    await made.add(*SECOND_HALF)
    site = Site(connection, FakeLog(made.records))
    writing = asyncio.create_task(project(store(connection), made.records, 20))
    await asyncio.sleep(0.3)
    path = await site.snapshot(tmp_path)
    await writing
    site.group.offsets = {0: len(made.records)}
    assert (await site.rebuild(path)).comparison.differences == 0


async def test_a_snapshot_that_is_no_longer_whole_is_refused(site: Site, tmp_path: Path) -> None:
    """Cut off anywhere, one byte changed, a document left out, something else: never restored, the store untouched."""
    path = await site.snapshot(tmp_path)
    whole = path.read_bytes()
    plain = gzip.decompress(whole)
    frames = bson.decode_all(plain)
    broken = [
        whole[: len(whole) // 2],
        whole[:-200],
        whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        gzip.compress(plain[:-20]),
        gzip.compress(plain.replace(b"rubbish", b"roubish", 1)),
        gzip.compress(b"".join(map(bson.encode, [frames[0], *frames[2:]]))),
        gzip.compress(b"".join(map(bson.encode, frames[:-1]))),
        gzip.compress(b"".join(map(bson.encode, frames[1:]))),
        gzip.compress(b"something else"),
        b"something else",
        b"",
    ]
    for content in broken:
        path.write_bytes(content)
        with pytest.raises(snapshot.SnapshotError):
            await site.rebuild(path)
    assert await site.connection.names() == FIRST
    path.write_bytes(whole)
    assert (await site.rebuild(path)).is_present


async def test_a_snapshot_appears_whole_or_not_at_all(site: Site, tmp_path: Path) -> None:
    """MongoDB goes away in the middle, or a rebuild turns the pointer: no file, and no part of one."""
    site.connection.calls, site.connection.dies_at = 0, 5
    with pytest.raises(TransientError):
        await site.snapshot(tmp_path)
    site.connection.dies_at = None

    async def turned() -> None:
        await asyncio.sleep(0)
        assert await generations.turn_to(site.connection, FIRST, SECOND)

    with pytest.raises(snapshot.SnapshotError, match="rebuild"):
        await asyncio.gather(site.snapshot(tmp_path), turned())
    assert not os.listdir(tmp_path)  # noqa: PTH208 - a folder of the test's own
