"""What the name of a person looks like: one to five words in capitals, with particles, initials and a title before them."""

import re
from enum import Enum, auto
from typing import Final

from shared.pii.name_words import COMMON, NO_NAMES, ORGANISATIONS, PARTICLES, PLACES, TITLES

MAX_WORDS: Final = 5
MAX_TOKENS: Final = 10
"""Titles and particles included: bounds the work at one place."""

_LETTER: Final = r"[^\W\d_]"
_WORD: Final = re.compile(rf"({_LETTER}{{1,30}}(?:['`-]{_LETTER}{{1,30}}){{0,2}}|&)(\.?)")
"""A word that a name may be made of, and the full stop of an initial, a title or the sentence behind it."""
_BLANKS: Final = re.compile(r"[ \t]{1,3}")
_ENDINGS: Final = frozenset({"jr", "sr"})


class Trust(Enum):
    """How sure it is that a name follows."""

    PLAIN = auto()
    """Whoever says so gives a name: small letters, months and places are believed too."""
    LIKELY = auto()
    """A name in capitals follows, and its second word may be one that maps hold."""
    WEAK = auto()
    """Anything may follow: no word may be one that ordinary texts or maps hold."""


class _Role(Enum):
    """What a word is to the name."""

    TITLE = auto()
    PARTICLE = auto()
    NAME = auto()
    PLACE = auto()
    OTHER = auto()


def name_at(text: str, start: int, trust: Trust, *, may_be_small: bool = False) -> int | None:
    """Where the name that begins at ``start`` ends; None where there is none, or where it is a place's or an office's ("Walter Street").

    ``may_be_small``: a name that begins with a small letter is one.
    """
    position, end, words = start, None, 0
    may_be_small = may_be_small and text[start : start + 1].islower()
    for _ in range(MAX_TOKENS):
        match = _WORD.match(text, position) if words < MAX_WORDS else None
        if match is None:
            break
        role = _role(match.group(1), trust, is_first=end is None, may_be_small=may_be_small)
        if role is _Role.PLACE and trust is not Trust.PLAIN:
            return None
        if role in {_Role.OTHER, _Role.PLACE}:
            break
        if role is _Role.NAME:
            is_initial = len(match.group(1)) == 1
            end, words = match.end() if is_initial else match.end(1), words + 1
            if match.group(2) and not is_initial and match.group(1).lower() not in _ENDINGS:
                break
        following = _BLANKS.match(text, match.end())
        if following is None:
            break
        position = following.end()
    return end


def _role(word: str, trust: Trust, *, is_first: bool, may_be_small: bool) -> _Role:
    small, is_capital = word.lower(), word[0].isupper()
    if is_first and small in TITLES:
        return _Role.TITLE
    if not is_first and not is_capital and small in PARTICLES:
        return _Role.PARTICLE
    if _is_refused(small, trust, is_first=is_first):
        return _Role.PLACE if is_capital and (small in PLACES or small in ORGANISATIONS) else _Role.OTHER
    return _Role.NAME if is_capital or (may_be_small and word[0].islower()) else _Role.OTHER


def _is_refused(word: str, trust: Trust, *, is_first: bool) -> bool:
    if trust is Trust.PLAIN:
        return word in COMMON
    if trust is Trust.LIKELY and not is_first:
        return word in COMMON or word in PLACES
    return word in NO_NAMES
