"""From an announcement to the text of the public reply. Pure.

Everybody reads it, so it holds the number and nothing that a resident wrote, no name, and not what the request is about.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final, NamedTuple, assert_never

import yaml

from shared.contracts import Attention, Emergency, Language, Nature, ServiceRequestUpdated
from shared.town.after_hours import ClosedDesk, closed_desk, opening, spoken_day
from shared.town.calendar import BusinessCalendar
from shared.town.town import Town
from shared.tracking_number import display

CREATED: Final = "ServiceRequestCreated"
"""The one kind of event that is replied to: a request gets one public reply."""
PLACE: Final = "place"
OUTSIDE: Final = "outside"
_ANY_NUMBER: Final = "0" * 12
_LONGEST_DAY: Final = date(2026, 9, 30)
"""A Wednesday in September: no other is longer in any of our languages."""


class _Facts(NamedTuple):
    """What a reply depends on."""

    nature: Nature = Nature.SERVICE_REQUEST
    emergency: Emergency | None = None
    closed: ClosedDesk | None = None
    answer_by: str = ""
    """The day."""
    about: str | None = None
    """``PLACE``, ``OUTSIDE`` or nothing."""


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """The texts by language and key."""
    content: Mapping[str, Mapping[str, str]] = yaml.safe_load(files("intake_social.answers").joinpath("texts.yaml").read_text("utf-8"))
    return content


def reply_text(
    update: ServiceRequestUpdated, language: Language, town: Town, calendar: BusinessCalendar, *, has_place: bool = False
) -> str:
    """What is replied to the post that the request came from. ``has_place``: the post itself does.

    The place is asked for where the service needs one, and where nobody knows yet which service it is, unless one was found in the text.
    One may stand there unfound, so that it is asked for with an if. Of a place outside the town it is told whom to ask.
    """
    reasons, at = update.attention, update.requested_datetime
    needs_one = Attention.NO_PLACE in reasons or (Attention.UNSURE_SERVICE in reasons and Attention.UNSURE_PLACE not in reasons)
    is_outside = Attention.OUTSIDE_TOWN in reasons and not update.is_private
    due = update.answer_due_datetime or calendar.add_business_days(at, town.answer_business_days)
    facts = _Facts(
        nature=Nature.SERVICE_REQUEST if update.emergency else update.nature,  # as the normalizer has it anyway
        emergency=update.emergency,
        closed=closed_desk(calendar, at, language),
        answer_by=spoken_day(due.astimezone(calendar.timezone), language),
        about=OUTSIDE if is_outside else PLACE if needs_one and not has_place else None,
    )
    return _text(update.service_request_id, language, town, facts)


def every_reply(town: Town) -> Iterator[str]:
    """All that may ever be said, with a number, a day and a holiday as long as any."""
    longest = datetime.combine(_LONGEST_DAY, town.hours.opens)
    kinds = [*((nature, None) for nature in Nature), *((Nature.SERVICE_REQUEST, emergency) for emergency in Emergency)]
    for language, (nature, emergency), about in product(Language, kinds, (None, PLACE, OUTSIDE)):
        opens, day = opening(longest, language), spoken_day(longest, language)
        for closed in (None, ClosedDesk(opens, None), *(ClosedDesk(opens, name) for name in _holidays(town, language))):
            yield _text(_ANY_NUMBER, language, town, _Facts(nature, emergency, closed, day, about))


def _holidays(town: Town, language: Language) -> frozenset[str]:
    """Those that the town has a name for: of another's length nobody knows anything."""
    return frozenset(name(language) for name in town.holidays.names.values())


def _text(number: str, language: Language, town: Town, facts: _Facts) -> str:
    said = texts()[language.value]
    sentences = [_received(said, number, facts)]
    if facts.emergency is not None:  # it is read first
        phone = town.phones.water_sewer_emergency_outside.number
        sentences.insert(0, said[f"emergency_{facts.emergency.value}"].format(phone=phone))
    if facts.closed is not None and facts.emergency is not Emergency.WATER_SEWER:  # which is taken at any hour
        is_named = facts.closed.holiday in _holidays(town, language)
        told = said["after_hours_holiday" if is_named else "after_hours"]
        sentences.append(told.format(opens=facts.closed.opens, holiday=facts.closed.holiday))
    is_read_later = facts.closed is not None and facts.emergency is not None
    if facts.about is not None and facts.nature is Nature.SERVICE_REQUEST and not is_read_later:
        sentences.append(said[facts.about])
    return " ".join(sentences)


def _received(said: Mapping[str, str], number: str, facts: _Facts) -> str:
    match facts.nature:
        case Nature.INQUIRY:
            key = "received_question"
        case Nature.NEITHER:
            key = "received_noted"
        case Nature.SERVICE_REQUEST:
            key = "received" if facts.closed is None else "received_closed"
        case _:
            assert_never(facts.nature)
    return said[key].format(number=display(number), day=facts.answer_by)
