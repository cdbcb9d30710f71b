"""Where it is: as it was given, any words will do and no place is ever refused; else as the text names it. And is it in the town?"""

from typing import Final, NamedTuple

from normalizer.pipeline.decisions import SHOWN_VERSION_CHARACTERS, decision
from normalizer.pipeline.place_in_text import find_place
from normalizer.pipeline.words import Texts
from shared.addresses import Kind, find_address
from shared.cleaning import clean_line
from shared.contracts import Attention, Decision, Language, Place, SubmissionReceived
from shared.pii import masked
from shared.town.boundary import Boundary, is_outside
from shared.town.catalogue import ServiceDefinition
from shared.town.configuration import Localized

MAX_ADDRESS_CHARACTERS: Final = 1_000
MAX_ZIPCODE_CHARACTERS: Final = 20
MAX_NOTICE_CHARACTERS: Final = 1_000
_NAMED: Final = {
    Kind.HOUSE: "a house",
    Kind.CROSSING: "a crossing",
    Kind.OWN_HOUSE: "where somebody lives",
    Kind.BLOCK: "a block",
    Kind.STREET: "a street",
}


class Located(NamedTuple):
    """The place, what the public may read of its words, and whether a person should look."""

    place: Place | None
    address_public: str | None
    is_outside: bool
    """Of the town's boundary."""
    attention: tuple[Attention, ...]
    decisions: tuple[Decision, ...]


def locate(submission: SubmissionReceived, texts: Texts, service: ServiceDefinition, boundary: Boundary | None) -> Located:
    """The place with cleaned words and its normalised address; None where neither the sender nor the text has one."""
    given = _cleaned(submission.place) if submission.place else None
    if given is None or is_rough(given):
        found = _found(given, texts, service, is_continued=submission.claim is not None)
        if found is not None:
            return found
    if given is None:
        if service.place_needed:
            return Located(
                None, None, False, (Attention.NO_PLACE,), (decision("place", "missing", "the service needs a place and none was given"),)
            )
        return Located(None, None, False, (), (decision("place", "none", "none was given, and the service needs none"),))
    # A mask may be longer than what it hides.
    public = masked(given.address)[:MAX_ADDRESS_CHARACTERS] if given.address else None
    attention, decisions = hold_against(boundary, given)
    return Located(_normalized(given), public, bool(attention), attention, (decision("place", "as_given", _kinds(given)), *decisions))


def notice(service: ServiceDefinition, language: Language, outside_town: Localized | None) -> str | None:
    """What the resident should know at once: that the place is ``outside_town``, and who else owns what the service is about."""
    told = [outside_town(language)] if outside_town else []
    note = service.owner_note(language)
    if note and len(note) + sum(map(len, told)) < MAX_NOTICE_CHARACTERS:
        told.append(note)
    return " ".join(told) or None


def is_rough(place: Place) -> bool:
    """A network's name and rectangle of a whole town: an address in the text tells more."""
    return place.area is not None and place.lat is None


def hold_against(boundary: Boundary | None, place: Place) -> tuple[tuple[Attention, ...], tuple[Decision, ...]]:
    """Whether an advocate should see that the point lies outside."""
    if boundary is None or not is_outside(boundary, place):
        return (), ()
    why = "the point lies outside the town's boundary; whoever reported it is told whom to ask"
    return (Attention.OUTSIDE_TOWN,), (decision("boundary", "outside", why, boundary.version[:SHOWN_VERSION_CHARACTERS]),)


def _found(given: Place | None, texts: Texts, service: ServiceDefinition, *, is_continued: bool) -> Located | None:
    """As the text names it. Of a private service nothing of it is for the public, whatever becomes of the request later."""
    found = find_place(texts, is_continued=is_continued)
    if found is None:
        return None
    words, address = found
    place = Place(
        address=words,
        zipcode=None if service.is_private else address.zipcode,
        area=given.area if given else None,
        normalized_address=address.normalized,
        is_guessed=True,
    )
    why = f"{'the sender gave none' if given is None else 'the sender gave no more than an area'}; the text names {_NAMED[address.kind]}"
    public = None if service.is_private else words
    return Located(place, public, False, (Attention.UNSURE_PLACE,), (decision("place", "found_in_text", why),))


def _normalized(place: Place) -> Place:
    found = find_address(place.address, is_place=True) if place.address else None
    if found is None or found.normalized is None:
        return place
    return place.model_copy(update={"normalized_address": found.normalized, "zipcode": place.zipcode or found.zipcode})


def _cleaned(place: Place) -> Place | None:
    address = clean_line(place.address, max_characters=MAX_ADDRESS_CHARACTERS) or None if place.address else None
    address_id = clean_line(place.address_id, max_characters=MAX_ADDRESS_CHARACTERS) or None if place.address_id else None
    zipcode = clean_line(place.zipcode, max_characters=MAX_ZIPCODE_CHARACTERS) or None if place.zipcode else None
    if (address, address_id, zipcode, place.lat, place.area) == (None, None, None, None, None):
        return None
    return Place(address=address, address_id=address_id, zipcode=zipcode, lat=place.lat, long=place.long, area=place.area)


def _kinds(place: Place) -> str:
    given = {
        "words": place.address or place.address_id or place.zipcode,
        "a point": place.lat is not None,
        "an area": place.area is not None,
    }
    return "the sender gave " + " and ".join(kind for kind, is_given in given.items() if is_given)
