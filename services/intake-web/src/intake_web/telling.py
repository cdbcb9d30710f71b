"""What whoever hands a report in is told in the answer to it, before anybody has read it. Pure."""

from datetime import datetime
from typing import Protocol

from shared.contracts import Emergency, Language
from shared.town.after_hours import after_hours_notice
from shared.town.calendar import BusinessCalendar
from shared.town.town import Town


class Taken(Protocol):
    """``intake.Accepted``, as far as it matters here."""

    @property
    def received_at(self) -> datetime: ...  # noqa: D102 - as there
    @property
    def emergency(self) -> Emergency | None: ...  # noqa: D102 - as there
    @property
    def is_outside_town(self) -> bool: ...  # noqa: D102 - as there


def told_at_once(accepted: Taken, language: Language, town: Town, calendar: BusinessCalendar) -> str | None:
    """Whom to phone in an emergency, or to ask about a place outside the town; after hours, when the desk opens. None: nothing."""
    told = (
        town.told_at_once(accepted.emergency, language, is_outside=accepted.is_outside_town),
        after_hours_notice(town, calendar, accepted.received_at, accepted.emergency, language),
    )
    return " ".join(sentence for sentence in told if sentence) or None
