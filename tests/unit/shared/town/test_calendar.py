from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import ConfigurationError
from shared.settings import TownSettings
from shared.town.calendar import BusinessCalendar, load_calendar
from shared.town.holidays import load_holidays
from shared.town.town import load_town

CARY = ZoneInfo("America/New_York")
SECRET = "a town secret that exists in tests only"
HOLIDAYS = load_holidays(load_town())
CALENDAR = BusinessCalendar(CARY, HOLIDAYS)
# Years with both changes of the clocks, leap days and every weekday of Christmas.
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the zone comes from timezones
DAYS = st.integers(min_value=0, max_value=60)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CARY)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02T07:00:00", True),
        ("2026-03-02T06:59:59.999999", False),
        ("2026-03-02T18:59:59.999999", True),
        ("2026-03-02T19:00:00", False),
        ("2026-03-07T12:00:00", False),  # Saturday
        ("2026-03-08T12:00:00", False),  # Sunday, the clocks change
        ("2026-03-09T07:00:00", True),
        ("2026-04-03T12:00:00", False),  # Good Friday
        ("2026-02-16T12:00:00", True),  # Washington's Birthday: the town works
        ("2026-11-27T12:00:00", False),  # the day after Thanksgiving
        ("2026-12-28T12:00:00", False),  # the day after Christmas, moved from Saturday
        ("2026-07-03T12:00:00", False),  # Independence Day, moved from Saturday
    ],
)
def test_the_desk_is_open_on_weekdays_but_not_on_town_holidays(moment: str, *, is_open: bool) -> None:
    """From 7:00 to 19:00 by the town's clock; closing time itself is closed."""
    assert CALENDAR.is_open(local(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-03-06T19:00:00", "2026-03-09T07:00:00"),  # over the change to summer time
        ("2026-10-30T20:00:00", "2026-11-02T07:00:00"),  # and back
        ("2026-03-02T05:00:00", "2026-03-02T07:00:00"),
        ("2026-03-02T07:00:00", "2026-03-02T07:00:00"),
        ("2026-03-02T12:00:00", "2026-03-03T07:00:00"),
        ("2026-12-23T19:30:00", "2026-12-29T07:00:00"),
    ],
)
def test_the_next_opening_is_the_next_one_that_comes(moment: str, opening: str) -> None:
    """While the desk is open, that is the next business day's."""
    assert CALENDAR.next_opening(local(moment)) == local(opening)


@pytest.mark.parametrize(
    ("moment", "days", "due"),
    [
        ("2026-03-02T10:00:00", 1, "2026-03-03T10:00:00"),
        ("2026-03-06T18:30:00", 1, "2026-03-09T18:30:00"),
        ("2026-03-07T10:00:00", 1, "2026-03-09T19:00:00"),  # Saturday: all of Monday
        ("2026-03-02T19:00:00", 1, "2026-03-03T19:00:00"),
        ("2026-03-02T07:00:00", 1, "2026-03-02T19:00:00"),
        ("2026-03-02T10:00:00", 0, "2026-03-02T10:00:00"),
        ("2026-03-07T10:00:00", 0, "2026-03-09T07:00:00"),
        ("2026-04-02T10:00:00", 1, "2026-04-06T10:00:00"),  # over Good Friday
        ("2026-12-23T10:00:00", 3, "2026-12-31T10:00:00"),
    ],
)
def test_a_business_day_later_is_the_same_time_on_the_next_business_day(moment: str, days: int, due: str) -> None:
    """What arrives after hours counts from the next opening and has that whole day."""
    assert CALENDAR.add_business_days(local(moment), days) == local(due)


@pytest.mark.parametrize(
    ("moment", "hours", "due"),
    [
        ("2026-03-02T10:00:00", 4, "2026-03-02T14:00:00"),
        ("2026-03-02T18:00:00", 1, "2026-03-02T19:00:00"),
        ("2026-03-02T18:00:00", 1.5, "2026-03-03T07:30:00"),
        ("2026-03-06T18:00:00", 25, "2026-03-10T19:00:00"),
        ("2026-03-07T10:00:00", 12, "2026-03-09T19:00:00"),
    ],
)
def test_business_hours_pass_only_while_the_desk_is_open(moment: str, hours: float, due: str) -> None:
    """Nights, weekends and holidays do not count."""
    assert CALENDAR.add_business_hours(local(moment), hours) == local(due)


@pytest.mark.parametrize(
    ("moment", "closing"),
    [
        ("2026-03-02T10:00:00", "2026-03-02T19:00:00"),
        ("2026-03-02T19:00:00", "2026-03-03T19:00:00"),
        ("2026-03-07T10:00:00", "2026-03-09T19:00:00"),
    ],
)
def test_the_closing_is_that_of_the_business_day(moment: str, closing: str) -> None:
    """Or of the next one, when the desk has closed already."""
    assert CALENDAR.closing(local(moment)) == local(closing)


@pytest.mark.parametrize(
    ("moment", "days", "due"),
    [
        ("2026-03-02T10:00:00", 3, "2026-03-05T19:00:00"),
        ("2026-03-07T10:00:00", 3, "2026-03-11T19:00:00"),
        ("2026-03-02T10:00:00", 0, "2026-03-02T19:00:00"),
    ],
)
def test_what_is_promised_for_a_day_has_until_its_closing(moment: str, days: int, due: str) -> None:
    """Work is due by the end of a day; a deadline that is a closing already stays on its day."""
    assert CALENDAR.end_after_business_days(local(moment), days) == local(due)


