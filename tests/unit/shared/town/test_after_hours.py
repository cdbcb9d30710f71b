"""What is said while the desk is closed, and what the town owes: across weekends, holidays and changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.contracts import Channel, Emergency, Language, Nature
from shared.town.after_hours import after_hours_notice, closed_desk, opening
from shared.town.calendar import BusinessCalendar
from shared.town.holidays import load_holidays
from shared.town.promises import ANSWERED_BY_CLOCK, NOTHING, owed
from shared.town.town import load_town

ZONE = ZoneInfo("America/New_York")
TOWN = load_town()
HOLIDAYS = load_holidays(TOWN)
CALENDAR = BusinessCalendar(ZONE, HOLIDAYS, holiday_name=HOLIDAYS.name_of)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
CHANGES = [datetime(2026, 3, 8, 6, 59, tzinfo=UTC), datetime(2026, 3, 8, 7, 0, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)]
"""Just before and after an hour that is missing in Cary, and in one that comes twice."""


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("at", "opens", "holiday"),
    [
        ("2026-03-07T15:00", "Monday, March 9, at 7:00 a.m.", None),  # a Saturday; the clocks change on Sunday
        ("2026-11-01T01:30", "Monday, November 2, at 7:00 a.m.", None),  # the hour that comes twice
        ("2026-03-03T06:59", "Tuesday, March 3, at 7:00 a.m.", None),  # the same morning
        ("2026-03-03T19:00", "Wednesday, March 4, at 7:00 a.m.", None),
        ("2026-11-25T20:00", "Monday, November 30, at 7:00 a.m.", "Thanksgiving"),  # the evening before two holidays and a weekend
        ("2026-11-26T23:00", "Monday, November 30, at 7:00 a.m.", "Thanksgiving"),
        ("2026-11-27T10:00", "Monday, November 30, at 7:00 a.m.", "the day after Thanksgiving"),
        ("2027-01-16T10:00", "Tuesday, January 19, at 7:00 a.m.", "Martin Luther King Jr. Day"),  # the Saturday before
        ("2026-07-03T10:00", "Monday, July 6, at 7:00 a.m.", "Independence Day"),  # observed on the Friday
        ("2026-11-28T10:00", "Monday, November 30, at 7:00 a.m.", None),  # the holidays are over, it is only a weekend
    ],
)
def test_the_next_opening_and_the_holiday_that_puts_it_off(at: str, opens: str, holiday: str | None) -> None:
    """Weekday, date and wall clock; the first holiday that keeps the desk closed."""
    assert closed_desk(CALENDAR, local(at), Language.EN) == (opens, holiday)


@pytest.mark.parametrize(
    ("moment", "english", "spanish"),
    [
        ("2026-11-30T07:00", "Monday, November 30, at 7:00 a.m.", "lunes 30 de noviembre a las 7:00 a. m."),
        ("2026-08-01T00:05", "Saturday, August 1, at 12:05 a.m.", "sábado 1 de agosto a las 12:05 a. m."),
        ("2026-08-05T12:30", "Wednesday, August 5, at 12:30 p.m.", "miércoles 5 de agosto a las 12:30 p. m."),
        ("2026-08-05T13:00", "Wednesday, August 5, at 1:00 p.m.", "miércoles 5 de agosto a la 1:00 p. m."),
    ],
)
def test_an_opening_is_said_as_people_say_it(moment: str, english: str, spanish: str) -> None:
    """In both languages."""
    assert opening(local(moment), Language.EN) == english
    assert opening(local(moment), Language.ES) == spanish


@given(MOMENTS)
@example(CHANGES[0])
@example(CHANGES[1])
@example(CHANGES[2])
def test_it_is_told_exactly_while_the_desk_is_closed(at: datetime) -> None:
    """Whatever the clocks do: what is told is the town's opening time of the next business day."""
    told = after_hours_notice(TOWN, CALENDAR, at, None, Language.EN)
    assert (told is None) is CALENDAR.is_open(at)
    if told is not None:
        assert f"at {TOWN.hours.opens.hour}:{TOWN.hours.opens.minute:02} a.m." in told
        opens = CALENDAR.next_opening(at)
        assert opens.utcoffset() == opens.replace(tzinfo=None).replace(tzinfo=ZONE).utcoffset()
        assert f"{opens:%A}, {opens:%B} {opens.day}" in told


