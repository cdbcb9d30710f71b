"""What an address is made of, and what may stand behind its street: a unit, a town, a ZIP code. Pure."""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from shared.addresses.vocabulary import STATES, UNITS

_UNIT: Final = re.compile(
    rf"[ \t]{{0,2}},?[ \t]{{0,2}}(?:\b({'|'.join(sorted(UNITS))})\b\.?[ \t]{{0,2}}#?|#)[ \t]?([A-Z]?-?[0-9]{{1,5}}-?[A-Z]?|[A-Z])\b",
    re.IGNORECASE,
)
_LAST_LINE: Final = re.compile(
    r"[ \t]{0,2}[,\n]?[ \t]{0,2}([A-Z][A-Za-z'.-]{1,30}(?: [A-Z][A-Za-z'.-]{1,30}){0,2})[ \t]{0,2},?[ \t]{1,2}"
    rf"({'|'.join(sorted(STATES))}|N\.C\.|North Carolina)\b\.?(?:[ \t]{{0,2}},?[ \t]{{0,2}}([0-9]{{5}})(?:-[0-9]{{4}})?\b)?"
)
_ZIP: Final = re.compile(r"[ \t]{0,2},?[ \t]{1,2}([0-9]{5})(?:-[0-9]{4})?(?![0-9-])")


class Kind(StrEnum):
    """What was found."""

    HOUSE = "house"
    CROSSING = "crossing"
    OWN_HOUSE = "own_house"
    """Of whoever writes ("I live at"): the trouble may be elsewhere, and is where something better is named."""
    BLOCK = "block"
    STREET = "street"

    @property
    def rank(self) -> int:
        """0: nothing tells more of a place; of several with one rank the first is meant."""
        return _RANKS[self]


_RANKS: Final = {Kind.HOUSE: 0, Kind.CROSSING: 0, Kind.OWN_HOUSE: 1, Kind.BLOCK: 2, Kind.STREET: 3}


class Address(NamedTuple):
    """A place that was found in a text."""

    kind: Kind
    start: int
    end: int
    """In code points, exclusive: the words as they were given, with unit, town and ZIP code."""
    normalized: str | None
    """To compare by: ``123 N MAIN ST``, ``MAIN ST & OAK AVE``; without unit, town and ZIP code. None of a street alone, which is too long
    to be the same place."""
    unit: str | None = None
    city: str | None = None
    """With its state, as given: ``Cary, NC``."""
    zipcode: str | None = None


def with_tail(text: str, address: Address) -> Address:
    """The address with what belongs to it right behind its street."""
    end = address.end
    unit = _UNIT.match(text, end)
    end = unit.end() if unit else end
    line = _LAST_LINE.match(text, end)
    code = None if line else _ZIP.match(text, end)
    return address._replace(
        end=line.end() if line else code.end() if code else end,
        unit=unit[2].upper() if unit else None,
        city=f"{line[1]}, {line[2]}" if line else None,
        zipcode=line[3] if line else code[1] if code else None,
    )