@given(MOMENTS)
@example(datetime(2026, 3, 8, 6, 59, tzinfo=UTC))
@example(datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
def test_the_next_opening_is_open_and_nothing_before_it_is(at: datetime) -> None:
    """Checked hour by hour, across every change of the clocks."""
    opening = CALENDAR.next_opening(at)
    assert opening >= at
    assert CALENDAR.is_open(opening)
    assert opening.timetz().replace(tzinfo=None) == time(7)
    if not CALENDAR.is_open(at):
        for hours in range(int((opening - at) / timedelta(hours=1))):
            assert not CALENDAR.is_open(at + timedelta(hours=hours))


def business_days(after: date) -> Iterator[date]:
    day = after
    while True:
        day += timedelta(days=1)
        if day.isoweekday() <= 5 and day not in HOLIDAYS.of_year(day.year):
            yield day


@given(MOMENTS, DAYS)
@example(datetime(2026, 3, 7, 15, tzinfo=UTC), 1)
def test_a_deadline_lies_in_opening_hours_and_counts_business_days(at: datetime, days: int) -> None:
    """Compared with counting on the calendar by hand: the slow, obvious way."""
    due = CALENDAR.add_business_days(at, days)
    start = at.astimezone(CARY) if CALENDAR.is_open(at) else CALENDAR.next_opening(at)
    if days and start.time() == time(7):
        days, clock = days - 1, time(19)
    else:
        clock = start.time()
    following = [start.date(), *islice(business_days(start.date()), days)]
    assert due == datetime.combine(following[-1], clock, CARY)
    assert due >= start


@given(MOMENTS, DAYS, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_who_comes_later_is_never_due_earlier(at: datetime, days: int, later: timedelta) -> None:
    """Deadlines keep the order of arrival."""
    assert CALENDAR.add_business_days(at, days) <= CALENDAR.add_business_days(at + later, days)
    assert CALENDAR.add_business_hours(at, days) <= CALENDAR.add_business_hours(at + later, days)


@given(MOMENTS, DAYS)
def test_a_business_day_is_twelve_business_hours(at: datetime, days: int) -> None:
    """Both ways to count come to the same moment."""
    assert CALENDAR.add_business_days(at, days) == CALENDAR.add_business_hours(at, 12 * days)


@given(MOMENTS, st.sampled_from(["UTC", "Asia/Kolkata", "Pacific/Auckland", "America/New_York"]))
def test_the_zone_of_the_question_does_not_matter(at: datetime, zone: str) -> None:
    """A moment is a moment, however it is written."""
    elsewhere = at.astimezone(ZoneInfo(zone))
    assert CALENDAR.add_business_days(elsewhere, 2) == CALENDAR.add_business_days(at, 2)
    assert CALENDAR.is_open(elsewhere) == CALENDAR.is_open(at)


def test_a_moment_without_a_zone_is_refused() -> None:
    """It could mean any of two dozen."""
    with pytest.raises(ValueError, match="without a zone"):
        CALENDAR.is_open(datetime(2026, 3, 2, 10))  # noqa: DTZ001 - that is the point


def test_business_time_is_not_counted_backwards() -> None:
    """A negative number of days is a mistake of the caller."""
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.add_business_days(local("2026-03-02T10:00:00"), -1)


class EveryDay:
    def __contains__(self, day: object) -> bool:
        return True


def test_a_town_that_never_opens_is_a_wrong_configuration() -> None:
    """Said in a sentence, not by an endless loop."""
    calendar = BusinessCalendar(CARY, EveryDay())
    with pytest.raises(ConfigurationError, match="no business day"):
        calendar.next_opening(local("2026-03-02T10:00:00"))


def settings(**changes: object) -> TownSettings:
    return TownSettings.model_validate({"tracking_number_secret": SECRET, **changes})


def test_the_towns_own_list_adds_holidays(tmp_path: Path) -> None:
    """An operator closes the desk on a day that no rule knows, by a file."""
    file = tmp_path / "closed.yaml"
    file.write_text("- {date: 2026-03-03, name: Inventory}\n")
    calendar = load_calendar(settings(town_holidays_file=file))
    assert not calendar.is_open(local("2026-03-03T10:00:00"))
    assert calendar.is_open(local("2026-03-04T10:00:00"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("holidays: 2026-03-03", "must be a list"),
        ("- {date: someday, name: x}", "holidays.0.date"),
        ("- {date: 2026-03-03}", "holidays.0.name"),
        ("- [", "not valid YAML"),
    ],
)
def test_a_wrong_list_stops_the_start_with_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    """It names the file and what is wrong."""
    file = tmp_path / "closed.yaml"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"closed\.yaml") as caught:
        load_calendar(settings(town_holidays_file=file))
    assert sentence in str(caught.value)


def test_an_empty_list_is_no_list(tmp_path: Path) -> None:
    """A file that was made for later is fine."""
    file = tmp_path / "closed.yaml"
    file.write_text("# none yet\n")
    assert load_calendar(settings(town_holidays_file=file)).is_open(local("2026-03-03T10:00:00"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A mistyped path is found at start."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml cannot be read"):
        load_calendar(settings(town_holidays_file=tmp_path / "nowhere.yaml"))
