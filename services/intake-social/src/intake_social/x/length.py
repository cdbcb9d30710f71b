"""How long X takes a text to be. Pure.

The rule is X's own, published as version 3 of the configuration of twitter-text: in normal form (NFC) a code point weighs two, in the
ranges below one, and a link 23, whatever its length. X counts an emoji of several code points once; here each of them counts, so that
a text is never longer for X than for us. The libraries on the package index were last kept in 2023 and bring X's whole grammar of links.
"""

import re
import unicodedata
from typing import Final

MAX_LENGTH: Final = 280
LINK_WEIGHT: Final = 23
_LIGHT: Final = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_LINK: Final = re.compile(r"(https?://)?[\w-]+(?:\.[\w-]+)+[^\s]*", re.IGNORECASE)
"""Wider than X's grammar: what only looks like a link weighs at least as much as one."""


def weighted_length(text: str) -> int:
    """In characters, as X counts them."""
    normal = unicodedata.normalize("NFC", text)
    links = [LINK_WEIGHT if link[1] else max(LINK_WEIGHT, _weight(link[0])) for link in _LINK.finditer(normal)]
    return sum(links) + _weight(_LINK.sub("", normal))


def _weight(text: str) -> int:
    return sum(1 if any(first <= ord(sign) <= last for first, last in _LIGHT) else 2 for sign in text)
