"""Business time: when advocates answer, and when something is due. The calendar is pure: the moment asked about is always an argument.

How a deadline counts:

* What arrives while the desk is closed counts from the next opening.
* A business day later is the same time of day on the next business day: Monday 10:00 and one business day is Tuesday 10:00,
  Friday 18:30 and one business day is Monday 18:30.
* What counts from an opening has that whole day, so a deadline always lies inside opening hours: Saturday and one business day
  is Monday 19:00 (the closing), not Tuesday 7:00. Both are the same twelve business hours away.
* Time of day is the town's wall clock, so a deadline does not shift when the clocks change.
"""

from collections.abc import Callable, Container
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.contracts import Language
from shared.errors import ConfigurationError
from shared.settings import CalendarSettings
from shared.town.holidays import load_holidays
from shared.town.town import load_town

WEEKDAYS = frozenset({1, 2, 3, 4, 5})
OPENS = time(7)
CLOSES = time(19)
MAX_CLOSED_DAYS = 400
"""A town that opens on no day of a year is a mistake in its configuration."""
REMEMBERED_ANSWERS = 4_096
_ONE_DAY = timedelta(days=1)


class BusinessCalendar:
    """Opening hours on business days in a time zone.

    Args:
        timezone: where the town is.
        holidays: dates on which the desk is closed.
        weekdays: ISO weekdays (1 is Monday) on which it is open.
        opens, closes: wall clock times; open from the first, no longer open at the second.
        holiday_name: what a holiday is called in a language; None where nobody said.
    """

    def __init__(  # noqa: PLR0913 - what a calendar is made of, each named
        self,
        timezone: ZoneInfo,
        holidays: Container[date] = frozenset(),
        *,
        weekdays: frozenset[int] = WEEKDAYS,
        opens: time = OPENS,
        closes: time = CLOSES,
        holiday_name: Callable[[date, Language], str | None] = lambda _day, _language: None,
    ) -> None:
        if opens >= closes:
            raise ConfigurationError("the calendar must open before it closes")
        self.timezone = timezone
        self.opens = opens
        self.closes = closes
        self._holidays = holidays
        self._weekdays = weekdays
        self.holiday_name = holiday_name
        """What a holiday is called in a language; None: nobody said."""
        # A batch asks the same few days again and again.
        self._later: Callable[[date, int], date] = lru_cache(REMEMBERED_ANSWERS)(self._count_business_days)

    def is_business_day(self, day: date) -> bool:
        """Whether the desk opens on that day of the town's calendar."""
        return day.isoweekday() in self._weekdays and day not in self._holidays

    def is_open(self, at: datetime) -> bool:
        """Whether advocates answer at that moment (aware)."""
        local = self._local(at)
        return self.opens <= local.time() < self.closes and self.is_business_day(local.date())

    def next_opening(self, at: datetime) -> datetime:
        """The first opening at ``at`` or later, in the town's zone; while open, the opening of the next business day."""
        local = self._local(at)
        day = local.date()
        if local.time() <= self.opens and self.is_business_day(day):
            return self._at(day, self.opens)
        return self._at(self._later(day, 1), self.opens)

    def holiday_before_opening(self, at: datetime) -> date | None:
        """The first holiday for which the desk, closed ``at``, stays closed until its next opening; None: it rests as every week."""
        day, opens = self._local(at).date(), self.next_opening(at).date()
        while day < opens:
            if day.isoweekday() in self._weekdays and day in self._holidays:
                return day
            day += _ONE_DAY
        return None

    def closing(self, at: datetime) -> datetime:
        """The closing of the business day that ``at`` lies in; of the next one when the desk has closed or stays closed that day."""
        return self._at(self._start(at).date(), self.closes)

    def add_business_days(self, at: datetime, days: int) -> datetime:
        """When ``days`` whole business days have passed since ``at`` (see the module's rules), in the town's zone."""
        self._not_negative(days)
        start = self._start(at)
        if days and start.time() == self.opens:
            return self._at(self._later(start.date(), days - 1), self.closes)
        return self._at(self._later(start.date(), days), start.time())

    def end_after_business_days(self, at: datetime, days: int) -> datetime:
        """The closing of the day on which ``days`` business days have passed: for what is promised for a day, not for an hour."""
        return self._at(self.add_business_days(at, days).date(), self.closes)

    def add_business_hours(self, at: datetime, hours: float) -> datetime:
        """When ``hours`` of opening time have passed since ``at``, in the town's zone."""
        self._not_negative(hours)
        start = self._start(at)
        day, left = start.date(), timedelta(hours=hours)
        until_closing = _between(start.time(), self.closes)
        if left <= until_closing:
            return self._at(day, _add(start.time(), left))
        whole_day = _between(self.opens, self.closes)
        # A remainder of nothing is the closing of the day before, never an opening.
        full_days, rest = divmod(left - until_closing, whole_day)
        if not rest:
            full_days, rest = full_days - 1, whole_day
        return self._at(self._later(day, full_days + 1), _add(self.opens, rest))

    def _start(self, at: datetime) -> datetime:
        return self._local(at) if self.is_open(at) else self.next_opening(at)

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            msg = "a moment without a zone cannot be placed in business time"
            raise ValueError(msg)
        return at.astimezone(self.timezone)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.timezone)

    def _not_negative(self, amount: float) -> None:
        if amount < 0:
            msg = "business time is only counted forwards"
            raise ValueError(msg)

    def _count_business_days(self, day: date, days: int) -> date:
        """The business day ``days`` after ``day``."""
        closed = 0
        while days:
            day += _ONE_DAY
            if self.is_business_day(day):
                days, closed = days - 1, 0
            else:
                closed += 1
            if closed > MAX_CLOSED_DAYS:
                raise ConfigurationError("the business calendar has no business day within a year: check weekdays and holidays")
        return day


def _between(earlier: time, later: time) -> timedelta:
    return datetime.combine(date.min, later) - datetime.combine(date.min, earlier)


def _add(clock: time, amount: timedelta) -> time:
    return (datetime.combine(date.min, clock) + amount).time()


def load_calendar(settings: CalendarSettings) -> BusinessCalendar:
    """The town's calendar: its opening hours, the rules of its holidays and its own list of further ones.

    Raises:
        ConfigurationError: what is wrong in one of the files.
    """
    town = load_town(settings.town_file)
    holidays = load_holidays(town, settings.town_holidays_file)
    return BusinessCalendar(
        settings.timezone,
        holidays,
        weekdays=frozenset(town.hours.weekdays),
        opens=town.hours.opens,
        closes=town.hours.closes,
        holiday_name=holidays.name_of,
    )
