"""What a mail about an announcement says, paragraph by paragraph, in the reader's language. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

import yaml
from babel.dates import format_date

from shared.contracts import DetailedStatus, Emergency, Language, Nature, ServiceRequestUpdated
from shared.town.after_hours import closed_desk
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import Catalogue
from shared.town.town import Town
from shared.tracking_number import display

CREATED: Final = "ServiceRequestCreated"
FOLLOW_UP: Final = "FollowUpReceived"
COMMENT: Final = "CommentAdded"
UNMARKED: Final = "UnmarkedDuplicate"
TOLD: Final = frozenset({CREATED, COMMENT, UNMARKED, "ServiceRequestChanged", "MarkedDuplicate"})
"""Kinds of events that become mail. A follow-up is not acknowledged (its author has the number and sees the answer), unless it
is encrypted, because nobody will answer what nobody can read, or sounds like an emergency."""
_REOPENABLE: Final = frozenset({DetailedStatus.RESOLVED, DetailedStatus.ANSWERED, DetailedStatus.NO_ACTION, DetailedStatus.NOT_OURS})
_OVER: Final = _REOPENABLE | {DetailedStatus.DUPLICATE}
"""No day is named: nothing more is done about it, or elsewhere."""
_DAY: Final = {Language.EN: "EEEE, MMMM d", Language.ES: "EEEE d 'de' MMMM"}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the town's mails are written with."""

    town: Town
    catalogue: Catalogue
    calendar: BusinessCalendar
    public_base_url: str
    """The residents' portal, without a slash at its end."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A mail's words. ``quoted`` are the town's own, set apart; nothing in it was written by a resident."""

    subject: str
    marker: str
    greeting: str
    before: tuple[str, ...]
    quoted: str | None
    after: tuple[str, ...]
    follow: str
    url: str
    closing: tuple[str, ...]
    notices: tuple[str, ...]
    """What comes first and stands out: emergencies."""


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """The texts by language and key."""
    content: Mapping[str, Mapping[str, str]] = yaml.safe_load(files(__package__).joinpath("texts.yaml").read_text(encoding="utf-8"))
    return content


def is_told(update: ServiceRequestUpdated) -> bool:
    """Whether the announcement becomes mail to those who are to be answered."""
    return update.event_kind in TOLD or (update.event_kind == FOLLOW_UP and update.emergency is not None)


def wording(update: ServiceRequestUpdated, language: Language, rules: Rules, *, is_encrypted: bool = False) -> Wording:
    """What is told about an announcement."""
    said, number = texts()[language.value], display(update.service_request_id)
    is_creation = update.event_kind == CREATED
    told = _received if is_creation else _changed
    before = told(update, language, rules, is_encrypted=is_encrypted)
    notices = tuple(_notices(update, language, rules)) if is_creation or update.event_kind == FOLLOW_UP else ()
    # Of an emergency it is read first; else what is new comes first, which a phone shows in its list of mails.
    general = (rules.town.emergency_notice(language),) if is_creation and not notices else ()
    may_reopen = update.detailed_status in _REOPENABLE and update.event_kind != FOLLOW_UP
    return Wording(
        subject=said["subject"].format(number=number),
        marker=said["marker"],
        greeting=said["greeting"],
        before=tuple(before),
        quoted=None if is_creation or update.event_kind == FOLLOW_UP else update.public_text,
        after=(said["not_fixed"] if may_reopen else said["reply"], *general),
        follow=said["follow"],
        url=f"{rules.public_base_url}/requests/{number}" + ("?lang=es" if language is Language.ES else ""),
        closing=(rules.town.name(language), said["why"].format(number=number)),
        notices=notices,
    )


def _received(update: ServiceRequestUpdated, language: Language, rules: Rules, *, is_encrypted: bool) -> Iterator[str]:
    said, at, is_inquiry = texts()[language.value], update.requested_datetime, update.nature is Nature.INQUIRY
    yield said["received"].format(number=display(update.service_request_id))
    if is_encrypted:  # nobody knows what it is about, nor how long that takes
        yield said["encrypted"]
    elif update.nature is Nature.NEITHER:
        yield said["received_noted"]
    else:
        yield said["received_about"].format(service=_service_name(update, language, rules))
        yield said["received_question" if is_inquiry else "received_next"]
    yield from _after_hours(update, language, rules)
    if update.nature is not Nature.NEITHER or is_encrypted:
        answer_by = update.answer_due_datetime or rules.calendar.add_business_days(at, rules.town.answer_business_days)
        yield said["answer_question_by" if is_inquiry and not is_encrypted else "answer_by"].format(day=_day(answer_by, language, rules))
    if update.expected_datetime is not None and not is_encrypted:
        yield said["finished_by"].format(day=_day(update.expected_datetime, language, rules))
    if update.service_notice:
        yield update.service_notice


def _after_hours(update: ServiceRequestUpdated, language: Language, rules: Rules) -> Iterator[str]:
    """When the desk opens; not to whom the numbers are told that are answered at any hour."""
    closed = closed_desk(rules.calendar, update.requested_datetime, language)
    if closed is not None and update.emergency is not Emergency.WATER_SEWER:
        said = texts()[language.value]["after_hours_holiday" if closed.holiday else "after_hours"]
        yield said.format(opens=closed.opens, holiday=closed.holiday)


def _changed(update: ServiceRequestUpdated, language: Language, rules: Rules, *, is_encrypted: bool) -> Iterator[str]:
    said = texts()[language.value]
    match update.event_kind:
        case kind if kind == FOLLOW_UP:
            yield said["encrypted" if is_encrypted else "received_further"]
        case kind if kind == COMMENT:
            yield said["message"]
        case kind if kind == UNMARKED:
            yield said["separated"]
        case _:
            yield said[f"state_{update.detailed_status.value}"]
            if update.expected_datetime is not None and update.detailed_status not in _OVER:
                yield said["new_day"].format(day=_day(update.expected_datetime, language, rules))
            if update.nature is Nature.INQUIRY and update.answer_due_datetime is not None and update.detailed_status not in _OVER:
                yield said["answer_question_by"].format(day=_day(update.answer_due_datetime, language, rules))
            if update.public_text:
                yield said["reason"]


def _notices(update: ServiceRequestUpdated, language: Language, rules: Rules) -> Iterator[str]:
    said, phones = texts()[language.value], rules.town.phones
    if update.emergency is Emergency.LIFE_SAFETY:
        yield said["emergency_life_safety"]
    if update.emergency is Emergency.WATER_SEWER:
        yield said["emergency_water_sewer"].format(phone=phones.water_sewer_emergency_outside.number)
    if update.emergency is not None:
        yield rules.town.emergency_notice(language)


def _service_name(update: ServiceRequestUpdated, language: Language, rules: Rules) -> str:
    service = rules.catalogue.services.get(update.service.code)
    return service.name(language) if service else update.service.name


def _day(moment: datetime, language: Language, rules: Rules) -> str:
    return format_date(moment.astimezone(rules.calendar.timezone), _DAY[language], locale=language.value)
