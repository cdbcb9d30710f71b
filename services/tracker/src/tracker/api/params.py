"""The query parameters of the JSON API → values. Pure; ``now`` is an argument.

A name that is no parameter is refused: a misspelled filter that silently filters nothing misleads whoever relies on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from shared.addresses import normalized_address
from shared.contracts import Attention, DetailedStatus, Nature, Status
from shared.pii import masked
from shared.tracking_number import InvalidNumber, parse_tracking_number
from tracker.api.problems import Problem, ProblemKind, invalid
from tracker.cursors import Cursor, Sort, read_cursor
from tracker.duplicates import Point, Sought
from tracker.store.queries import Bounds, Period, RequestQuery
from tracker.terms import address_keys, search_terms
from tracker.written import read_bounds, read_degrees, read_moment, read_whole

PUBLIC_FILTERS: Final = (
    "status",
    "detailed_status",
    "service_code",
    "nature",
    "requested_after",
    "requested_before",
    "updated_after",
    "updated_before",
    "bbox",
    "q",
)
STAFF_FILTERS: Final = ("assignee", "unassigned", "attention", "needs_attention", "overdue")
PAGING: Final = ("sort", "limit", "cursor")
PUBLIC_SORTS: Final = tuple(sort for sort in Sort if sort is not Sort.EMERGENCIES_FIRST)
"""The order would tell the public what staff are told to look at."""
MAX_HISTORY_ITEMS: Final = 500
HISTORY_ITEMS: Final = 200
"""On a page of a history, where the caller names no limit: all of a usual request's."""
_MAX_VALUES: Final = 100
_MAX_WORDS: Final = 20
_MAX_SEARCH: Final = 500
_MAX_CODE: Final = 64
_MAX_ADDRESS: Final = 1_000
_STAFF_ONLY: Final = "needs a staff key"

W = TypeVar("W", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class PageItems:
    """Items of a page: where the caller names no limit, and the largest that they may name."""

    usual: int
    most: int


def list_query(pairs: Iterable[tuple[str, str]], *, is_staff: bool, now: datetime, items: PageItems) -> RequestQuery:
    """What ``GET /api/v1/requests`` asks for.

    Raises:
        Problem: a parameter is unknown, wrong, or for staff only.
    """
    params = _known(pairs, (*PUBLIC_FILTERS, *STAFF_FILTERS, *PAGING))
    if not is_staff and (forbidden := [name for name in STAFF_FILTERS if name in params]):
        errors = [{"field": name, "detail": _STAFF_ONLY} for name in forbidden]
        raise Problem(ProblemKind.UNAUTHENTICATED, errors=errors, headers={"WWW-Authenticate": 'Bearer realm="staff"'})
    cursor, sort = _place(params, is_staff=is_staff)
    query = RequestQuery(
        includes_private=is_staff,
        statuses=_words(params, "status", Status),
        detailed_statuses=_words(params, "detailed_status", DetailedStatus),
        service_codes=_codes(params, "service_code"),
        natures=_words(params, "nature", Nature),
        requested=_period(params, "requested"),
        updated=_period(params, "updated"),
        bounds=_bounds(params),
        assignee=params.get("assignee"),
        is_unassigned=_flag(params, "unassigned"),
        attention=_words(params, "attention", Attention),
        needs_attention=_flag(params, "needs_attention"),
        overdue_at=now if _flag(params, "overdue") else None,
        sort=sort,
        after=cursor,
        limit=_limit(params, items),
    )
    return _searched(query, params["q"], is_staff=is_staff) if "q" in params else query


def history_page(pairs: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """``after`` (a revision) and ``limit`` of a history.

    Raises:
        Problem: one of them is wrong, or there is another.
    """
    params = _known(pairs, ("after", "limit"))
    after = read_whole(params.get("after", "0"))
    if after is None:
        raise invalid("after", "must be a whole number from 0, as next_after gives it")
    return after, _limit(params, PageItems(HISTORY_ITEMS, MAX_HISTORY_ITEMS))


def sought_place(pairs: Iterable[tuple[str, str]], *, is_staff: bool, now: datetime) -> Sought:
    """What ``GET /api/v1/requests/possible-duplicates`` asks for.

    Raises:
        Problem: a parameter is unknown or wrong, or none says where.
    """
    params = _known(pairs, ("service_code", "lat", "long", "address"))
    code, address = params.get("service_code", ""), params.get("address", "")
    if not 0 < len(code) <= _MAX_CODE:
        raise invalid("service_code", "must be one service code")
    if len(address) > _MAX_ADDRESS:
        raise invalid("address", f"must have at most {_MAX_ADDRESS} characters")
    point = _point(params)
    if point is None and not address:
        raise invalid("address", "needed, or lat and long")
    keys = address_keys(masked(address), normalized_address(address))  # as what is stored: its public words, and its postal form
    return Sought(service_code=code, point=point, address_keys=keys, received_at=now, includes_private=is_staff)


def no_params(pairs: Iterable[tuple[str, str]]) -> None:
    """There are none here.

    Raises:
        Problem: there is one.
    """
    _known(pairs, ())


def _known(pairs: Iterable[tuple[str, str]], names: tuple[str, ...]) -> Mapping[str, str]:
    """The parameters that say something; one that comes several times is a list."""
    params: dict[str, str] = {}
    for name, value in pairs:
        if name not in names:
            raise invalid(name[:_MAX_CODE], "is no parameter here")
        if value.strip():
            params[name] = f"{params[name]},{value.strip()}" if name in params else value.strip()
    return params


def _values(params: Mapping[str, str], name: str) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value.strip() for value in params.get(name, "").split(",") if value.strip()))
    if len(values) > _MAX_VALUES:
        raise invalid(name, f"must have at most {_MAX_VALUES} values")
    return values


