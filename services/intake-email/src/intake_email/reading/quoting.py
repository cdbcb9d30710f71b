"""Recognises what mail programs write around a quotation: attributions, header blocks, separators. One line at a time, or a few.

Everything looks at a bounded number of lines of bounded length, so that a text of any kind takes time in proportion to its length.
"""

import re
from collections.abc import Sequence
from typing import Final

from intake_email.reading import phrases

MAX_LINE: Final = 500
"""A longer line is a paragraph, not something that a program wrote around a quotation."""
MAX_ATTRIBUTION_LINES: Final = 6
MAX_ATTRIBUTION_CHARACTERS: Final = 400
MAX_WORDS_AFTER_VERB: Final = 7

_QUOTE: Final = re.compile(r"\s{0,4}>")
_QUOTE_MARKS: Final = re.compile(r"(?:\s{0,4}>)+ ?")
_OTHER_QUOTE: Final = re.compile(r"\||[A-Z][A-Za-z.]{0,14}> ?")
"""Quotation marks of rarer programs; they count only right behind an attribution."""
FRAME: Final = " \t\u00a0*_-=>\u2013\u2014\u2500#"

# The boundary before a verb is none for scripts that write without blanks.
_SPELLED: Final = "|".join(re.escape(verb) for verb in sorted(phrases.WROTE, key=len, reverse=True) if verb.isascii() or verb[0] < "\u2e80")
_UNSPACED: Final = "|".join(re.escape(verb) for verb in phrases.WROTE if verb[0] >= "\u2e80")
_VERB: Final = re.compile(rf"(?<![^\W_])(?:{_SPELLED})(?![^\W_])|{_UNSPACED}", re.IGNORECASE)
_VERB_AND_COLON: Final = re.compile(rf"(?<![^\W_])(?:{_SPELLED}):(?=\s)", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^\s<>@\"]@[^\s<>@]{1,200}\.[^\s<>@.]|<\s*mailto:", re.IGNORECASE)
_NUMERIC_DATE: Final = re.compile(r"(?<!\d)(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{4}\s?[年년]\s?\d{1,2}\s?[月월])(?!\d)")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY: Final = re.compile(r"(?<![\d:.])\d{1,2}(?![\d:]|\.\d)")
_TIME: Final = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_TAILS: Final = frozenset(verb[-3:] for verb in phrases.WROTE)
_ON: Final = "|".join(re.escape(word) for word in sorted(phrases.ON, key=len, reverse=True))
_BEGINNING: Final = re.compile(
    rf"(?:(?:{_ON})(?:[\s,:]+[^\d\n]{{0,40}}|\s?)\d"  # On Tue, 3 ...
    r"|\d{1,4}(?:[./\-]\d|\s?[年년]|[.,]?\s+[^\W\d]{2,})"  # 2026-03-03, 3 mar 2026
    r"|[^\W\d_]{2,14}[.,]{0,2}\s+(?:[^\W\d_]{2,12}[.,]{0,2}\s+)?\d{1,2}[.,]?\s"  # Thursday, 26 ... or Thu, Jun 26 ...
    r"|[^<>@:\n]{1,80}<)",  # Jane Doe <jane@...
    re.IGNORECASE,
)
_DATED_SENDER: Final = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}\s(?:[^<>]{1,100}<[^\s<>@]{1,64}@[^\s<>@]{1,200}>:?|\d{1,2}:\d{2}\s(?:GMT|UTC)[+-]\d{1,2}:?\d{2}\s\S.{0,100})"
)
"""``2026-03-03 17:21 GMT+01:00 Jane Doe``: all that some programs write."""


def is_quote(line: str) -> bool:
    """Whether a line is marked as quoted with ``>``."""
    return _QUOTE.match(line) is not None


def is_rare_quote(line: str) -> bool:
    """Whether a line may be marked as quoted in a rarer way."""
    return _OTHER_QUOTE.match(line) is not None


