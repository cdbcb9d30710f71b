"""Text as it is compared: without case, accents and punctuation that people set differently. ASCII, one blank between words."""

import re
import unicodedata

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\u00b4`]")
# A hyphen, a slash and what is no letter we know part words: "pick-up" is "pick up", an emoji is a blank.
_PARTING = re.compile(r"[^!-,.0-\[\]^a-~]+")


def without_accents(text: str) -> str:
    """Casefolded and without combining marks: "Árbol" is "arbol", "año" is "ano". Other scripts stay. Linear in the length."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFD", folded)
    return decomposed if decomposed.isascii() else "".join(symbol for symbol in decomposed if not unicodedata.combining(symbol))


def fold(text: str) -> str:
    """What rules are matched on: ``without_accents``, "isn't" as "isnt", everything that parts words as one blank. Linear."""
    return _PARTING.sub(" ", _APOSTROPHES.sub("", without_accents(text))).strip()
