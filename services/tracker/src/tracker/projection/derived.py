"""What an event causes in other requests, or later in its own: events of their own, appended to the log. Pure.

Computed from the entry and the present request, when the event is applied and again when its record is redelivered; their ids
are derived, so that a second copy is absorbed.
"""

from typing import Any, assert_never
from uuid import UUID

from shared.contracts import (
    Actor,
    ActorKind,
    CommentAdded,
    DeliveryRecorded,
    FollowerAdded,
    FollowerRemoved,
    FollowUpReceived,
    MarkedDuplicate,
    ReplyAddress,
    RequestEvent,
    ServiceRequestChanged,
    ServiceRequestCreated,
    ServiceRequestRedacted,
    SourceWithdrawn,
    UnmarkedDuplicate,
)
from shared.identity import derived_event_id
from tracker.projection.merges import FOLLOWERS
from tracker.projection.withdrawals import REPLY_ADDRESSES, scope_of_withdrawal
from tracker.state import Follower, HistoryEntry, Orphan, Outcome, RequestState

SYSTEM = Actor(kind=ActorKind.SYSTEM)


def derived_events(  # noqa: PLR0911 - one answer for each kind of event
    state: RequestState, event: RequestEvent, entry: HistoryEntry
) -> tuple[RequestEvent, ...]:
    """What ``entry``, made of ``event``, causes. ``state`` is the request after it."""
    if entry.outcome is Outcome.REFUSED:
        return ()
    match event:
        case ServiceRequestCreated() | FollowUpReceived() | DeliveryRecorded():
            return ()
        case MarkedDuplicate():
            return (*_left(state, event, entry), *_followed(state, event, event.duplicate_of))
        case ServiceRequestChanged() | CommentAdded() | UnmarkedDuplicate():
            return _left(state, event, entry)
        case FollowerAdded():
            is_passed_on = entry.changed == (FOLLOWERS,) and state.duplicate_of is not None
            newcomer = Follower(event.follower, event.reply_addresses)
            return (_added(event, state.duplicate_of, newcomer),) if is_passed_on and state.duplicate_of else ()
        case FollowerRemoved():
            is_passed_on = entry.changed == (FOLLOWERS,) and state.duplicate_of is not None
            return (_removed(event, state.duplicate_of, event.follower),) if is_passed_on and state.duplicate_of else ()
        case ServiceRequestRedacted():
            return _followed_differently(state, event, entry)
        case SourceWithdrawn():
            return (_redaction(state, event),) if entry.changed == ("source",) else ()
        case _:
            assert_never(event)


def forwarded(event: SourceWithdrawn, orphan: Orphan) -> tuple[RequestEvent, ...]:
    """A withdrawn message that became a request of its own is withdrawn there."""
    if orphan.became is None:
        return ()
    moved = event.model_copy(
        update={"event_id": derived_event_id(event.event_id, f"SourceWithdrawn:{orphan.became}"), "service_request_id": orphan.became}
    )
    return (moved,)


def _followed(state: RequestState, event: RequestEvent, target: str) -> tuple[RequestEvent, ...]:
    """The request and whoever follows it are followers of the target."""
    everybody = (Follower(state.service_request_id, state.reply_addresses), *state.followers)
    return tuple(_added(event, target, follower) for follower in everybody)


def _left(state: RequestState, event: RequestEvent, entry: HistoryEntry) -> tuple[RequestEvent, ...]:
    """They are no longer followers of where the request was followed."""
    target = entry.formerly_duplicate_of
    if target is None:
        return ()
    everybody = (state.service_request_id, *(follower.service_request_id for follower in state.followers))
    return tuple(_removed(event, target, follower) for follower in everybody)


def _followed_differently(state: RequestState, event: RequestEvent, entry: HistoryEntry) -> tuple[RequestEvent, ...]:
    """The followed request forgets the addresses that were redacted here, and keeps those that were not."""
    target = state.duplicate_of
    if target is None or REPLY_ADDRESSES not in entry.changed:
        return ()
    removed = _removed(event, target, state.service_request_id)
    if not state.reply_addresses:
        return (removed,)
    return (removed, _added(event, target, Follower(state.service_request_id, state.reply_addresses)))


def _redaction(state: RequestState, event: SourceWithdrawn) -> RequestEvent:
    return ServiceRequestRedacted(
        **_head(event, state.service_request_id, "ServiceRequestRedacted"),
        scope=scope_of_withdrawal(state, event),
        reason=f"the source was {event.reason.value}",
        derived_from=event.event_id,
    )


def _added(event: RequestEvent, target: str, follower: Follower) -> RequestEvent:
    addresses: tuple[ReplyAddress, ...] = follower.reply_addresses[:10]
    head = _head(event, target, f"FollowerAdded:{target}:{follower.service_request_id}")
    return FollowerAdded(**head, follower=follower.service_request_id, reply_addresses=addresses, derived_from=event.event_id)


def _removed(event: RequestEvent, target: str, follower: str) -> RequestEvent:
    head = _head(event, target, f"FollowerRemoved:{target}:{follower}")
    return FollowerRemoved(**head, follower=follower, derived_from=event.event_id)


def _head(event: RequestEvent, target: str, kind: str) -> dict[str, Any]:
    event_id: UUID = derived_event_id(event.event_id, kind)
    return {"event_id": event_id, "service_request_id": target, "occurred_at": event.occurred_at, "actor": SYSTEM}
