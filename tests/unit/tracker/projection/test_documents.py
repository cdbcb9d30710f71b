"""Every state, however odd, comes back from its document as it was; so does every old entry."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import (
    Actor,
    ActorKind,
    Attention,
    Channel,
    DeliveryOutcome,
    DetailedStatus,
    LogPosition,
    Nature,
    PersonalKind,
    RedactionScope,
    ReplyAddress,
    Report,
    Service,
    Span,
    Status,
    Text,
)
from support.examples import OTHER_NUMBER, PERSON, PHOTO, PLACE, POTHOLE, REPLY, created, report
from support.fake_requests import decoded, encoded
from support.logs import report_of
from tracker.projection import Applied, apply
from tracker.state import Delivery, Follower, HistoryEntry, Outcome, Refusal, RequestState, Standing
from tracker.store.documents import from_document
from tracker.store.entries import from_entry_document
from tracker.store.writer import archived_document, encode

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
MOMENTS = st.integers(0, 4_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000))
COUNTS = st.integers(1, 2**53)
SERVICES = st.sampled_from([POTHOLE, Service(code="W", name="Water")])
TEXTS = st.builds(Text, content=WORDS, cut_characters=st.integers(0, 2**40)) | st.just(
    Text(content="Call 919-555-0123", personal=(Span(start=5, end=17, kind=PersonalKind.PHONE),))
)
ADDRESSES = st.lists(
    st.sampled_from([REPLY, ReplyAddress(channel=Channel.X, address="17"), ReplyAddress(channel=Channel.EMAIL, address="b@example.org")]),
    max_size=3,
    unique_by=str,
).map(tuple)
ATTENTION = st.lists(st.sampled_from(Attention), unique=True).map(tuple)
SCOPES = st.builds(
    RedactionScope,
    event_id=st.uuids(),
    fields=st.sampled_from([(), ("description", "reporter")]),
    spans=st.sampled_from([(), (Span(start=0, end=3, kind=PersonalKind.OTHER),)]),
    file_ids=st.sampled_from([(), (PHOTO.file_id,)]),
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report with any of its fields filled or not."""
    full, bare = report(), report_of("a")
    taken = draw(st.sets(st.sampled_from(sorted(set(Report.model_fields) - {"submission_id", "service_request_id", "description"}))))
    chosen = bare.model_copy(update={name: getattr(full, name) for name in taken})
    texts = {"description": draw(TEXTS), "subject": draw(st.none() | TEXTS), "reply_addresses": draw(ADDRESSES)}
    place = draw(st.sampled_from([None, PLACE, PLACE.model_copy(update={"lat": None, "long": None, "area": None})]))
    return chosen.model_copy(update={**texts, "place": place, "reporter": draw(st.sampled_from([None, PERSON]))})