def without_marks(line: str) -> str:
    """A line without its quotation marks."""
    match = _QUOTE_MARKS.match(line)
    return line[match.end() :] if match else line


def may_end_attribution(line: str) -> bool:
    """A cheap look that spares most texts the long one: an attribution ends with a colon, a verb, or an address."""
    text = line[-MAX_LINE:].rstrip(FRAME)
    if not text:
        return False
    if text[-1] in ":\uff1a" or text[-3:].lower() in _TAILS or ("@" in line and _attributed_length(line)):
        return True
    return text[0] in "12" and _DATED_SENDER.match(text) is not None


def _attributed_length(line: str) -> int:
    """How much of a line is an attribution, where the history follows in the same line; 0: it is none. Only one with an address."""
    head = line[:MAX_ATTRIBUTION_CHARACTERS]
    if "@" not in head or ":" not in head:
        return 0
    found = next((match.end() for match in _VERB_AND_COLON.finditer(head)), 0)
    text = head[:found].strip(FRAME)
    return found if found and _BEGINNING.match(text) and is_attribution(text) else 0


def attribution_end(lines: Sequence[str], start: int) -> int | None:
    """Behind the last line of the attribution that begins at ``start``; None where none does."""
    first = lines[start][:MAX_LINE].strip(FRAME)
    if not first or not _BEGINNING.match(first):
        return None
    if _attributed_length(lines[start]):
        return start + 1
    return _wrapped_end(lines, start) if len(lines[start]) <= MAX_LINE else None


def _wrapped_end(lines: Sequence[str], start: int) -> int | None:
    """The end of an attribution that may go on over some lines, with a blank one where a long address was broken."""
    written, blanks = "", 0
    for end in range(start, min(start + MAX_ATTRIBUTION_LINES, len(lines))):
        piece = lines[end].strip() if end == start else without_marks(lines[end]).strip()
        if not piece:
            blanks += 1
            if blanks > 1 and "<" not in written:
                break
            continue
        written = f"{written} {piece}".strip()
        if len(written) > MAX_ATTRIBUTION_CHARACTERS:
            break
        if is_attribution(written):
            return end + 1
        if end > start and piece[-1] in ":\uff1a" and not piece.lower().endswith("mailto:"):
            break
    return None


def is_attribution(written: str) -> bool:
    """Whether this is somebody's "On <date>, <somebody> wrote:", in any of the languages or none."""
    text = written.strip(FRAME)
    if not text:
        return False
    if text[-1] in ":\uff1a":
        has_email = has_address(text)
        is_dated = _is_dated(text)
        if has_email and (is_dated or _TIME.search(text)):
            return True
        return (has_email or is_dated) and _verb_is_late(text)
    if text.lower().endswith(phrases.WROTE):  # cheap, and nearly always decisive
        return _verb_is_last(text) and (has_address(text) or _is_dated(text))
    return text[0].isdigit() and _DATED_SENDER.fullmatch(text) is not None


def _is_dated(text: str) -> bool:
    return _NUMERIC_DATE.search(text) is not None or (_YEAR.search(text) is not None and _DAY.search(text) is not None)


def has_address(written: str) -> bool:
    """Whether an address stands in it: hardly anybody types that into a sentence about who wrote what."""
    return ("@" in written or "mailto" in written) and _EMAIL.search(written) is not None


def _verb_is_late(text: str) -> bool:
    """Only a name follows the verb: "on 3/4/2026 the clerk wrote down that I should call you back:" is a sentence."""
    lowered = text.lower()
    if not any(verb in lowered for verb in phrases.WROTE):
        return False
    last = None
    for match in _VERB.finditer(text):
        last = match
    return last is not None and len(text[last.end() :].split()) <= MAX_WORDS_AFTER_VERB and len(text.split()) <= 40  # noqa: PLR2004 - words


def _verb_is_last(text: str) -> bool:
    return any(match.end() == len(text) for match in _VERB.finditer(text))
