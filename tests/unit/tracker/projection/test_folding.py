"""Batches: one write per request, crashes and races that change nothing, records that nobody can read."""

import json
from typing import get_args

import pytest

from shared.contracts import (
    Attention,
    ClaimProof,
    LogPosition,
    Person,
    RedactionScope,
    RequestEvent,
    ServiceRequestRedacted,
    Text,
)
from shared.errors import NewerContractError, PoisonError, TransientError
from shared.kafka.records import Record
from support.examples import FULL_MESSAGES, changed, created
from support.fake_requests import FakeProjectionStore, decoded, projection, record
from support.logs import Log, creation, follow_up, number_of, staff_head
from tracker.archiving import KEPT_ENTRIES, MAX_ENTRIES
from tracker.projection import Applied, apply
from tracker.store.documents import from_document
from tracker.store.writer import encode

A = number_of("a")
FULL_EVENTS = [FULL_MESSAGES[member.__name__] for member in get_args(get_args(RequestEvent)[0])]
STORY = (creation("a"), follow_up("again", "a", sender="a"), creation("b"), changed(2, service_request_id=A))


def poison(key: bytes | None, value: bytes, offset: int) -> Record:
    return Record("request.events.v1", 0, offset, key, value, 1_772_461_800_000)


async def test_a_batch_makes_one_write_per_request() -> None:
    """Three events of one request and one of another: two documents, every event in its history."""
    log = Log()
    await log.add(*STORY)
    assert log.store.writes == 1
    assert [entry.position.offset for entry in log.store.state(A).history] == [0, 1, 3]


@pytest.mark.parametrize("step", ["requests", "clearing", "orphans", "outcomes", "positions"])
async def test_a_crash_inside_a_write_costs_nothing(step: str) -> None:
    """Wherever the write ends, the batch that comes again leaves the store and the announcements as if nothing had been."""
    whole, broken = Log(), Log()
    expected = await whole.add(*STORY)
    broken.store.fails_at = step
    with pytest.raises(TransientError):
        await broken.add(*STORY)
    assert await broken.replay([1000]) == expected
    assert broken.store.everything() == whole.store.everything()
    assert broken.store.positions == whole.store.positions


async def test_a_crash_between_store_and_publish_announces_the_same_bytes() -> None:
    """Redelivered in other batches, the records are announced again byte for byte, and nothing is written."""
    log = Log()
    first = await log.add(*STORY)
    before = log.store.everything()
    assert await log.replay([1, 2]) == first
    assert log.store.everything() == before


async def test_two_projections_racing_for_a_request_store_it_once() -> None:
    """A zombie wrote between our load and our write: ours loads again, finds its events there, and announces the same."""
    store = FakeProjectionStore()
    batch = [record(event, offset) for offset, event in enumerate(STORY)]
    rival: list[object] = []

    async def zombie() -> None:
        rival.append((await projection(store)(batch[:2])).outgoing)

    store.rivals = [zombie]
    handled = await projection(store)(batch)
    assert handled.outgoing[:2] == rival[0]
    assert [entry.position.offset for entry in store.state(A).history] == [0, 1, 3]


async def test_a_fight_that_does_not_end_is_left_for_later() -> None:
    """Losing again and again is a dependency's trouble, never a lost event."""
    store = FakeProjectionStore()
    batch = [record(event, offset) for offset, event in enumerate(STORY)]

    def one_more(offset: int) -> object:
        async def rival() -> None:
            message = follow_up(f"rival {offset}", "a", sender="a")
            await projection(store)([record(message, 100 + offset)])

        return rival

    await projection(store)(batch[:1])
    store.rivals = [rival for offset in range(5) for rival in (one_more(offset),)]
    # Every load of ours is followed by a rival's write; the rival's own load finds no further rival.
    pending, store.rivals = store.rivals, []

    class Contended(FakeProjectionStore):
        async def load(self, items):  # noqa: ANN001, ANN202 - as the port
            loaded = await store.load(items)
            if pending:
                await pending.pop(0)()
            return loaded

        async def write(self, changes):  # noqa: ANN001, ANN202 - as the port
            return await store.write(changes)

    with pytest.raises(TransientError):
        await projection(Contended())(batch)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not_a_message"),
        (b"\xff\xfe", "not_a_message"),
        (b"[" * 100_000, "not_a_message"),
        (b'{"kind": "ServiceRequestChanged", "schema_version": 1}', "invalid_message"),
        (creation("b").encode(), "key_mismatch"),
    ],
)
async def test_a_record_that_nobody_can_read_is_put_aside_and_noted(value: bytes, reason: str) -> None:
    """It goes to the dead letters; the request of its key asks for a person, once, however often the record comes."""
    store = FakeProjectionStore()
    batch = [record(creation("a"), 0), poison(A.encode(), value, 1), record(follow_up("again", "a", sender="a"), 2)]
    for _ in range(2):
        (failure,) = (await projection(store)(batch)).failures
        assert isinstance(failure.error, PoisonError)
        assert failure.error.reason == reason
    state = store.state(A)
    assert Attention.DEAD_LETTER in state.attention
    assert (state.revision, state.version) == (3, 2)
    assert store.positions == {0: 3}


@pytest.mark.parametrize("key", [None, b"", b"\xff", b"no number", A.lower().encode(), number_of("unknown").encode()])
async def test_poison_without_a_known_request_is_put_aside_all_the_same(key: bytes | None) -> None:
    """Nothing to note it at, nothing else lost."""
    store = FakeProjectionStore()
    handled = await projection(store)([record(creation("a"), 0), poison(key, b"{}", 1)])
    assert len(handled.failures) == 1
    assert store.state(A).attention == ()