def _words(params: Mapping[str, str], name: str, kind: type[W]) -> tuple[W, ...]:
    try:
        return tuple(kind(value) for value in _values(params, name))
    except ValueError:
        raise invalid(name, f"must be a comma list of {', '.join(kind)}") from None


def _codes(params: Mapping[str, str], name: str) -> tuple[str, ...]:
    values = _values(params, name)
    if any(len(value) > _MAX_CODE for value in values):
        raise invalid(name, "must be a comma list of service codes")
    return values


def _flag(params: Mapping[str, str], name: str) -> bool:
    match params.get(name, "false"):
        case "true":
            return True
        case "false":
            return False
    raise invalid(name, "must be true or false")


def _period(params: Mapping[str, str], what: str) -> Period:
    start, end = (_moment(params, f"{what}_{side}") for side in ("after", "before"))
    if start and end and end < start:
        raise invalid(f"{what}_before", f"must not be earlier than {what}_after")
    return Period(start, end)


def _moment(params: Mapping[str, str], name: str) -> datetime | None:
    if name not in params:
        return None
    found = read_moment(params[name])
    if found is None:
        raise invalid(name, "must be a date and time such as 2026-01-31T00:00:00Z")
    return found


def _bounds(params: Mapping[str, str]) -> Bounds | None:
    if "bbox" not in params:
        return None
    found = read_bounds(params["bbox"])
    if found is None:
        raise invalid("bbox", "must be west,south,east,north in degrees")
    return found


def _point(params: Mapping[str, str]) -> Point | None:
    if "lat" not in params and "long" not in params:
        return None
    lat, long = (read_degrees(params.get(name, ""), limit) for name, limit in (("lat", 90.0), ("long", 180.0)))
    if lat is None:
        raise invalid("lat", "must be degrees from -90 to 90, together with long")
    if long is None:
        raise invalid("long", "must be degrees from -180 to 180, together with lat")
    return lat, long


def _limit(params: Mapping[str, str], items: PageItems) -> int:
    number = read_whole(params.get("limit", str(items.usual)))
    if number is None or not 1 <= number <= items.most:
        raise invalid("limit", f"must be a whole number from 1 to {items.most}")
    return number


def _place(params: Mapping[str, str], *, is_staff: bool) -> tuple[Cursor | None, Sort]:
    """Where to go on, and in which order; a cursor knows its order."""
    orders = tuple(Sort) if is_staff else PUBLIC_SORTS
    sort = next((order for order in orders if order.value == params.get("sort")), None)
    if "sort" in params and sort is None:
        raise invalid("sort", f"must be one of {', '.join(orders)}")
    if "cursor" not in params:
        return None, sort or (Sort.EMERGENCIES_FIRST if is_staff else Sort.NEWEST_REQUESTED)
    cursor = read_cursor(params["cursor"])
    if cursor is None or cursor.sort not in orders:
        raise invalid("cursor", "must be next_cursor of an earlier page")
    if sort not in {None, cursor.sort}:
        raise invalid("sort", "must be that of the cursor")
    return cursor, cursor.sort


def _searched(query: RequestQuery, words: str, *, is_staff: bool) -> RequestQuery:
    terms = search_terms(words[:_MAX_SEARCH], limit=_MAX_WORDS)
    if not terms:
        raise invalid("q", "must have a letter or a digit")
    number = parse_tracking_number(words)
    known = None if isinstance(number, InvalidNumber) else number
    return replace(query, terms=terms, number=known, searches_staff_text=is_staff)
