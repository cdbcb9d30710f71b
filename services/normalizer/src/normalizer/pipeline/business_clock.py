"""By when the resident hears from us, and by when the work should be done: in business time, from when we received it."""

from datetime import datetime
from typing import Final, NamedTuple

from normalizer.pipeline.decisions import decision
from normalizer.pipeline.rules import Rules
from shared.contracts import Decision, Nature, SubmissionReceived
from shared.errors import PoisonError
from shared.town.catalogue import ServiceDefinition
from shared.town.promises import Owed, owed

PLAUSIBLE_YEARS: Final = range(2000, 2200)
"""Beyond these a calendar computes nonsense or overflows."""


class Clocks(NamedTuple):
    """What we owe, and by when."""

    answer_due: datetime | None
    expected: datetime | None
    """None: there is no work."""
    decision: Decision


def start_clocks(submission: SubmissionReceived, service: ServiceDefinition, nature: Nature, town: Rules) -> Clocks:
    """The deadlines, by what the message is; what came after hours counts from the next opening.

    Raises:
        PoisonError: ``implausible_time``.
    """
    received = submission.received_at
    if received.year not in PLAUSIBLE_YEARS:
        raise PoisonError("implausible_time", "received_at")
    calendar, days = town.calendar, service.expected_business_days
    received = received.astimezone(calendar.timezone)
    promised = owed(nature, submission.channel, received, days, town.answer_business_days, calendar)
    is_in_hours = calendar.is_open(received)
    why = _why(promised, days, town.answer_business_days, is_in_hours=is_in_hours)
    return Clocks(promised.answer_due, promised.work_due, decision("clock", "in_hours" if is_in_hours else "after_hours", why))


def _why(promised: Owed, work_days: int, answer_days: int, *, is_in_hours: bool) -> str:
    parts = []
    if promised.work_due is not None:
        parts.append(f"the work by the end of {work_days} business day(s)")
    if promised.answer_due is not None:
        parts.append(f"an answer within {answer_days}" + ("" if parts else " business day(s)"))
    if not parts:
        return "nothing is owed"
    return ", ".join([*parts, *([] if is_in_hours else ["counted from the next opening"])])
