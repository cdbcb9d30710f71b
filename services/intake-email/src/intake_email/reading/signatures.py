"""Finds what stands below somebody's words: signature, "sent from my phone", the employer's notice. When in doubt it is text."""

import re
from collections.abc import Sequence
from typing import Final

from intake_email.reading import phrases
from intake_email.reading.blocks import is_rule

MAX_LINES: Final = 25
MAX_LOOSE_LINES: Final = 12
MAX_LINE: Final = 90
MAX_CONTACT_LINES: Final = 9
MAX_CONTACT_LINE: Final = 70
MAX_DEVICE_LINE: Final = 130
MIN_NOTICE: Final = 80
MIN_CONTACTS: Final = 2
"""A single number or address may be part of the report."""
SENTENCE_WORDS: Final = 6

_STRICT: Final = re.compile(r"-- \s*")
_LOOSE: Final = re.compile(r"\s{0,3}(?:--|\u2014|\u2013)\s*")
_DRAWN: Final = re.compile(r"[-*#~=_+\u1427\u2014\u2013\u2500\s]+")
"""A line of nothing but strokes; U+1427 is left by a mail tracker."""
_MARKUP: Final = re.compile(r"\]\([^)\s]{0,500}\)|https?://\S{0,500}|[\[\]()<>*_\u00ab\u00bb|]")
_EMAIL: Final = re.compile(r"(?:[\w.-]{1,20}\s?:\s*)?<?[^\s@<>]{1,64}@[^\s@<>]{1,200}\.[^\s@<>.]{2,}>?(?:<mailto:[^\s>]{1,300}>)?")
_URL: Final = re.compile(r"(?:[\w.-]{1,20}\s?:\s*)?<?(?:https?://|www\.)[^\s]{1,300}>?(?:<https?:[^\s>]{1,300}>)?", re.IGNORECASE)
_PHONE: Final = re.compile(
    r"(?:[^\W\d_.]{1,12}[.:]{0,2}\s*)?\+?[\d(][\d\s().\-/\u2011]{6,24}(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?:\s*\(?[^\W\d_]{1,8}\)?)?",
    re.IGNORECASE,
)
_STREET: Final = re.compile(
    r"\d{1,6}\s+[^\W\d_]|.*\b(?:st|street|rd|road|ave|avenue|dr|drive|ln|lane|ct|court|blvd|way|pl|cir)\b\.?", re.IGNORECASE
)
_OWNED: Final = re.compile(r"\b(?:my|mi|mon|meinem|meinen|meu|mio|mijn|min|mitt|mój|mojego|mého)\b", re.IGNORECASE)
_FROM_DEVICE: Final = re.compile(
    r"(?:\S{1,20}\s)?(?:from|via) (?:my |a )?(?:mobile|iphone|ipad|phone|cell|android)\b.{0,20}", re.IGNORECASE
)
_CJK: Final = "\u2e80"


def signature_start(lines: Sequence[str], start: int, end: int, marked: frozenset[int] = frozenset()) -> int:
    """Where the signature of ``lines[start:end]`` begins; ``end`` where there is none. ``marked`` lines are one by markup."""
    bottom = _without_tail(lines, start, end, marked)
    delimiter = _delimiter(lines, start, bottom)
    if delimiter is not None:
        return _without_tail(lines, start, delimiter, marked)
    contact = _contact_block(lines, start, bottom)
    return bottom if contact is None else _without_tail(lines, start, contact, marked)


def _without_tail(lines: Sequence[str], start: int, end: int, marked: frozenset[int]) -> int:
    """``end`` without blank and drawn lines, device lines and notices at the bottom."""
    while end > start:
        line = lines[end - 1]
        if not line.strip() or end - 1 in marked or (len(line) <= MAX_LINE and _DRAWN.fullmatch(line)) or is_device_line(line):
            end -= 1
            continue
        notice = _notice_start(lines, start, end)
        if notice is None:
            break
        end = notice
    return end


