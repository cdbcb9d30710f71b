"""E-mail addresses, also those spelled for people: ``jo at example dot com``, ``jo (at) example.com``, ``jo arroba example punto com``."""

import re
from collections.abc import Iterator

from shared.contracts import PersonalKind
from shared.pii.found import Found

QUOTED_LOCAL_CHARACTERS = 64
"""How far back a quoted local part may begin (RFC 5321, section 4.5.3.1.1)."""
SPELLED_LOCAL_CHARACTERS = 100
"""How far back a local part spelled with " dot " may begin."""

# Both run up to the neighbouring at sign at most, so that every character is looked at twice, however many there are.
_LOCAL_BACKWARDS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+")
_DOMAIN = re.compile(
    r"\w[\w-]*(?:\.{1,3}[\w-]+)*(?:\.{1,3}[^\W\d_][\w-]*|,(?:com|org|net|edu)\b)|\[[0-9A-Fa-f:.]{3,45}\]|(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
)
_PUNCTUATION_BEFORE = ".!#$%&'*/=?^`{|}~"

_PROVIDER = r"(?:gmail|googlemail|yahoo|ymail|outlook|hotmail|live|msn|icloud|aol|proton|protonmail|comcast|bellsouth|verizon)\b"
_SPELLED_DOT = r"(?: {0,3}[(\[{<] {0,3}(?:dot|punto|\.) {0,3}[)\]}>] {0,3}| {1,3}(?:dot|punto) {1,3})"
_ANY_DOT = rf"(?:\.| {{1,3}}\. {{1,3}}|{_SPELLED_DOT})"
_LABEL = r"[\w-]{1,63}"
_LOCAL_AT_END = re.compile(rf"(?:[\w+-]{{1,64}}(?:\.|{_SPELLED_DOT})){{0,3}}[\w+-]{{1,64}}\Z", re.IGNORECASE)
_SPELLED_DOT_IN_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,3}}{_SPELLED_DOT}{_LABEL}(?:{_ANY_DOT}{_LABEL}){{0,3}}", re.IGNORECASE)
_ANY_DOT_IN_DOMAIN = re.compile(rf"{_LABEL}(?:{_ANY_DOT}{_LABEL}){{1,5}}", re.IGNORECASE)
_KNOWN_PROVIDER = re.compile(rf"{_PROVIDER}(?:{_ANY_DOT}{_LABEL}){{0,2}}", re.IGNORECASE)

# How sure an at sign is in itself decides what has to follow it: "look at example.com" is no address.
_BRACKETED_AT = re.compile(r" {0,3}[(\[{<] {0,3}(?:at|arroba|@) {0,3}[)\]}>] {0,3}", re.IGNORECASE)
_SIGN_OR_ARROBA = re.compile(r" {0,3}@ {0,3}| {1,3}arroba {1,3}", re.IGNORECASE)
_WORD_AT = re.compile(r" {1,3}at {1,3}", re.IGNORECASE)
_SPELLINGS = (
    (_BRACKETED_AT, (_ANY_DOT_IN_DOMAIN, _KNOWN_PROVIDER)),
    (_SIGN_OR_ARROBA, (_ANY_DOT_IN_DOMAIN, _KNOWN_PROVIDER)),
    (_WORD_AT, (_SPELLED_DOT_IN_DOMAIN, _KNOWN_PROVIDER)),
)
# "luz.del.mar at example.net": a dot, a digit or a line in the part before makes an address of it.
_DOTTED_LOCAL = re.compile(r"(?<![\w.+-])[\w+-]{1,40}(?:\.[\w+-]{1,40}){0,3}\Z")
_DOTTED_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,3}\.(?:com|org|net|edu|gov|us|es|mx|io|co|uk|info)\b", re.IGNORECASE)
_TELLING = re.compile(r"[._0-9]")
_HINT_OF_DOMAIN = re.compile(rf"dot|punto|{_PROVIDER}")


def _start_of_local(text: str, at: int, earliest: int) -> int:
    """Where the local part before the at sign begins; ``at`` itself where there is none."""
    if at and text[at - 1] == '"':
        quote = text.find('"', max(earliest, at - QUOTED_LOCAL_CHARACTERS), at - 1)
        return quote if quote >= 0 else at
    match = _LOCAL_BACKWARDS.match(text[earliest:at][::-1])
    start = at - match.end() if match else at
    while start < at and text[start] in _PUNCTUATION_BEFORE:
        start += 1
    return start


def _written(text: str) -> Iterator[Found]:
    earliest, at = 0, text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        start = _start_of_local(text, at, earliest) if domain else at
        if domain and start < at:
            yield Found(start, domain.end(), PersonalKind.EMAIL)
        earliest, at = at + 1, text.find("@", at + 1)


def _is_followed_by_another(text: str, end: int) -> bool:
    """The second at is the sign: "reach me at jane dot doe at example dot com"."""
    at = _WORD_AT.match(text, end)
    return at is not None and any(domain.match(text, at.end()) for domain in (_SPELLED_DOT_IN_DOMAIN, _KNOWN_PROVIDER))


def _spelled(text: str) -> Iterator[Found]:
    for at_sign, domains in _SPELLINGS:
        for at in at_sign.finditer(text):
            domain = next((match for pattern in domains if (match := pattern.match(text, at.end()))), None)
            window = max(0, at.start() - SPELLED_LOCAL_CHARACTERS)
            local = _LOCAL_AT_END.search(text[window : at.start()]) if domain else None
            if domain and local and not (at_sign is _WORD_AT and _is_followed_by_another(text, domain.end())):
                yield Found(window + local.start(), domain.end(), PersonalKind.EMAIL)


def _dotted(text: str) -> Iterator[Found]:
    """Looks back from each " at ", so that nothing is tried but there."""
    for at in _WORD_AT.finditer(text):
        first = max(0, at.start() - SPELLED_LOCAL_CHARACTERS)
        local = _DOTTED_LOCAL.search(text[first : at.start()])
        domain = _DOTTED_DOMAIN.match(text, at.end()) if local else None
        if local and domain and _TELLING.search(local.group()):
            yield Found(first + local.start(), domain.end(), PersonalKind.EMAIL)


def _may_be_spelled(text: str) -> bool:
    """A cheap look: most texts hold nothing that an address could be spelled with."""
    lowered = text.lower()  # may differ in length from the text: good for a look, not for positions
    if "@" in lowered or "arroba" in lowered:
        return True
    has_bracket = "(" in lowered or "[" in lowered or "{" in lowered or "<" in lowered
    return (has_bracket and "at" in lowered) or (" at " in lowered and _HINT_OF_DOMAIN.search(lowered) is not None)


def emails(text: str) -> Iterator[Found]:
    """Every e-mail address in a text with look-alikes folded."""
    if "@" in text:
        yield from _written(text)
    if _may_be_spelled(text):
        yield from _spelled(text)
    if " at " in text:
        yield from _dotted(text)
