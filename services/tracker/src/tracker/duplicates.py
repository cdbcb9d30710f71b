"""Requests that may be about the same thing: of the same service, open, near or at the same address, received within days. Pure.

Computed whenever somebody asks, never kept: what is a possible duplicate depends on what is open now. Nobody but an advocate merges.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.contracts import Status
from shared.tracking_number import display
from tracker.state import RequestState
from tracker.store.documents import same_place
from tracker.store.queries import EARTH_METRES, Circle, Period, RequestQuery
from tracker.views import json_moment, public_service

Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""


@dataclass(frozen=True, slots=True)
class Alike:
    """How much alike is a possible duplicate; an operator's choice."""

    metres: float
    days: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What possible duplicates are sought for: something about to be reported, or a request."""

    service_code: str
    point: Point | None = None
    address_keys: Sequence[str] = ()
    received_at: datetime
    """Now, or when the request was received."""
    known: frozenset[str] = frozenset()
    """Numbers that nobody needs to be told: the request itself, and where it is followed already."""
    includes_private: bool = False


def sought_for(state: RequestState) -> Sought:
    """What a member of staff seeks for a request."""
    place = state.report.place
    return Sought(
        service_code=state.service.code,
        point=place.point if place else None,
        address_keys=same_place(state.report),
        received_at=state.requested_datetime,
        known=frozenset(filter(None, (state.service_request_id, state.duplicate_of))),
        includes_private=True,
    )


def questions(sought: Sought, alike: Alike) -> tuple[RequestQuery, ...]:
    """What to ask the store: what is near, and what is at the same address. Two questions, because each has an index of its own."""
    apart = timedelta(days=alike.days)
    places: list[dict[str, Any]] = []
    if sought.point is not None:
        places.append({"near": Circle(*sought.point, alike.metres)})
    if sought.address_keys:
        places.append({"address_keys": sought.address_keys})
    return tuple(
        RequestQuery(
            includes_private=sought.includes_private,
            statuses=(Status.OPEN,),
            service_codes=(sought.service_code,),
            requested=Period(sought.received_at - apart, sought.received_at + apart),
            limit=alike.items + len(sought.known),  # they may be among them
            **place,
        )
        for place in places
    )


def found_in(answers: Iterable[Iterable[RequestState]], sought: Sought, alike: Alike) -> list[RequestState]:
    """The answers to ``questions`` as one list: each request once, newest first, a few."""
    found = {state.service_request_id: state for states in answers for state in states if state.service_request_id not in sought.known}
    newest = sorted(found.values(), key=lambda state: (state.requested_datetime, state.service_request_id), reverse=True)
    return newest[: alike.items]


def duplicate_view(state: RequestState, sought: Sought, *, now: datetime) -> dict[str, Any]:
    """A possible duplicate (``api.models.PossibleDuplicate``): enough to know the place by, and nothing of who reported it."""
    view = {
        "service_request_id": state.service_request_id,
        "tracking_number": display(state.service_request_id),
        "status": state.status.value,
        "detailed_status": state.detailed_status.value,
        "is_private": state.is_private,
        "requested_datetime": json_moment(state.requested_datetime),
        "age_days": max(0, (now - state.requested_datetime).days),
        "service": public_service(state.service),
        "address": state.report.address_public,
        "distance_metres": _distance(state, sought),
    }
    return {name: value for name, value in view.items() if value is not None}


def metres_between(one: Point, other: Point) -> float:
    """The way as the crow flies, on a sphere."""
    lat, long, other_lat, other_long = map(math.radians, (*one, *other))
    half = math.sin((other_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(other_lat) * math.sin((other_long - long) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(half)))


def _distance(state: RequestState, sought: Sought) -> int | None:
    place = state.report.place
    if sought.point is None or place is None or place.point is None:
        return None
    return round(metres_between(sought.point, place.point))