@st.composite
def entries(draw: st.DrawFn) -> HistoryEntry:
    """An entry with any of its details; that of a follow-up has the note that its report has."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "refusal": st.sampled_from(Refusal),
        "status": st.sampled_from(Status),
        "detailed_status": st.sampled_from(DetailedStatus),
        "public_text": WORDS,
        "note": TEXTS,
        "is_public": st.just(value=True),
        "is_third_party": st.just(value=True),
        "changed": st.sampled_from([("service",), ("assignee", "is_private")]),
        "attachments": st.just((PHOTO,)),
        "report": reports(),
        "service": SERVICES,
        "other": st.just(OTHER_NUMBER),
        "formerly_duplicate_of": st.just(OTHER_NUMBER),
        "external_id": WORDS,
        "redacted": st.lists(SCOPES, max_size=2).map(tuple),
        "request_digest": st.just("ab" * 32),
        "replies": ADDRESSES,
        "redacted_submission_ids": st.lists(st.uuids(), max_size=2).map(tuple),
        "delivery": st.builds(
            Delivery, st.uuids(), st.sampled_from(Channel), st.integers(0, 9), st.sampled_from(DeliveryOutcome), st.none() | WORDS
        ),
        "standing": st.builds(
            Standing,
            st.sampled_from(Status),
            st.sampled_from(DetailedStatus),
            SERVICES,
            st.booleans(),
            ATTENTION,
            st.none() | MOMENTS,
            st.sampled_from(Nature),
            st.none() | MOMENTS,
        ),
    }
    details = {name: draw(optional[name]) for name in sorted(draw(st.sets(st.sampled_from(sorted(optional)))))}
    if "report" in details:
        details["note"] = details["report"].description
    actor = Actor(kind=draw(st.sampled_from(ActorKind)), id=draw(st.sampled_from([None, "advocate-1"])))
    kind = draw(st.sampled_from(["FollowUpReceived", "CommentAdded", "RecordDeadLettered", "ServiceRequestChanged"]))
    position = LogPosition(partition=draw(st.integers(0, 47)), offset=draw(COUNTS))
    outcome, revision, version = draw(st.sampled_from(Outcome)), draw(COUNTS), draw(COUNTS)
    return HistoryEntry(draw(st.uuids()), kind, draw(MOMENTS), actor, position, outcome, revision, version, **details)


@st.composite
def states(draw: st.DrawFn) -> RequestState:
    """A request in any state with any history."""
    written = draw(reports())
    first = apply(None, created(report=written), LogPosition(partition=0, offset=draw(COUNTS)))
    assert isinstance(first, Applied)
    followers = st.builds(Follower, st.just(OTHER_NUMBER), ADDRESSES)
    return replace(
        first.state,
        revision=draw(COUNTS),
        version=draw(COUNTS),
        status=draw(st.sampled_from(Status)),
        detailed_status=draw(st.sampled_from(DetailedStatus)),
        service=draw(SERVICES),
        is_private=draw(st.booleans()),
        has_legal_hold=draw(st.booleans()),
        assignee=draw(st.sampled_from([None, "crew-4"])),
        attention=draw(ATTENTION),
        requested_datetime=draw(MOMENTS),
        updated_datetime=draw(MOMENTS),
        closed_datetime=draw(st.none() | MOMENTS),
        expected_datetime=draw(st.none() | MOMENTS),
        nature=draw(st.sampled_from(Nature)),
        answer_due_datetime=draw(st.none() | MOMENTS),
        status_notes=draw(st.none() | WORDS),
        duplicate_of=draw(st.sampled_from([None, OTHER_NUMBER])),
        followers=tuple(draw(st.lists(followers, max_size=2))),
        public_description=draw(st.none() | WORDS),
        mentions=draw(st.sampled_from([None, OTHER_NUMBER])),
        history=(first.state.history[0], *draw(st.lists(entries(), max_size=4))),
        archived_entries=draw(st.integers(0, 10_000)),
        reply_addresses=draw(st.just(written.reply_addresses) | ADDRESSES),
    )


@settings(max_examples=100, deadline=None)
@given(states())
def test_a_state_comes_back_from_its_document(state: RequestState) -> None:
    """Through BSON, to the byte: what is not stored because it is by default is there again."""
    assert from_document(decoded(encode(state))) == state
    assert encode(from_document(decoded(encode(state)))) == encode(state)


@settings(max_examples=100, deadline=None)
@given(entries())
def test_an_old_entry_comes_back_from_its_own_document(entry: HistoryEntry) -> None:
    """Likewise beside its request."""
    assert from_entry_document(decoded(encoded(archived_document(OTHER_NUMBER, entry)))) == entry


def test_a_creation_keeps_its_addresses_in_its_report() -> None:
    """They are not stored twice, so that a redaction has one place to clear."""
    first = apply(None, created(), LogPosition(partition=0, offset=0))
    assert isinstance(first, Applied)
    document = decoded(encode(first.state))
    assert "replies" not in document["history"][0]
    assert "reply_addresses" not in document
    assert from_document(document).history[0].replies == first.state.report.reply_addresses
