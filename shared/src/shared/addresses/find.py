"""The place that a text names: a house, a corner, a block, or a street alone. Pure, takes any ``str``, linear in its length.

By our own pattern and not by a statistical tagger: the same words give the same address whatever version of a model is installed,
and two reports about one place have to come out equal (ADR 0016).
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from shared.addresses.postal import DIRECTIONS, STATES, UNITS
from shared.addresses.streets import MAX_LOOSE_WORDS, MAX_NAME_WORDS, Reading, Street
from shared.addresses.words import HINTS, LEADS, are_joined, key_of, words_of

MAX_CHARACTERS: Final = 4_000
"""Of a text, from its start: what somebody wants, and where, stands there."""

REACH: Final = MAX_NAME_WORDS + 3
"""Words before a suffix within which its place begins: number, fraction, direction, name."""
_SPLIT: Final = re.compile(r"[^\W_]+|[&@]")
_HOUSE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,4}(?:-[0-9]{1,4})?[A-Z]?")
_FRACTION: Final = re.compile(r"[1-9]/[1-9]")
_NO_HOUSE_BEFORE: Final = frozenset("$:/.,-+\u2013")
_NO_HOUSE_AFTER: Final = frozenset(
    "JANUARY JAN FEBRUARY FEB MARCH MAR APRIL APR JUNE JUN JULY JUL AUGUST AUG SEPTEMBER SEPT SEP OCTOBER OCT NOVEMBER NOV DECEMBER DEC ENERO FEBRERO MARZO ABRIL MAYO "
    "JUNIO JULIO AGOSTO SEPTIEMBRE OCTUBRE NOVIEMBRE DICIEMBRE POLE POLES POSTE BUS ROUTE CASE CASO TICKET APT UNIT SUITE EXIT SALIDA".split()
)
"""A number behind one of these is a day's, a pole's, a bus's."""
_AT_HOME: Final = frozenset("LIVE LIVES LIVING RESIDE RESIDENT HOME ADDRESS NAME VIVO VIVIMOS DIRECCION DOMICILIO".split())
_HOME_WORDS: Final = 3
_LINKS: Final = frozenset({"AND", "&", "AT", "@", "/", "Y", "E", "CON", "WITH"})
_CLOSE_LINKS: Final = frozenset({"&", "@", "/", "AT"})
"""They join streets also where one has no suffix."""
_MEETINGS: Final = frozenset("CORNER INTERSECTION JUNCTION ESQUINA INTERSECCION CRUCE".split())
_BETWEEN: Final = frozenset({"BETWEEN", "ENTRE"})
_BETWEEN_WORDS: Final = 3
_ONTO: Final = frozenset("ON AT ALONG OFF NEAR OF FROM TO DOWN UP ACROSS BY IN ONTO TOWARD TOWARDS EN DE SOBRE POR A CERCA".split())
"""What stands before the name of a street that something is on."""
_COMMON: Final = frozenset(
    "MAIN OAK ELM PINE MAPLE CEDAR WALNUT CHESTNUT CHURCH MARKET CENTER PARK HIGH MILL LAKE RIVER HILL SPRING WASHINGTON LINCOLN JACKSON JEFFERSON "
    "FRANKLIN MADISON ADAMS UNION BROAD BROADWAY COLLEGE SCHOOL ACADEMY ACADEMIA RAILROAD DOGWOOD HICKORY WILLOW CHERRY SPRUCE BIRCH MAGNOLIA FIRST "
    "SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH".split()
)
"""Names that in any American town are a street's: of two names without a suffix, one must be."""
_PLAINLY_A_SUFFIX: Final = frozenset("ST AVE RD DR LN BLVD PKWY AVENUE BOULEVARD PARKWAY STREET ROAD".split())
_UNIT: Final = re.compile(rf"[ \t]{{0,2}},?[ \t]{{0,2}}(?:\b({'|'.join(sorted(UNITS))})\b\.?[ \t]{{0,2}}#?|#)[ \t]?([A-Z]?-?[0-9]{{1,5}}-?[A-Z]?|[A-Z])\b", re.IGNORECASE)
_LAST_LINE: Final = re.compile(
    r"[ \t]{0,2}[,\n]?[ \t]{0,2}([A-Z][A-Za-z'.-]{1,30}(?: [A-Z][A-Za-z'.-]{1,30}){0,2})[ \t]{0,2},?[ \t]{1,2}"
    rf"({'|'.join(sorted(STATES))}|N\.C\.|North Carolina)\b\.?(?:[ \t]{{0,2}},?[ \t]{{0,2}}([0-9]{{5}})(?:-[0-9]{{4}})?\b)?"
)
_ZIP: Final = re.compile(r"[ \t]{0,2},?[ \t]{1,2}([0-9]{5})(?:-[0-9]{4})?(?![0-9-])")


_SHORT_DIRECTIONS: Final = frozenset(DIRECTIONS.values())
_NUMBERED: Final = re.compile(r"\b[0-9]{2,5} (?:[NSEW]|NE|NW|SE|SW)\b", re.IGNORECASE)


