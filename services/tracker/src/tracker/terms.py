"""Search terms: what a text is found by. The same function makes the terms of the store and those of a query. Pure."""

import re
import unicodedata
from typing import Final

MAX_TERMS: Final = 400
"""Of one text: a multikey index has an entry for each, and the tail of a very long text finds nobody."""
MAX_TERM_CHARACTERS: Final = 32
MAX_ADDRESS_KEY_CHARACTERS: Final = 200
"""An address is shorter; what is longer tells a story, and two of them are the same place when they begin alike."""
_WORD: Final = re.compile(r"[^\W_]+")
_ASCII: Final = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256)).lower()  # noqa: PLR2004 - ASCII's end
"""What stands between words made blank, capitals small."""


def normalised(text: str) -> str:
    """Case and accents taken away, so that ``Áño`` is found by ``ano``; linear time."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(symbol for symbol in decomposed if not unicodedata.combining(symbol))


def search_terms(*texts: str | None, limit: int = MAX_TERMS) -> tuple[str, ...]:
    """The different words of the texts, sorted; a word is what stands between blanks and punctuation."""
    words = dict.fromkeys(_words("\n".join(filter(None, texts))))
    found = {word[:MAX_TERM_CHARACTERS] for word in words}
    if len(found) > limit:
        found = set(list(dict.fromkeys(word[:MAX_TERM_CHARACTERS] for word in words))[:limit])  # the first ones, as they were written
    return tuple(sorted(found))


def address_keys(*addresses: str | None) -> tuple[str, ...]:
    """What an address is compared by, one key for each spelling of it: the words in their order, whatever their case and punctuation."""
    keys = (" ".join(_words(address))[:MAX_ADDRESS_KEY_CHARACTERS].rstrip() for address in addresses if address)
    return tuple(dict.fromkeys(key for key in keys if key))


def _words(text: str) -> list[str]:
    if text.isascii():  # most texts, at a tenth of the cost
        return text.encode("ascii").translate(_ASCII).decode("ascii").split()
    return _WORD.findall(normalised(text))
