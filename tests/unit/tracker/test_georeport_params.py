"""The query parameters of GeoReport."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import Status
from support.examples import NUMBER, OTHER_NUMBER
from tracker.georeport.errors import GeoReportError
from tracker.georeport.params import MAX_SPAN, check_jurisdiction, present, requested_period, requests_params
from tracker.store.queries import Period

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def test_an_empty_parameter_is_an_absent_one() -> None:
    """Forms send every field, filled or not; of a repeated one the last that says something counts."""
    assert present([("a", ""), ("b", "  "), ("c", " x "), ("c", "y"), ("c", "")]) == {"c": "y"}


def test_an_unknown_parameter_is_ignored() -> None:
    """What a later version of a client adds does no harm."""
    assert requests_params({"colour": "blue"}, NOW) == requests_params({}, NOW)


def test_without_dates_the_last_ninety_days() -> None:
    """Open towards the future, so that another host's clock hides nothing."""
    assert requested_period({}, NOW) == Period(NOW - MAX_SPAN)


def test_one_date_alone_reaches_ninety_days() -> None:
    """Forwards from a start, backwards from an end."""
    assert requested_period({"start_date": START.isoformat()}, NOW) == Period(START, START + MAX_SPAN)
    assert requested_period({"end_date": END.isoformat()}, NOW) == Period(END - MAX_SPAN, END)


def test_both_dates() -> None:
    """As they are, up to exactly ninety days."""
    dates = {"start_date": START.isoformat(), "end_date": (START + MAX_SPAN).isoformat()}
    assert requested_period(dates, NOW) == Period(START, START + MAX_SPAN)


def test_a_date_at_the_calendars_end_raises_nothing() -> None:
    """Ninety days beyond it is simply open."""
    assert requested_period({"start_date": "9999-12-31T00:00:00Z"}, NOW).end is None
    assert requested_period({"end_date": "0001-01-02T00:00:00Z"}, NOW).start is None


def test_changed_since_is_about_old_requests_too() -> None:
    """The default window does not hide an old request that changed yesterday."""
    query = requests_params({"updated_after": START.isoformat()}, NOW).query
    assert query.requested == Period()
    assert query.updated == Period(START, None)


def test_numbers_override_everything_else() -> None:
    """Even what would be wrong; what is no number of ours is silently absent, and each stands once."""
    asked = requests_params({"service_request_id": f"{NUMBER.lower()}, 1234,{OTHER_NUMBER},{NUMBER}", "status": "odd"}, NOW)
    assert asked.numbers == (NUMBER, OTHER_NUMBER)


def test_lists_and_pages() -> None:
    """Comma lists in any case of status; a page is skipped by its size."""
    query = requests_params({"status": "OPEN,closed", "service_code": "A, B,,A", "page": "3", "page_size": "10"}, NOW).query
    assert query.statuses == (Status.OPEN, Status.CLOSED)
    assert query.service_codes == ("A", "B")
    assert (query.skip, query.limit) == (20, 10)


@pytest.mark.parametrize(
    ("written", "asked"), [("true", True), ("TRUE", True), ("1", True), ("false", False), ("", False), ("maybe", False)]
)
def test_extensions(written: str, *, asked: bool) -> None:
    """Only a clear yes adds anything."""
    assert requests_params(present([("extensions", written)]), NOW).has_extensions is asked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "waiting"),
        ("start_date", "NaN"),
        ("end_date", "2026-13-01"),
        ("updated_after", "soon"),
        ("page", "0"),
        ("page", "-1"),
        ("page", "1e9"),
        ("page_size", "1001"),
        ("bbox", "1,2,3"),
        ("service_code", ",".join(map(str, range(1_001)))),
    ],
)
def test_a_wrong_parameter_is_named(name: str, value: str) -> None:
    """400 with the field's name first."""
    with pytest.raises(GeoReportError) as refused:
        requests_params({name: value}, NOW)
    assert refused.value.code == 400
    assert refused.value.description.startswith(name)


@pytest.mark.parametrize(("start", "end"), [(END, START), (START, START + MAX_SPAN + timedelta(seconds=1))])
def test_a_period_is_forwards_and_at_most_ninety_days(start: datetime, end: datetime) -> None:
    """Both are said of the end."""
    with pytest.raises(GeoReportError, match="end_date"):
        requested_period({"start_date": start.isoformat(), "end_date": end.isoformat()}, NOW)


def test_the_jurisdiction() -> None:
    """Optional; a wrong one is not found."""
    check_jurisdiction({}, "carync.gov")
    check_jurisdiction({"jurisdiction_id": "carync.gov"}, "carync.gov")
    with pytest.raises(GeoReportError) as refused:
        check_jurisdiction({"jurisdiction_id": "elsewhere.example"}, "carync.gov")
    assert refused.value.code == 404


NAMES = (
    "start_date",
    "end_date",
    "updated_after",
    "status",
    "service_code",
    "service_request_id",
    "page",
    "page_size",
    "bbox",
    "extensions",
)


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60)))
def test_any_parameters_are_understood_or_refused(params: dict[str, str]) -> None:
    """Nothing else is raised, whatever is sent."""
    asked: Callable[[], object] = lambda: requests_params(present(params.items()), NOW)  # noqa: E731 - one expression
    try:
        asked()
    except GeoReportError as refused:
        assert refused.code in {400, 404}  # noqa: PT017 - either outcome is right
