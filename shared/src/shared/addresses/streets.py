"""The name of one street, read from words: ``SE Maynard Rd``, ``calle Academy``, ``US 64``. Pure, a few steps a word."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from shared.addresses.vocabulary import (
    DIRECTIONS,
    HIGHWAYS,
    IN_FULL,
    LEADS,
    ORDINALS,
    ORDINARY,
    PROPER,
    SPELLED,
    STATES,
    SUFFIXES,
    USUAL,
)
from shared.addresses.words import Word, are_joined

MAX_NAME_WORDS: Final = 4
MAX_LOOSE_WORDS: Final = 3
"""Of a name without a suffix."""
_ARTICLES: Final = frozenset({"LA", "EL", "THE"})
_ROUTE: Final = re.compile(r"(US|I|[A-Z]{2})-([0-9]{1,4})")
_ROUTE_NUMBER: Final = re.compile(r"[0-9]{1,4}")
_WORDS_TOO: Final = frozenset(["AL", "CO", "DE", "HI", "ID", "IN", "LA", "MA", "ME", "MI", "MO", "OH", "OK", "OR", "PA"])
"""States whose abbreviations are words, too: "or 3" is no road."""
_ROADS: Final = {"I": "INTERSTATE", "INTERSTATE": "INTERSTATE", "HWY": "HIGHWAY", "HIGHWAY": "HIGHWAY", "AUTOPISTA": "HIGHWAY"}


_ROAD_WORDS: Final = STATES | HIGHWAYS | {"US", "I"}
BEYOND: Final = 16
"""Words that are looked at behind the last one, or before the first."""


class Street(NamedTuple):
    """A street's name."""

    end: int
    """The index of the first word behind it."""
    normalized: str
    """Upper case, suffix and directions as Publication 28 abbreviates them."""
    is_marked: bool
    """A suffix, or a word before it, tells that it is one."""


