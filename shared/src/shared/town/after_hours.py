"""What can be said of a desk that is closed: when it opens next, and for which holiday it is closed. Pure."""

from datetime import datetime
from typing import Final, NamedTuple

from shared.contracts import Emergency, Language
from shared.town.calendar import BusinessCalendar
from shared.town.town import Town

_WEEKDAYS: Final = {
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    Language.ES: ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS: Final = {
    Language.EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    Language.ES: (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
}
_NOON: Final = 12


class ClosedDesk(NamedTuple):
    """In the words of a language."""

    opens: str
    """``Monday, November 30, at 7:00 a.m.``; ``lunes 30 de noviembre a las 7:00 a. m.``"""
    holiday: str | None
    """The name of the holiday; None where there is none, or none that has a name in the language."""


def closed_desk(calendar: BusinessCalendar, at: datetime, language: Language) -> ClosedDesk | None:
    """How the desk is closed ``at`` (aware); None: it is open."""
    if calendar.is_open(at):
        return None
    holiday = calendar.holiday_before_opening(at)
    return ClosedDesk(opening(calendar.next_opening(at), language), calendar.holiday_name(holiday, language) if holiday else None)


def opening(moment: datetime, language: Language) -> str:
    """A moment, in the zone that it has, as people say it: weekday, date and time."""
    hour, is_afternoon = (moment.hour - 1) % _NOON + 1, moment.hour >= _NOON
    clock = f"{hour}:{moment.minute:02}"
    if language is Language.ES:
        hours = "la" if hour == 1 else "las"
        return f"{spoken_day(moment, language)} a {hours} {clock} {'p. m.' if is_afternoon else 'a. m.'}"
    return f"{spoken_day(moment, language)}, at {clock} {'p.m.' if is_afternoon else 'a.m.'}"


def spoken_day(moment: datetime, language: Language) -> str:
    """``Monday, November 30``; ``lunes 30 de noviembre``: in the zone that the moment has."""
    weekday, month = _WEEKDAYS[language][moment.weekday()], _MONTHS[language][moment.month - 1]
    return f"{weekday} {moment.day} de {month}" if language is Language.ES else f"{weekday}, {month} {moment.day}"


def after_hours_notice(town: Town, calendar: BusinessCalendar, at: datetime, emergency: Emergency | None, language: Language) -> str | None:
    """When the desk opens, for whoever wrote ``at``; None while it is open, and for a water or sewer emergency, which is taken by
    phone at any hour: that is told by ``Town.told_at_once``.
    """
    closed = None if emergency is Emergency.WATER_SEWER else closed_desk(calendar, at, language)
    if closed is None:
        return None
    said = town.desk_closed if closed.holiday is None else town.desk_closed_for_holiday
    return said(language).format(opens=closed.opens, holiday=closed.holiday)
