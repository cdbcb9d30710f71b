"""Documents by their word: driver's licences, passports, identity cards, number plates; and vehicles by their own number."""

import re
from collections.abc import Iterator
from typing import Final

from shared.contracts import PersonalKind
from shared.pii.by_word import Rule, rule
from shared.pii.found import Found

MIN_DIGITS: Final = 4
"""In the number of a document that is no plate; a year has as many, see ``_is_number``."""
MIN_SYMBOLS: Final = 6
PLATE_SYMBOLS: Final = range(4, 9)
VIN_WORD_CHARACTERS: Final = 60
"""How far before a vehicle's number the word for it may stand."""

_GAP: Final = r"[ \t]{0,3}[:#=.,-]{0,2}\s{0,3}"
_STATE: Final = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])(?= [0-9A-Z])"
)
_FILLER: Final = (
    r"(?>(?:(?:number|num|nbr|no|nr|n[uú]mero|n[uú]m|n[º°]|is|was|es|are|read|reads|says|said|card|permit|state|of|de|la|conducir|"
    rf"conductor|manejo|manejar|identidad|consular|{_STATE})(?![^\W\d_])|#){_GAP}){{0,5}}"
)
_NUMBER: Final = r"([0-9A-Z](?>(?:[ -]?[0-9A-Z]){3,17})(?![0-9A-Za-z]))"
_LOWER_NUMBER: Final = r"([0-9A-Za-z]{0,3}[0-9](?>(?:-?[0-9A-Za-z]){3,17})(?![0-9A-Za-z]))"
# AB-1234, 123 ABC, ABC1234, A1B 2C3; in small letters only in the commonest shape. A word alone must stand in capitals.
_PLATE: Final = (
    r"([A-Z]{1,4}[ -]?[0-9]{2,5}[A-Z]?|[0-9]{1,4}[ -]?[A-Z]{2,4}[0-9]{0,3}|[A-Z0-9]{2,4}[ -][A-Z0-9]{2,4}|[A-Z0-9]{5,8}"
    r"|[a-z]{3}[ -]?[0-9]{4})(?![0-9A-Za-z-])"
)
_PLATE_FILLER: Final = (
    r"(?>(?:(?:number|numbers|num|no|nr|n[uú]mero|n[uú]m|is|are|was|were|read|reads|says|said|of|on it|es|son|dice|plate|plates|tag|"
    rf"license|with|state|nc|va|sc|{_STATE})(?![^\W\d_])|#){_GAP}){{0,4}}"
)


def _is_number(value: str) -> bool:
    """Digits enough, and no word in capitals with a year behind it."""
    digits = sum(symbol.isdigit() for symbol in value)
    return digits >= MIN_DIGITS and sum(symbol.isalnum() for symbol in value) >= MIN_SYMBOLS


def _is_plate(value: str) -> bool:
    symbols = [symbol for symbol in value if symbol.isalnum()]
    return len(symbols) in PLATE_SYMBOLS and any(symbol.isalpha() for symbol in symbols)


_LICENCE: Final = (
    r"(?:(?:driver'?s?|drivers'?|driving|operator'?s?) {0,2}(?:lic(?:ense|ence)?\b)|nc ?dl|dl|licen[sc]e|lic|licencia|learner'?s permit|"
    r"permiso de conducir)"
)
_IDENTITY: Final = (
    r"(?:(?:state|military|photo|national|government|voter|veteran|student|federal|nc|va) {0,2}(?:i\.?d\.?|identification)"
    r"|id card|identity card|green card|alien(?: registration)?|resident card|a ?#|a-(?:number|no)|uscis|visa number|matr[ií]cula consular"
    r"|credencial(?: de elector)?|ine|curp|c[eé]dula)"
)
RULES: Final[tuple[Rule, ...]] = (
    rule(
        "driver drivers driving operator operators ncdl nc dl license licence lic licencia learner learners permiso",
        PersonalKind.DOCUMENT,
        rf"{_LICENCE}(?![^\W\d_]){_GAP}{_FILLER}",
        rf"(?:{_NUMBER}|{_LOWER_NUMBER})",
        _is_number,
    ),
    rule(
        "passport pasaporte",
        PersonalKind.DOCUMENT,
        rf"(?:passport|pasaporte){_GAP}{_FILLER}",
        r"([A-Za-z]{0,2} ?[0-9]{6,9})(?![0-9A-Za-z])",
    ),
    rule(
        "state military photo national government voter veteran student federal nc id identity green alien resident a uscis visa "
        "matrícula matricula credencial ine curp cédula cedula va",
        PersonalKind.DOCUMENT,
        rf"{_IDENTITY}(?![^\W\d_]){_GAP}{_FILLER}",
        _NUMBER,
        _is_number,
    ),
    rule(
        "tag tags",
        PersonalKind.DOCUMENT,
        rf"tags?{_GAP}{_PLATE_FILLER}",
        rf"(?=(?:[ -]?[0-9A-Za-z]){{6}}){_PLATE}",
        _is_plate,
    ),
    rule(
        "plate plates placa placas matrícula matricula registration reg patente lic license",
        PersonalKind.DOCUMENT,
        rf"(?:lic(?:ense)?\.? )?(?:plates?|placas?|matr[ií]cula|registration|reg|patente){_GAP}{_PLATE_FILLER}",
        _PLATE,
        _is_plate,
    ),
)

_BEFORE_ITS_WORD: Final = re.compile(r"(?<![0-9A-Za-z-])(?=[A-Z]*[0-9])([A-Z]{2,4}[ -]?[0-9]{3,4}|[A-Z0-9]{5,8}) (?:plates?|tags?)\b")
_VIN: Final = re.compile(r"(?<![0-9A-Za-z])[A-HJ-NPR-Z0-9]{17}(?![0-9A-Za-z])")
_VIN_WORD: Final = re.compile(r"\b(?:vin|vehicle identification)\b", re.IGNORECASE)
_VIN_VALUES: Final = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9], strict=True)
)
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _passes_vin(symbols: str) -> bool:
    """The check digit of 49 CFR 565.15."""
    values = (int(symbol) if symbol.isdigit() else _VIN_VALUES[symbol] for symbol in symbols)
    return "0123456789X"[sum(weight * value for weight, value in zip(_VIN_WEIGHTS, values, strict=True)) % 11] == symbols[8]


def vehicles(text: str) -> Iterator[Found]:
    """Every vehicle identification number, and plates that stand before their word."""
    for match in _VIN.finditer(text):
        is_mixed = any(symbol.isalpha() for symbol in match.group()) and any(symbol.isdigit() for symbol in match.group())
        before = text[max(0, match.start() - VIN_WORD_CHARACTERS) : match.start()]
        if is_mixed and (_passes_vin(match.group()) or _VIN_WORD.search(before)):
            yield Found(match.start(), match.end(), PersonalKind.DOCUMENT)
    for match in _BEFORE_ITS_WORD.finditer(text):
        yield Found(match.start(1), match.end(1), PersonalKind.DOCUMENT)
