"""Staff changes → events: what today's rules forbid is refused before anything is written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from shared.contracts import (
    Actor,
    ActorKind,
    Attention,
    CommentAdded,
    DetailedStatus,
    LogPosition,
    MarkedDuplicate,
    Nature,
    PersonalKind,
    RedactionScope,
    ServiceRequestChanged,
    ServiceRequestRedacted,
    Span,
    Status,
    UnmarkedDuplicate,
)
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import load_catalogue
from shared.town.town import load_town
from support.examples import NUMBER, OTHER_NUMBER, STAFF, created
from tracker import changes
from tracker.changes import NotPossible, Order
from tracker.georeport.updates import UNDERSTOOD, PostedUpdate
from tracker.parts import rules_of
from tracker.projection import Applied, Known, apply
from tracker.state import RequestState
from tracker.status import REOPENABLE, REOPENED, check_change

TOWN = load_town()
CALENDAR = BusinessCalendar(ZoneInfo("America/New_York"))
RULES = rules_of(load_catalogue(None, TOWN), TOWN, CALENDAR)
NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
ORDER = Order(uuid4(), NOON, STAFF, "digest")
PRIVATE_SERVICE = min(RULES.private_services)


def request(detailed_status: DetailedStatus = DetailedStatus.RECEIVED, **fields: Any) -> RequestState:  # noqa: ANN401 - fields of any type
    applied = apply(None, created(), LogPosition(partition=0, offset=0), Known({}, {}))
    assert isinstance(applied, Applied)
    return replace(applied.state, detailed_status=detailed_status, status=detailed_status.status, **fields)


def changed(state: RequestState, **wishes: Any) -> ServiceRequestChanged:  # noqa: ANN401 - likewise
    event = changes.changed(state, wishes, state.version, ORDER, RULES)
    assert isinstance(event, ServiceRequestChanged), event
    return event


def refusal(result: object) -> str:
    assert isinstance(result, NotPossible), result
    return result.sentence


PAIRS = [(present, wished) for present in DetailedStatus for wished in DetailedStatus]


@pytest.mark.parametrize(("present", "wished"), PAIRS)
def test_a_state_follows_the_table(present: DetailedStatus, wished: DetailedStatus) -> None:
    """What the table allows becomes an event; reopening has its own; what is so already is no wish; all else is refused in words."""
    result = changes.changed(request(present), {"detailed_status": wished}, 1, ORDER, RULES)
    if wished is present:
        assert isinstance(result, ServiceRequestChanged)
        assert result.detailed_status is None
    elif present in REOPENABLE and wished is REOPENED:
        assert isinstance(result, ServiceRequestChanged)
        assert result.is_reopened
    elif check_change(present, wished) is None:
        assert isinstance(result, ServiceRequestChanged)
        assert result.detailed_status is wished
    else:
        assert any(word in refusal(result) for word in (present, "duplicate", "reopened"))


def test_closing_needs_its_reason() -> None:
    """``closed`` alone does not say how it ended; with a state that is open it contradicts itself."""
    assert "how it ended" in refusal(changes.changed(request(), {"status": Status.CLOSED}, 1, ORDER, RULES))
    both = {"status": Status.CLOSED, "detailed_status": DetailedStatus.WAITING}
    assert "is open" in refusal(changes.changed(request(), both, 1, ORDER, RULES))


def test_open_reopens_what_is_closed_and_says_nothing_of_what_is_open() -> None:
    """The word of the standard, with the meaning that people expect."""
    assert changed(request(DetailedStatus.RESOLVED), status=Status.OPEN).is_reopened
    assert not changed(request(), status=Status.OPEN).is_reopened
    assert "duplicate" in refusal(changes.changed(request(DetailedStatus.DUPLICATE), {"status": Status.OPEN}, 1, ORDER, RULES))


def test_the_event_carries_its_version_and_its_author() -> None:
    """The projection refuses what was made against another version."""
    event = changed(request(version=4), assignee="crew-7")
    assert (event.expected_version, event.actor, event.occurred_at, event.request_digest) == (4, STAFF, NOON, "digest")
    assert (event.assignee, event.is_unassigned) == ("crew-7", False)
    assert changed(request(), assignee=None).is_unassigned


def test_a_question_is_owed_an_answer_and_no_work() -> None:
    """The answer counts from when the resident wrote; a wish for a day of work counts all the same."""
    event = changed(request(), nature=Nature.INQUIRY)
    assert event.nature is Nature.INQUIRY
    assert event.expected_datetime is None
    assert event.answer_due_datetime == CALENDAR.add_business_days(request().requested_datetime, TOWN.answer_business_days)
    assert changed(request(), nature=Nature.INQUIRY, expected_datetime=NOON).expected_datetime == NOON


def test_work_counts_from_when_it_is_known_to_be_some() -> None:
    """By the days of the service that the same change names."""
    event = changed(request(nature=Nature.INQUIRY), nature=Nature.SERVICE_REQUEST, service_code="ST-POTHOLE")
    days = load_catalogue(None, TOWN).services["ST-POTHOLE"].expected_business_days
    assert event.expected_datetime == CALENDAR.end_after_business_days(NOON, days)


def test_who_was_answered_or_whose_request_is_closed_waits_for_no_answer() -> None:
    """What is owed was given."""
    assert changed(request(DetailedStatus.ANSWERED), nature=Nature.INQUIRY).answer_due_datetime is None
    answered = request()
    entry = replace(answered.history[0], kind="CommentAdded", actor=STAFF, public_text="At seven.")
    assert changed(replace(answered, history=(*answered.history, entry)), nature=Nature.INQUIRY).answer_due_datetime is None


def test_what_it_is_already_is_no_wish() -> None:
    """A click too many moves no date."""
    event = changed(request(), nature=Nature.SERVICE_REQUEST)
    assert (event.nature, event.expected_datetime, event.answer_due_datetime) == (None, None, None)
    assert changed(request(), nature=Nature.NEITHER).nature is Nature.NEITHER


def test_a_service_of_the_catalogue() -> None:
    """By its code; another code is refused."""
    service = changed(request(), service_code="OTHER").service
    assert service is not None
    assert service.code == "OTHER"
    assert "service_code" in refusal(changes.changed(request(), {"service_code": "NOT-THERE"}, 1, ORDER, RULES))


def test_a_private_service_makes_the_request_private() -> None:
    """Whoever files it there need not think of the law; whoever says otherwise is heard."""
    assert changed(request(), service_code=PRIVATE_SERVICE).is_private is True
    assert changed(request(), service_code=PRIVATE_SERVICE, is_private=False).is_private is False
    assert changed(request(), service_code="OTHER").is_private is None


def test_personal_data_in_a_reason_is_found_but_the_towns_own_number_is_not_personal() -> None:
    """What residents are told to dial stays readable."""
    notes = changed(request(), status_notes="Ada at 919-555-0123 was told to call (919) 469-4000.").status_notes
    assert notes is not None
    assert notes.public == "Ada at [phone] was told to call (919) 469-4000."


def test_a_text_without_a_readable_sign_is_refused() -> None:
    """Invisible marks say nothing to anybody."""
    assert "status_notes" in refusal(changes.changed(request(), {"status_notes": "\u200b \n"}, 1, ORDER, RULES))
    assert "text" in refusal(changes.commented(request(), "\u200b", ORDER, RULES, is_public=False))


def test_attention_is_resolved_in_the_vocabularys_order_and_once() -> None:
    """Whatever order they were sent in."""
    event = changed(request(), attention_resolved=[Attention.NO_PLACE, Attention.EMERGENCY, Attention.NO_PLACE])
    assert event.attention_resolved == (Attention.EMERGENCY, Attention.NO_PLACE)


def test_merges() -> None:
    """Into a request that is there, never in a circle, never twice."""
    target = replace(request(), service_request_id=OTHER_NUMBER)
    event = changes.marked_duplicate(request(), target, (), 1, ORDER)
    assert isinstance(event, MarkedDuplicate)
    assert event.duplicate_of == OTHER_NUMBER
    assert "no request" in refusal(changes.marked_duplicate(request(), None, (), 1, ORDER))
    assert "circle" in refusal(changes.marked_duplicate(request(), target, (NUMBER,), 1, ORDER))
    assert "circle" in refusal(changes.marked_duplicate(request(), request(), (), 1, ORDER))
    merged = request(DetailedStatus.DUPLICATE, duplicate_of=OTHER_NUMBER)
    assert "already" in refusal(changes.marked_duplicate(merged, target, (), 1, ORDER))
    assert isinstance(changes.unmarked_duplicate(merged, 1, ORDER), UnmarkedDuplicate)
    assert "no duplicate" in refusal(changes.unmarked_duplicate(request(), 1, ORDER))


def test_redactions() -> None:
    """Of events of this request, naming something, with spans that run forwards; never under legal hold."""
    event_id = created().event_id
    known = frozenset({event_id})
    whole = (RedactionScope(event_id=event_id, fields=("reporter",)),)
    assert isinstance(changes.redacted(request(), whole, "asked for", ORDER, known), ServiceRequestRedacted)
    held = changes.redacted(request(has_legal_hold=True), whole, "asked for", ORDER, known)
    assert isinstance(held, NotPossible)
    assert held.is_legal_hold
    assert "event_id" in refusal(changes.redacted(request(), whole, "x", ORDER, frozenset()))
    assert "must name" in refusal(changes.redacted(request(), (RedactionScope(event_id=event_id),), "x", ORDER, known))
    backwards = (RedactionScope(event_id=event_id, spans=(Span(start=5, end=5, kind=PersonalKind.OTHER),)),)
    assert "span" in refusal(changes.redacted(request(), backwards, "x", ORDER, known))


CITY = Actor(kind=ActorKind.INTEGRATOR, id="streets")


def update(status: str, description: str = "", present: DetailedStatus = DetailedStatus.RECEIVED) -> CommentAdded | NotPossible:
    posted = PostedUpdate(NUMBER, "u-1", UNDERSTOOD[status], description, None)
    return changes.posted(request(present), posted, replace(ORDER, actor=CITY), RULES)


def test_an_integrators_update_is_public_and_may_bring_a_state() -> None:
    """Masked like everything that is public; residents hear of a new state without a word as well."""
    event = update("closed", "Filled. Questions to 919-555-0123.")
    assert isinstance(event, CommentAdded)
    assert (event.detailed_status, event.is_public, event.external_id) == (DetailedStatus.RESOLVED, True, "u-1")
    assert event.text.public == "Filled. Questions to [phone]."
    silent = update("in_progress")
    assert isinstance(silent, CommentAdded)
    assert silent.is_public


def test_an_update_that_says_nothing_is_told_to_nobody() -> None:
    """Recorded, so that its repeat is known, and internal."""
    event = update("open")
    assert isinstance(event, CommentAdded)
    assert (event.is_public, event.detailed_status) == (False, None)
    again = update("closed", present=DetailedStatus.NOT_OURS)
    assert isinstance(again, CommentAdded)
    assert again.detailed_status is None


def test_an_update_follows_the_table_too() -> None:
    """A closed request is reopened by its word only, and a duplicate not at all."""
    reopened = update("reopen", present=DetailedStatus.RESOLVED)
    assert isinstance(reopened, CommentAdded)
    assert reopened.detailed_status is REOPENED
    assert "cannot become" in refusal(update("in_progress", present=DetailedStatus.RESOLVED))
    assert "duplicate" in refusal(update("in_progress", present=DetailedStatus.DUPLICATE))


def test_a_moment_is_kept_as_it_was_wished() -> None:
    """And no other field is touched."""
    event = changed(request(), expected_datetime=NOON + timedelta(days=2))
    assert event.expected_datetime == NOON + timedelta(days=2)
    assert event.model_dump(exclude_defaults=True).keys() == {
        "event_id", "service_request_id", "occurred_at", "actor", "expected_version", "expected_datetime", "request_digest",
    }  # fmt: skip
