"""One log, any cutting into batches, any crash and redelivery: the same store, the same announcements."""

import asyncio
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import (
    ClaimProof,
    CommentAdded,
    DetailedStatus,
    MarkedDuplicate,
    RedactionScope,
    RequestEvent,
    ServiceRequestChanged,
    ServiceRequestRedacted,
    SourceWithdrawn,
    Text,
    UnmarkedDuplicate,
)
from shared.contracts.vocabulary import Channel, WithdrawalReason
from shared.errors import TransientError
from shared.identity import announcement_id
from shared.kafka.records import Outgoing
from support.examples import NOW, SYSTEM
from support.fake_requests import FakeProjectionStore, projection
from support.logs import Log, creation, follow_up, number_of, staff_head, submission_of, updates
from tracker.redaction import CONTENT_FIELDS

NAMES = st.sampled_from("abc")
VERSIONS = st.integers(1, 4)
KEYS = st.integers(0, 3)
STEPS = st.sampled_from([None, None, "requests", "clearing", "orphans", "outcomes", "positions", "publish"])
PLANTED = "Zanzibarine"


def _changes() -> st.SearchStrategy[RequestEvent]:
    def change(name: str, version: int, key: int, state: DetailedStatus | None, private: bool | None) -> RequestEvent:  # noqa: FBT001 - drawn
        return ServiceRequestChanged(
            **staff_head(name, f"change {key}"), expected_version=version, detailed_status=state, is_private=private
        )

    return st.builds(change, NAMES, VERSIONS, KEYS, st.sampled_from([None, *DetailedStatus]), st.sampled_from([None, True, False]))


def _merges() -> st.SearchStrategy[RequestEvent]:
    def merge(name: str, into: str, version: int, key: int) -> RequestEvent:
        return MarkedDuplicate(**staff_head(name, f"merge {key}"), expected_version=version, duplicate_of=number_of(into))

    def split(name: str, of: str, version: int, key: int) -> RequestEvent:
        return UnmarkedDuplicate(**staff_head(name, f"split {key}"), expected_version=version, duplicate_of=number_of(of))

    return st.one_of(st.builds(merge, NAMES, NAMES, VERSIONS, KEYS), st.builds(split, NAMES, NAMES, VERSIONS, KEYS))


def _messages() -> st.SearchStrategy[RequestEvent]:
    def message(place: int, to: str, sender: str, proof: ClaimProof) -> RequestEvent:
        # An adapter stores what a message claims before it is published: the same message never claims two requests.
        return follow_up(f"m{place}{to}", to, sender=sender, proof=proof, description=Text(content=f"Again, {PLANTED}!"))

    def comment(name: str, key: int, is_public: bool) -> RequestEvent:  # noqa: FBT001 - drawn
        text = Text(content=f"We know {PLANTED}.")
        return CommentAdded(**staff_head(name, f"comment {key}"), text=text, is_public=is_public)

    return st.one_of(st.builds(message, KEYS, NAMES, NAMES, st.sampled_from(ClaimProof)), st.builds(comment, NAMES, KEYS, st.booleans()))


def _removals() -> st.SearchStrategy[RequestEvent]:
    def redact(name: str, key: int, fields: tuple[str, ...]) -> RequestEvent:
        scope = RedactionScope(event_id=creation(name).event_id, fields=fields)
        return ServiceRequestRedacted(**staff_head(name, f"redact {key}"), scope=(scope,), reason="asked for")

    def withdraw(name: str, place: int) -> RequestEvent:
        head = staff_head(name, f"withdraw {place}") | {"actor": SYSTEM}
        submission = submission_of(f"m{place}{name}" if place else name)
        return SourceWithdrawn(**head, channel=Channel.X, submission_id=submission, reason=WithdrawalReason.DELETED)

    fields = st.sampled_from([("reply_addresses", "reporter"), ("description",), CONTENT_FIELDS])
    return st.one_of(st.builds(redact, NAMES, KEYS, fields), st.builds(withdraw, NAMES, KEYS))


CREATIONS = st.builds(lambda name: creation(name, description=Text(content=f"A hole at {PLANTED}.")), NAMES)
EVENTS = st.lists(st.one_of(CREATIONS, CREATIONS, _changes(), _merges(), _messages(), _removals()), max_size=25)
TROUBLE = st.lists(st.tuples(st.integers(1, 6), STEPS), min_size=1, max_size=12)


async def logged(events: list[RequestEvent]) -> Log:
    """The log as one projection without any trouble makes it, event by event."""
    log = Log()
    for event in events:
        await log.add(event)
    return log