class Kind(IntEnum):
    """What was found, the most telling first."""

    HOUSE = 1
    CROSSING = 2
    OWN_HOUSE = 3
    """Of whoever writes ("I live at"): the trouble may be elsewhere, and is where something better is named."""
    BLOCK = 4
    STREET = 5


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


def normalized_address(text: str) -> str | None:
    """What somebody gave as a place, in the form that equal places have in common; None where it is no address or crossing."""
    found = find_address(text, is_place=True)
    return found.normalized if found else None


def find_address(text: str, *, is_place: bool = False) -> Address | None:
    """The most telling place in a text, of several alike the first.

    Args:
        text: anything; ``MAX_CHARACTERS`` of it count.
        is_place: it was given as a place, so that "12 Broadway" and "main and oak" are one. Else only what can hardly be anything else is.
    """
    text = text[:MAX_CHARACTERS]
    if not is_place and not _may_name_a_place(text):
        return None
    finder = _Finder(Reading(text, words_of(text), is_place=is_place))
    best: Address | None = None
    for found in finder.all():
        if best is None or found.kind < best.kind:
            best = found
            if best.kind is Kind.HOUSE:
                break
    return best


def _may_name_a_place(text: str) -> bool:
    """A cheap look: half of all texts have no word that a place is told by."""
    keys = {key_of(word) for word in _SPLIT.findall(text)}
    if not HINTS.isdisjoint(keys) or (not _COMMON.isdisjoint(keys) and not _LINKS.isdisjoint(keys)):
        return True
    return not _SHORT_DIRECTIONS.isdisjoint(keys) and _NUMBERED.search(text) is not None


