"""A text as the words that addresses are made of, and which words are never part of a street's name. Pure, linear."""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from shared.addresses.vocabulary import ABBREVIATIONS, COUNTS, FUNCTION_WORDS, THINGS

_WORD: Final = re.compile(r"[0-9]{1,3}/[0-9]{1,3}|[^\W_]+(?:['\u2019-][^\W_]+)*|[&@/#]")
_BLANK: Final = re.compile(r"[ \t]{0,3}\n?[ \t]{0,3}")
_AFTER_ABBREVIATION: Final = re.compile(r"\.?[ \t]{0,3}\n?[ \t]{0,3}")
_APOSTROPHES: Final = re.compile("['\u2019]")
MAX_NAME_CHARACTERS: Final = 30
"""Of one word of a street's name."""

_ORDINAL: Final = re.compile(r"[0-9]{1,3}(?:ST|ND|RD|TH)")


class Word(NamedTuple):
    """A word of a text, with where it stands (code points, end exclusive)."""

    text: str
    key: str
    """Upper case, without accents, apostrophes and periods: what is compared."""
    start: int
    end: int

    @property
    def is_capital(self) -> bool:
        """It begins as a name does."""
        return self.text[0].isupper() or self.text[0].isdigit()

    def may_name(self, *, is_first: bool = True) -> bool:
        """It may be part of a street's name: High House Road has one that no name begins with."""
        if self.key in FUNCTION_WORDS or len(self.key) > MAX_NAME_CHARACTERS:
            return False
        if (self.key in THINGS and (is_first or not self.is_capital)) or (self.key in COUNTS and not self.is_capital):
            return False
        return self.key.replace("-", "").isalpha() or _ORDINAL.fullmatch(self.key) is not None


@lru_cache(maxsize=4_096)
def key_of(word: str) -> str:
    """As ``Word.key``."""
    folded = _APOSTROPHES.sub("", word).upper()
    if folded.isascii():
        return folded
    return "".join(sign for sign in unicodedata.normalize("NFD", folded) if not unicodedata.combining(sign))


def words_of(text: str) -> list[Word]:
    """The words and the signs between streets (&, @, /, #), in order."""
    return [Word(match[0], key_of(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]


def are_joined(text: str, before: Word, after: Word) -> bool:
    """Whether only blanks lie between the two, or the period of an abbreviation."""
    gap = _AFTER_ABBREVIATION if before.key in ABBREVIATIONS else _BLANK
    return gap.fullmatch(text, before.end, after.start) is not None
