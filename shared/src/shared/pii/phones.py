"""Telephone numbers, North American and international. Own patterns propose (linear, cheap), ``phonenumbers`` decides in doubt."""

import re
from collections.abc import Callable, Iterator

import phonenumbers

from shared.contracts import PersonalKind
from shared.pii.found import Found
from shared.tracking_number import InvalidNumber, parse_tracking_number

HOME_REGION = "US"
MAX_DEGREES = 180.0
PHONE_DIGITS = range(7, 16)
"""From a local number to the longest of ITU-T E.164."""
MAX_TRIES = 4
"""How many ends of an international number are tried, the longest first: bounds the work per match."""

MAX_ASKED = 200
"""Numbers of one text that ``phonenumbers`` is asked about, some 60 µs each; a text with more is masked without asking."""

_GAP = r"[ \t]{0,2}[-./)\]*]{0,2}[ \t]{0,2}[(\[]?"
_EXTENSION = r"(?:[ ,;]{0,3}(?:x|ext\.?|extension|extensi[oó]n|#)[ .:]{0,2}[0-9]{1,6}(?![0-9]))?"
_NOT_INSIDE_A_NUMBER = r"(?<![0-9])(?<![0-9][.,])"
_NORTH_AMERICAN = re.compile(
    rf"{_NOT_INSIDE_A_NUMBER}(?:(?:\+ ?)?1{_GAP})?[(\[]?([0-9]{{3}}){_GAP}([0-9]{{3}}){_GAP}([0-9]{{4}})(?!-?[0-9]{{5}}|[0-9]){_EXTENSION}",
    re.IGNORECASE,
)
_HYPHENATED = re.compile(r"[0-9]-[0-9]")
_PUNCTUATION = frozenset("-.()[]/+")
# Not a coordinate with its sign (ISO 6709): +35.79154.
_INTERNATIONAL = re.compile(
    r"(?<![0-9A-Za-z+])(?!\+[0-9]{1,3}\.[0-9]{4,8}(?![0-9]))"
    r"(?:\+ ?|00(?=[1-9 ])|011(?=[ .-]{0,2}[1-9]))[ .-]{0,2}"
    r"(\(?[0-9](?:[-. /()]{0,3}[0-9]){6,18})(?![0-9])"
)
_GROUP = re.compile(r"[0-9]+")

# "call me at 469-4012", "tel. 020 7946 0958": whoever says so means a number, whatever its shape.
_SAID_TO_BE_ONE = re.compile(
    r"\b(?:phone|telephone|tel|cell|cellphone|mobile|call|text|txt|fax|dial|reach|whatsapp|ph|ring|landline|number was|my number"
    r"|tel[eé]fono|celular|m[oó]vil|ll[aá]m[ae](?:me|nos)?|llamar(?:me)?|mi n[uú]mero)\b"
    r"(?:[ \t.:#-]{1,3}(?:me|us|him|her|back|at|on|is|number|no|num|phone|cell|al|a|es|n[uú]mero|this|my|mi)\b){0,4}"
    r"[ \t.:#-]{0,3}(?<![0-9])(\+?[(\[]?[0-9](?:[-. /()\t]{0,3}[0-9]){6,14})(?![0-9])",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})\b")
_DECIMAL = re.compile(r"(?!1\.[0-9]{10}\Z)[0-9]{1,3}\.[0-9]+")
_SYMBOLS = re.compile(r"[0-9A-Za-z-]*")
_SYMBOLS_IN_A_TRACKING_NUMBER = 14


def _is_coordinate(candidate: str) -> bool:
    return _DECIMAL.fullmatch(candidate) is not None and float(candidate) <= MAX_DEGREES


def _is_valid(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, HOME_REGION))
    except phonenumbers.NumberParseException:
        return False


def _asker() -> Callable[[str], bool]:
    """``_is_valid`` as long as it has not been asked too often; then everything is."""
    left = iter(range(MAX_ASKED))
    return lambda number: next(left, None) is None or _is_valid(number)


def _lies_in_a_tracking_number(text: str, match: re.Match[str]) -> bool:
    """Ten digits of a number of ours, which may well have that many: ``AB9195550123`` with its check symbol right."""
    before = _SYMBOLS.match(text[max(0, match.start() - _SYMBOLS_IN_A_TRACKING_NUMBER) : match.start()][::-1])
    after = _SYMBOLS.match(text, match.end(), match.end() + _SYMBOLS_IN_A_TRACKING_NUMBER)
    start = match.start() - (before.end() if before else 0)
    word = text[start : after.end() if after else match.end()]
    return len(word) > match.end() - match.start() and not isinstance(parse_tracking_number(word), InvalidNumber)


def _north_american(text: str, is_valid: Callable[[str], bool]) -> Iterator[Found]:
    for match in _NORTH_AMERICAN.finditer(text):
        is_punctuated = not _PUNCTUATION.isdisjoint(match.group())
        if _lies_in_a_tracking_number(text, match) or _is_coordinate(match.group()):
            continue
        if not is_punctuated and _HYPHENATED.search(text, max(0, match.start() - 2), match.end() + 2):
            continue
        if is_punctuated or is_valid("".join(match.groups())):
            yield Found(match.start(), match.end(), PersonalKind.PHONE)


def _end_of_valid(text: str, start: int, end: int, is_valid: Callable[[str], bool]) -> int | None:
    """Where the longest valid number ends that is made of whole groups: what follows may be a house number."""
    ends = [group.end() for group in _GROUP.finditer(text, start, end)]
    return next((stop for stop in ends[: -MAX_TRIES - 1 : -1] if is_valid("+" + text[start:stop])), None)


def _international(text: str, is_valid: Callable[[str], bool]) -> Iterator[Found]:
    for match in _INTERNATIONAL.finditer(text):
        has_plus = match.group().startswith("+")
        end = _end_of_valid(text, match.start(1), match.end(), is_valid)
        if end is None and has_plus:
            end = match.end()  # a plus sign means a number, also where a digit is missing
        if end is not None:
            yield Found(match.start(), end, PersonalKind.PHONE)


def _said_to_be_one(text: str) -> Iterator[Found]:
    for match in _SAID_TO_BE_ONE.finditer(text):
        candidate = match.group(1)
        if not (_DATE.match(candidate) or _is_coordinate(candidate)):
            yield Found(match.start(1), match.end(1), PersonalKind.PHONE)


def phones(text: str) -> Iterator[Found]:
    """Every telephone number in a text with look-alikes folded."""
    is_valid = _asker()
    yield from _north_american(text, is_valid)
    yield from _international(text, is_valid)
    yield from _said_to_be_one(text)
