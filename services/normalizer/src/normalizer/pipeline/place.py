"""Where it is, as it was given: any words will do, and no place is ever refused."""

from typing import Final, NamedTuple

from normalizer.pipeline.decisions import decision
from shared.cleaning import clean_line
from shared.contracts import Attention, Decision, Place
from shared.pii import masked
from shared.town.catalogue import ServiceDefinition

MAX_ADDRESS_CHARACTERS: Final = 1_000
MAX_ZIPCODE_CHARACTERS: Final = 20


class Located(NamedTuple):
    """The place, what the public may read of its words, and whether a person should look."""

    place: Place | None
    address_public: str | None
    attention: tuple[Attention, ...]
    decision: Decision


def as_given(place: Place | None, service: ServiceDefinition) -> Located:
    """The place with cleaned words; None where nothing is left of it."""
    cleaned = _cleaned(place) if place else None
    if cleaned is None:
        if service.place_needed:
            return Located(None, None, (Attention.NO_PLACE,), decision("place", "missing", "the service needs a place and none was given"))
        return Located(None, None, (), decision("place", "none", "none was given, and the service needs none"))
    # A mask may be longer than what it hides.
    public = masked(cleaned.address)[:MAX_ADDRESS_CHARACTERS] if cleaned.address else None
    return Located(cleaned, public, (), decision("place", "as_given", _kinds(cleaned)))


def _cleaned(place: Place) -> Place | None:
    address = clean_line(place.address, max_characters=MAX_ADDRESS_CHARACTERS) or None if place.address else None
    address_id = clean_line(place.address_id, max_characters=MAX_ADDRESS_CHARACTERS) or None if place.address_id else None
    zipcode = clean_line(place.zipcode, max_characters=MAX_ZIPCODE_CHARACTERS) or None if place.zipcode else None
    if (address, address_id, zipcode, place.lat, place.area) == (None, None, None, None, None):
        return None
    if (address, address_id, zipcode) == (place.address, place.address_id, place.zipcode):
        return place
    return Place(address=address, address_id=address_id, zipcode=zipcode, lat=place.lat, long=place.long, area=place.area)


def _kinds(place: Place) -> str:
    given = {
        "words": place.address or place.address_id or place.zipcode,
        "a point": place.lat is not None,
        "an area": place.area is not None,
    }
    return "the sender gave " + " and ".join(kind for kind, is_given in given.items() if is_given)
