"""What the public may read of a request: plain values and the bytes that the store keeps beside the document. Pure.

A private request (a utility bill: North Carolina G.S. 132-1.1(c)) answers with its number, its state and its dates, and with
nothing else: not even with its service, for which the catalogue's general one stands in. A JSON answer leaves out what is
unknown; a GeoReport answer has all seventeen keys, always. ``media_url`` is always null: a photo may show people, house
numbers or car plates, so photographs are for staff alone.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from pydantic_core import to_json

from shared.tracking_number import display
from tracker.state import HistoryEntry, Outcome, RequestState

PRIVATE_SERVICE_CODE: Final = "OTHER"
PRIVATE_SERVICE_NAME: Final = "Private request"

GEOREPORT_KEYS: Final = (
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
)

_STATE_KINDS: Final = frozenset(
    {"ServiceRequestCreated", "ServiceRequestChanged", "CommentAdded", "MarkedDuplicate", "UnmarkedDuplicate", "FollowUpReceived"}
)
UPDATE_KINDS: Final = _STATE_KINDS - {"ServiceRequestCreated"}
"""Kinds of entries that are news about a request that was there before."""
_GEOREPORT_CONTENT: Final = ("description", "status_notes", "service_notice", "address", "address_id", "zipcode", "lat", "long")


@lru_cache(maxsize=1024)
def json_moment(moment: datetime | None) -> str | None:
    """A moment (aware, UTC) as in all our JSON: RFC 3339 with milliseconds and ``Z``."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


@lru_cache(maxsize=1024)
def georeport_moment(moment: datetime | None) -> str | None:
    """A moment (aware, UTC) as in GeoReport: with a zone and without fractional seconds."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def public_view(state: RequestState) -> dict[str, Any]:
    """The public JSON view of one request (``api.models.ServiceRequest``), without what is unknown."""
    view = {
        "service_request_id": state.service_request_id,
        "tracking_number": display(state.service_request_id),
        "version": state.version,
        "revision": state.revision,
        "status": state.status.value,
        "detailed_status": state.detailed_status.value,
        "is_private": state.is_private,
        "requested_datetime": json_moment(state.requested_datetime),
        "updated_datetime": json_moment(state.updated_datetime),
        "closed_datetime": json_moment(state.closed_datetime),
        "expected_datetime": json_moment(state.expected_datetime),
        "answer_due_datetime": json_moment(state.answer_due_datetime),
    }
    if not state.is_private:
        view |= _public_content(state)
    return {name: value for name, value in view.items() if value is not None}


def _public_content(state: RequestState) -> dict[str, Any]:
    report, place = state.report, state.report.place
    return {
        "service": public_service(state.service),
        "nature": state.nature.value,
        "description": state.public_description,
        "status_notes": state.status_notes,
        "service_notice": report.service_notice,
        "channel": report.channel.value,
        "address": report.address_public,
        "address_id": place.address_id if place else None,
        "zipcode": place.zipcode if place else None,
        "lat": place.lat if place else None,
        "long": place.long if place else None,
        "duplicate_of": state.duplicate_of,
    }


def public_service(service: Any) -> dict[str, str]:  # noqa: ANN401 - shared.contracts.Service, or what has its four attributes
    """A service without what it does not say."""
    named = {"code": service.code, "name": service.name, "group": service.group, "department": service.department}
    return {name: value for name, value in named.items() if value is not None}


def public_json(state: RequestState) -> bytes:
    """The public JSON view as the bytes that a ``GET`` answers with."""
    return to_json(public_view(state))


def georeport_view(state: RequestState) -> dict[str, Any]:
    """The request as GeoReport v2 shows it: the seventeen keys of ``GEOREPORT_KEYS``, in that order."""
    values: dict[str, Any] = {
        "service_request_id": state.service_request_id,
        "status": state.status.value,
        "service_code": PRIVATE_SERVICE_CODE,
        "service_name": PRIVATE_SERVICE_NAME,
        "requested_datetime": georeport_moment(state.requested_datetime),
        "updated_datetime": georeport_moment(state.updated_datetime),
        "expected_datetime": georeport_moment(state.expected_datetime),
    }
    if not state.is_private:
        content, service = _public_content(state), state.service
        values |= {name: content[name] for name in _GEOREPORT_CONTENT}
        values |= {"service_code": service.code, "service_name": service.name, "agency_responsible": service.department}
    return {name: values.get(name) for name in GEOREPORT_KEYS}


def georeport_json(state: RequestState) -> bytes:
    """The GeoReport object (not yet the array around it) as bytes."""
    return to_json(georeport_view(state))


def public_history(entries: Iterable[HistoryEntry], *, is_private: bool) -> Iterator[dict[str, Any]]:
    """The public part of a history, in the order given (``api.models.HistoryItem``).

    Of a private request only what changed its state is told, without a word of text.
    """
    for entry in entries:
        if entry.outcome is Outcome.APPLIED and _is_told(entry, is_private=is_private):
            yield entry_view(entry, is_private=is_private)


def _is_told(entry: HistoryEntry, *, is_private: bool) -> bool:
    if is_private and entry.detailed_status is None:
        return False
    return entry.is_public and not entry.is_third_party and entry.kind in _STATE_KINDS


def entry_view(entry: HistoryEntry, *, is_private: bool) -> dict[str, Any]:
    """One entry under its public names; of a private request without a word of text."""
    told: dict[str, Any] = {
        "event_id": str(entry.event_id),
        "kind": entry.kind,
        "revision": entry.revision,
        "occurred_at": json_moment(entry.occurred_at),
        "by": entry.actor.kind.value,
        "status": entry.status.value if entry.status else None,
        "detailed_status": entry.detailed_status.value if entry.detailed_status else None,
    }
    if not is_private:
        told |= {
            "text": entry.public_text,
            "service": public_service(entry.service) if entry.service else None,
            "duplicate_of": entry.other if entry.kind == "MarkedDuplicate" else None,
        }
    return {name: value for name, value in told.items() if value is not None}
