"""Staff changes → events, after checking what stands against them. Pure: the clock, ids and the catalogue are arguments.

The projection refuses for a moved version or an unknown request only; everything that today's rules forbid is refused here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.cleaning import clean_text
from shared.contracts import (
    Actor,
    ActorKind,
    Attention,
    CommentAdded,
    DetailedStatus,
    MarkedDuplicate,
    Nature,
    RedactionScope,
    Service,
    ServiceRequestChanged,
    ServiceRequestRedacted,
    Span,
    Status,
    Text,
    UnmarkedDuplicate,
)
from shared.pii import find_personal_data
from shared.town.promises import NOTHING, Owed
from tracker.georeport.updates import PostedUpdate, is_change
from tracker.state import RequestState
from tracker.status import REOPENED, StatusFault, check_change, check_merge, check_reopening

MAX_NOTES_CHARACTERS: Final = 4_000
MAX_COMMENT_CHARACTERS: Final = 10_000

_FAULTS: Final[Mapping[StatusFault, str]] = {
    StatusFault.NOT_ALLOWED: "A request that is {present} cannot become {wished}.",
    StatusFault.NOT_CLOSED: "The request is {present} and not closed, so it cannot be reopened.",
    StatusFault.IS_DUPLICATE: "The request is a duplicate: end that first (DELETE its duplicate-of).",
}


@dataclass(frozen=True, slots=True)
class NotPossible:
    """What stands against a change, in a sentence for the person who wished it."""

    sentence: str
    is_legal_hold: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """Who ordered a change, when, and under which id."""

    event_id: UUID
    occurred_at: datetime
    actor: Actor
    request_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the checks need from outside the request."""

    service: Callable[[str], Service | None]
    """A service of the catalogue by its code."""
    private_services: frozenset[str] = field(default=frozenset())
    """Codes of services whose requests the public never sees."""
    owed: Callable[[Nature, RequestState, str, datetime], Owed] = lambda _nature, _state, _code, _now: NOTHING
    """What is owed for a request from ``now`` on, were it of that nature and filed under the service of that code."""
    town_numbers: frozenset[str] = field(default=frozenset())
    """Digits of the town's published telephone numbers: what staff tell residents to dial is not personal."""


def staff_text(raw: str, rules: Rules, *, max_characters: int) -> Text:
    """What staff wrote, cleaned, with the personal data in it found, but for the town's own telephone numbers."""
    content, cut = clean_text(raw, max_characters=max_characters)
    personal = tuple(span for span in find_personal_data(content) if not _is_the_towns(content, span, rules.town_numbers))
    return Text(content=content, personal=personal, cut_characters=cut)


def _is_the_towns(content: str, span: Span, numbers: frozenset[str]) -> bool:
    return "".join(symbol for symbol in content[span.start : span.end] if symbol.isdigit())[-10:] in numbers


def changed(
    state: RequestState, wishes: Mapping[str, Any], expected_version: int, order: Order, rules: Rules
) -> ServiceRequestChanged | NotPossible:
    """The event of a ``PATCH``. ``wishes`` are its fields, already of the right types; an absent one stays as it is."""
    status = _status_wishes(state, wishes)
    if isinstance(status, NotPossible):
        return status
    fields = {name: wishes[name] for name in ("expected_datetime", "is_private", "has_legal_hold") if name in wishes}
    if "service_code" in wishes:
        fields["service"] = rules.service(wishes["service_code"])
        if fields["service"] is None:
            return NotPossible("service_code: the catalogue has no such service.")
        if wishes["service_code"] in rules.private_services:  # whoever files it there need not think of what the law says
            fields.setdefault("is_private", True)
    if wishes.get("nature", state.nature) is not state.nature:
        fields |= _other_nature(state, wishes, order, rules)
    if "assignee" in wishes:
        fields |= {"is_unassigned": True} if wishes["assignee"] is None else {"assignee": wishes["assignee"]}
    if "status_notes" in wishes:
        fields["status_notes"] = staff_text(wishes["status_notes"], rules, max_characters=MAX_NOTES_CHARACTERS)
        if not fields["status_notes"].content:
            return NotPossible("status_notes: there is no readable text in it.")
    if "attention_resolved" in wishes:
        fields["attention_resolved"] = tuple(reason for reason in Attention if reason in wishes["attention_resolved"])
    return ServiceRequestChanged(**_common(state, order), expected_version=expected_version, **status, **fields)


def _other_nature(state: RequestState, wishes: Mapping[str, Any], order: Order, rules: Rules) -> dict[str, Any]:
    """What it is after all, and the dates that follow: what somebody has heard from us about, or is closed, waits for no answer."""
    owed = rules.owed(wishes["nature"], state, wishes.get("service_code", state.service.code), order.occurred_at)
    is_answered = state.status is Status.CLOSED or any(
        entry.public_text is not None and entry.actor.kind is not ActorKind.RESIDENT for entry in state.history
    )
    return {
        "nature": wishes["nature"],
        "expected_datetime": wishes.get("expected_datetime", owed.work_due),
        "answer_due_datetime": None if is_answered else owed.answer_due,
    }