class Reading:
    """A text's words, and how strictly it is read."""

    def __init__(self, text: str, words: Sequence[Word], *, is_place: bool) -> None:
        self.text = text
        self.words = words
        self.keys: Final = [word.key for word in words] + [""] * BEYOND
        """With nothing behind the last word and, by Python's count from the end, before the first."""
        self._streets: dict[tuple[int, bool], Street | None] = {}
        self.is_place = is_place
        """The text is said to be a place: then what may be a street is one."""

    def follows(self, index: int) -> bool:
        """Whether there is such a word, with nothing but blanks between it and the one before."""
        return 0 < index < len(self.words) and are_joined(self.text, self.words[index - 1], self.words[index])

    # ── with a suffix ────────────────────────────────────────────────────────────────────────────────────────────────────

    def street(self, start: int, *, is_numbered: bool = False) -> Street | None:
        """The street whose name begins with this word, if its name tells that it is one.

        Args:
            start: the word's index.
            is_numbered: a house number stands before it.
        """
        asked = start, is_numbered
        if asked not in self._streets:
            self._streets[asked] = self.numbered_road(start) or self._led(start) or self._suffixed(start, is_numbered=is_numbered)
        return self._streets[asked]

    def _suffixed(self, start: int, *, is_numbered: bool = False) -> Street | None:
        first = start
        direction = DIRECTIONS.get(self.keys[start])
        if direction and self.follows(start + 1):
            first += 1
            # North Street: the direction is the name, where it is written in full and only a suffix follows.
            if direction != self.keys[start] and self._is_suffix(first) and not self._is_suffix(first + 1, first):
                return self._ended(first, [SPELLED[direction]], None)
        names: list[str] = []
        for index in range(first, first + MAX_NAME_WORDS + 1):
            if index >= len(self.words) or (index > start and not self.follows(index)):
                return None
            if names and self._is_suffix(index, first, is_numbered=is_numbered):
                while self._is_suffix(index + 1, first) and self.follows(index + 1) and len(names) < MAX_NAME_WORDS:
                    names.append(self.words[index].key)
                    index += 1  # noqa: PLW2901 - Park Place Drive: the last one is the suffix
                return self._ended(index, names, direction)
            if not self.words[index].may_name(is_first=not names):
                return None
            names.append(self.words[index].key)
        return None

    def _is_suffix(self, index: int, name: int | None = None, *, is_numbered: bool = False) -> bool:
        """Whether the word is a suffix, behind a name that begins at ``name``."""
        if index >= len(self.words):
            return False
        word = self.words[index]
        if self.is_place:
            return word.key in SUFFIXES
        is_name_capital = name is None or (self.words[name].is_capital and self.words[index - 1].is_capital)
        if word.is_capital:
            return word.key in (PROPER if is_name_capital else USUAL)
        return word.key in USUAL and (is_name_capital or is_numbered or word.key not in ORDINARY)

    def _ended(self, suffix: int, names: list[str], direction: str | None) -> Street:
        end, after = suffix + 1, None
        if self.follows(end) and self.keys[end] in DIRECTIONS and (self.is_place or self.words[end].is_capital):
            after, end = DIRECTIONS[self.keys[end]], end + 1
        return Street(end, " ".join(filter(None, (direction, _name(names), SUFFIXES[self.keys[suffix]], after))), is_marked=True)

    # ── in other ways ────────────────────────────────────────────────────────────────────────────────────────────────────

    def numbered_road(self, start: int) -> Street | None:
        """US 64, I-40, NC Highway 55."""
        if start >= len(self.words):
            return None
        word = self.words[start]
        if word.key not in _ROAD_WORDS and "-" not in word.key:
            return None
        joined = _ROUTE.fullmatch(word.text)
        if joined and (joined[1] in {"US", "I"} or joined[1] in STATES):
            return Street(start + 1, _road(joined[1], joined[2]), is_marked=True)
        is_state = word.text in STATES or word.text in {"US", "I"}
        number = start + 1
        has_word = self.keys[number] in HIGHWAYS and self.follows(number)
        number += has_word and is_state
        if not (self.follows(number) and _ROUTE_NUMBER.fullmatch(self.keys[number])):
            return None
        if (is_state and (has_word or word.text not in _WORDS_TOO | {"I"})) or word.key in HIGHWAYS:
            return Street(number + 1, _road(word.key, self.keys[number]), is_marked=True)
        return None

    def _led(self, start: int) -> Street | None:
        """Calle Academy: the name stands behind, with a suffix or without."""
        if self.keys[start] not in LEADS or not self.follows(start + 1):
            return None
        street = self._suffixed(start + 1) or self.name(start + 1)
        return street._replace(is_marked=True) if street else None

    def name(self, start: int, *, may_be_small: bool = False) -> Street | None:
        """A name alone, where something else says that it is a street's: as far as its words are written as names."""
        first = start
        direction = DIRECTIONS.get(self.keys[start])
        if direction and self.follows(start + 1) and self.words[start + 1].may_name():
            first += 1
        names: list[str] = []
        for index in range(first, min(first + MAX_LOOSE_WORDS, len(self.words))):
            word = self.words[index]
            is_written_as_one = word.is_capital or ((self.is_place or may_be_small) and (self.is_place or not names))
            if not (word.may_name(is_first=not names) and is_written_as_one) or (index > start and not self.follows(index)):
                break
            names.append(word.key)
        if not names:
            return None
        return Street(first + len(names), " ".join(filter(None, (direction if first > start else None, _name(names)))), is_marked=False)

    def leg(self, start: int, *, may_be_small: bool = False) -> Street | None:
        """One of two streets that are said to meet."""
        if self.keys[start] in _ARTICLES and self.follows(start + 1):
            start += 1
        return self.street(start) or self.name(start, may_be_small=may_be_small)


def _name(names: list[str]) -> str:
    """Ordinals as figures, Saint as St; a suffix within the name in full, as Publication 28 has it."""
    first, *others = names
    told = [ORDINALS.get(first, "ST" if first == "SAINT" and others else first), *(IN_FULL.get(word, word) for word in others)]
    return " ".join(told)


def _road(kind: str, number: str) -> str:
    return f"{_ROADS[kind]} {number}" if kind in _ROADS else f"{kind} HIGHWAY {number}"
