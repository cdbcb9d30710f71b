"""Finds personal data in what people wrote: every match of every kind of ``PersonalKind``.

A pattern or a word proposes and a check decides (Luhn, issuer, mod 97, the invalid ranges of social security numbers, ``phonenumbers``,
words that are no names). In doubt the match is masked, but what a report lives of survives: tracking numbers, house numbers, dates, ZIP
codes, coordinates, streets and parks that are called like people. Pure; takes any ``str`` and never fails; time is linear in the length,
because every repetition is bounded or cannot overlap with its neighbours.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from shared.contracts import PersonalKind, Span
from shared.pii import banking, births, by_word, documents
from shared.pii.emails import emails
from shared.pii.found import Found
from shared.pii.name_words import CLOSING_CORES
from shared.pii.names import WORDS, names
from shared.pii.network import internet_addresses
from shared.pii.numbers import cards, social_security_numbers
from shared.pii.phones import phones
from shared.pii.signatures import beside, signatures

_SEVEN_DIGITS_CLOSE_TOGETHER = re.compile(r"[0-9](?:[^0-9\w]{0,4}[0-9]){6}")


def _folding() -> dict[int, str]:
    """Look-alikes, one code point each so that positions stay: digits of all scripts, dashes, blanks, the wide at sign."""
    digits = ((point, unicodedata.decimal(chr(point), None)) for point in range(0x80, 0x1FC00))
    table = {point: str(value) for point, value in digits if value is not None}
    table |= dict.fromkeys([0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE63, 0xFF0D], "-")
    table |= dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
    return table | {0x2019: "'", 0xFF20: "@", 0xFE6B: "@", 0xFF0E: ".", 0x2024: ".", 0xFF0B: "+", 0xFF08: "(", 0xFF09: ")"}


_FOLDED = _folding()
_RULES = by_word.index(banking.RULES + births.RULES + documents.RULES)
_KNOWN = frozenset(_RULES) | WORDS | CLOSING_CORES
_DIGIT = re.compile(r"[0-9]")
MAX_REPEATED = 8
"""Names that are looked for in the whole text once they are known: bounds the work."""


def _without_overlaps(found: Iterable[Found]) -> Iterator[Found]:
    """Sorted; what overlaps becomes one, of the longest one's kind."""
    current: Found | None = None
    for item in sorted(found):
        if current is None:
            current = item
        elif item.start >= current.end:
            yield current
            current = item
        else:
            longest = max(current, item, key=lambda one: one.end - one.start)
            current = Found(current.start, max(current.end, item.end), longest.kind)
    if current is not None:
        yield current


def _repeated(text: str, found: list[Found]) -> Iterator[Found]:
    """The names, and wherever else the whole of them stands."""
    yield from found
    whole = dict.fromkeys(name for item in found if " " in (name := text[item.start : item.end]))
    for name in [*whole][:MAX_REPEATED]:
        at = text.find(name)
        while at >= 0:
            yield Found(at, at + len(name), PersonalKind.NAME)
            at = text.find(name, at + len(name))


def find_personal_data(text: str) -> tuple[Span, ...]:
    """Every stretch of ``text`` that is personal data: sorted, without overlaps, in code points."""
    folded = text if text.isascii() else text.translate(_FOLDED)
    found = list(emails(folded))
    if _SEVEN_DIGITS_CLOSE_TOGETHER.search(folded):
        found += phones(folded)
        found += cards(folded)
        found += social_security_numbers(folded)
        found += banking.ibans(folded)
    words = by_word.known_words(folded, _KNOWN)
    found += by_word.said(folded, words, _RULES)
    if _DIGIT.search(folded):
        found += documents.vehicles(folded)
    found += beside(folded, found)
    found += internet_addresses(folded)
    found += _repeated(folded, [*names(folded, words), *signatures(folded, words)])
    if not found:
        return ()
    return tuple(Span(start=item.start, end=item.end, kind=item.kind) for item in _without_overlaps(found))


def masked(text: str) -> str:
    """``text`` with every match replaced by its kind in square brackets: ``[phone]``, ``[email]`` ..."""
    pieces, end = [], 0
    for span in find_personal_data(text):
        pieces += [text[end : span.start], f"[{span.kind}]"]
        end = span.end
    return "".join([*pieces, text[end:]])
