"""How to reach the town, when it answers, which departments it has: data, never constants (``town.yaml``)."""

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from string import Formatter
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from shared.contracts import Emergency, Language
from shared.town.configuration import Data, Localized, Sentence, checked, read_mapping

BUNDLED = Path(__file__).with_name("town.yaml")
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=500)]
_CLOCK = "%H:%M"


class Phone(Data):
    """A number that residents may dial."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9() -]{3,20}$")]
    """As people read it: ``(919) 469-4000``."""
    label: Localized
    note: Localized | None = None
    """When, or for what."""

    @property
    def uri(self) -> str:
        """For a link: ``tel:+19194694000``; short codes stay as they are."""
        digits = "".join(symbol for symbol in self.number if symbol.isdigit())
        return f"tel:+1{digits}" if len(digits) == 10 else f"tel:{digits}"  # noqa: PLR2004 - a North American number


class Phones(Data):
    """The numbers by what they are for."""

    emergency: Phone
    """911: life, fire, crime in progress."""
    advocate: Phone
    """311: dialled inside the town."""
    advocate_outside: Phone
    """The same desk, from anywhere."""
    water_sewer_emergency: Phone
    """At any hour, inside the town."""
    water_sewer_emergency_outside: Phone
    police_non_emergency: Phone
    public_works: Phone


class Hours(Data):
    """When advocates answer, in the town's zone."""

    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1)]
    """ISO 8601: 1 is Monday, 7 Sunday."""
    opens: time
    closes: time
    text: Localized
    """The same for people."""

    @field_validator("opens", "closes", mode="before")
    @classmethod
    def _written_as_text(cls, value: object) -> object:
        # YAML 1.1 reads an unquoted 07:00 as 420: sixty-based digits.
        if not isinstance(value, str):
            msg = 'must be a time in quotes, such as "07:00"'
            raise ValueError(msg)  # noqa: TRY004 - pydantic turns a ValueError into a sentence, not a TypeError
        return value

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.opens >= self.closes:
            msg = "opens must be before closes"
            raise ValueError(msg)
        return self


class ExtraHoliday(Data):
    """A day that no rule gives, and its name."""

    date: date
    name: Sentence


class HolidayRules(Data):
    """Which days are holidays: those of the ``holidays`` package for a country and state, less some, plus some."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    subdivision: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")] | None = None
    leave_out: tuple[Sentence, ...] = ()
    """Names, as the package gives them, on which the town works."""
    also: tuple[ExtraHoliday, ...] = ()
    names: Mapping[Sentence, Localized] = {}
    """What residents are told, by the name that the package or ``also`` gives."""


class Department(Data):
    """A part of the town's administration."""

    name: Localized
    phone: Phone | None = None


class Town(Data):
    """What ``town.yaml`` holds."""

    name: Localized
    last_line: Sentence
    """Of an address in the town, as the post has it (USPS Publication 28): town and state."""
    web: WebAddress
    web_311: WebAddress
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]
    tags: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^#\w+$")], ...], Field(min_length=1)]
    """Hash tags that address 311, in any case of letters."""
    hours: Hours
    answer_business_days: Annotated[int, Field(ge=1, le=30)]
    """Within how many business days mail and posts are answered."""
    after_hours: Localized
    """What is said while the desk is closed."""
    desk_closed: Localized
    """What is told whoever writes then; with ``{opens}``, the next opening."""
    desk_closed_for_holiday: Localized
    """The same where a holiday puts it off: with ``{opens}`` and ``{holiday}``."""
    emergency_notice: Localized
    """That 311 is not 911."""
    emergency_told: Mapping[Emergency, Localized]
    """What somebody is told at once whose words sound like an emergency, by its kind."""
    outside_town: Localized
    """What somebody is told whose place lies outside the town's boundary: whom to ask."""
    public_records_notice: Localized
    """That what is written is a public record, and what better stays out of it."""
    phones: Phones
    holidays: HolidayRules
    departments: Mapping[Key, Department]

    @field_validator("desk_closed", "desk_closed_for_holiday")
    @classmethod
    def _can_be_filled_in(cls, told: Localized, info: ValidationInfo) -> Localized:
        wanted = {"opens"} if info.field_name == "desk_closed" else {"opens", "holiday"}
        for text in (told.en, told.es):
            try:
                named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
            except ValueError:
                named = set()
            if named != wanted:
                msg = f"must name {' and '.join(f'{{{name}}}' for name in sorted(wanted))}, and nothing else in braces"
                raise ValueError(msg)
        return told

    @field_validator("emergency_told")
    @classmethod
    def _every_emergency_is_told(cls, told: Mapping[Emergency, Localized]) -> Mapping[Emergency, Localized]:
        missing = [emergency.value for emergency in Emergency if emergency not in told]
        if missing:
            msg = f"{missing[0]} is missing"
            raise ValueError(msg)
        return told

    def told_at_once(self, emergency: Emergency | None, language: Language, *, is_outside: bool = False) -> str | None:
        """What somebody is told at once, before anybody has read it: whom to dial, and whom to ask about a place outside; None: nothing."""
        told = [self.emergency_told[emergency](language)] if emergency else []
        if is_outside:
            told.append(self.outside_town(language))
        return " ".join(told) or None


def load_town(path: Path | None = None) -> Town:
    """The town from its file; None: from the one that comes with the package.

    Raises:
        ConfigurationError: naming the file, the field and what is wrong with it.
    """
    path = path or BUNDLED
    content = read_mapping(path, "must hold a mapping with name, web, hours ...")
    return checked(Town, content, path.name)