@given(MOMENTS)
@example(CHANGES[0])
@example(CHANGES[2])
def test_a_holiday_that_is_named_lies_before_the_opening(at: datetime) -> None:
    """It is a holiday on a day on which the desk would have opened, and the first such day."""
    named = CALENDAR.holiday_before_opening(at)
    first, opens = at.astimezone(ZONE).date(), CALENDAR.next_opening(at).date()
    between = [first + timedelta(days=days) for days in range((opens - first).days)]
    holidays = [day for day in between if day in HOLIDAYS and day.isoweekday() in TOWN.hours.weekdays]
    assert named == (holidays[0] if holidays else None)


@pytest.mark.parametrize("language", Language)
def test_a_water_emergency_is_not_told_to_wait(language: Language) -> None:
    """It is taken by phone at any hour, and whoever wrote of it is told the numbers; everybody else when the desk opens."""
    at = local("2026-03-07T15:00")
    assert after_hours_notice(TOWN, CALENDAR, at, Emergency.WATER_SEWER, language) is None
    told = TOWN.told_at_once(Emergency.WATER_SEWER, language)
    assert told is not None
    assert {"311", "(919) 469-4000"} <= {number for number in ("311", "(919) 469-4000") if number in told}
    assert after_hours_notice(TOWN, CALENDAR, at, Emergency.LIFE_SAFETY, language) is not None


def test_every_holiday_has_a_name_in_every_language() -> None:
    """Of any year: a resident who reads Spanish is told why nobody is there, too."""
    days = [day for year in range(2024, 2045) for day in HOLIDAYS.of_year(year)]
    assert [day for day in days for language in Language if HOLIDAYS.name_of(day, language) is None] == []
    assert HOLIDAYS.name_of(date(2026, 7, 3), Language.ES) == "el Día de la Independencia"
    assert HOLIDAYS.name_of(date(2026, 7, 6), Language.EN) is None


# ── what is owed ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(MOMENTS, st.sampled_from(Channel), st.integers(0, 30), st.integers(1, 5))
@example(CHANGES[0], Channel.WEB, 1, 1)
@example(CHANGES[2], Channel.EMAIL, 1, 1)
def test_what_is_owed_depends_on_what_was_written(at: datetime, channel: Channel, work_days: int, answer_days: int) -> None:
    """A question an answer on every channel and no work, a request work and on some channels an answer, neither nothing."""
    question = owed(Nature.INQUIRY, channel, at, work_days, answer_days, CALENDAR)
    request = owed(Nature.SERVICE_REQUEST, channel, at, work_days, answer_days, CALENDAR)
    assert owed(Nature.NEITHER, channel, at, work_days, answer_days, CALENDAR) == NOTHING
    assert question.answer_due == CALENDAR.add_business_days(at, answer_days)
    assert question.work_due is None
    assert request.answer_due == (question.answer_due if channel in ANSWERED_BY_CLOCK else None)
    assert request.work_due == CALENDAR.end_after_business_days(at, work_days)


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("2026-03-06T10:00", "2026-03-09T10:00"),  # a Friday before the clocks go forward: Monday at the same wall clock
        ("2026-03-07T10:00", "2026-03-09T19:00"),  # over the change: a whole day from the opening
        ("2026-10-30T18:30", "2026-11-02T18:30"),  # before they go back
        ("2026-11-25T10:00", "2026-11-30T10:00"),  # Thanksgiving, the day after and the weekend do not count
    ],
)
def test_a_question_is_answered_within_a_business_day(written: str, due: str) -> None:
    """On any channel; the web for one."""
    assert owed(Nature.INQUIRY, Channel.WEB, local(written), 5, 1, CALENDAR).answer_due == local(due)
