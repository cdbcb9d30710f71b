"""The words of a text, and what counts of them: stems, neighbours, and pieces of words, which survive a typing error. Pure, linear."""

import re
from collections import Counter
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
"""A few thousand make most of what people write."""

_WORD: Final = re.compile(r"[a-z]+")
_CHARACTERS: Final = MAX_WORDS * (MAX_WORD + 1)
_ENDINGS: Final = ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y", "o", "a")
"""Of English and Spanish: plurals, past, and the vowel that bends."""


def words_of(text: str) -> Sequence[str]:
    """Its first words, folded; numbers say where and when, never what, and are left out."""
    found = _WORD.finditer(fold(text[:_CHARACTERS]))
    return [match.group()[:MAX_WORD] for match in islice(found, MAX_WORDS)]


def features(words: Sequence[str]) -> Counter[str]:
    """What of the words counts, and how often: each word and each pair once, so that what a word holds can be added up beforehand."""
    found = Counter(neighbours(words))
    for word in set(words):
        found.update(of_word(word))
    return found


def neighbours(words: Sequence[str]) -> set[str]:
    """The stems of words that follow each other, with a blank between."""
    return set(map(" ".join, pairwise(map(stem, words))))


def of_word(word: str) -> set[str]:
    """Its stem, and its pieces, which begin with ``#``, its ends marked."""
    marked = f"<{word}>"
    return {stem(word)} | {f"#{marked[start : start + size]}" for size in PIECES for start in range(len(marked) - size + 1)}


@lru_cache(maxsize=REMEMBERED_WORDS)
def stem(word: str) -> str:
    """Without the ending that leaves the meaning."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM:
            return word[: -len(ending)]
    return word