def is_device_line(line: str) -> bool:
    """Whether it says "sent from my phone", in any of the languages."""
    if len(line) > MAX_DEVICE_LINE + 400:
        return False
    text = " ".join(_MARKUP.sub(" ", line).lower().split()).strip(" .-\u2014\u2013~")
    if not text or len(text) > MAX_DEVICE_LINE:
        return False
    if _FROM_DEVICE.fullmatch(text):
        return True
    if not text.startswith(phrases.SENT_FROM) and not any(phrase in text for phrase in phrases.DEVICE_FIRST):
        return False
    names_device = any(word.startswith(device) for word in text.split() for device in phrases.DEVICES)
    names_device = names_device or (text[0] >= _CJK and any(device in text for device in phrases.DEVICES))
    return names_device or _OWNED.search(text) is not None


def _notice_start(lines: Sequence[str], start: int, end: int) -> int | None:
    """Where the last paragraph begins, if it is an employer's notice below other text."""
    top = _paragraph_start(lines, start, end)
    if top <= start or not any(line.strip() for line in lines[start:top]):
        return None
    text = " ".join(lines[top:end]).lower()
    if len(text) < MIN_NOTICE:
        return None
    return top if sum(phrase in text for phrase in phrases.CONFIDENTIALITY) >= 2 else None  # noqa: PLR2004 - one may be a resident's


def _paragraph_start(lines: Sequence[str], start: int, end: int) -> int:
    top = end
    while top > start and lines[top - 1].strip() and end - top < MAX_LINES:
        top -= 1
    return top


def _delimiter(lines: Sequence[str], start: int, end: int) -> int | None:
    """The topmost line that opens a signature reaching to ``end``."""
    found = None
    for position in range(end - 1, max(start - 1, end - MAX_LINES - 2), -1):
        line = lines[position]
        if len(line) > MAX_LINE and not line.startswith(("http", "<http")) and _is_sentence(line):
            break
        if _STRICT.fullmatch(line) or _opens_loosely(line, lines[position + 1 : end]):
            found = position
    return found


def _opens_loosely(line: str, below: Sequence[str]) -> bool:
    if len(line) > MAX_LINE or not _DRAWN.fullmatch(line):
        return False
    rest = [other for other in below if other.strip()]
    if _LOOSE.fullmatch(line):
        return _is_loose_signature(rest)
    return is_rule(line) and _is_loose_signature(rest) and _has_contact(rest)


def _is_loose_signature(rest: Sequence[str]) -> bool:
    """Without the standard's blank behind the hyphens, sentences below them are somebody's words."""
    return len(rest) <= MAX_LOOSE_LINES and not any(_is_sentence(line) for line in rest)


def _is_sentence(line: str) -> bool:
    text = line.strip()
    return len(text.split()) >= SENTENCE_WORDS and (text[-1] in ".!?" or len(text) > MAX_LINE) and not is_device_line(text)


def _is_contact(line: str) -> bool:
    text = line.strip()
    return any(pattern.fullmatch(text) for pattern in (_EMAIL, _URL, _PHONE))


def _has_contact(rest: Sequence[str]) -> bool:
    return sum(_is_contact(line) for line in rest) >= MIN_CONTACTS


def _contact_block(lines: Sequence[str], start: int, end: int) -> int | None:
    """A last paragraph of name, title, address of mail and web. One with a street in it may say where the trouble is: it stays."""
    top = _paragraph_start(lines, start, end)
    block = [line.strip() for line in lines[top:end]]
    if top <= start or not MIN_CONTACTS <= len(block) <= MAX_CONTACT_LINES or not any(line.strip() for line in lines[start:top]):
        return None
    if not all(len(line) <= MAX_CONTACT_LINE and not line.endswith(":") and not _is_sentence(line) for line in block):
        return None
    has_network = any(_EMAIL.fullmatch(line) or _URL.fullmatch(line) for line in block)
    has_street = any(_STREET.match(line) and not _is_contact(line) for line in block)
    return top if has_network and not has_street and _has_contact(block) else None
