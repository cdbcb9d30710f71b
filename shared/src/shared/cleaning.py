r"""Makes text fit to be kept, compared, searched and shown: what cannot be seen or misleads the eye goes, what was written stays.

Out go control characters, zero-width characters, marks that turn the reading direction, lone surrogates and code points that
are no characters (XML 1.0 forbids them). Every line break becomes ``\n``, every blank an ordinary one. The rest is put in
Unicode's composed form (NFC). Emoji stay, with the joiners that hold them together. Pure, linear in the text's length.
"""

import re
import unicodedata
from collections.abc import Iterable

MAX_COMBINING_MARKS = 30
"""Marks kept on one letter: Unicode's stream-safe limit (UAX #15, section 13). Sorting longer runs would take quadratic time."""

_ORDINARY = re.compile(r"[\n\x20-\x7e]*")
_JOINERS = "\u200c\u200d"


def _replacements() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])  # controls
    table |= dict.fromkeys(range(0xD800, 0xE000))  # halves of a surrogate pair
    table |= dict.fromkeys([0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF, 0xFFFC])  # invisible
    table |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC)])  # direction, annotation
    table |= dict.fromkeys([*range(0xFDD0, 0xFDF0), *range(0xE0000, 0xE0080)])  # no characters, tags
    table |= dict.fromkeys(plane * 0x10000 + last for plane in range(17) for last in (0xFFFE, 0xFFFF))
    table |= dict.fromkeys([0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
    return table | dict.fromkeys([0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n")


def _class(points: Iterable[int]) -> str:
    """As the inside of a regular expression's class, in ranges: one that lists characters is searched through for each of a text's."""
    ranges: list[list[int]] = []
    for point in sorted(points):
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


_REPLACEMENTS = _replacements()
_BASIC = range(0x10000)
_UNUSUAL = re.compile(f"[^{_class(point for point in _BASIC if point not in _REPLACEMENTS)}]")
"""What is replaced, and all beyond Unicode's basic plane, whose characters a class finds by a table."""
_MARKS = [point for point in range(0x300, 0x1F000) if unicodedata.combining(chr(point))]
_TOO_MANY_MARKS = re.compile(f"([{_class(_MARKS)}]{{{MAX_COMBINING_MARKS}}})[{_class(_MARKS)}]+")
_MAYBE_MARKS = _class(point for point in _MARKS if point in _BASIC) + r"\U00010000-\U0001f000"
_MAYBE_TOO_MANY = re.compile(f"[{_MAYBE_MARKS}]{{{MAX_COMBINING_MARKS + 1}}}")
"""A quick look that spares nearly every text the slow one."""
# Emoji and the scripts that need joiners (Persian, Hindi ...) lie here; Latin, Greek and general punctuation do not. Between
# other characters a joiner only hides something, a telephone number for instance.
_JOINED = r"[\u0590-\u1DFF\u2070-\U0010FFFF]"
_STRAY_JOINER = re.compile(f"(?<!{_JOINED})[{_JOINERS}]|[{_JOINERS}](?!{_JOINED})")


def _visible(raw: str) -> str:
    text = raw.replace("\r\n", "\n")
    # Character by character ``translate`` takes ten times as long, but for ASCII.
    text = text.translate(_REPLACEMENTS) if text.isascii() else _UNUSUAL.sub(lambda found: found.group().translate(_REPLACEMENTS), text)
    if text.isascii():
        return text
    text = _composed(text)
    if not any(joiner in text for joiner in _JOINERS):
        return text
    without = _STRAY_JOINER.sub("", text)
    # Without a joiner two characters may compose that were apart.
    return text if without == text else _composed(without)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", _TOO_MANY_MARKS.sub(r"\1", text) if _MAYBE_TOO_MANY.search(text) else text)


def _paragraphs(text: str) -> str:
    """No blanks at the ends of lines, at most one empty line in a row."""
    lines: list[str] = []
    for line in text.split("\n"):
        stripped = line.rstrip(" ")
        if stripped or (lines and lines[-1]):
            lines.append(stripped)
    return "\n".join(lines)


def clean_text(raw: str, *, max_characters: int) -> tuple[str, int]:
    """The cleaned text, and how many of its characters were cut from the end to keep ``max_characters`` (code points).

    Takes any ``str``, lone surrogates included, and never fails. Cleaning what is clean changes nothing.
    """
    is_ordinary = _ORDINARY.fullmatch(raw) is not None
    if not is_ordinary or " \n" in raw or "\n\n\n" in raw:
        raw = _paragraphs(raw if is_ordinary else _visible(raw))
    text = raw.strip()
    if len(text) <= max_characters:
        return text, 0
    return text[:max_characters].rstrip(" \n" + _JOINERS), len(text) - max_characters


def clean_line(raw: str, *, max_characters: int = 1_000) -> str:
    """The cleaned text as one line: runs of blanks and line breaks become one blank; cut at ``max_characters``."""
    text = raw if _ORDINARY.fullmatch(raw) else _visible(raw)
    line = " ".join(text.split())
    return line if len(line) <= max_characters else line[:max_characters].rstrip(" " + _JOINERS)
