"""Search terms: what a text is found by. The same function makes the terms of the store and those of a query. Pure."""

import re
import unicodedata
from typing import Final

MAX_TERMS: Final = 400
"""Of one text: a multikey index has an entry for each, and the tail of a very long text finds nobody."""
MAX_TERM_CHARACTERS: Final = 32
_WORD = re.compile(r"[^\W_]+")


def normalised(text: str) -> str:
    """Case and accents taken away, so that ``Áño`` is found by ``ano``; linear time."""
    if text.isascii():  # most texts, at a hundredth of the cost
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(symbol for symbol in decomposed if not unicodedata.combining(symbol))


def search_terms(*texts: str | None, limit: int = MAX_TERMS) -> tuple[str, ...]:
    """The different words of the texts, sorted; a word is what stands between blanks and punctuation."""
    found: set[str] = set()
    for text in texts:
        for word in _WORD.findall(normalised(text)) if text else ():
            found.add(word[:MAX_TERM_CHARACTERS])
            if len(found) >= limit:
                return tuple(sorted(found))
    return tuple(sorted(found))
