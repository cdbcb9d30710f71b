"""Names at the end of what was written: under "Best regards", behind "Thanks,", after the last sentence, beside a telephone number.

Looks at the end of the text only, and beside what was found; so the work is bounded, however long the text.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from shared.contracts import PersonalKind
from shared.pii.by_word import Word
from shared.pii.found import Found
from shared.pii.name_words import CLOSING_CORES, CLOSING_WORDS, NO_NAMES, TITLES
from shared.pii.person_name import Trust, name_at

LAST_CHARACTERS: Final = 1_200
"""Of the text: a signature's lines lie there."""
LAST_LINES: Final = 12
LAST_SENTENCE_CHARACTERS: Final = 160
"""Where a name may stand behind the last sentence, with an address and a number behind it."""
MAX_SMALL_WORDS: Final = 2
"""A name in small letters behind a farewell: "thanks, rashid"."""
BESIDE_CHARACTERS: Final = 60
"""How far before a telephone number or an address the name beside it may begin."""
MAX_BESIDE: Final = 50
"""Numbers and addresses whose neighbourhood is looked at: bounds the work."""

_LINE: Final = re.compile(r"[^\n]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_DASHES: Final = re.compile(r"\s*(?:--+|[-~*•]{1,3})\s*")
_DEVICE: Final = re.compile(r"\s*(?:sent from|enviado desde|get outlook)\b", re.IGNORECASE)
_FAREWELL: Final = re.compile(
    r"(?i:[^\W\d_]+(?: you)?(?: (?:so much|very much|again|in advance|a lot|truly|sincerely|faithfully|regards|wishes|cordiales|de antemano"
    r"|por (?:todo|su ayuda)|for (?:your|the) help))?)(?P<mark>[ ]?[,.!:\n-]{1,3}\s{0,2}|[ ])"
)
_BEGINS: Final = re.compile(r"(?:\A|[.!?,;)\n-][ ]?)(?:(?:many|mil|muchas|kind|best|warm|with|un) ){0,2}\Z", re.IGNORECASE)
_SENTENCE_ENDS: Final = re.compile(r"[.?!)][\"'”\u2019)]?[ \n]{1,3}(?:[-~] ?)?|\n[-~]{0,2} ?|[ .][-] ?")
_ABBREVIATION: Final = re.compile(r"\b(?:st|dr|rd|ave|ln|ct|pl|blvd|mr|ms|mrs|sra?|[a-z])\Z", re.IGNORECASE)
_GAP_BEHIND: Final = re.compile(r"[.,;)]{0,2} {1,2}")
_BEGIN_OF_WORD: Final = re.compile(r"(?<![^\s(,:;>-])[^\W\d_]")
_CAPITAL_AT_END: Final = re.compile(r"(?:\A|[\s(,:;>.-])(?![a-z0-9])[^\W\d_][^\W\d_'-]{0,40}\Z")
_AFTER_NAME: Final = re.compile(r"[ .!]{0,2}(?:\Z|\n)|,? {0,2}(?:\(|\Z|\n)|, {0,2}(?=[\w(+<])")
_WORDS_BETWEEN: Final = re.compile(r",? (?:[^\W\d_][\w']{0,20}[ .:#]{1,3}){0,3}\Z")
_BETWEEN: Final = re.compile(r"(?:[ ]?[,:;|(<-]{0,2}[ \n]{0,2}|,? (?:at|on|al|en|tel|ph|phone|cell|is at)[.:]? {1,2})\Z")


def signatures(text: str, words: list[Word]) -> Iterator[Found]:
    """The names with which a text ends."""
    start = max(0, len(text) - LAST_CHARACTERS)
    lines = list(_LINE.finditer(text, start))[-LAST_LINES:]
    for line, following in pairwise(lines):
        if _is_farewell(line.group()):
            yield from _alone(text, following, small=True)
    for place, line in enumerate(lines):
        is_last = place >= len(lines) - 3
        if is_last and (dash := _DASHES.match(text, line.start(), line.end())) and dash.end() > line.start():
            yield from _name_then_end(text, dash.end(), line.end(), least=1)
        if place and is_last:
            yield from _alone(text, line, small=False)
    for word in words:
        if word.start >= start and word.small in CLOSING_CORES and (farewell := _FAREWELL.match(text, word.start)):
            yield from _after_farewell(text, farewell)
    for end in _SENTENCE_ENDS.finditer(text, max(0, len(text) - LAST_SENTENCE_CHARACTERS)):
        if text[end.start()] != "." or not _ABBREVIATION.search(text, max(0, end.start() - 5), end.start()):
            is_signed = text[end.start()] in ".?!" and end.group()[-1] in "-~"
            yield from _name_then_end(text, end.end(), len(text), least=1 if is_signed else 2)


def beside(text: str, found: Sequence[Found]) -> Iterator[Found]:
    """Names directly before other personal data, "Ask Joaquin Abreu at 919-555-0115", or between it and the end."""
    for item in found[:MAX_BESIDE]:
        if item.kind is PersonalKind.IP:
            continue
        if (gap := _GAP_BEHIND.match(text, item.end)) is not None:
            yield from _name_then_end(text, gap.end(), len(text), least=2)
        first = max(0, item.start - BESIDE_CHARACTERS)
        window = text[first : item.start]
        for pattern in (_BETWEEN, _WORDS_BETWEEN):
            between = pattern.search(window)
            name = _last_name(window[: between.start()]) if between else None
            if between and name is not None:
                yield Found(first + name, first + between.start(), PersonalKind.NAME)
                break


def _last_name(window: str) -> int | None:
    """Where a name of two words and more begins with which the window ends."""
    if not _CAPITAL_AT_END.search(window):
        return None
    for match in _BEGIN_OF_WORD.finditer(window):
        if name_at(window, match.start(), Trust.WEAK) == len(window) and " " in window[match.start() :]:
            return match.start()
    return None


def _is_farewell(line: str) -> bool:
    if _DASHES.fullmatch(line) and line.strip().startswith("--"):
        return True
    words = [word.lower() for word in _LETTERS.findall(line)]
    return bool(words) and len(words) <= 8 and not CLOSING_CORES.isdisjoint(words) and CLOSING_WORDS.issuperset(words)  # noqa: PLR2004


def _alone(text: str, line: re.Match[str], *, small: bool) -> Iterator[Found]:
    """A line that is a name, with at most an office behind a comma; under a farewell a first name in small letters too."""
    if _DEVICE.match(line.group()):
        return
    dash = _DASHES.match(text, line.start(), line.end())
    start = dash.end() if dash else line.end() - len(line.group().lstrip())
    yield from _name_then_end(text, start, line.end(), least=1 if small else 2, small=small)


def _name_then_end(text: str, start: int, stop: int, *, least: int, small: bool = False) -> Iterator[Found]:
    end = name_at(text, start, Trust.WEAK)
    if end is None and small:
        end = _small_name(text, start, stop)
    if end is None or end > stop or not _AFTER_NAME.match(text, end):
        return
    words = [word for word in text[start:end].split() if word.rstrip(".").lower() not in TITLES]
    if len(words) >= least or (words and len(text[start:end].split()) > len(words)):
        yield Found(start, end, PersonalKind.NAME)


def _small_name(text: str, start: int, stop: int) -> int | None:
    """One or two words in small letters that fill the line."""
    words = text[start:stop].strip(" .!").split()
    if not 0 < len(words) <= MAX_SMALL_WORDS or not all(
        word.isalpha() and word.lower() not in NO_NAMES and len(word) > 1 for word in words
    ):
        return None
    return start + len(text[start:stop].rstrip(" .!"))


def _after_farewell(text: str, farewell: re.Match[str]) -> Iterator[Found]:
    start, is_marked = farewell.end(), farewell.group("mark") != " "
    if not is_marked and not _BEGINS.search(text[max(0, farewell.start() - 16) : farewell.start()]):
        return
    line_end = text.find("\n", start)
    stop = line_end if line_end >= 0 else len(text)
    end = name_at(text, start, Trust.WEAK)
    if end is None and stop == len(text) and (is_marked or len(text) - start < 30):  # noqa: PLR2004 - a name's length
        end = _small_name(text, start, stop)
    if end is not None and _AFTER_NAME.match(text, end):
        yield Found(start, end, PersonalKind.NAME)