async def troubled(log: Log, trouble: list[tuple[int, str | None]]) -> tuple[FakeProjectionStore, list[Outgoing]]:
    """The same log through crashes: a batch that dies, or whose publishing dies, comes again from the last commit in another cut."""
    store, published, committed, turn = FakeProjectionStore(), [], 0, 0
    while committed < len(log.records):
        length, step = trouble[turn % len(trouble)] if turn < 4 * len(trouble) else (10, None)
        turn += 1
        batch = log.records[committed : committed + length]
        store.fails_at = step if step != "publish" else None
        try:
            handled = await projection(store)(batch)
        except TransientError:
            continue
        if step == "publish":
            published += handled.outgoing[: len(handled.outgoing) // 2]
            continue
        published += handled.outgoing
        committed += len(batch)
    store.fails_at = None
    return store, published


@settings(max_examples=150, deadline=None)
@given(EVENTS, TROUBLE)
def test_trouble_changes_nothing(events: list[RequestEvent], trouble: list[tuple[int, str | None]]) -> None:
    """Cuts, crashes at every step and redeliveries end in the same documents, and every announcement has the same bytes."""
    asyncio.run(_trouble_changes_nothing(events, trouble))


async def _trouble_changes_nothing(events: list[RequestEvent], trouble: list[tuple[int, str | None]]) -> None:
    log = await logged(events)
    store, published = await troubled(log, trouble)
    assert store.requests == log.store.requests
    assert store.orphans == log.store.orphans
    assert store.redactions == log.store.redactions
    assert announced(published).keys() == announced(log.outgoing).keys()
    if not any(isinstance(event, (ServiceRequestRedacted, SourceWithdrawn, UnmarkedDuplicate)) for event in events):
        assert announced(published) == announced(log.outgoing)
    causes = {one.value for one in log.outgoing if one.topic == "request.events.v1"}
    assert {_event_id(value) for value in causes} <= {_event_id(one.value) for one in published if one.topic == "request.events.v1"}


@settings(max_examples=100, deadline=None)
@given(EVENTS)
def test_a_second_reading_changes_nothing_and_every_applied_event_is_announced_once(events: list[RequestEvent]) -> None:
    """Replaying twice is replaying once; each entry that was applied has one announcement id, each refused one none."""
    asyncio.run(_second_reading(events))


async def _second_reading(events: list[RequestEvent]) -> None:
    log = await logged(events)
    before = (dict(log.store.requests), dict(log.store.orphans))
    await log.replay([5])
    assert (log.store.requests, log.store.orphans) == before
    told = [update.announcement_id for update in updates(log.outgoing)]
    applied = {
        announcement_id(entry.event_id)
        for number in log.store.requests
        for entry in log.store.state(number).history
        if entry.outcome.value == "applied"
    }
    assert len(told) == len(set(told))
    assert set(told) == applied


@settings(max_examples=100, deadline=None)
@given(EVENTS)
def test_counts_and_history_agree(events: list[RequestEvent]) -> None:
    """Each request has an entry for each revision, in the order of the log; followers are never the request itself."""
    asyncio.run(_counts(events))


async def _counts(events: list[RequestEvent]) -> None:
    log = await logged(events)
    for number in log.store.requests:
        state = log.store.state(number)
        assert [entry.revision for entry in state.history] == list(range(1, state.revision + 1))
        offsets = [entry.position.offset for entry in state.history]
        assert offsets == sorted(set(offsets))
        assert number not in {follower.service_request_id for follower in state.followers}
        assert (state.closed_datetime is None) is (state.detailed_status.status.value == "open")
        assert (state.duplicate_of is None) or state.detailed_status is DetailedStatus.DUPLICATE


@settings(max_examples=100, deadline=None)
@given(EVENTS)
def test_after_everything_is_redacted_nothing_planted_is_left(events: list[RequestEvent]) -> None:
    """Whatever happened to the requests before: once each entry is redacted, no document holds the planted word or an address."""
    asyncio.run(_redacted(events))


async def _redacted(events: list[RequestEvent]) -> None:
    log = await logged(events)
    fields = (*CONTENT_FIELDS, "note")
    for number in list(log.store.requests):
        state = log.store.state(number)
        scope = tuple(RedactionScope(event_id=entry.event_id, fields=fields) for entry in state.history)
        head = staff_head("a", f"all of {number}") | {"service_request_id": number, "occurred_at": NOW + timedelta(days=1)}
        await log.add(ServiceRequestRedacted(**head, scope=scope, reason="all of it"))
    kept = log.store.everything().lower()
    assert PLANTED.lower().encode() not in kept
    assert b"@example.org" not in kept


def announced(outgoing: list[Outgoing]) -> dict[bytes, bytes]:
    """The announcements by their id; two of one id must not differ."""
    found: dict[bytes, bytes] = {}
    for one in outgoing:
        if one.topic == "request.updated.v1":
            found[_event_id(one.value)] = one.value
    return found


def _event_id(value: bytes) -> bytes:
    marker = b'"event_id":"'
    start = value.index(marker) + len(marker)
    return value[start : start + 36]
