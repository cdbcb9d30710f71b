"""From an announcement to the text of the public reply. Pure.

Everybody reads it, so it holds the number and nothing that a resident wrote, no name, and not what the request is about.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final

import yaml

from shared.contracts import Attention, Emergency, Language, ServiceRequestUpdated
from shared.town.town import Town
from shared.tracking_number import display

CREATED: Final = "ServiceRequestCreated"
"""The one kind of event that is replied to: a request gets one public reply."""
PLACE: Final = "place"
OUTSIDE: Final = "outside"
_ANY_NUMBER: Final = "0" * 12


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """The texts by language and key."""
    content: Mapping[str, Mapping[str, str]] = yaml.safe_load(files("intake_social.answers").joinpath("texts.yaml").read_text("utf-8"))
    return content


def reply_text(update: ServiceRequestUpdated, language: Language, town: Town, *, has_place: bool = False) -> str:
    """What is replied to the post that the request came from. ``has_place``: the post itself does.

    The place is asked for where the service needs one, and where nobody knows yet which service it is, unless one was found in the text.
    One may stand there unfound, so that it is asked for with an if. Of a place outside the town it is told whom to ask.
    """
    reasons = update.attention
    needs_one = Attention.NO_PLACE in reasons or (Attention.UNSURE_SERVICE in reasons and Attention.UNSURE_PLACE not in reasons)
    is_outside = Attention.OUTSIDE_TOWN in reasons and not update.is_private
    about = OUTSIDE if is_outside else PLACE if needs_one and not has_place else None
    return _text(update.service_request_id, language, town, update.emergency, about)


def every_reply(town: Town) -> Iterator[str]:
    """All that may ever be said, with a number as long as any."""
    for language, emergency, about in product(Language, (None, *Emergency), (None, PLACE, OUTSIDE)):
        yield _text(_ANY_NUMBER, language, town, emergency, about)


def _text(number: str, language: Language, town: Town, emergency: Emergency | None, about: str | None) -> str:
    said = texts()[language.value]
    sentences = [said["received"].format(number=display(number))]
    if emergency is not None:  # it is read first
        phone = town.phones.water_sewer_emergency_outside.number
        sentences.insert(0, said[f"emergency_{emergency.value}"].format(phone=phone))
    if about is not None:
        sentences.append(said[about])
    return " ".join(sentences)
