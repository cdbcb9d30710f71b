"""What staff read of a request and its history: the public names, and ``staff`` with all the rest. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.contracts import Contract, Status
from tracker.state import HistoryEntry, RequestState
from tracker.views import entry_view, public_view


def staff_view(state: RequestState, *, now: datetime) -> dict[str, Any]:
    """The whole request (``api.models.ServiceRequest`` with ``staff``). A private one has its public names filled too."""
    shown = replace(state, is_private=False, public_description=state.report.description.public or None) if state.is_private else state
    staff = {
        "assignee": state.assignee,
        "attention": [reason.value for reason in state.attention],
        "is_overdue": is_overdue(state, now),
        "has_legal_hold": state.has_legal_hold,
        "mentions": state.mentions,
        "followers": [follower.service_request_id for follower in state.followers],
        "archived_entries": state.archived_entries,
        "report": _dumped(state.report),
    }
    return public_view(shown) | {"is_private": state.is_private, "staff": _told(staff)}


def is_overdue(state: RequestState, now: datetime) -> bool:
    """Open, and something that was due is not done."""
    due = (state.expected_datetime, state.answer_due_datetime)
    return state.status is Status.OPEN and any(moment is not None and moment < now for moment in due)


def staff_history(entries: Iterable[HistoryEntry]) -> Iterator[dict[str, Any]]:
    """Every entry, refused ones included, in the order given (``api.models.HistoryItem`` with ``staff``)."""
    for entry in entries:
        staff = {
            "outcome": entry.outcome.value,
            "refusal": entry.refusal.value if entry.refusal else None,
            "actor_id": entry.actor.id,
            "version": entry.version,
            "is_public": entry.is_public,
            "is_third_party": entry.is_third_party,
            "changed": list(entry.changed),
            "note": _dumped(entry.note) if entry.note else None,
            "report": _dumped(entry.report) if entry.report else None,
            "attachments": [_dumped(file) for file in entry.attachments],
            "other": entry.other,
            "external_id": entry.external_id,
            "redacted": [_dumped(scope) for scope in entry.redacted],
            "delivery": _delivery(entry),
            "position": {"partition": entry.position.partition, "offset": entry.position.offset},
        }
        yield entry_view(entry, is_private=False) | {"staff": _told(staff)}


def _delivery(entry: HistoryEntry) -> dict[str, Any] | None:
    if entry.delivery is None:
        return None
    sent = entry.delivery
    return _told({"channel": sent.channel.value, "reply_index": sent.reply_index, "outcome": sent.outcome.value, "detail": sent.detail})


def _dumped(part: Contract) -> dict[str, Any]:
    return part.model_dump(mode="json", exclude_none=True)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
