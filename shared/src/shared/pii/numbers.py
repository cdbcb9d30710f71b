"""Payment cards and social security numbers: digits whose shape and check say what they are."""

import re
from collections.abc import Iterator

from shared.contracts import PersonalKind
from shared.pii.found import Found

CARD_DIGITS = range(13, 20)
"""ISO/IEC 7812: payment card numbers have 13 to 19 digits today."""
MAX_GROUPS = 7
"""Most groups that a card is written in; bounds the work per group."""

_GROUP = re.compile(r"[0-9]+")
_RUN_OF_GROUPS = re.compile(r"[0-9]+(?:[ ./-]{1,3}[0-9]+)*")
# All in one, in fours, as American Express and Diners Club print theirs, or in any groups of three digits and more.
_SHAPES = re.compile(r"[0-9]+|(?:[0-9]{4}[^0-9]+){3,4}[0-9]{1,4}|[0-9]{4}[^0-9]+[0-9]{6}[^0-9]+[0-9]{4,5}|[0-9]{3,}(?:[^0-9]+[0-9]{3,})+")
# Issuer prefix -> lengths, the widely published ranges of the payment networks.
_ISSUERS = (
    (re.compile(r"4"), frozenset({13, 16, 19})),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), frozenset({16})),  # Mastercard
    (re.compile(r"3[47]"), frozenset({15})),  # American Express
    (re.compile(r"6011|64[4-9]|65"), frozenset({16, 17, 18, 19})),  # Discover
    (re.compile(r"352[89]|35[3-8]"), frozenset({16, 17, 18, 19})),  # JCB
    (re.compile(r"30[0-5]|309|36|3[89]"), frozenset({14, 16, 19})),  # Diners Club
    (re.compile(r"62|81"), frozenset({16, 17, 18, 19})),  # UnionPay
    (re.compile(r"5018|5020|5038|5893|6304|6759|676[1-3]"), frozenset(CARD_DIGITS)),  # Maestro
)

# SSA: no area 000, 666 or 900-999, no group 00, no serial 0000.
_SSN = re.compile(
    r"(?<![0-9])(?<![0-9][-.])(?!000|666|9)[0-9]{3}(?: ?- ?| {1,2}|\.)(?!00)[0-9]{2}(?: ?- ?| {1,2}|\.)(?!0000)[0-9]{4}(?!-?[0-9])"
)
# Whoever writes the word means it: nine digits after it are masked even where one of them must be mistyped.
_SSN_BY_WORD = re.compile(
    r"(?:\bssn\b|\bss ?#|\bss ?(?:no\b|num)|\bitin\b|\bsocial\b|\bsocial security\b|\bseguro social\b|\btax(?:payer)? ?id\b)[^0-9\n]{0,40}"
    r"(?<![0-9])([0-9]{3}[ .-]{0,3}[0-9]{2}[ .-]{0,3}[0-9]{4})(?![0-9])",
    re.IGNORECASE,
)


def passes_luhn(digits: str) -> bool:
    """The check of ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) << (place & 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the cross sum of two digits
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """A number of a payment network's prefix and length whose check digit is right."""
    if len(digits) not in CARD_DIGITS or len(set(digits)) == 1:
        return False
    return any(prefix.match(digits) and len(digits) in lengths for prefix, lengths in _ISSUERS) and passes_luhn(digits)


def _end_of_card(text: str, groups: list[re.Match[str]]) -> int | None:
    """The end of the longest card that begins with the first of these groups."""
    digits, end, start = "", None, groups[0].start()
    for group in groups:
        digits += group.group()
        if len(digits) >= CARD_DIGITS.stop:
            break
        if is_card(digits) and _SHAPES.fullmatch(text, start, group.end()):
            end = group.end()
    return end


def cards(text: str) -> Iterator[Found]:
    """Every card number, written in one or in groups, also where other numbers stand directly before and behind it."""
    for run in _RUN_OF_GROUPS.finditer(text):
        if run.end() - run.start() < CARD_DIGITS.start:
            continue
        groups = list(_GROUP.finditer(text, run.start(), run.end()))
        for first, group in enumerate(groups):
            end = _end_of_card(text, groups[first : first + MAX_GROUPS])
            if end is not None:
                yield Found(group.start(), end, PersonalKind.CARD)


def social_security_numbers(text: str) -> Iterator[Found]:
    """Every social security number: grouped 3-2-4, or nine digits after a word for it."""
    for match in _SSN.finditer(text):
        yield Found(match.start(), match.end(), PersonalKind.SSN)
    for match in _SSN_BY_WORD.finditer(text):
        yield Found(match.start(1), match.end(1), PersonalKind.SSN)
