"""The story of an event: what it means for the request that it names. Pure; time comes from the event.

::

    the event's id is already here?   same record → Repeated      another record → Doubled
    no such request?                  a creation → Applied        a message → Orphaned, becomes a request   else → Orphaned, refused
    the request is there              each kind as below          a stale staff change → Refused
    what it causes elsewhere          derived events

An event is refused for its version or an unknown request only: a newer status table never changes the past.
"""

from dataclasses import replace
from typing import assert_never
from uuid import UUID

from shared.contracts import (
    Actor,
    ActorKind,
    Attention,
    CommentAdded,
    DeliveryRecorded,
    FollowerAdded,
    FollowerRemoved,
    FollowUpReceived,
    LogPosition,
    MarkedDuplicate,
    RequestEvent,
    ServiceRequestChanged,
    ServiceRequestCreated,
    ServiceRequestRedacted,
    SourceWithdrawn,
    UnmarkedDuplicate,
)
from shared.errors import PoisonError
from shared.identity import derived_event_id
from tracker.projection import changes, merges, messages, withdrawals
from tracker.projection.derived import derived_events, forwarded
from tracker.projection.entries import recorded, with_attention
from tracker.projection.results import NOTHING_ELSE, Applied, DeadLettered, Doubled, Known, Orphaned, Refused, Repeated, Result
from tracker.state import HistoryEntry, Orphan, Outcome, Refusal, RequestState


def apply(state: RequestState | None, event: RequestEvent, position: LogPosition, known: Known = NOTHING_ELSE) -> Result:
    """What ``event``, which lies at ``position``, makes of the request.

    Raises:
        PoisonError: ``number_collision``: another submission already has this tracking number.
    """
    earlier = _earlier(state, event, known)
    if earlier is not None:
        return _again(state, event, position, earlier)
    if state is None:
        return _of_unknown_request(event, position, known)
    orphan = _withdrawn_orphan(state, event, known)
    if orphan is not None and isinstance(event, SourceWithdrawn):
        return _withdrawn_elsewhere(event, position, orphan)
    result = _happened(state, event, position, known)
    return replace(result, derived=derived_events(result.state, event, result.entry)) if isinstance(result, Applied) else result


def note_dead_letter(state: RequestState, record: DeadLettered, position: LogPosition) -> RequestState | None:
    """The request with a record under its number that nobody could read; None: that is noted already."""
    if any(entry.event_id == record.event_id for entry in state.history):
        return None
    attention = with_attention(state, Attention.DEAD_LETTER)
    entry = HistoryEntry(
        event_id=record.event_id,
        kind="RecordDeadLettered",
        occurred_at=record.occurred_at,
        actor=Actor(kind=ActorKind.SYSTEM),
        position=position,
        outcome=Outcome.APPLIED,
        revision=state.revision + 1,
        version=state.version,
    )
    return recorded(replace(state, revision=entry.revision, attention=attention), entry)


def _happened(  # noqa: C901, PLR0911 - one line for each kind of event
    state: RequestState, event: RequestEvent, position: LogPosition, known: Known
) -> Applied | Refused | Orphaned | Doubled:
    match event:
        case ServiceRequestCreated():
            return _created_again(state, event)
        case FollowUpReceived():
            return messages.follow_up(state, event, position)
        case ServiceRequestChanged():
            return changes.change(state, event, position)
        case CommentAdded():
            return changes.comment(state, event, position)
        case MarkedDuplicate():
            return merges.mark(state, event, position)
        case UnmarkedDuplicate():
            return merges.unmark(state, event, position)
        case FollowerAdded():
            return merges.add_follower(state, event, position)
        case FollowerRemoved():
            return merges.remove_follower(state, event, position)
        case ServiceRequestRedacted():
            return withdrawals.redact(state, event, position, known)
        case SourceWithdrawn():
            return withdrawals.withdraw(state, event, position)
        case DeliveryRecorded():
            return changes.deliver(state, event, position)
        case _:
            assert_never(event)


def _earlier(state: RequestState | None, event: RequestEvent, known: Known) -> HistoryEntry | Orphan | None:
    if state is not None:
        for entry in state.history:
            if entry.event_id == event.event_id:
                return entry
        if (archived := known.archived.get(event.event_id)) is not None:
            return archived
    return known.orphans.get(event.event_id)


def _again(state: RequestState | None, event: RequestEvent, position: LogPosition, earlier: HistoryEntry | Orphan) -> Repeated | Doubled:
    if earlier.position != position:
        return Doubled(earlier)
    if isinstance(earlier, HistoryEntry):
        assert state is not None
        return Repeated(earlier, derived_events(state, event, earlier), earlier.redacted)
    return Repeated(earlier, _derived_of_orphan(event, position, earlier))


def _derived_of_orphan(event: RequestEvent, position: LogPosition, orphan: Orphan) -> tuple[RequestEvent, ...]:
    if isinstance(event, FollowUpReceived) and orphan.became is not None:
        return messages.becomes_own_request(event, position).derived
    if isinstance(event, SourceWithdrawn):
        return forwarded(event, orphan)
    return ()


def _of_unknown_request(event: RequestEvent, position: LogPosition, known: Known) -> Applied | Orphaned:
    if isinstance(event, ServiceRequestCreated):
        return messages.create(event, position)
    if isinstance(event, FollowUpReceived):
        return messages.becomes_own_request(event, position)
    if isinstance(event, SourceWithdrawn) and (orphan := known.orphans.get(_follow_up_id(event))) is not None:
        return _withdrawn_elsewhere(event, position, orphan)
    return Orphaned(_refused_orphan(event, position))


def _withdrawn_orphan(state: RequestState, event: RequestEvent, known: Known) -> Orphan | None:
    """What a withdrawn message became, where it is not part of the request that its adapter filed it under."""
    if not isinstance(event, SourceWithdrawn) or state.report.submission_id == event.submission_id:
        return None
    return known.orphans.get(_follow_up_id(event))


def _follow_up_id(event: SourceWithdrawn) -> UUID:
    return derived_event_id(event.submission_id, withdrawals.FOLLOW_UP)


def _withdrawn_elsewhere(event: SourceWithdrawn, position: LogPosition, orphan: Orphan) -> Orphaned:
    here = replace(_refused_orphan(event, position), refusal=None, became=orphan.became)
    return Orphaned(here, forwarded(event, here))


def _refused_orphan(event: RequestEvent, position: LogPosition) -> Orphan:
    digest = getattr(event, "request_digest", None)
    return Orphan(
        event.event_id, event.service_request_id, event.kind, event.occurred_at, position, Refusal.UNKNOWN_REQUEST, request_digest=digest
    )


def _created_again(state: RequestState, event: ServiceRequestCreated) -> Doubled:
    if state.report.submission_id != event.report.submission_id:
        raise PoisonError("number_collision", "service_request_id")
    creation = next(entry for entry in state.history if entry.kind == event.kind)
    return Doubled(creation)
