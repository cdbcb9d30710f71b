"""Dates of birth: a date after a word for it. Other dates are what reports are made of."""

from typing import Final

from shared.contracts import PersonalKind
from shared.pii.by_word import Rule, rule

_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|"
    r"enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)\b\.?"
)
_DAY: Final = r"[0-3]?[0-9](?:st|nd|rd|th|º|°)?"
_YEAR: Final = r"(?:19|20)[0-9]{2}"
_NUMERIC: Final = r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2} ?[-/.] ?[0-9]{1,2} ?[-/.] ?(?:[0-9]{4}|[0-9]{2}))(?![0-9])"
_SPELLED_WITH_YEAR: Final = (
    rf"(?:{_MONTH} {{0,2}}{_DAY}(?:,? {{1,2}}|,){_YEAR}|(?:the )?{_DAY},? {{0,2}}(?:of |de )?{_MONTH},? {{0,2}}(?:of |del? )?{_YEAR}"
    rf"|{_MONTH},? (?:of |del? )?{_YEAR})"
)
_WITH_YEAR: Final = rf"(?:{_SPELLED_WITH_YEAR}|{_NUMERIC})"
_WITHOUT_YEAR: Final = rf"(?:{_MONTH} {{0,2}}{_DAY}|(?:the )?{_DAY} {{0,2}}(?:of |de )?{_MONTH}|[0-9]{{1,2}}[-/][0-9]{{1,2}})(?![0-9/-])"
_ALONE: Final = r"(?:(?:19|20)[0-9]{6}|[0-9]{8})(?![0-9])"
_ANY: Final = rf"(?:{_WITH_YEAR}|{_ALONE}|{_WITHOUT_YEAR}|{_YEAR}(?![0-9]))"
_GAP: Final = r"[ \t]{0,3}[?:=.,(/-]{0,2}\s{0,2}(?>(?:is|was|es|of|el|d[ií]a|del|my|mi|she|he)\b[ :]{0,2}){0,2}"
_NAME_BETWEEN: Final = r"(?:[^\W\d_][^\n0-9/:]{0,40}/ ?)?"


def _value(date: str) -> str:
    return rf"((?i:{date}))(?: {{0,2}}(?:,|and|&|y) {{0,2}}((?i:{_WITH_YEAR})))?"


RULES: Final[tuple[Rule, ...]] = (
    rule(
        "dob d date birth birthdate birthday fecha f nacimiento cumpleaños cumpleanos year",
        PersonalKind.BIRTH_DATE,
        r"(?:dob|d\. ?o\. ?b|date of birth|birth ?date|birthday|year of birth|fecha (?:de )?nac(?:imiento)?|f\. ?(?:de )?nac(?:imiento)?"
        rf"|nacimiento|cumplea[nñ]os)\b{_GAP}{_NAME_BETWEEN}",
        _value(_ANY),
    ),
    rule(
        "born nací naci nació nacio nacido nacida",
        PersonalKind.BIRTH_DATE,
        r"(?:born|nac(?:[ií]|i[oó]|id[oa]))\b,? (?:on |el )?(?:the )?",
        _value(_WITH_YEAR),
    ),
    rule(
        "born nací naci nació nacio nacido nacida",
        PersonalKind.BIRTH_DATE,
        r"(?:born|nac(?:[ií]|i[oó]|id[oa])) (?:in|en) ",
        _value(rf"(?:{_WITH_YEAR}|{_YEAR}(?![0-9]))"),
    ),
    rule("dob", PersonalKind.BIRTH_DATE, r"dob\b[^0-9\n]{0,24}", rf"(?<![0-9])({_NUMERIC})"),
    rule("b", PersonalKind.BIRTH_DATE, r"b\. ", rf"({_NUMERIC})"),
)
