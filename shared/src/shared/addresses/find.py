"""The place that a text names: a house, a corner, a block, or a street alone. Pure, takes any ``str``, linear in its length.

By our own pattern and not by a statistical tagger: the same words give the same address whatever version of a model is installed,
and two reports about one place have to come out equal (ADR 0016).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from shared.addresses.address import Address, Kind, with_tail
from shared.addresses.streets import MAX_LOOSE_WORDS, MAX_NAME_WORDS, Reading, Street
from shared.addresses.vocabulary import (
    AT_HOME,
    BETWEEN,
    BLOCKS,
    CLOSE_LINKS,
    COMMON,
    DIRECTIONS,
    HINTS,
    LEADS,
    LINKS,
    MEETINGS,
    NEVER_FIRST,
    NO_HOUSE_AFTER,
    ONTO,
    PLAIN,
    SHORT_DIRECTIONS,
)
from shared.addresses.words import are_joined, key_of, words_of

MAX_CHARACTERS: Final = 4_000
"""Of a text, from its start: what somebody wants, and where, stands there."""

REACH: Final = MAX_NAME_WORDS + 3
"""Words before a suffix within which its place begins: number, fraction, direction, name."""
_SPLIT: Final = re.compile(r"[^\W_]+|[&@/]")
_HOUSE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,4}(?:-[0-9]{1,4})?[A-Z]?")
_FRACTION: Final = re.compile(r"[1-9]/[1-9]")
_NO_HOUSE_BEFORE: Final = frozenset("$:/.,-+\u2013")
_HOME_WORDS: Final = 3
_BETWEEN_WORDS: Final = 3
_NUMBERED: Final = re.compile(r"\b[0-9]{2,5} (?:[NSEW]|NE|NW|SE|SW)\b", re.IGNORECASE)


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
        if best is None or found.kind.rank < best.kind.rank:
            best = found
            if best.kind.rank == 0:
                break
    return best


def _may_name_a_place(text: str) -> bool:
    """A cheap look: half of all texts have no word that a place is told by."""
    keys = {key_of(word) for word in _SPLIT.findall(text)}
    if not HINTS.isdisjoint(keys) or (not COMMON.isdisjoint(keys) and not LINKS.isdisjoint(keys)):
        return True
    return not SHORT_DIRECTIONS.isdisjoint(keys) and _NUMBERED.search(text) is not None


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
            elif word.key in LINKS:
                if self._reading.keys[index - 1] in COMMON or self._reading.keys[index + 1] in COMMON:
                    starts.update(range(max(0, index - MAX_LOOSE_WORDS), index))
            elif (word.key[:1].isdigit() and self._reading.keys[index + 1] in DIRECTIONS) or (
                word.text[:1].isupper() and self._reading.numbered_road(index)
            ):
                starts.add(index)
        return sorted(start for start in starts if self._reading.keys[start] not in NEVER_FIRST)

    def _address(self, kind: Kind, first: int, last: int, normalized: str | None) -> tuple[Address, int]:
        """With what stands behind it: a unit, a town, a ZIP code."""
        address = with_tail(self._text, Address(kind, self._words[first].start, self._words[last - 1].end, normalized))
        while last < len(self._words) and self._words[last].start < address.end:
            last += 1
        return address, last

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
        while self._reading.follows(first) and self._reading.keys[first] in {"DE", "LA"} and first < position + 3:  # 123 de la calle Main
            first += 1
        if not self._reading.follows(first):
            return None
        street = self._reading.street(first, is_numbered=len(figure) > 1) or self._plain_street(position, first, figure)
        if street is None or (len(figure) == 1 and not self._reading.is_place and not words[first].is_capital):
            return None  # "2 bradford st" is rarer than "2 something st"
        return self._address(self._house_kind(position), position, street.end, f"{figure} {street.normalized}")

    def _house_behind(self, position: int) -> tuple[Address, int] | None:
        """Calle Academy 300, calle Academy número 300."""
        if self._reading.keys[position] not in {"CALLE", "AVENIDA"} or (street := self._reading.street(position)) is None:
            return None
        number = street.end
        while self._reading.keys[number] in {"#", "NUMERO", "NUM", "NO"} and number < street.end + 2:
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
        return self._reading.keys[position - 1] in NO_HOUSE_AFTER and not self._reading.is_place

    def _plain_street(self, position: int, first: int, figure: str) -> Street | None:
        """12 Broadway where the text is a place, 4350 N Broadway anywhere: a name without a suffix."""
        has_direction = len(figure) > 1 and self._reading.keys[first] in DIRECTIONS and self._reading.follows(first + 1)
        if has_direction or (self._reading.is_place and position == 0):
            street = self._reading.name(first, may_be_small=True)
            return street if street and (street.end > first + 1 or not has_direction) else None
        return None

    def _house_kind(self, position: int) -> Kind:
        before = {self._reading.keys[index] for index in range(position - _HOME_WORDS, position)}
        return Kind.OWN_HOUSE if before & AT_HOME and not self._reading.is_place else Kind.HOUSE

    def _block(self, position: int) -> tuple[Address, int] | None:
        """300 block of Green Street."""
        number = self._words[position].key
        if not (number.isascii() and number.isdigit() and self._reading.keys[position + 1] in BLOCKS):
            return None
        first = position + 2 + (self._reading.keys[position + 2] == "OF")
        street = self._reading.street(first) or self._reading.name(first)
        return self._address(Kind.BLOCK, position, street.end, f"{number} BLOCK {street.normalized}") if street else None

    # ── a crossing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _crossing(self, position: int) -> tuple[Address, int] | None:
        if self._reading.keys[position] in MEETINGS:
            first = position + 1
            while self._reading.keys[first] in {"OF", "DE", "LA", "THE"} and first < position + 4:
                first += 1
            return self._joined(first, is_said=True)
        if self._is_between(position):
            return None
        return self._joined(position, is_said=False)

    def _joined(self, first: int, *, is_said: bool) -> tuple[Address, int] | None:
        reading = self._reading
        one = reading.leg(first, may_be_small=is_said) if first < len(self._words) else None
        if one is None or reading.keys[one.end] not in LINKS:
            return None
        link, second = reading.keys[one.end], one.end + 1
        other = reading.leg(second, may_be_small=is_said) if second < len(self._words) else None
        if other is None or not (is_said or reading.is_place or self._do_meet(first, one, link, other)):
            return None
        if one.normalized == other.normalized:
            return None
        names = " & ".join(sorted((one.normalized, other.normalized)))
        return self._address(Kind.CROSSING, first, other.end, names)

    def _do_meet(self, first: int, one: Street, link: str, other: Street) -> bool:
        """Whether two streets of a running text, that nothing says are a crossing, are one."""
        if one.is_marked and other.is_marked:
            return link not in {"E", "WITH"}
        is_placed = self._is_placed(first)
        if one.is_marked:
            return link in CLOSE_LINKS or (link in {"AND", "Y"} and (self._ends_at(other.end) or other.normalized in COMMON))
        if other.is_marked:
            return is_placed and (link in CLOSE_LINKS or link in {"AND", "Y"})
        names = {one.normalized, other.normalized}
        return link in CLOSE_LINKS and is_placed and bool(COMMON & names)

    def _is_placed(self, position: int) -> bool:
        """Whether a place may begin here: behind "on" or "near", or where a part of a sentence begins."""
        before = self._reading.keys[position - 1]
        return position == 0 or before in ONTO or not are_joined(self._text, self._words[position - 1], self._words[position])

    def _ends_at(self, index: int) -> bool:
        """Whether a sentence, or a part of one, ends before the word."""
        return index >= len(self._words) or not are_joined(self._text, self._words[index - 1], self._words[index])

    def _is_between(self, position: int) -> bool:
        return any(self._reading.keys[index] in BETWEEN for index in range(position - _BETWEEN_WORDS, position))

    # ── a street ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _street(self, position: int) -> tuple[Address, int] | None:
        street, word = self._reading.street(position), self._words[position]
        if street is None:
            return None
        if self._reading.is_place or word.key in LEADS or self._stands_out(position, street):
            return self._address(Kind.STREET, position, street.end, None)
        if self._is_placed(position) and self._is_named(position, street):
            return self._address(Kind.STREET, position, street.end, None)
        return None

    def _stands_out(self, position: int, street: Street) -> bool:
        """In capitals among small letters, from the first word to the suffix: "nobody has plowed Thistle Hollow Rd"."""
        words = self._words
        return position > 0 and words[position].is_capital and words[street.end - 1].is_capital and not words[position - 1].is_capital

    def _is_named(self, position: int, street: Street) -> bool:
        """Whether a street in a running text is written as one: small letters are believed with an abbreviation or a usual name."""
        word = self._words[position]
        return word.is_capital or word.key in LEADS | COMMON or self._words[street.end - 1].key in PLAIN
