"""Moments in the town's zone and the reader's language, as people say them. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta

from shared.contracts import Language

_DAY = {Language.EN: "EEEE, MMMM d", Language.ES: "EEEE d 'de' MMMM"}
"""Weekday, month and day, in full: CLDR's own pattern for them abbreviates."""


@dataclass(frozen=True, slots=True)
class Dates:
    """Writes moments for one language in the town's zone."""

    language: Language
    zone: ZoneInfo

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def day(self, moment: datetime) -> str:
        """``Tuesday, November 24``."""
        return format_date(self._local(moment), _DAY[self.language], locale=self.language.value)

    def time(self, moment: datetime) -> str:
        """``7:00 AM``."""
        return format_time(self._local(moment), "short", tzinfo=self.zone, locale=self.language.value)

    def moment(self, moment: datetime) -> str:
        """``November 24, 2026, 7:00 AM``."""
        date = format_date(self._local(moment), "long", locale=self.language.value)
        return f"{date}, {self.time(moment)}"

    def ago(self, moment: datetime, now: datetime) -> str:
        """``2 days ago``; by the minute, and never in the future, whatever two clocks say."""
        passed = min(moment - now, timedelta(seconds=-1))
        return format_timedelta(passed, granularity="minute", add_direction=True, locale=self.language.value)

    def machine(self, moment: datetime) -> str:
        """For the ``datetime`` attribute of ``<time>``: RFC 3339 with the town's offset, whole seconds."""
        return self._local(moment).isoformat(timespec="seconds")