def _status_wishes(state: RequestState, wishes: Mapping[str, Any]) -> dict[str, Any] | NotPossible:
    """``status`` and ``detailed_status`` → the event's fields. What is already so is no wish."""
    wished: DetailedStatus | None = wishes.get("detailed_status")
    status: Status | None = wishes.get("status")
    if status is not None and wished is not None and wished.status is not status:
        return NotPossible(f"A request that is {wished} is {wished.status}, not {status}.")
    if status is Status.CLOSED and wished is None and state.status is not Status.CLOSED:
        return NotPossible("status: closed needs a detailed_status that says how it ended: resolved, answered, not_ours or no_action.")
    if state.status is Status.CLOSED and Status.OPEN in (status, wished.status if wished else None):
        return _reopening(state, wished)
    if wished is None or wished is state.detailed_status:
        return {}
    fault = check_change(state.detailed_status, wished)
    return _fault(fault, state, wished) if fault else {"detailed_status": wished}


def _reopening(state: RequestState, wished: DetailedStatus | None) -> dict[str, Any] | NotPossible:
    fault = check_reopening(state.detailed_status)
    if fault:
        return _fault(fault, state, wished or REOPENED)
    if wished not in (None, REOPENED):
        return NotPossible(f"A closed request is reopened as {REOPENED} first, then it can become {wished}.")
    return {"is_reopened": True}


def _fault(fault: StatusFault, state: RequestState, wished: DetailedStatus) -> NotPossible:
    return NotPossible(_FAULTS[fault].format(present=state.detailed_status, wished=wished))


def commented(state: RequestState, raw: str, order: Order, rules: Rules, *, is_public: bool) -> CommentAdded | NotPossible:
    """The event of a comment."""
    text = staff_text(raw, rules, max_characters=MAX_COMMENT_CHARACTERS)
    if not text.content:
        return NotPossible("text: there is no readable text in it.")
    return CommentAdded(**_common(state, order), text=text, is_public=is_public)


def posted(state: RequestState, update: PostedUpdate, order: Order, rules: Rules) -> CommentAdded | NotPossible:
    """The event of an integrator's update: what they say is public, and may bring a status along."""
    wished = update.detailed_status
    if not is_change(state.detailed_status, wished):
        wished = None
    fault = _update_fault(state.detailed_status, wished) if wished else None
    if fault and wished:
        return _fault(fault, state, wished)
    text = staff_text(update.description, rules, max_characters=MAX_COMMENT_CHARACTERS)
    is_news = bool(text.content) or wished is not None  # nobody is written to about an update that says nothing
    return CommentAdded(**_common(state, order), text=text, is_public=is_news, detailed_status=wished, external_id=update.update_id)


def _update_fault(present: DetailedStatus, wished: DetailedStatus) -> StatusFault | None:
    if present.status is Status.CLOSED and wished is REOPENED:
        return check_reopening(present)
    return check_change(present, wished)


def marked_duplicate(
    state: RequestState, target: RequestState | None, chain: tuple[str, ...], expected_version: int, order: Order
) -> MarkedDuplicate | NotPossible:
    """The event of a merge. ``chain``: what ``target`` is itself followed at, nearest first."""
    if target is None:
        return NotPossible("duplicate_of: no request has this number.")
    if state.duplicate_of == target.service_request_id:
        return NotPossible("The request is already followed there.")
    fault = check_merge(state.service_request_id, state.detailed_status, target.service_request_id, chain)
    if fault is StatusFault.IS_DUPLICATE:
        return _fault(fault, state, DetailedStatus.DUPLICATE)
    if fault:
        return NotPossible("duplicate_of: the two would be followed in a circle, and nobody would work on either.")
    return MarkedDuplicate(**_common(state, order), expected_version=expected_version, duplicate_of=target.service_request_id)


def unmarked_duplicate(state: RequestState, expected_version: int, order: Order) -> UnmarkedDuplicate | NotPossible:
    """The event that ends a merge."""
    if state.duplicate_of is None:
        return NotPossible("The request is no duplicate.")
    return UnmarkedDuplicate(**_common(state, order), expected_version=expected_version, duplicate_of=state.duplicate_of)


def redacted(
    state: RequestState, scope: tuple[RedactionScope, ...], reason: str, order: Order, known_events: frozenset[UUID]
) -> ServiceRequestRedacted | NotPossible:
    """The event of a redaction. ``known_events``: ids of the request's history, archived entries included."""
    if state.has_legal_hold:
        return NotPossible("Nothing of the request may be cleared while it is under legal hold.", is_legal_hold=True)
    if any(part.event_id not in known_events for part in scope):
        return NotPossible("scope: an event_id is not in this request's history.")
    if any(not (part.fields or part.spans or part.file_ids) for part in scope):
        return NotPossible("scope: each part must name fields, spans or file_ids.")
    if any(span.end <= span.start for part in scope for span in part.spans):
        return NotPossible("scope: a span must end after its start.")
    return ServiceRequestRedacted(**_common(state, order), scope=scope, reason=reason)


def _common(state: RequestState, order: Order) -> dict[str, Any]:
    return {
        "event_id": order.event_id,
        "service_request_id": state.service_request_id,
        "occurred_at": order.occurred_at,
        "actor": order.actor,
        "request_digest": order.request_digest,
    }