async def test_nothing_passes_a_record_that_is_newer_than_this_reader() -> None:
    """Its partition waits from there on; other partitions and what came before are stored."""
    store = FakeProjectionStore()
    newer = json.dumps({"kind": "ServiceRequestPainted", "schema_version": 1}).encode()
    batch = [
        record(creation("a"), 0),
        poison(A.encode(), newer, 1),
        record(follow_up("again", "a", sender="a"), 2),
        record(creation("b"), 5, partition=1),
    ]
    (failure,) = (await projection(store)(batch)).failures
    assert isinstance(failure.error, NewerContractError)
    assert store.state(A).revision == 1
    assert number_of("b") in store.requests
    assert store.positions == {0: 1, 1: 6}


async def test_an_event_that_no_store_can_hold_does_not_spoil_its_batch() -> None:
    """A number beyond 64 bits is valid JSON; its event is put aside, its neighbours are stored."""
    store = FakeProjectionStore()
    description = Text(content="Huge.").model_copy(update={"cut_characters": 2**70})
    huge = follow_up("huge", "a", sender="a", description=description)
    batch = [record(creation("a"), 0), record(huge, 1), record(follow_up("again", "a", sender="a"), 2), record(creation("b"), 3)]
    handled = await projection(store)(batch)
    (failure,) = handled.failures
    assert isinstance(failure.error, PoisonError)
    assert failure.error.reason == "unstorable"
    assert [entry.kind for entry in store.state(A).history] == ["ServiceRequestCreated", "RecordDeadLettered", "FollowUpReceived"]
    assert len(handled.outgoing) == 3


async def test_a_long_history_moves_out_and_still_wins() -> None:
    """Old entries leave the document; their events are known there too, and are announced again the same."""
    log = Log()
    messages = [follow_up(f"m{place}", "a", sender="a") for place in range(MAX_ENTRIES + 50)]
    published = await log.add(creation("a"), *messages)
    state = log.store.state(A)
    assert len(state.history) == KEPT_ENTRIES
    assert state.archived_entries == len(log.store.history) == MAX_ENTRIES + 51 - KEPT_ENTRIES
    before = log.store.everything()
    assert await log.replay([7]) == published
    assert await log.add(messages[0]) == []
    assert log.store.everything() == before


async def test_what_a_redaction_of_the_batch_names_stays() -> None:
    """Moved out cleared, and its write lost, a rival that has not come to the redaction would find it cleared before its time."""
    log = Log()
    messages = [follow_up(f"m{place}", "a", sender="a") for place in range(MAX_ENTRIES + 50)]
    scope = RedactionScope(event_id=messages[3].event_id, fields=("description",))
    await log.add(creation("a"), *messages, ServiceRequestRedacted(**staff_head("a", "redact"), scope=(scope,), reason="asked for"))
    kept = [entry.event_id for entry in log.store.state(A).history]
    assert kept[:2] == [creation("a").event_id, messages[3].event_id]
    assert (len(kept), len(log.store.history)) == (KEPT_ENTRIES + 1, MAX_ENTRIES + 52 - KEPT_ENTRIES - 1)


async def test_who_writes_is_known_by_the_newest_entries_however_batches_are_cut() -> None:
    """An account that only an old message named makes nobody a party, whether or not that message has moved out yet."""
    old = follow_up("old", "a", sender="a", reporter=Person(email="a@example.org", account_id="acc-7"))
    many = [follow_up(f"m{place}", "a", sender="a") for place in range(MAX_ENTRIES + 20)]
    late = follow_up("late", "a", proof=ClaimProof.THREAD, reporter=Person(account_id="acc-7"), reply_addresses=())
    together, alone = Log(), Log()
    await together.add(creation("a"), old, *many, late)
    for event in (creation("a"), old, *many[:150]):
        await alone.add(event)
    await alone.add(*many[150:], late)
    assert together.store.state(A).history[-1] == alone.store.state(A).history[-1]
    assert together.store.state(A).history[-1].is_third_party


async def test_a_heavy_history_moves_out_by_its_bytes() -> None:
    """A flood of the longest messages never makes a document that MongoDB refuses."""
    log = Log()
    text = follow_up("x", "a").report.description.model_copy(update={"content": "w" * 40_000})
    await log.add(creation("a"), *(follow_up(f"m{place}", "a", sender="a", description=text, quoted_text=text) for place in range(120)))
    assert len(log.store.requests[A]) < 4 * 1024 * 1024
    assert len(log.store.history) + len(log.store.state(A).history) == 121


async def test_only_staff_and_integrators_have_outcomes() -> None:
    """Nobody waits for a resident's message."""
    log = Log()
    await log.add(*STORY)
    assert list(log.store.outcomes) == [str(STORY[3].event_id)]


async def test_the_trace_travels_with_what_a_record_causes() -> None:
    """The trace context of a record is that of its announcement; its other headers stay behind."""
    headers = (("traceparent", b"00-1-2-01"), ("x-other", b"no"))
    handled = await projection(FakeProjectionStore())([record(creation("a"), 0)._replace(headers=headers)])
    assert handled.outgoing[0].headers == (("traceparent", b"00-1-2-01"),)


@pytest.mark.parametrize("event", FULL_EVENTS, ids=lambda event: event.kind)
def test_a_document_comes_back_as_it_was(event: RequestEvent) -> None:
    """Every kind of event with every field filled: what is read from the store is equal to what was written."""
    position = LogPosition(partition=0, offset=1)
    first = apply(None, created(), LogPosition(partition=0, offset=0))
    assert isinstance(first, Applied)
    result = first if event.kind == "ServiceRequestCreated" else apply(first.state, event, position)
    if isinstance(result, Applied):
        assert from_document(decoded(encode(result.state))) == result.state
