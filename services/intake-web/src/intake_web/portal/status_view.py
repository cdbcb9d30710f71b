"""What the status page shows, from the tracker's public view. Pure, and tolerant: what is missing is not shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake_web.portal.states import EVENTS, StateWords, words
from intake_web.receipts import Receipt
from shared.tracking_number import display


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened."""

    heading: str
    """English; translated when shown."""
    at: datetime | None
    text: str | None = None
    other: str | None = None
    """The other request, shown as a number with a link."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """One request as the page shows it."""

    number: str
    shown_number: str
    state: StateWords
    is_closed: bool = False
    is_on_its_way: bool = False
    """Only the receipt is known: the tracker has not seen the report yet."""
    is_private: bool = False
    notes: str | None = None
    notice: str | None = None
    """What the resident should know at once, as the tracker has it."""
    service_code: str | None = None
    service_name: str | None = None
    department: str | None = None
    description: str | None = None
    place: str | None = None
    lat: float | None = None
    long: float | None = None
    requested: datetime | None = None
    updated: datetime | None = None
    expected: datetime | None = None
    answer_due: datetime | None = None
    closed: datetime | None = None
    other: str | None = None
    history: tuple[HistoryLine, ...] = ()


def moment(value: object) -> datetime | None:
    """An aware moment of the tracker's JSON; None for anything else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def text(value: object) -> str | None:
    """Words of the tracker's JSON that say something; None for anything else."""
    return value if isinstance(value, str) and value.strip() else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _history_line(entry: Mapping[str, Any]) -> HistoryLine:
    kind, detailed = text(entry.get("kind")), text(entry.get("detailed_status"))
    heading = EVENTS.get(kind or "", EVENTS["ServiceRequestChanged"])
    if kind == "ServiceRequestChanged" and detailed:
        heading = words(detailed).title
    return HistoryLine(heading, moment(entry.get("occurred_at")), text(entry.get("text")), text(entry.get("duplicate_of")))


def known_request(number: str, request: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> StatusView:
    """A request that the tracker knows. Of a private one the state and the dates are shown, and nothing else."""
    service = request.get("service")
    service = service if isinstance(service, Mapping) else {}
    is_private = bool(request.get("is_private"))
    lines = tuple(_history_line(entry) for entry in history)
    return StatusView(
        number=number,
        shown_number=display(number),
        state=words(text(request.get("detailed_status")), None if is_private else text(request.get("nature"))),
        is_closed=request.get("status") == "closed",
        is_private=is_private,
        requested=moment(request.get("requested_datetime")),
        updated=moment(request.get("updated_datetime")),
        expected=moment(request.get("expected_datetime")),
        answer_due=moment(request.get("answer_due_datetime")),
        closed=moment(request.get("closed_datetime")),
        notes=None if is_private else text(request.get("status_notes")),
        notice=None if is_private else text(request.get("service_notice")),
        service_code=None if is_private else text(service.get("code")),
        service_name=None if is_private else text(service.get("name")),
        department=None if is_private else text(service.get("department")),
        description=None if is_private else text(request.get("description")),
        place=None if is_private else text(request.get("address")),
        lat=None if is_private else _number(request.get("lat")),
        long=None if is_private else _number(request.get("long")),
        other=None if is_private else text(request.get("duplicate_of")),
        history=tuple(HistoryLine(line.heading, line.at) for line in lines) if is_private else lines,
    )


def on_its_way(receipt: Receipt) -> StatusView:
    """A request of which only the signed receipt is known yet."""
    number = receipt.service_request_id
    return StatusView(number, display(number), words("received", receipt.nature), is_on_its_way=True, requested=receipt.accepted_at)
