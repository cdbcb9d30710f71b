"""What the public may read holds nothing personal, whatever happened to the request."""

import json
from dataclasses import replace
from datetime import timedelta

from pydantic import TypeAdapter

from shared.contracts import (
    CommentAdded,
    LogPosition,
    Person,
    PersonalKind,
    Place,
    RequestEvent,
    Span,
    Text,
)
from support.examples import FULL_MESSAGES, NOW, created, report
from support.logs import staff_head
from tracker.api.models import HistoryItem, ServiceRequest
from tracker.georeport.notes import extended_view
from tracker.georeport.updates import TOLD, UNDERSTOOD, update_view
from tracker.projection import Applied, Known, apply
from tracker.staff_views import is_overdue, staff_history, staff_view
from tracker.state import RequestState
from tracker.store.ports import Update
from tracker.views import GEOREPORT_KEYS, georeport_view, public_history, public_view

MARK = "zzpersonalzz"
PERSONAL = Text(content=f"{MARK} calls", personal=(Span(start=0, end=len(MARK), kind=PersonalKind.NAME),))
MARKED = report(
    subject=Text(content=MARK),
    description=PERSONAL,
    quoted_text=Text(content=MARK),
    place=Place(address=f"{MARK} 1, Invented Lane", lat=35.79, long=-78.78),
    address_public="[name] 1, Invented Lane",
    reporter=Person(first_name=MARK, last_name=MARK, email=f"{MARK}@example.org", phone=MARK, account_id=MARK, device_id=MARK),
    reply_addresses=(report().reply_addresses[0].model_copy(update={"address": f"{MARK}@example.org"}),),
    attachments=(report().attachments[0].model_copy(update={"alt_text": MARK}),),
    decisions=(report().decisions[0].model_copy(update={"why": MARK}),),
)


def after(*events: RequestEvent) -> RequestState:
    state: RequestState | None = None
    for offset, event in enumerate(events):
        result = apply(state, event, LogPosition(partition=0, offset=offset), Known({}, {}))
        assert isinstance(result, Applied), result
        state = result.state
    assert state is not None
    return state


def note(*, is_public: bool, key: str) -> CommentAdded:
    head = staff_head("a", key) | {"service_request_id": created().service_request_id}
    return CommentAdded(**head, text=PERSONAL, is_public=is_public)


def lived(*, is_private: bool = False) -> RequestState:
    """A request with marked personal data wherever a message can hold some."""
    creation = created(report=MARKED.model_copy(update={"is_private": is_private}))
    follow_up = FULL_MESSAGES["FollowUpReceived"].model_copy(update={"report": MARKED})
    return after(creation, note(is_public=True, key="1"), note(is_public=False, key="2"), follow_up)  # type: ignore[arg-type]  # an event


def public_words(state: RequestState) -> str:
    """Everything that the public can be told of a request."""
    history = list(public_history(state.history, is_private=state.is_private))
    updates = [update_view(Update(state.service_request_id, entry)) for entry in state.history if entry.is_public]
    return json.dumps([public_view(state), georeport_view(state), extended_view(state), history, [] if state.is_private else updates])


def test_no_personal_data_in_anything_public() -> None:
    """Names, addresses, telephone numbers, internal notes, third parties: the mark is nowhere, and it was put everywhere."""
    state = lived()
    assert MARK in json.dumps([*staff_history(state.history), staff_view(state, now=NOW)])
    assert MARK not in public_words(state)


def test_a_private_request_tells_its_number_state_and_dates() -> None:
    """Not its service, its place, its words or its channel."""
    state = lived(is_private=True)
    words = public_words(state)
    assert MARK not in words
    assert "Invented Lane" not in words
    assert state.service.code not in words
    assert state.service.name not in words
    assert public_view(state).keys() == {
        "service_request_id", "tracking_number", "version", "revision", "status", "detailed_status", "is_private",
        "requested_datetime", "updated_datetime", "expected_datetime", "answer_due_datetime",
    }  # fmt: skip
    assert all("text" not in item for item in public_history(state.history, is_private=True))


def test_seventeen_keys_always() -> None:
    """In GeoReport's order, whether known or not, also of a private request."""
    for state in (lived(), lived(is_private=True), after(created())):
        view = georeport_view(state)
        assert tuple(view) == GEOREPORT_KEYS
        assert view["status"] in {"open", "closed"}
        assert all(view[name] for name in ("service_request_id", "service_code", "service_name", "requested_datetime", "updated_datetime"))
        assert view["media_url"] is None
        assert "." not in str(view["requested_datetime"])


def test_answers_are_what_the_models_say() -> None:
    """Every view of every message validates against the documented model, unknown members refused."""
    state = lived()
    for view in (public_view(state), staff_view(state, now=NOW), public_view(lived(is_private=True))):
        TypeAdapter(ServiceRequest).validate_json(json.dumps(view))
    for item in (*staff_history(state.history), *public_history(state.history, is_private=False)):
        TypeAdapter(HistoryItem).validate_json(json.dumps(item))


def test_nothing_unknown_is_said() -> None:
    """What is not known is absent, so that no client meets a null."""
    state = after(created())
    assert "null" not in json.dumps([public_view(state), staff_view(state, now=NOW)])


def test_overdue_is_about_open_requests() -> None:
    """Past either of its dates; never when closed."""
    state = after(created())
    late = NOW + timedelta(days=30)
    assert not is_overdue(state, NOW)
    assert is_overdue(state, late)
    assert not is_overdue(replace(state, status="closed"), late)  # type: ignore[arg-type]  # as a string


def test_every_state_has_a_word_of_the_extension_and_is_understood_in_it() -> None:
    """An integrator that sends back what it was told is understood."""
    assert all(word in UNDERSTOOD for word in TOLD.values())
