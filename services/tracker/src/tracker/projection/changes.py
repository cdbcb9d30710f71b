"""What staff did, and what became of an answer. Pure."""

from typing import Any, Final

from shared.contracts import (
    ActorKind,
    Attention,
    CommentAdded,
    DeliveryOutcome,
    DeliveryRecorded,
    DetailedStatus,
    LogPosition,
    Nature,
    ReplyAddress,
    ServiceRequestChanged,
    Status,
)
from shared.identity import announcement_id
from tracker import status
from tracker.archiving import recent
from tracker.projection.entries import advanced, entered, moved, recorded, refused, to_be_answered, with_attention, without_attention
from tracker.projection.messages import continued
from tracker.projection.results import Applied, Refused
from tracker.redaction import public_description
from tracker.state import Delivery, HistoryEntry, Refusal, RequestState

_DELIVERY_ATTENTION: Final = {
    DeliveryOutcome.FAILED: Attention.FAILED_DELIVERY,
    DeliveryOutcome.BOUNCED: Attention.FAILED_DELIVERY,
    DeliveryOutcome.GONE: Attention.FAILED_DELIVERY,
    DeliveryOutcome.NEEDS_STAFF: Attention.FAILED_DELIVERY,
    DeliveryOutcome.NOT_PERMITTED: Attention.NO_REPLY_POSSIBLE,
    DeliveryOutcome.AUTHOR_RESTRICTED: Attention.NO_REPLY_POSSIBLE,
    DeliveryOutcome.UNKNOWN: Attention.UNKNOWN_DELIVERY,
}


def change(state: RequestState, event: ServiceRequestChanged, position: LogPosition) -> Applied | Refused:
    """A staff change, unless it was made against another version."""
    if event.expected_version != state.version:
        return Refused(*refused(state, event, position, Refusal.STALE_VERSION))
    fields = _wished(state, event)
    after = advanced(state, event, counts=True, **fields)
    tells = event.status_notes is not None or "detailed_status" in fields or _owes_otherwise(state, after)
    entry = entered(
        state,
        after,
        event,
        position,
        note=event.status_notes,
        public_text=event.status_notes.public if event.status_notes else None,
        is_public=tells or after.service != state.service,
        request_digest=event.request_digest,
        replies=to_be_answered(after) if tells else (),
    )
    return Applied(recorded(after, entry), entry)


def comment(state: RequestState, event: CommentAdded, position: LogPosition) -> Applied:
    """A comment: for everybody the answer to the resident, internal a note. It counts as a change where it brings a status."""
    text = event.text.public if event.is_public else None
    fields: dict[str, Any] = {}
    if event.detailed_status is not None and event.detailed_status is not state.detailed_status:
        fields = _moved_on(state, event, event.detailed_status) | {"status_notes": text}
    if event.is_public and event.actor.kind is not ActorKind.RESIDENT:
        fields["answer_due_datetime"] = None
    after = advanced(state, event, counts="detailed_status" in fields, **fields)
    entry = entered(
        state,
        after,
        event,
        position,
        note=event.text,
        public_text=text,
        is_public=event.is_public,
        attachments=event.attachments,
        external_id=event.external_id,
        request_digest=event.request_digest,
        replies=to_be_answered(after) if event.is_public else (),
    )
    return Applied(recorded(after, entry), entry)


def deliver(state: RequestState, event: DeliveryRecorded, position: LogPosition) -> Applied:
    """What became of an answer: a failed one calls for a person, a sent one is what the next answer continues."""
    reason = _DELIVERY_ATTENTION.get(event.outcome)
    answered = _answered(recent(state), event)
    fields: dict[str, Any] = {"attention": with_attention(state, reason)} if reason else {}
    if answered is not None and event.sent_reference is not None and _holds(state, answered):
        sent = answered.model_copy(update={"references": (event.sent_reference,)})
        fields["reply_addresses"] = continued(state.reply_addresses, (sent,))
    after = advanced(state, event, **fields)
    delivery = Delivery(event.announcement_id, event.channel, event.reply_index, event.outcome, event.detail, event.sent_reference)
    entry = entered(state, after, event, position, delivery=delivery)
    return Applied(recorded(after, entry), entry)


def _owes_otherwise(state: RequestState, after: RequestState) -> bool:
    """Whether there is another date to tell. Who is owed nothing any more is not written to about that."""
    return after.nature is not Nature.NEITHER and (after.expected_datetime, after.nature) != (state.expected_datetime, state.nature)


def _wished(state: RequestState, event: ServiceRequestChanged) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if event.nature is not None:
        fields = {name: getattr(event, name) for name in ("nature", "expected_datetime", "answer_due_datetime")}
    wished = status.REOPENED if event.is_reopened and event.detailed_status is None else event.detailed_status
    notes = event.status_notes.public if event.status_notes else None
    if wished is not None and (wished is not state.detailed_status or event.is_reopened):
        fields |= _moved_on(state, event, wished) | {"status_notes": notes}
    if notes is not None:
        fields |= {"status_notes": notes, "answer_due_datetime": None}
    for name in ("service", "assignee", "expected_datetime", "has_legal_hold"):
        if (value := getattr(event, name)) is not None:
            fields[name] = value
    if event.is_unassigned:
        fields["assignee"] = None
    if event.is_private is not None:
        fields |= {"is_private": event.is_private, "public_description": public_description(state.report, is_private=event.is_private)}
    if event.attention_resolved:
        fields["attention"] = without_attention(state, event.attention_resolved)
    return fields


def _moved_on(state: RequestState, event: ServiceRequestChanged | CommentAdded, to: DetailedStatus) -> dict[str, Any]:
    """The fields of a new state; a duplicate that gets another one is followed nowhere any more."""
    fields = moved(state, event, to)
    if to.status is Status.CLOSED:
        fields["answer_due_datetime"] = None
    if to is not DetailedStatus.DUPLICATE:
        fields["duplicate_of"] = None
    return fields


def _answered(history: tuple[HistoryEntry, ...], event: DeliveryRecorded) -> ReplyAddress | None:
    for entry in reversed(history):
        if announcement_id(entry.event_id) == event.announcement_id:
            return entry.replies[event.reply_index] if event.reply_index < len(entry.replies) else None
    return None


def _holds(state: RequestState, reply: ReplyAddress) -> bool:
    return any(known.channel is reply.channel and known.address == reply.address for known in state.reply_addresses)
