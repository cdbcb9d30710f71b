"""The words of a text as features: stems, neighbours, and pieces of words, which survive a typing error. Pure, linear in the text."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final

from shared.town.folding import fold

MAX_WORDS: Final = 250
"""Of a text, from its start: enough to know what somebody wants, and what a text costs at most."""
MAX_WORD: Final = 24
PIECES: Final = (3, 4, 5)
"""Lengths of the pieces of words, in letters, the ends of the word included."""
MIN_STEM: Final = 3
REMEMBERED_WORDS: Final = 8_192

_WORD: Final = re.compile(r"[a-z]+")
_CHARACTERS: Final = MAX_WORDS * (MAX_WORD + 1)
_ENDINGS: Final = ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y", "o", "a")
"""Of English and Spanish: plurals, past, and the vowel that bends."""


def features(text: str) -> frozenset[str]:
    """What of the text counts, each once. Stems are bare, neighbours have a blank between them, pieces begin with ``#``."""
    words = words_of(text)
    stems = [stem(word) for word in words]
    found = {f"{first} {second}" for first, second in pairwise(stems)}
    return frozenset(found.union(stems, *(pieces(word) for word in set(words))))


def words_of(text: str) -> Sequence[str]:
    """Its first words, folded; numbers say where and when, never what, and are left out."""
    found = _WORD.finditer(fold(text[:_CHARACTERS]))
    return [match.group()[:MAX_WORD] for match in islice(found, MAX_WORDS)]


def stem(word: str) -> str:
    """Without the ending that leaves the meaning."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=REMEMBERED_WORDS)
def pieces(word: str) -> frozenset[str]:
    """The pieces of the word, its ends marked."""
    marked = f"<{word}>"
    return frozenset(f"#{marked[start : start + size]}" for size in PIECES for start in range(len(marked) - size + 1))
