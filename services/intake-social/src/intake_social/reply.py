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
_ANY_NUMBER: Final = "0" * 12


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """The texts by language and key."""
    content: Mapping[str, Mapping[str, str]] = yaml.safe_load(files("intake_social.answers").joinpath("texts.yaml").read_text("utf-8"))
    return content


def reply_text(update: ServiceRequestUpdated, language: Language, town: Town, *, has_place: bool = False) -> str:
    """What is replied to the post that the request came from. ``has_place``: the post itself does.

    The place is asked for where the service needs one, and where nobody knows yet which service it is. A place may stand in the text,
    so that it is asked for with an if.
    """
    needs_one = Attention.NO_PLACE in update.attention or Attention.UNSURE_SERVICE in update.attention
    return _text(update.service_request_id, language, town, update.emergency, asks_for_place=needs_one and not has_place)


def every_reply(town: Town) -> Iterator[str]:
    """All that may ever be said, with a number as long as any."""
    for language, emergency, asks in product(Language, (None, *Emergency), (False, True)):
        yield _text(_ANY_NUMBER, language, town, emergency, asks_for_place=asks)


def _text(number: str, language: Language, town: Town, emergency: Emergency | None, *, asks_for_place: bool) -> str:
    said = texts()[language.value]
    sentences = [said["received"].format(number=display(number))]
    if emergency is not None:  # it is read first
        phone = town.phones.water_sewer_emergency_outside.number
        sentences.insert(0, said[f"emergency_{emergency.value}"].format(phone=phone))
    if asks_for_place:
        sentences.append(said["place"])
    return " ".join(sentences)
