"""``ServiceRequestUpdated`` from a history entry: the same entry always gives the same bytes. Pure."""

from shared.contracts import ServiceRequestUpdated
from shared.identity import announcement_id
from tracker.redaction import CREATED
from tracker.state import HistoryEntry, Outcome, RequestState, Standing


def announcement(state: RequestState, entry: HistoryEntry) -> ServiceRequestUpdated | None:
    """What is announced of ``entry``; None for what changed nothing (a refusal) or is no event (a dead letter).

    Of ``state`` only what never changes is used: its number, and its report's channel, dates and kind of emergency.
    """
    is_creation = entry.kind == CREATED
    standing = _first_standing(state) if is_creation else entry.standing
    if standing is None or entry.outcome is Outcome.REFUSED:
        return None
    report = entry.report or state.report
    return ServiceRequestUpdated(
        announcement_id=announcement_id(entry.event_id),
        service_request_id=state.service_request_id,
        event_id=entry.event_id,
        event_kind=entry.kind,
        position=entry.position,
        occurred_at=entry.occurred_at,
        revision=entry.revision,
        version=entry.version,
        status=standing.status,
        detailed_status=standing.detailed_status,
        service=standing.service,
        is_private=standing.is_private,
        channel=state.report.channel,
        language=report.language,
        nature=standing.nature,
        emergency=report.emergency,
        attention=standing.attention,
        requested_datetime=state.requested_datetime,
        expected_datetime=standing.expected_datetime,
        answer_due_datetime=standing.answer_due_datetime,
        public_text=entry.public_text,
        service_notice=report.service_notice if is_creation or entry.report else None,
        replies=entry.replies,
        redacted=entry.redacted,
        redacted_submission_ids=entry.redacted_submission_ids,
    )


def _first_standing(state: RequestState) -> Standing:
    report, creation = state.report, state.history[0]
    assert creation.status is not None
    assert creation.detailed_status is not None
    return Standing(
        status=creation.status,
        detailed_status=creation.detailed_status,
        service=report.service,
        is_private=report.is_private,
        attention=report.attention,
        expected_datetime=report.expected_datetime,
        nature=report.nature,
        answer_due_datetime=report.answer_due_datetime,
    )