class _Finder:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._text = reading.text
        self._words = reading.words

    def all(self) -> Iterator[Address]:
        """Every place, in the order of the text."""
        position = 0
        for start in self._starts():
            if start < position:
                continue
            found = self._house(start) or self._block(start) or self._crossing(start) or self._street(start)
            if found is not None:
                address, position = found
                yield address

    def _starts(self) -> Sequence[int]:
        """Where a place may begin: near a word that tells of one. Most words of a text do not, and are not looked at."""
        if self._reading.is_place:
            return range(len(self._words))
        starts: set[int] = set()
        for index, word in enumerate(self._words):
            if word.key in HINTS or word.key == "/":
                starts.update(range(max(0, index - REACH), index + 1))
            elif word.key in _LINKS:
                if self._reading.key(index - 1) in _COMMON or self._reading.key(index + 1) in _COMMON:
                    starts.update(range(max(0, index - MAX_LOOSE_WORDS), index))
            elif word.key[0].isdigit() and self._reading.key(index + 1) in DIRECTIONS:
                starts.add(index)
            elif word.text[:1].isupper() and self._reading.numbered_road(index):
                starts.add(index)
        return sorted(starts)

    def _address(self, kind: Kind, first: int, last: int, normalized: str | None) -> tuple[Address, int]:
        """With what stands behind it: a unit, a town, a ZIP code."""
        start, end = self._words[first].start, self._words[last - 1].end
        unit = _UNIT.match(self._text, end)
        end = unit.end() if unit else end
        line = _LAST_LINE.match(self._text, end)
        zipcode = line[3] if line else None
        end = line.end() if line else end
        if line is None and (code := _ZIP.match(self._text, end)):
            zipcode, end = code[1], code.end()
        city = f"{line[1]}, {line[2]}" if line else None
        while last < len(self._words) and self._words[last].start < end:
            last += 1
        return Address(kind, start, end, normalized, unit[2].upper() if unit else None, city, zipcode), last

    # ── a house ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _house(self, position: int) -> tuple[Address, int] | None:
        number, words = self._words[position], self._words
        if not number.text[0].isdigit():
            return self._house_behind(position)
        if not _HOUSE_NUMBER.fullmatch(number.key) or self._is_other_number(position):
            return None
        first, figure = position + 1, number.key
        if first < len(words) and _FRACTION.fullmatch(words[first].key) and self._reading.follows(first):
            figure, first = f"{figure} {words[first].key}", first + 1
        while self._reading.follows(first) and self._reading.key(first) in {"DE", "LA"} and first < position + 3:  # 123 de la calle Main
            first += 1
        if not self._reading.follows(first):
            return None
        street = self._reading.street(first, is_numbered=len(figure) > 1) or self._plain_street(position, first, figure)
        if street is None or (len(figure) == 1 and not self._reading.is_place and not words[first].is_capital):
            return None  # "2 bradford st" is rarer than "2 something st"
        return self._address(self._house_kind(position), position, street.end, f"{figure} {street.normalized}")

    def _house_behind(self, position: int) -> tuple[Address, int] | None:
        """calle Academy 300, calle Academy número 300."""
        if self._reading.key(position) not in {"CALLE", "AVENIDA"} or (street := self._reading.street(position)) is None:
            return None
        number = street.end
        while self._reading.key(number) in {"#", "NUMERO", "NUM", "NO"} and number < street.end + 2:
            number += 1
        if number >= len(self._words) or not _HOUSE_NUMBER.fullmatch(self._words[number].key) or len(self._words[number].key) < 2:  # noqa: PLR2004
            return None
        if self._words[number].start - self._words[street.end - 1].end > len(", numero. # "):
            return None
        return self._address(Kind.HOUSE, position, number + 1, f"{self._words[number].key} {street.normalized}")

    def _is_other_number(self, position: int) -> bool:
        start = self._words[position].start
        if start and self._text[start - 1] in _NO_HOUSE_BEFORE:
            return True
        return self._reading.key(position - 1) in _NO_HOUSE_AFTER and not self._reading.is_place

    def _plain_street(self, position: int, first: int, figure: str) -> Street | None:
        """12 Broadway where the text is a place, 4350 N Broadway anywhere: a name without a suffix."""
        has_direction = len(figure) > 1 and self._reading.key(first) in DIRECTIONS and self._reading.follows(first + 1)
        if has_direction or (self._reading.is_place and position == 0):
            street = self._reading.name(first, may_be_small=True)
            return street if street and (street.end > first + 1 or not has_direction) else None
        return None

    def _house_kind(self, position: int) -> Kind:
        before = {self._reading.key(index) for index in range(position - _HOME_WORDS, position)}
        return Kind.OWN_HOUSE if before & _AT_HOME and not self._reading.is_place else Kind.HOUSE

    def _block(self, position: int) -> tuple[Address, int] | None:
        """300 block of Green Street."""
        number = self._words[position].key
        if not (number.isascii() and number.isdigit() and self._reading.key(position + 1) in {"BLOCK", "BLK"}):
            return None
        first = position + 2 + (self._reading.key(position + 2) == "OF")
        street = self._reading.street(first) or self._reading.name(first)
        return self._address(Kind.BLOCK, position, street.end, f"{number} BLOCK {street.normalized}") if street else None

    # ── a crossing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _crossing(self, position: int) -> tuple[Address, int] | None:
        if self._reading.key(position) in _MEETINGS:
            first = position + 1
            while self._reading.key(first) in {"OF", "DE", "LA", "THE"} and first < position + 4:
                first += 1
            return self._joined(first, is_said=True)
        if self._is_between(position):
            return None
        return self._joined(position, is_said=False)

    def _joined(self, first: int, *, is_said: bool) -> tuple[Address, int] | None:
        reading = self._reading
        one = reading.leg(first, may_be_small=is_said) if first < len(self._words) else None
        if one is None or reading.key(one.end) not in _LINKS:
            return None
        link, second = reading.key(one.end), one.end + 1
        other = reading.leg(second, may_be_small=is_said) if second < len(self._words) else None
        if other is None or not (is_said or reading.is_place or self._do_meet(first, one, link, other)):
            return None
        if one.normalized == other.normalized:
            return None
        names = " & ".join(sorted((one.normalized, other.normalized)))
        return self._address(Kind.CROSSING, first, other.end, names)

    def _do_meet(self, first: int, one: Street, link: str, other: Street) -> bool:
        """Whether two streets of a running text, that nothing says are a crossing, are one."""
        if one.has_suffix and other.has_suffix:
            return link not in {"E", "WITH"}
        is_placed = self._is_placed(first)
        if one.has_suffix:
            return link in _CLOSE_LINKS or (link in {"AND", "Y"} and (self._ends_at(other.end) or other.normalized in _COMMON))
        if other.has_suffix:
            return is_placed and (link in _CLOSE_LINKS or link in {"AND", "Y"})
        names = {one.normalized, other.normalized}
        return link in _CLOSE_LINKS and is_placed and bool(_COMMON & names)

    def _is_placed(self, position: int) -> bool:
        """Whether a place may begin here: behind "on" or "near", or where a part of a sentence begins."""
        before = self._reading.key(position - 1)
        return position == 0 or before in _ONTO or not are_joined(self._text, self._words[position - 1], self._words[position])

    def _ends_at(self, index: int) -> bool:
        """Whether a sentence, or a part of one, ends before the word."""
        return index >= len(self._words) or not are_joined(self._text, self._words[index - 1], self._words[index])

    def _is_between(self, position: int) -> bool:
        return any(self._reading.key(index) in _BETWEEN for index in range(position - _BETWEEN_WORDS, position))

    # ── a street ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _street(self, position: int) -> tuple[Address, int] | None:
        street, word = self._reading.street(position), self._words[position]
        if street is None:
            return None
        if not (self._reading.is_place or (self._is_placed(position) or word.key in LEADS) and self._is_named(position, street)):
            return None
        return self._address(Kind.STREET, position, street.end, None)

    def _is_named(self, position: int, street: Street) -> bool:
        """Whether a street in a running text is written as one: small letters are believed with an abbreviation or a usual name."""
        word = self._words[position]
        return word.is_capital or word.key in LEADS | _COMMON or self._words[street.end - 1].key in _PLAINLY_A_SUFFIX
