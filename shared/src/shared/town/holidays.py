"""The town's holidays: the ``holidays`` package's rules for country and state, less some, plus the town's own list."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import holidays as rules

from shared.contracts import Language
from shared.errors import ConfigurationError
from shared.town.configuration import Data, checked, read_yaml
from shared.town.town import ExtraHoliday, HolidayRules, Town

OBSERVED = " (observed)"
_NEXT = "; "
"""Between the names of a day that is two holidays."""
REMEMBERED_YEARS = 200


class _HolidayFile(Data):
    holidays: tuple[ExtraHoliday, ...]


class TownHolidays:
    """The dates on which the town rests, of any year; each year is worked out once."""

    def __init__(self, rule: HolidayRules, extra: tuple[ExtraHoliday, ...] = ()) -> None:
        self._rule = rule
        self._extra = {item.date: item.name for item in (*rule.also, *extra)}
        self.of_year = lru_cache(REMEMBERED_YEARS)(self._of_year)
        """The holidays of a year: date and name."""

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in self.of_year(day.year)

    def name_of(self, day: date, language: Language) -> str | None:
        """What residents are told the holiday is called, without "(observed)"; None where it has no name in the language."""
        written = self.of_year(day.year).get(day)
        if written is None:
            return None
        name = written.split(_NEXT, 1)[0].removesuffix(OBSERVED)
        told = self._rule.names.get(name)
        if told is not None:
            return told(language)
        return name if language is Language.EN else None

    def _of_year(self, year: int) -> Mapping[date, str]:
        left_out = frozenset(self._rule.leave_out)
        public = rules.country_holidays(self._rule.country, subdiv=self._rule.subdivision, years=year, expand=False)
        kept = {day: name for day, name in public.items() if name.removesuffix(OBSERVED) not in left_out}
        every = kept | {day: name for day, name in self._extra.items() if day.year == year}
        return dict(sorted(every.items()))


def _read_extra(path: Path) -> tuple[ExtraHoliday, ...]:
    content = read_yaml(path)
    if content is None:
        return ()
    if not isinstance(content, list):
        raise ConfigurationError(f"{path.name} must be a list of holidays, each with date and name")
    return checked(_HolidayFile, {"holidays": content}, path.name).holidays


def load_holidays(town: Town, holidays_file: Path | None = None) -> TownHolidays:
    """The town's holidays by its rules and, where there is one, its own list (YAML: ``- {date: 2027-01-04, name: ...}``).

    Raises:
        ConfigurationError: an unreadable list, an unknown country or state, or a name left out that no rule gives.
    """
    rule = town.holidays
    try:
        known = rules.country_holidays(rule.country, subdiv=rule.subdivision, years=range(2020, 2031), expand=False)
    except NotImplementedError:
        raise ConfigurationError(f"town.yaml: holidays: no rules are known for {rule.country} {rule.subdivision or ''}".rstrip()) from None
    unknown = [name for name in rule.leave_out if name not in known.values()]
    if unknown:
        raise ConfigurationError(f"town.yaml: holidays: leave_out names {unknown[0]!r}, which is no holiday there")
    return TownHolidays(rule, _read_extra(holidays_file) if holidays_file else ())
