"""By when the resident hears from us, and by when the work should be done: in business time, from when we received it."""

from datetime import datetime
from typing import Final, NamedTuple

from normalizer.pipeline.decisions import decision
from normalizer.pipeline.rules import Rules
from shared.contracts import Channel, Decision, SubmissionReceived
from shared.errors import PoisonError
from shared.town.catalogue import ServiceDefinition

ANSWERED_BY_CLOCK: Final = frozenset({Channel.EMAIL, Channel.X, Channel.MASTODON, Channel.BLUESKY})
"""Where the town promises an answer within some business days; elsewhere the number tells how things stand."""
PLAUSIBLE_YEARS: Final = range(2000, 2200)
"""Beyond these a calendar computes nonsense or overflows."""


class Clocks(NamedTuple):
    """What we owe, and by when."""

    answer_due: datetime | None
    expected: datetime
    decision: Decision


def start_clocks(submission: SubmissionReceived, service: ServiceDefinition, town: Rules) -> Clocks:
    """The deadlines; what came after hours counts from the next opening.

    Raises:
        PoisonError: ``implausible_time``.
    """
    received = submission.received_at
    if received.year not in PLAUSIBLE_YEARS:
        raise PoisonError("implausible_time", "received_at")
    calendar, days = town.calendar, service.expected_business_days
    received = received.astimezone(calendar.timezone)
    is_in_hours = calendar.is_open(received)
    why = f"the work by the end of {days} business day(s)"
    answer_due = None
    if submission.channel in ANSWERED_BY_CLOCK:
        answer_due = calendar.add_business_days(received, town.answer_business_days)
        why += f", an answer within {town.answer_business_days}"
    if not is_in_hours:
        why += ", counted from the next opening"
    expected = calendar.end_after_business_days(received, days)
    return Clocks(answer_due, expected, decision("clock", "in_hours" if is_in_hours else "after_hours", why))
