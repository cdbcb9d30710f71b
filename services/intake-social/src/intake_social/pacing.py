"""When a net is asked next. Pure: failures and limits in, seconds out; whatever the network answers, nothing here is ever zero."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

FIRST_GAP_SECONDS: Final = 2.0
LONGEST_GAP_SECONDS: Final = 300.0
SHORTEST_LIMIT_SECONDS: Final = 5.0
LONGEST_LIMIT_SECONDS: Final = 16 * 60.0
"""X's limits are of 15 minutes; a reset far away or long ago is a broken clock's."""
UNTOLD_LIMIT_SECONDS: Final = 60.0
"""A limit without a time of its end."""
STOPPED_GAP_SECONDS: Final = 3_600.0
"""Only a person can help; looking once an hour finds out that one has."""
OVER_BUDGET_FACTOR: Final = 10.0
OVER_BUDGET_REPLY_SECONDS: Final = 600.0
"""Between two replies: 144 a day still go out."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one net."""

    poll_seconds: float
    failures: int = 0


def after_success(pace: Pace) -> Pace:
    """The pace from now on."""
    return Pace(pace.poll_seconds)


def after_failure(pace: Pace) -> Pace:
    """The pace from now on."""
    return Pace(pace.poll_seconds, pace.failures + 1)


def usual_gap(pace: Pace, *, is_over_budget: bool) -> float:
    """Seconds to the next sweep."""
    return pace.poll_seconds * (OVER_BUDGET_FACTOR if is_over_budget else 1.0)


def failure_gap(pace: Pace) -> float:
    """Seconds to the next try, twice as many after each failure in a row."""
    return min(FIRST_GAP_SECONDS * 2.0 ** min(max(pace.failures - 1, 0), 16), LONGEST_GAP_SECONDS)


def limit_gap(until: datetime | None, now: datetime) -> float:
    """Seconds until the network takes requests again, within reason."""
    if until is None:
        return UNTOLD_LIMIT_SECONDS
    return min(max((until - now).total_seconds() + 1.0, SHORTEST_LIMIT_SECONDS), LONGEST_LIMIT_SECONDS)
