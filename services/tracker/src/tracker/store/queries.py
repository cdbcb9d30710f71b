"""A question to the store as a value, and the MongoDB filter that asks it. Pure: ``reader`` sends it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from shared.contracts import Attention, DetailedStatus, Nature, Status
from tracker.cursors import Cursor, Sort
from tracker.state import Outcome
from tracker.views import UPDATE_KINDS

Filter = dict[str, Any]

EARTH_METRES: Final = 6_378_100.0
"""The radius by which MongoDB turns metres into radians; ours too, so that what is told and what was found agree."""
MAX_PAGE: Final = 1_000
"""Items of one answer; GeoReport's own limit."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle in degrees (WGS 84), its edges included."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within ``metres`` of a point in degrees (WGS 84), as the crow flies."""

    lat: float
    long: float
    metres: float


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` (included) to ``end`` (included); None: open on that side."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQuery:
    """Which requests, in which order, from where on. Empty means: whatever it is."""

    includes_private: bool = False
    """Only staff see private requests in a list."""
    number: str | None = None
    """The request of this number, or whatever has ``terms``: somebody searched for a word that is a number."""
    statuses: Sequence[Status] = ()
    detailed_statuses: Sequence[DetailedStatus] = ()
    service_codes: Sequence[str] = ()
    natures: Sequence[Nature] = ()
    requested: Period = Period()
    updated: Period = Period()
    bounds: Bounds | None = None
    near: Circle | None = None
    address_keys: Sequence[str] = ()
    """Any of these spellings (``terms.address_keys``)."""
    assignee: str | None = None
    is_unassigned: bool = False
    attention: Sequence[Attention] = ()
    """Any of these."""
    needs_attention: bool = False
    is_open_emergency: bool | None = None
    """Only those that come first, or only the others."""
    overdue_at: datetime | None = None
    """Open, and one of its dates was before this moment."""
    terms: Sequence[str] = ()
    """All of these words."""
    searches_staff_text: bool = False
    sort: Sort = Sort.NEWEST_REQUESTED
    after: Cursor | None = None
    skip: int = 0
    limit: int = 100


def mongo_filter(query: RequestQuery) -> Filter:
    """The filter of a query; every part of it stands on an index of ``store.indexes``."""
    parts = [*_what(query), *_when(query), *_for_staff(query)]
    if not query.includes_private:
        parts.append({"is_private": False})
    if query.after:
        parts.append(_beyond(query.after))
    return _joined(parts)


def in_turn(query: RequestQuery) -> tuple[RequestQuery, ...]:
    """The questions whose answers, one after another, are the list: one, but where emergencies come first."""
    if query.sort is not Sort.EMERGENCIES_FIRST:
        return (query,)
    if query.after and not query.after.is_among_emergencies:
        return (replace(query, is_open_emergency=False),)
    return replace(query, is_open_emergency=True), replace(query, is_open_emergency=False, after=None)


def _joined(parts: Sequence[Filter]) -> Filter:
    """All of them as one, flat where no field is named twice: what planners see through best."""
    flat: Filter = {}
    rest: list[Filter] = []
    for part in parts:
        if flat.keys() & part.keys():
            rest.append(part)
        else:
            flat |= part
    return flat | {"$and": rest} if rest else flat


def updates_filter(period: Period) -> Filter:
    """Old entries, each a document of its own, that are public changes in the period."""
    moments = {name: moment for name, moment in (("$gte", period.start), ("$lte", period.end)) if moment}
    return {
        "occurred_at": moments,
        "outcome": Outcome.APPLIED.value,
        "is_public": True,
        "is_third_party": {"$ne": True},
        "kind": {"$in": sorted(UPDATE_KINDS)},
    }


def updates_pipeline(period: Period, limit: int) -> list[Filter]:
    """Public changes in the period, out of the documents of their requests; none happened after its request's last update."""
    wanted: list[Filter] = [
        {"$eq": ["$$entry.outcome", Outcome.APPLIED.value]},
        {"$eq": ["$$entry.is_public", True]},
        {"$ne": ["$$entry.is_third_party", True]},
        {"$in": ["$$entry.kind", sorted(UPDATE_KINDS)]},
    ]
    since: Filter = {}
    if period.start:
        since = {"updated_datetime": {"$gte": period.start}}
        wanted.append({"$gte": ["$$entry.occurred_at", period.start]})
    if period.end:
        wanted.append({"$lte": ["$$entry.occurred_at", period.end]})
    return [
        {"$match": {**since, "is_private": False}},
        {"$project": {"history": {"$filter": {"input": "$history", "as": "entry", "cond": {"$and": wanted}}}}},
        {"$unwind": "$history"},
        {"$sort": {"history.occurred_at": 1, "_id": 1, "history.revision": 1}},
        {"$limit": limit},
    ]


def mongo_sort(sort: Sort) -> list[tuple[str, int]]:
    """The order, made total by the number."""
    direction = -1 if sort.is_descending else 1
    return [(sort.field, direction), ("_id", direction)]


def _what(query: RequestQuery) -> list[Filter]:
    parts: list[Filter] = []
    for field, values in (
        ("status", query.statuses),
        ("detailed_status", query.detailed_statuses),
        ("service.code", query.service_codes),
    ):
        if values:
            words = [str(value) for value in values]
            parts.append({field: words[0] if len(words) == 1 else {"$in": words}})
    if query.natures:
        # Documents from before there were natures do not say it, and are all requests.
        older = [None] if Nature.SERVICE_REQUEST in query.natures else []
        parts.append({"nature": {"$in": [*(nature.value for nature in query.natures), *older]}})
    if query.terms:
        terms: Filter = {"staff_terms" if query.searches_staff_text else "terms": {"$all": list(query.terms)}}
        parts.append({"$or": [{"_id": query.number}, terms]} if query.number else terms)
    return parts + _where(query)


def _where(query: RequestQuery) -> list[Filter]:
    parts: list[Filter] = []
    if query.bounds:
        # Plain comparisons include the edges and mean the same for every size of rectangle; a GeoJSON polygon bends its edges.
        box = query.bounds
        parts.append({"point.coordinates.0": {"$gte": box.west, "$lte": box.east}})
        parts.append({"point.coordinates.1": {"$gte": box.south, "$lte": box.north}})
    if query.near:
        circle = query.near
        parts.append({"point": {"$geoWithin": {"$centerSphere": [[circle.long, circle.lat], circle.metres / EARTH_METRES]}}})
    if query.address_keys:
        parts.append({"address_keys": {"$in": list(query.address_keys)}})
    return parts


def _when(query: RequestQuery) -> list[Filter]:
    parts: list[Filter] = []
    for field, period in (("requested_datetime", query.requested), ("updated_datetime", query.updated)):
        limits = {name: moment for name, moment in (("$gte", period.start), ("$lte", period.end)) if moment}
        if limits:
            parts.append({field: limits})
    if query.overdue_at:
        late = {"$lt": query.overdue_at}
        parts += [{"status": Status.OPEN.value}, {"$or": [{"expected_datetime": late}, {"answer_due_datetime": late}]}]
    return parts


def _for_staff(query: RequestQuery) -> list[Filter]:
    parts: list[Filter] = []
    if query.assignee is not None:
        parts.append({"assignee": query.assignee})
    if query.is_unassigned:
        parts.append({"assignee": None})
    if query.attention:
        parts.append({"attention": {"$in": [reason.value for reason in query.attention]}})
    if query.is_open_emergency is True:
        parts.append({"status": Status.OPEN.value, "attention": Attention.EMERGENCY.value})
    if query.is_open_emergency is False:
        parts.append({"$or": [{"status": {"$ne": Status.OPEN.value}}, {"attention": {"$ne": Attention.EMERGENCY.value}}]})
    if query.needs_attention:
        # Every reason by name: the index on them then gives the order too, which "there is a first one" would not.
        parts.append({"attention": {"$in": [reason.value for reason in Attention]}})
    return parts


def _beyond(cursor: Cursor) -> Filter:
    operator = "$lt" if cursor.sort.is_descending else "$gt"
    # The first clause alone bounds the index scan; the second settles equal moments.
    moment = {"$lte" if cursor.sort.is_descending else "$gte": cursor.moment}
    return {
        "$and": [
            {cursor.sort.field: moment},
            {"$or": [{cursor.sort.field: {operator: cursor.moment}}, {"_id": {operator: cursor.service_request_id}}]},
        ]
    }
