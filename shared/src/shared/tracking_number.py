"""Tracking numbers (Open311 ``service_request_id``): derived, checkable, impossible to enumerate.

A number is twelve Crockford base32 symbols: eleven carry 55 bits of ``HMAC-SHA-256(town secret, submission_id)``, the twelfth is a
weighted check over GF(32) that catches every single wrong symbol and every swap of neighbours. Being derived, the number needs no
coordination, survives redelivery, and can be told to the resident before anything downstream has run.

Source of the alphabet and its readings: Douglas Crockford, "Base 32" (I and L read as 1, O as 0; no U).
"""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
MAX_WRITTEN_CHARACTERS = 100
"""What is longer is no number, however many blanks it has."""
_READ_AS = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_VALUE = _READ_AS | {symbol.lower(): value for symbol, value in _READ_AS.items()}  # no str.upper(): it makes SS of a sharp s
_IGNORED = str.maketrans("", "", "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u200b\u200e\u200f\u2060\ufeff")
"""Hyphens, dashes and invisible marks that people and programs put in; blanks of any kind are ignored as well."""
_REDUCER = 0b100101  # x^5 + x^2 + 1, primitive over GF(2): powers of x run through all 31 non-zero elements


class NumberFault(StrEnum):
    """What is wrong with a written number."""

    LENGTH = "length"
    SYMBOL = "symbol"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class InvalidNumber:
    """A written number that cannot be one of ours."""

    fault: NumberFault


def _multiply(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & 0b100000:
            left ^= _REDUCER
        right >>= 1
    return product


def _weights() -> tuple[int, ...]:
    powers = [1]
    while len(powers) < LENGTH:
        powers.append(_multiply(powers[-1], 2))
    return tuple(powers[1:])


# Weights x^1 .. x^11 for the eleven symbols and 1 for the check symbol: all different, so a swap of neighbours (a sum of
# (w_i + w_j)(a + b), never zero for a != b) shows; all non-zero, so a single wrong symbol shows.
_TABLES = tuple(tuple(_multiply(weight, value) for value in range(32)) for weight in _weights())


def _check_value(values: list[int]) -> int:
    check = 0
    for table, value in zip(_TABLES, values, strict=True):
        check ^= table[value]
    return check


def _pairs(first: int) -> tuple[tuple[str, int], ...]:
    """Two symbols that stand at ``first`` and behind it, and what they add to the check, by their ten bits."""
    left, right = _TABLES[first], _TABLES[first + 1]
    return tuple((ALPHABET[bits >> 5] + ALPHABET[bits & 31], left[bits >> 5] ^ right[bits & 31]) for bits in range(1 << 10))


# A number is made for every report and again by whoever checks it: five steps of ten bits and one of five, instead of eleven.
_STEPS = tuple((_pairs(first), 45 - 5 * first) for first in range(0, 10, 2))
_LAST_STEP = tuple((ALPHABET[value], _TABLES[10][value]) for value in range(32))


@lru_cache(maxsize=8)
def _keyed(secret: bytes) -> hmac.HMAC:
    """HMAC with the key taken in: a copy of it costs half of a new one."""
    return hmac.new(secret, digestmod=hashlib.sha256)


def tracking_number(secret: bytes, submission_id: UUID) -> str:
    """The canonical number of a submission, e.g. ``7KQ4M2XD9RTB``. ``secret`` lives as long as the system (ADR)."""
    mac = _keyed(secret).copy()
    mac.update(submission_id.bytes)
    bits = int.from_bytes(mac.digest()[:7], "big") >> 1  # 55 of the first 56 bits
    number, check = "", 0
    for table, shift in _STEPS:
        symbols, part = table[(bits >> shift) & 1023]
        number += symbols
        check ^= part
    symbol, part = _LAST_STEP[bits & 31]
    return number + symbol + ALPHABET[check ^ part]


def parse_tracking_number(written: str) -> str | InvalidNumber:
    """The canonical number in what somebody typed: lower case, missing hyphens, O for 0 and I or L for 1 are accepted."""
    symbols = "".join(written[: MAX_WRITTEN_CHARACTERS + 1].split()).translate(_IGNORED)
    if len(symbols) != LENGTH or len(written) > MAX_WRITTEN_CHARACTERS:
        return InvalidNumber(NumberFault.LENGTH)
    values = [_VALUE.get(symbol) for symbol in symbols]
    known = [value for value in values if value is not None]
    if len(known) != LENGTH:
        return InvalidNumber(NumberFault.SYMBOL)
    if _check_value(known[:-1]) != known[-1]:
        return InvalidNumber(NumberFault.CHECK)
    return "".join(ALPHABET[value] for value in known)


def display(number: str) -> str:
    """The number as people read it: ``7KQ4-M2XD-9RTB``."""
    return "-".join(number[start : start + 4] for start in range(0, LENGTH, 4))
