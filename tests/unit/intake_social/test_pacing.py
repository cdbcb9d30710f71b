"""When a net is asked next: never at once, never never."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_social.pacing import Pace, after_failure, after_success, failure_gap, limit_gap, usual_gap
from support.x_posts import NOW


def test_failures_in_a_row_double_the_gap_up_to_five_minutes() -> None:
    """And a success begins anew."""
    pace, gaps = Pace(60.0), []
    for _ in range(12):
        pace = after_failure(pace)
        gaps.append(failure_gap(pace))
    assert gaps == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert failure_gap(after_failure(after_success(pace))) == 2


@pytest.mark.parametrize(
    ("until", "gap"),
    [(timedelta(minutes=3), 181), (timedelta(days=400), 960), (timedelta(seconds=0), 5), (timedelta(days=-400), 5), (None, 60)],
)
def test_a_limit_is_believed_within_reason(until: timedelta | None, gap: float) -> None:
    """The network's clock, or ours, may be wrong."""
    assert limit_gap(NOW + until if until is not None else None, NOW) == gap


def test_over_the_budget_it_slows_down() -> None:
    """It goes on, ten times as rarely."""
    assert [usual_gap(Pace(60.0), is_over_budget=over) for over in (False, True)] == [60, 600]


@given(st.integers(0, 10**9))
def test_it_never_spins(failures: int) -> None:
    """Whatever happened before."""
    assert 2 <= failure_gap(Pace(1.0, failures)) <= 300
