"""GeoReport's query parameters → values. Pure; ``now`` is an argument.

An empty parameter is an absent one, an unknown one is ignored, a wrong one is a 400 that names it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.contracts import Status
from shared.tracking_number import InvalidNumber, parse_tracking_number
from tracker.georeport.errors import bad, unknown
from tracker.store.queries import MAX_PAGE, Bounds, Period, RequestQuery
from tracker.written import read_bounds, read_moment, read_whole

MAX_SPAN: Final = timedelta(days=90)
MAX_SKIP: Final = 1_000_000
"""A page that begins behind this many requests is taken as past the end: no town has that many in a window."""
_MAX_VALUES: Final = 1_000
_MAX_CHARACTERS: Final = 40_000
_YES: Final = frozenset({"true", "1", "yes"})


@dataclass(frozen=True, slots=True)
class RequestsParams:
    """What ``GET requests`` asks for: certain numbers, or a query."""

    numbers: tuple[str, ...] | None
    """Canonical numbers; they override every other parameter, and what is no number of ours is silently absent."""
    query: RequestQuery
    has_extensions: bool


def present(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """The parameters that say something: the last value of each name that is not blank."""
    return {name: value.strip() for name, value in pairs if value.strip()}


def check_jurisdiction(params: Mapping[str, str], jurisdiction_id: str) -> None:
    """The parameter is optional; a wrong one is 404.

    Raises:
        GeoReportError: it names somebody else's jurisdiction.
    """
    if params.get("jurisdiction_id", jurisdiction_id) != jurisdiction_id:
        raise unknown("jurisdiction_id")


def moment(field: str, written: str) -> datetime:
    """A date as clients write it: ``Z``, an offset (also with its ``+`` turned into a blank), fractions (cut), no zone (UTC).

    Raises:
        GeoReportError: it is no date.
    """
    found = read_moment(written)
    if found is None:
        raise bad(field, "must be a date and time such as 2026-01-31T00:00:00Z")
    return found


def _optional_moment(params: Mapping[str, str], field: str) -> datetime | None:
    return moment(field, params[field]) if field in params else None


def _shifted(at: datetime, by: timedelta) -> datetime | None:
    try:
        return at + by
    except OverflowError:
        return None


def requested_period(params: Mapping[str, str], now: datetime, *, default: timedelta | None = MAX_SPAN) -> Period:
    """``start_date`` and ``end_date``: at most 90 days; one of them alone reaches 90 days; none: the last 90.

    Raises:
        GeoReportError: a date is none, the end lies before the start, or the span is too long.
    """
    start, end = _optional_moment(params, "start_date"), _optional_moment(params, "end_date")
    if start and end:
        if end < start:
            raise bad("end_date", "must not be before start_date")
        if end - start > MAX_SPAN:
            raise bad("end_date", "must be at most 90 days after start_date")
        return Period(start, end)
    if start:
        return Period(start, _shifted(start, MAX_SPAN))
    if end:
        return Period(_shifted(end, -MAX_SPAN), end)
    # Open towards the future: a clock of another host that is a little ahead hides no request.
    return Period(now - default) if default else Period()


def _updated_period(params: Mapping[str, str]) -> Period:
    return Period(_optional_moment(params, "updated_after"), _optional_moment(params, "updated_before"))


def comma_list(field: str, written: str) -> tuple[str, ...]:
    """The values of a comma list, without blanks and repeats, in order.

    Raises:
        GeoReportError: more values than one answer could hold.
    """
    values = tuple(dict.fromkeys(value.strip() for value in written[:_MAX_CHARACTERS].split(",") if value.strip()))
    if len(values) > _MAX_VALUES or len(written) > _MAX_CHARACTERS:
        raise bad(field, f"must have at most {_MAX_VALUES} values")
    return values


def _statuses(params: Mapping[str, str]) -> tuple[Status, ...]:
    try:
        return tuple(Status(value.lower()) for value in comma_list("status", params.get("status", "")))
    except ValueError:
        raise bad("status", "must be open or closed") from None


def _whole(params: Mapping[str, str], field: str, default: int, most: int | None = None) -> int:
    number = read_whole(params.get(field, str(default)))
    if number is None or number < 1 or (most and number > most):
        raise bad(field, f"must be a whole number from 1{f' to {most}' if most else ''}")
    return number


def bounds(written: str) -> Bounds:
    """``bbox=west,south,east,north`` in degrees.

    Raises:
        GeoReportError: not four numbers, out of range, or turned around.
    """
    found = read_bounds(written)
    if found is None:
        raise bad("bbox", "must be west,south,east,north in degrees")
    return found


def _numbers(written: str) -> tuple[str, ...]:
    parsed = (parse_tracking_number(value) for value in comma_list("service_request_id", written))
    return tuple(dict.fromkeys(number for number in parsed if not isinstance(number, InvalidNumber)))


def requests_params(params: Mapping[str, str], now: datetime) -> RequestsParams:
    """The parameters of ``GET requests``.

    Raises:
        GeoReportError: one of them is wrong.
    """
    has_extensions = params.get("extensions", "").lower() in _YES
    if "service_request_id" in params:
        return RequestsParams(_numbers(params["service_request_id"]), RequestQuery(limit=MAX_PAGE), has_extensions)
    page, size = _whole(params, "page", 1), _whole(params, "page_size", MAX_PAGE, MAX_PAGE)
    updated = _updated_period(params)
    # "What changed since" is about old requests too: the default window stands only where nothing else bounds the answer.
    requested = requested_period(params, now, default=None if updated.start else MAX_SPAN)
    query = RequestQuery(
        statuses=_statuses(params),
        service_codes=comma_list("service_code", params.get("service_code", "")),
        requested=requested,
        updated=updated,
        bounds=bounds(params["bbox"]) if "bbox" in params else None,
        skip=(page - 1) * size,
        limit=size,
    )
    return RequestsParams(None, query, has_extensions)
