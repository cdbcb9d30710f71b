"""What the town owes whoever wrote, and by when: in business time, by what the message is. Pure.

==================  =========================================  ==============================
nature              an answer                                  work
==================  =========================================  ==============================
service request     to mail and posts, within the answer days  by the end of the service's days
inquiry             on every channel, within the answer days   none
neither             none                                       none
==================  =========================================  ==============================
"""

from datetime import datetime
from typing import Final, NamedTuple

from shared.contracts import Channel, Nature
from shared.town.calendar import BusinessCalendar

ANSWERED_BY_CLOCK: Final = frozenset({Channel.EMAIL, Channel.X, Channel.MASTODON, Channel.BLUESKY})
"""Where the town promises an answer to a request within some business days; elsewhere the number tells how things stand."""


class Owed(NamedTuple):
    """Two deadlines in the town's zone; None: nothing of that kind is owed."""

    answer_due: datetime | None
    work_due: datetime | None


NOTHING: Final = Owed(None, None)


def owed(nature: Nature, channel: Channel, at: datetime, work_days: int, answer_days: int, calendar: BusinessCalendar) -> Owed:  # noqa: PLR0913, PLR0917 - what a deadline depends on
    """What is owed for a message that came ``at`` (aware). After hours both count from the next opening.

    Args:
        nature: what it is.
        channel: where it came from.
        at: when the town received it.
        work_days: business days that the work usually takes.
        answer_days: business days within which the town answers.
        calendar: the town's.
    """
    if nature is Nature.NEITHER:
        return NOTHING
    is_inquiry = nature is Nature.INQUIRY
    answer_due = calendar.add_business_days(at, answer_days) if is_inquiry or channel in ANSWERED_BY_CLOCK else None
    return Owed(answer_due, None if is_inquiry else calendar.end_after_business_days(at, work_days))
