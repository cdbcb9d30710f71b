"""FixMyStreet's extension: what changed (``GET servicerequestupdates``), and an integrator's own news (``POST``). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.cleaning import clean_line
from shared.contracts import DetailedStatus, Status
from shared.tracking_number import InvalidNumber, parse_tracking_number
from tracker.georeport.errors import bad, required, unknown
from tracker.georeport.params import moment
from tracker.store.ports import Update
from tracker.views import georeport_moment

TOLD: Final[Mapping[DetailedStatus, str]] = {
    DetailedStatus.RECEIVED: "open",
    DetailedStatus.TRIAGED: "open",
    DetailedStatus.ASSIGNED: "investigating",
    DetailedStatus.IN_PROGRESS: "in_progress",
    DetailedStatus.WAITING: "planned",
    DetailedStatus.RESOLVED: "closed",
    DetailedStatus.ANSWERED: "closed",
    DetailedStatus.DUPLICATE: "duplicate",
    DetailedStatus.NOT_OURS: "not_councils_responsibility",
    DetailedStatus.NO_ACTION: "no_further_action",
}
"""Our states in the extension's words."""

UNDERSTOOD: Final[Mapping[str, DetailedStatus | None]] = {
    "open": None,
    "closed": DetailedStatus.RESOLVED,
    "fixed": DetailedStatus.RESOLVED,
    "in_progress": DetailedStatus.IN_PROGRESS,
    "investigating": DetailedStatus.ASSIGNED,
    "planned": DetailedStatus.WAITING,
    "action_scheduled": DetailedStatus.IN_PROGRESS,
    "not_councils_responsibility": DetailedStatus.NOT_OURS,
    "no_further_action": DetailedStatus.NO_ACTION,
    "cancelled": DetailedStatus.NO_ACTION,
    "duplicate": DetailedStatus.NO_ACTION,
    "internal_referral": DetailedStatus.TRIAGED,
    "for_triage": DetailedStatus.TRIAGED,
    "reopen": DetailedStatus.TRIAGED,
}
"""The extension's words (any case) as our states; None: as it is. A duplicate of an unnamed request ends here, without a merge."""

_MAX_ID: Final = 200


@dataclass(frozen=True, slots=True)
class PostedUpdate:
    """An integrator's news about a request."""

    service_request_id: str
    update_id: str
    """In the integrator's system; a repeat of a known one changes nothing."""
    detailed_status: DetailedStatus | None
    description: str
    """As it was written; cleaned and masked by ``changes.staff_text``."""
    occurred_at: datetime | None


def update_view(update: Update) -> dict[str, Any]:
    """One change as the extension shows it."""
    entry = update.entry
    standing = entry.standing
    detailed = entry.detailed_status or (standing.detailed_status if standing else DetailedStatus.RECEIVED)
    return {
        "update_id": str(entry.event_id),
        "service_request_id": update.service_request_id,
        "status": TOLD[detailed],
        "updated_datetime": georeport_moment(entry.occurred_at),
        "description": entry.public_text or "",
        "media_url": None,
    }


def posted_update(params: Mapping[str, str]) -> PostedUpdate:
    """The form of ``POST servicerequestupdates``; names, e-mail address and phone number in it are not read at all.

    Raises:
        GeoReportError: something is missing or wrong.
    """
    for field in ("service_request_id", "update_id", "status"):
        if field not in params:
            raise required(field)
    number = parse_tracking_number(params["service_request_id"])
    if isinstance(number, InvalidNumber):
        raise unknown("service_request_id")
    update_id = clean_line(params["update_id"], max_characters=_MAX_ID + 1)
    if not update_id or len(update_id) > _MAX_ID:
        raise bad("update_id", f"must be 1 to {_MAX_ID} characters")
    status = params["status"].strip().lower()
    if status not in UNDERSTOOD:
        raise bad("status", f"must be one of {', '.join(word.upper() for word in UNDERSTOOD)}")
    occurred = moment("updated_datetime", params["updated_datetime"]) if "updated_datetime" in params else None
    return PostedUpdate(number, update_id, UNDERSTOOD[status], params.get("description", ""), occurred)


def is_change(present: DetailedStatus, wished: DetailedStatus | None) -> bool:
    """Whether a posted status moves the request at all: ``CLOSED`` says nothing new of one that is closed some other way."""
    if wished is None or wished is present:
        return False
    return not (present.status is Status.CLOSED and wished is DetailedStatus.RESOLVED)
