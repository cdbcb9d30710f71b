"""The status machine, walked."""

import pytest

from shared.contracts import DetailedStatus, Status
from tracker.status import REOPENABLE, REOPENED, TRANSITIONS, StatusFault, check_change, check_merge, check_reopening, reopens

PAIRS = [(present, wished) for present in DetailedStatus for wished in DetailedStatus]


@pytest.mark.parametrize(("present", "wished"), PAIRS)
def test_every_pair_is_decided_by_the_table(present: DetailedStatus, wished: DetailedStatus) -> None:
    """A change is possible exactly where the table says so, or where it changes nothing."""
    is_allowed = wished is present or wished in TRANSITIONS[present]
    assert (check_change(present, wished) is None) is is_allowed


def test_the_table_knows_every_state() -> None:
    """A new state cannot be forgotten in the table."""
    assert set(TRANSITIONS) == set(DetailedStatus)


def test_nothing_becomes_received_or_a_duplicate_by_a_plain_change() -> None:
    """Received is where a request begins, and a merge is an event of its own."""
    reachable = set().union(*TRANSITIONS.values())
    assert {DetailedStatus.RECEIVED, DetailedStatus.DUPLICATE}.isdisjoint(reachable)


def test_a_closed_request_opens_only_by_reopening() -> None:
    """From a closed state the table leads to closed states only."""
    closed = [state for state in DetailedStatus if state.status is Status.CLOSED]
    assert all(wished.status is Status.CLOSED for state in closed for wished in TRANSITIONS[state])


@pytest.mark.parametrize("present", list(DetailedStatus))
def test_reopening(present: DetailedStatus) -> None:
    """What is closed can be reopened, but for a duplicate; so does a follow-up of its reporter."""
    fault = check_reopening(present)
    assert (fault is None) is (present in REOPENABLE) is reopens(present)
    if present is DetailedStatus.DUPLICATE:
        assert fault is StatusFault.IS_DUPLICATE
    assert REOPENED.status is Status.OPEN


def test_merges() -> None:
    """Nothing is a duplicate of itself, of what is followed at it, or twice."""
    assert check_merge("A", DetailedStatus.RECEIVED, "B", ("C",)) is None
    assert check_merge("A", DetailedStatus.RECEIVED, "A", ()) is StatusFault.NOT_ALLOWED
    assert check_merge("A", DetailedStatus.RECEIVED, "B", ("C", "A")) is StatusFault.NOT_ALLOWED
    assert check_merge("A", DetailedStatus.DUPLICATE, "B", ()) is StatusFault.IS_DUPLICATE
