"""Bank accounts: IBAN by its check, routing and account numbers by their word."""

import re
from collections.abc import Iterator
from typing import Final

from shared.contracts import PersonalKind
from shared.pii.by_word import Rule, rule
from shared.pii.found import Found


def _lengths(registry: str) -> dict[str, int]:
    return {entry[:2]: int(entry[2:]) for entry in registry.split()}


# ISO 13616, the registry of IBANs: how long each country's are.
_LENGTHS: Final = _lengths("""
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23
    GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30
    NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
""")
_MAX_WRITTEN: Final = 2 * max(_LENGTHS.values())
_IBAN_BEGINS: Final = re.compile(r"(?<![0-9A-Za-z])([A-Za-z]{2})[ -]?[0-9][0-9](?=[ -]?[0-9A-Za-z])")
_SYMBOL: Final = re.compile(r"[ -]?([0-9A-Za-z])")

_GAP: Final = r"[ \t]{0,3}[:#=.-]{0,2}\s{0,3}"
_FILLER: Final = (
    r"(?>(?:(?:number|numbers|num|nbr|no|nr|is|was|id|de|del|la|banco|bancaria|bancario|agua|cheques|ahorros|ahorro|n[uú]mero|n[uú]m|es|bank|"
    rf"checking|savings|account|acct|cuenta|transit|routing)(?![^\W\d_])|#){_GAP}){{0,5}}"
)
_ENDS: Final = r"(?:[a-z.]{1,9}[ .]{1,4}[0-9]{0,4},?[ ]{0,2}(?:full|whole|complete) (?:one|number)[ :]{1,3})?"
_MASKABLE: Final = r"(?<![0-9])([0-9](?>(?:[ -]{0,2}[0-9]){5,19}))(?![0-9])(?![/.][0-9])"
_NINE_DIGITS: Final = r"([0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]|[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3})(?![0-9])"
_NEXT_ACCOUNT: Final = r"(?:[ ]?/[ ]?([0-9]{6,17})(?![0-9]))?"
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])|(?:0?[1-9]|1[0-2])-[0-9]{1,2}-(?:19|20)[0-9]{2}")


def _is_no_date(value: str) -> bool:
    return _DATE.fullmatch(value) is None


def _passes_aba(digits: str) -> bool:
    """The check of the American Bankers Association."""
    return sum(weight * int(digit) for weight, digit in zip((3, 7, 1) * 3, digits, strict=True)) % 10 == 0


RULES: Final[tuple[Rule, ...]] = (
    rule(
        "routing aba rtn transit ach ruta",
        PersonalKind.BANK,
        rf"(?:routing|aba|rtn|transit|ach|ruta){_GAP}{_FILLER}",
        _NINE_DIGITS + _NEXT_ACCOUNT,
    ),
    rule("routing aba ruta", PersonalKind.BANK, r"(?:routing|aba|ruta)[^0-9\n]{0,40}", r"(?<![0-9])([0-9]{9})(?![0-9])", _passes_aba),
    rule(
        "account acct acc checking savings dda clabe cuenta ahorros",
        PersonalKind.BANK,
        rf"(?:account|acct|acc|checking|savings|dda|clabe|cuenta|ahorros){_GAP}{_FILLER}{_ENDS}",
        _MASKABLE,
        _is_no_date,
    ),
)


def ibans(text: str) -> Iterator[Found]:
    """Every international bank account number whose length and check (ISO 7064, mod 97-10) are right, in groups or in one."""
    for begin in _IBAN_BEGINS.finditer(text):
        length = _LENGTHS.get(begin.group(1).upper())
        end = _end_of_iban(text, begin.start(), length) if length else None
        if end is not None:
            yield Found(begin.start(), end, PersonalKind.BANK)


def _end_of_iban(text: str, start: int, length: int) -> int | None:
    symbols, end = "", start
    while len(symbols) < length:
        match = _SYMBOL.match(text, end)
        if match is None or match.end() - start > _MAX_WRITTEN:
            return None
        symbols, end = symbols + match.group(1), match.end()
    is_whole = end == len(text) or not text[end].isalnum()
    return end if is_whole and _passes_mod_97(symbols) else None


def _passes_mod_97(symbols: str) -> bool:
    return int("".join(str(int(symbol, 36)) for symbol in symbols[4:] + symbols[:4])) % 97 == 1
