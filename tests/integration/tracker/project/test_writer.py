"""The projection's writes on MongoDB: the store in memory, which the unit tests trust, is what each of them must equal."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import bson
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.contracts import CommentAdded, PersonalKind, RedactionScope, RequestEvent, ServiceRequestRedacted, Span, Text
from shared.kafka.records import Outgoing, Record
from shared.settings import MongoSettings
from support.examples import NOW, PHOTO, changed
from support.fake_requests import projection as in_memory
from support.fake_requests import record
from support.logs import Log, creation, follow_up, merge, number_of, staff_head
from support.tracker_store import (
    EXPIRES,
    FIRST,
    Contents,
    FragileConnection,
    contents,
    expected,
    project,
    projection,
    settled,
    store,
)
from tracker.archiving import KEPT_ENTRIES, MAX_ENTRIES
from tracker.batches import Changes, Item, Loaded
from tracker.redaction import CONTENT_FIELDS
from tracker.store import generations
from tracker.store.entries import entry_key
from tracker.store.writer import MongoProjectionStore

A = number_of("a")
CUTS = (3, 150, 7, 40)
COLLECTIONS = (*FIRST.all, FragileConnection.REDACTIONS)
WORD = "Xylophonia"
TEXT = Text(content=f"My neighbour {WORD} leaves rubbish.")
SPAN = Span(start=13, end=13 + len(WORD), kind=PersonalKind.NAME)


def comment(place: int) -> CommentAdded:
    return CommentAdded(**staff_head("a", f"comment {place}"), text=TEXT, is_public=True, attachments=(PHOTO,))


def redaction(*events: RequestEvent, key: str = "r") -> ServiceRequestRedacted:
    scope = tuple(RedactionScope(event_id=event.event_id, spans=(SPAN,), fields=("attachments",)) for event in events)
    return ServiceRequestRedacted(**staff_head("a", key), scope=scope, reason="asked for by the person named")


COMMENTS = [comment(place) for place in range(MAX_ENTRIES + 10)]
BEFORE = (creation("a", description=TEXT), creation("b"), *COMMENTS[:150])
STORY = (
    follow_up("again", "a", sender="a"),
    follow_up("lost", "nobody", sender="a"),
    changed(2, service_request_id=A),
    changed(9, "stale", service_request_id=A),
    merge("b", "a"),
    *COMMENTS[150:],
    redaction(COMMENTS[3], COMMENTS[-1], creation("a")),
    ServiceRequestRedacted(
        **staff_head("b", "addresses"), scope=(RedactionScope(event_id=creation("b").event_id, fields=CONTENT_FIELDS),), reason="asked for"
    ),
    creation("c"),
)
"""Every kind of write: new requests, changed ones, old entries that move out and are redacted there, forgotten addresses, an orphan."""


async def logged() -> tuple[Log, list[Record], list[Record]]:
    """What the store in memory makes of it; the records before, and those of the story with whatever they cause."""
    log = Log()
    await log.add(*BEFORE)
    before = len(log.records)
    await log.add(*STORY)
    return log, log.records[:before], log.records[before:]


async def test_mongodb_holds_what_the_store_in_memory_holds(connection: FragileConnection) -> None:
    """The whole story, in batches cut anywhere: the same requests, old entries, orphans and ledger, and the same is published."""
    log, before, story = await logged()
    published = await project(store(connection), [*before, *story], *CUTS)
    assert_equal(await contents(connection), expected(log.store))
    assert published == await project(Log().store, [*before, *story], *CUTS)
    assert await generations.positions(connection, FIRST) == {0: len(log.records)}


async def test_a_crash_at_any_call_costs_nothing(bare: FragileConnection) -> None:
    """Killed before any call to MongoDB or after the last one: the batch that comes again leaves the store as if nothing had been."""
    log, before, story = await logged()
    await project(store(bare), before)
    start = {name: await bare.collection(name).find().to_list(None) for name in COLLECTIONS}
    bare.calls = 0
    undisturbed = await settled(store(bare), story)
    calls, wanted = bare.calls, await contents(bare)
    assert wanted["requests"].keys() == log.store.requests.keys()
    assert all(wanted.values())
    for dies_at in range(1, calls + 1):
        await _put_back(bare, start)
        bare.calls, bare.dies_at = 0, dies_at
        handled = await settled(store(bare), story)
        assert bare.calls > dies_at, "it did not die"
        bare.dies_at = None
        assert await contents(bare) == wanted, f"at call {dies_at}"
        assert await generations.positions(bare, FIRST) == {0: story[-1].next_offset}
        assert [(one.topic, one.key) for one in handled.outgoing] == [(one.topic, one.key) for one in undisturbed.outgoing]
    again = await settled(store(bare), story)
    assert await contents(bare) == wanted
    assert len(again.outgoing) == len(undisturbed.outgoing)


async def _put_back(connection: FragileConnection, start: dict[str, list[dict[str, object]]]) -> None:
    for name, documents in start.items():
        await connection.collection(name).delete_many({})
        if documents:
            await connection.collection(name).insert_many(documents)


async def test_two_projections_of_the_same_records_store_them_once(connection: FragileConnection) -> None:
    """A zombie and its successor, in different cuts and at the same time: every event once, every document as from one alone."""
    log, before, story = await logged()
    records = [*before, *story]
    await asyncio.gather(*(project(store(connection), records, *cuts) for cuts in ((60,), (45,), (110, 13))))
    assert_equal(await contents(connection), expected(log.store))
    assert await generations.positions(connection, FIRST) == {0: len(records)}


def assert_equal(found: Contents, wanted: Contents) -> None:
    """The same requests, histories, orphans and ledger; which entries have moved out depends on the cuts."""
    assert (found["orphans"], found["redactions"]) == (wanted["orphans"], wanted["redactions"])
    assert found["requests"].keys() == wanted["requests"].keys()
    for number in wanted["requests"]:
        assert _whole(found, number) == _whole(wanted, number)


def _whole(kept: Contents, number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    document = kept["requests"][number]
    old = [entry for entry in kept["history"].values() if entry["service_request_id"] == number]
    alone = [{name: value for name, value in entry.items() if name not in {"_id", "service_request_id"}} for entry in old]
    # What a loser moved out may still lie beside the entry in the document, which counts.
    entries = {entry["event_id"]: entry for entry in (*alone, *document["history"])}
    return {name: value for name, value in document.items() if name not in {"history", "archived_entries", "staff_terms"}}, entries


class Overtaken(MongoProjectionStore):
    """Somebody else's work comes between this one's load and its write, once."""

    rival: Callable[[], Awaitable[None]] | None = None

    async def load(self, items: Sequence[Item]) -> Loaded:
        loaded = await super().load(items)
        rival, self.rival = self.rival, None
        if rival is not None:
            await rival()
        return loaded


async def test_a_zombie_loses_the_race_and_announces_the_same(connection: FragileConnection) -> None:
    """Its write is refused as a whole; it loads again, finds its events there, and publishes what the other published."""
    records = [record(event, offset) for offset, event in enumerate((creation("a"), *COMMENTS[:4]))]
    first, rest = records[:1], records[1:]
    await project(store(connection), first)
    zombie = Overtaken(connection, FIRST, lambda: NOW, outcome_hours=1)
    others: list[Outgoing] = []

    async def rival() -> None:
        others.extend((await projection(store(connection))(rest)).outgoing)

    zombie.rival = rival
    handled = await projection(zombie)(rest[:2])
    assert handled.outgoing == others[:2]
    assert (await contents(connection))["requests"][A]["revision"] == 5
    assert await generations.positions(connection, FIRST) == {0: 5}


async def test_what_a_zombie_moves_out_is_redacted_too(connection: FragileConnection) -> None:
    """It moves entries out as they were before a redaction that it has not read; the word is nowhere when it has lost the race."""
    events = (creation("a"), *COMMENTS, redaction(*COMMENTS))
    records = [record(event, offset) for offset, event in enumerate(events)]
    await project(store(connection), records[:150])
    zombie = Overtaken(connection, FIRST, lambda: NOW, outcome_hours=1)

    async def rival() -> None:
        await project(store(connection), records[150:], 51, 500)

    zombie.rival = rival
    await settled(zombie, records[150 : len(COMMENTS) + 1])
    kept = await contents(connection)
    assert len(kept["history"]) > MAX_ENTRIES - KEPT_ENTRIES
    assert WORD not in str(kept)
    assert WORD.lower() not in str(kept["requests"][A]["staff_terms"])


async def test_two_who_clear_different_things_do_not_undo_each_other(connection: FragileConnection) -> None:
    """Each looks whether the old entry is still what it read."""
    records = [record(event, offset) for offset, event in enumerate((creation("a"), *COMMENTS))]
    await project(store(connection), records)
    event_id = COMMENTS[0].event_id
    scopes = [
        RedactionScope(event_id=event_id, spans=(Span(start=start, end=start + 1, kind=PersonalKind.OTHER),)) for start in range(10)
    ] + [RedactionScope(event_id=event_id, file_ids=(PHOTO.file_id,))]
    await asyncio.gather(*(store(connection).clear_archived(A, [scope]) for scope in scopes))
    entry = (await contents(connection))["history"][entry_key(A, event_id)]
    assert entry["note"]["content"].startswith("█" * 10)
    assert "attachments" not in entry


async def test_an_old_entry_keeps_no_forgotten_address(connection: FragileConnection) -> None:
    """The follower's address goes from old entries, and the reporter's own stays."""
    log = Log()
    await log.add(creation("a"), creation("b"))
    await log.add(merge("b", "a"))
    await log.add(*COMMENTS)
    await project(store(connection), log.records)
    assert "b@example.org" in str((await contents(connection))["history"])
    done = len(log.records)
    addresses = RedactionScope(event_id=creation("b").event_id, fields=("reply_addresses", "reporter"))
    await log.add(ServiceRequestRedacted(**staff_head("b", "addresses"), scope=(addresses,), reason="asked for"))
    await project(store(connection), log.records[done:], 1)
    kept = await contents(connection)
    assert "b@example.org" not in str(kept)
    assert "a@example.org" in str(kept["history"])


async def test_an_outcome_is_there_for_its_time(connection: FragileConnection) -> None:
    """Refused and applied changes are told to those who wait, until the day after; nobody waits for a resident or in a rebuild."""
    events = (
        creation("a"),
        changed(1, service_request_id=A),
        changed(1, "late", service_request_id=A),
        follow_up("again", "a", sender="a"),
    )
    records = [record(event, offset) for offset, event in enumerate(events)]
    await project(store(connection), records)
    found = await connection.collection(FIRST.outcomes).find().sort("version", 1).to_list(None)
    assert {one["_id"]: (one["outcome"], one["refusal"]) for one in found} == {
        str(events[1].event_id): ("applied", None),
        str(events[2].event_id): ("refused", "stale_version"),
    }
    assert {one["expires_at"] for one in found} == {EXPIRES}
    await connection.collection(FIRST.outcomes).delete_many({})
    await project(store(connection, outcome_hours=None), records)
    assert await connection.collection(FIRST.outcomes).count_documents({}) == 0


class Writes(CommandListener):
    """Remembers the filters of what changes one document at most, as the server is sent them: collection and filter."""

    def __init__(self) -> None:
        self.filters: list[tuple[str, dict[str, Any]]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "update":
            name = event.command["update"]
            self.filters += [(name, dict(one["q"])) for one in event.command["updates"] if not one.get("multi")]

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


async def test_every_write_of_one_document_names_its_id(mongo_settings: MongoSettings, connection: FragileConnection) -> None:
    """``_id`` is the shard key (ADR 0020): a write that does not name it would go to no shard, or to all."""
    writes = Writes()
    client: Any = AsyncIOMotorClient(mongo_settings.mongodb_uri.get_secret_value(), event_listeners=[writes])
    watched = store(FragileConnection(client, connection.database.name, 30.0))
    log, before, story = await logged()
    await project(watched, [*before, *story], *CUTS)
    assert_equal(await contents(connection), expected(log.store))
    before_clearing = len(writes.filters)
    await watched.clear_archived(A, redaction(COMMENTS[4]).scope)
    client.close()
    assert len(writes.filters) == before_clearing + 1
    written = {name for name, _ in writes.filters}
    assert written == {*FIRST.all, FragileConnection.REDACTIONS}
    assert [name for name, query in writes.filters if not isinstance(query.get("_id"), (str, int))] == []


async def test_positions_never_go_back(connection: FragileConnection) -> None:
    """A zombie that settles an older batch does not make the store look younger than it is."""
    await store(connection).write(Changes(positions={0: 7, 1: 3}))
    await store(connection).write(Changes(positions={0: 5, 2: 1}))
    assert await generations.positions(connection, FIRST) == {0: 7, 1: 3, 2: 1}


async def test_a_request_of_a_thousand_events_stays_small(connection: FragileConnection) -> None:
    """Its document holds the last hundred or two, the side collection the others, and none is missing or there twice."""
    comments = [comment(place) for place in range(999)]
    records = [record(event, offset) for offset, event in enumerate((creation("a"), *comments))]
    await project(store(connection), records, 250)
    kept = await contents(connection)
    document = kept["requests"][A]
    assert (document["revision"], document["archived_entries"]) == (1000, len(kept["history"]))
    assert KEPT_ENTRIES <= len(document["history"]) <= MAX_ENTRIES
    revisions = [entry["revision"] for entry in (*document["history"], *kept["history"].values())]
    assert sorted(revisions) == list(range(1, 1001))
    assert len(bson.encode(document)) < 200_000
    again = await projection(store(connection))(records[5:6])
    assert again.outgoing == (await in_memory(Log().store)(records[:6])).outgoing[-1:]
