"""Moments, rectangles and numbers as callers write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.written import read_bounds, read_moment, read_whole

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
WRITTEN = [
    "2026-01-31T12:00:00Z",
    "2026-01-31t12:00:00z",
    "2026-01-31 12:00:00Z",
    "2026-01-31T12:00Z",
    "2026-01-31T12:00:00",
    "2026-01-31T12:00:00.999Z",
    "2026-01-31T12:00:00,5Z",
    "2026-01-31T07:00:00-05:00",
    "2026-01-31T07:00:00-0500",
    "2026-01-31T14:00:00+02:00",
    "2026-01-31T14:00:00 02:00",  # a plus sign that went through a query string
]
NO_MOMENTS = [
    "",
    "yesterday",
    "2026-02-30T00:00:00Z",
    "2026-01-31T25:00:00Z",
    "2026-01-31T12:00:00+99:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-01-31T12:00:00Z; drop",
    "1769860800",
    "\u0662\u0660\u0662\u0666-01-31",
    "2026-01-31T12:00:00Z" + " " * 100,
]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_moment_in_many_spellings(written: str) -> None:
    """``Z``, offsets, fractions, no zone: all the same moment."""
    assert read_moment(written) == NOON


@pytest.mark.parametrize("written", NO_MOMENTS)
def test_what_is_no_moment(written: str) -> None:
    """None, and no exception, not even beyond the calendar."""
    assert read_moment(written) is None


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the zone comes next
def test_every_moment_comes_back(naive: datetime, offset_minutes: int) -> None:
    """Whatever our own answers could say is read as the same second."""
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset_minutes)))
    assert read_moment(moment.isoformat()) == moment


@given(st.text(max_size=80))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    """No text raises."""
    found = read_moment(text)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize("written", ["-78.9,35.7,-78.7,35.9", " -78.9, 35.7 ,-78.7,35.9", "0,0,0,0", "-180,-90,180,90"])
def test_rectangles(written: str) -> None:
    """West, south, east, north; a point is one too."""
    found = read_bounds(written)
    assert found is not None
    assert found.west <= found.east
    assert found.south <= found.north


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "NaN,0,1,1",
        "inf,0,1,1",
        "2,0,1,1",
        "0,2,1,1",
        "-181,0,1,1",
        "0,0,0,91",
        "1_0,0,20,1",
        "1e1,0,20,1",
        "\u0661,0,2,2",
    ],
)
def test_what_is_no_rectangle(written: str) -> None:
    """Not four plain numbers in range, or turned around."""
    assert read_bounds(written) is None


@pytest.mark.parametrize(
    ("written", "number"),
    [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("-1", None), ("1.0", None), ("\u0661", None), ("", None)],
)
def test_whole_numbers(written: str, number: int | None) -> None:
    """ASCII digits that fit into 64 bits."""
    assert read_whole(written) == number
