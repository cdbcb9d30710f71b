"""Held partitions: gaps grow, others are not touched, what is no longer ours is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.bugs import BugLimit, TooManyBugsError
from shared.kafka.holding import SILENT_SECONDS, Holds
from shared.kafka.records import TopicPartition

ONE, TWO = TopicPartition("work", 1), TopicPartition("work", 2)


def holds() -> Holds:
    return Holds(first_gap_seconds=1.0, longest_gap_seconds=10.0, jitter=lambda: 1.0)


def test_gaps_grow_up_to_the_longest() -> None:
    """A dependency that is away for long is asked seldom, but never never."""
    held, now, gaps = holds(), 0.0, []
    for _ in range(6):
        held.hold(ONE, now=now)
        due = next(moment for moment in (now + step / 2 for step in range(100)) if held.due(now=moment))
        gaps.append(due - now)
        now = due
    assert gaps == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_success_starts_the_gaps_anew() -> None:
    """The next outage is a new one."""
    held = holds()
    held.hold(ONE, now=0.0)
    held.hold(ONE, now=0.0)
    held.release(ONE)
    assert (len(held), held.tries(ONE)) == (0, 0)
    held.hold(ONE, now=0.0)
    assert held.due(now=1.0) == [ONE]


def test_a_partition_that_is_tried_counts_as_held_until_it_succeeds() -> None:
    """Readiness must not flicker with every try."""
    held = holds()
    held.hold(ONE, now=0.0)
    assert held.due(now=1.0) == [ONE]
    assert held.due(now=1.0) == []
    assert len(held) == 1


def test_a_partition_with_nothing_left_in_it_is_released_in_the_end() -> None:
    """Its records may have been deleted by retention meanwhile."""
    held = holds()
    held.hold(ONE, now=0.0)
    held.due(now=1.0)
    held.due(now=1.0 + SILENT_SECONDS + 1)
    assert len(held) == 0


def test_what_is_somebody_elses_now_is_forgotten() -> None:
    """After a rebalance only our own partitions count."""
    held = holds()
    held.hold(ONE, now=0.0)
    held.hold(TWO, now=0.0)
    held.keep_only({TWO})
    assert held.due(now=5.0) == [TWO]


@given(st.lists(st.floats(0, 10_000), max_size=60).map(sorted), st.integers(0, 20))
def test_the_bug_limit_counts_within_its_window_only(moments: list[float], limit: int) -> None:
    """The loop stops exactly when one window holds more bugs than the limit."""
    bugs = BugLimit(limit, window_seconds=100.0)
    for position, moment in enumerate(moments):
        within = sum(1 for earlier in moments[: position + 1] if earlier >= moment - 100.0)
        if within > limit:
            with pytest.raises(TooManyBugsError):
                bugs.count(moment)
            return
        bugs.count(moment)
