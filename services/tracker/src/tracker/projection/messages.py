"""A new request, and somebody who wrote again: the reporter, a third party, or the author of a request of their own. Pure."""

from typing import Any, Final

from shared.contracts import (
    Attention,
    ClaimProof,
    DetailedStatus,
    FollowUpReceived,
    LogPosition,
    Nature,
    ReplyAddress,
    Report,
    ServiceRequestCreated,
)
from shared.identity import derived_event_id
from tracker import status
from tracker.projection.entries import advanced, entered, moved, recorded, with_attention
from tracker.projection.results import Applied, Orphaned
from tracker.projection.senders import is_party
from tracker.redaction import CREATED, public_description
from tracker.state import HistoryEntry, Orphan, Outcome, RequestState

MAX_REFERENCES: Final = 100
_RECEIVED: Final = DetailedStatus.RECEIVED
_OF_A_MESSAGE: Final = frozenset(
    {
        Attention.EMERGENCY,
        Attention.UNREADABLE,
        Attention.OTHER_LANGUAGE,
        Attention.SENDER_UNVERIFIED,
        Attention.NO_REPLY_POSSIBLE,
        Attention.DEAD_LETTER,
    }
)
"""What a follow-up can call attention to; the others are about the choice of service and place, which the request has."""


def create(event: ServiceRequestCreated, position: LogPosition) -> Applied:
    """The first state of a request."""
    report = event.report
    entry = HistoryEntry(
        event_id=event.event_id,
        kind=event.kind,
        occurred_at=event.occurred_at,
        actor=event.actor,
        position=position,
        outcome=Outcome.APPLIED,
        revision=1,
        version=1,
        status=_RECEIVED.status,
        detailed_status=_RECEIVED,
        is_public=True,
        other=event.mentions,
        replies=report.reply_addresses,
    )
    state = RequestState(
        service_request_id=event.service_request_id,
        revision=1,
        version=1,
        status=_RECEIVED.status,
        detailed_status=_RECEIVED,
        service=report.service,
        is_private=report.is_private,
        has_legal_hold=False,
        assignee=None,
        attention=report.attention,
        requested_datetime=report.received_at,
        updated_datetime=event.occurred_at,
        closed_datetime=None,
        expected_datetime=report.expected_datetime,
        answer_due_datetime=report.answer_due_datetime,
        nature=report.nature,
        status_notes=None,
        duplicate_of=None,
        followers=(),
        report=report,
        public_description=public_description(report, is_private=report.is_private),
        mentions=event.mentions,
        history=(entry,),
        reply_addresses=report.reply_addresses,
    )
    return Applied(state, entry)


def follow_up(state: RequestState, event: FollowUpReceived, position: LogPosition) -> Applied | Orphaned:
    """What somebody's message means for the request that it claims to belong to."""
    if is_party(state, event.report, event.claim):
        return _reporter_wrote(state, event, position)
    if event.claim.proof is ClaimProof.TAG:
        return becomes_own_request(event, position)
    return _third_party_wrote(state, event, position)


def becomes_own_request(event: FollowUpReceived, position: LogPosition) -> Orphaned:
    """The message is nobody's follow-up: a request under its own number, which mentions the other."""
    report = event.report
    orphan = Orphan(event.event_id, event.service_request_id, event.kind, event.occurred_at, position, became=report.service_request_id)
    derived = ServiceRequestCreated(
        event_id=derived_event_id(report.submission_id, CREATED),
        service_request_id=report.service_request_id,
        occurred_at=event.occurred_at,
        actor=event.actor,
        report=report,
        mentions=event.claim.service_request_id,
        derived_from=event.event_id,
    )
    return Orphaned(orphan, (derived,))


def continued(known: tuple[ReplyAddress, ...], newer: tuple[ReplyAddress, ...]) -> tuple[ReplyAddress, ...]:
    """Whom to answer after a further message: each address once, its thread as the newest message has it."""
    addresses = {(reply.channel, reply.address): reply for reply in known}
    for reply in newer:
        older = addresses.get((reply.channel, reply.address))
        addresses[reply.channel, reply.address] = _threaded(older, reply) if older else reply
    return tuple(addresses.values())


def _threaded(older: ReplyAddress, newer: ReplyAddress) -> ReplyAddress:
    references = tuple(dict.fromkeys((*older.references, *newer.references)))
    kept = references if len(references) <= MAX_REFERENCES else (references[0], *references[1 - MAX_REFERENCES :])
    return newer.model_copy(update={"references": kept})


def _reporter_wrote(state: RequestState, event: FollowUpReceived, position: LogPosition) -> Applied:
    report, replies = event.report, _in_known_language(state, event.report)
    changes: dict[str, Any] = {}
    if status.reopens(state.detailed_status) and report.nature is not Nature.NEITHER:  # a "thank you" is no reason to begin anew
        changes = {**moved(state, event, status.REOPENED), "status_notes": None}
        changes["expected_datetime"] = report.expected_datetime or state.expected_datetime
    if state.nature is Nature.NEITHER and report.nature is not Nature.NEITHER:  # now something is wanted
        changes |= {"nature": report.nature, "expected_datetime": report.expected_datetime}
    after = advanced(
        state,
        event,
        counts=True,
        attention=with_attention(state, Attention.FOLLOW_UP, *_called_for(report)),
        answer_due_datetime=report.answer_due_datetime or state.answer_due_datetime,
        reply_addresses=continued(state.reply_addresses, replies),
        **changes,
    )
    entry = entered(state, after, event, position, report=report, note=report.description, is_public=True, replies=replies)
    return Applied(recorded(after, entry), entry)


def _in_known_language(state: RequestState, report: Report) -> tuple[ReplyAddress, ...]:
    """Whom to answer: a "thank you" too short to tell its language is answered in that of its thread."""
    if not report.is_language_supposed:
        return report.reply_addresses
    known = {(reply.channel, reply.address): reply.language for reply in state.reply_addresses}
    return tuple(
        reply.model_copy(update={"language": known.get((reply.channel, reply.address), state.report.language)})
        for reply in report.reply_addresses
    )


def _third_party_wrote(state: RequestState, event: FollowUpReceived, position: LogPosition) -> Applied:
    after = advanced(state, event, attention=with_attention(state, Attention.THIRD_PARTY, *_called_for(event.report)))
    entry = entered(state, after, event, position, report=event.report, note=event.report.description, is_third_party=True)
    return Applied(recorded(after, entry), entry)


def _called_for(report: Report) -> list[Attention]:
    return [reason for reason in report.attention if reason in _OF_A_MESSAGE]
