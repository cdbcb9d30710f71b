"""Recognises header blocks ("From: ... Sent: ... Subject: ...") and separators ("-----Original Message-----") that programs write
above a mail that they quote or pass on. Bounded like everything in ``quoting``.
"""

import re
from collections.abc import Sequence
from typing import Final

from intake_email.reading import phrases
from intake_email.reading.quoting import FRAME, MAX_LINE, without_marks

MAX_BLOCK_LINES: Final = 14
MAX_SEPARATOR: Final = 120
MAX_LABEL: Final = 40

_LABEL: Final = re.compile(r"[\s*_>]{0,8}([^\W\d][^:\uff1a\n]{0,24}?)[\s*_]{0,4}[:\uff1a](?!//)[\s*_]*(.*)")
_LABEL_WITHIN: Final = re.compile(r"(?:^|(?<=\s))([^\W\d_]{1,14})\s?[:\uff1a]\s")
_RULE: Final = re.compile(r"\s*[-_=*\u2500\u2014]{5,}\s*")
_FRAME_ENDS: Final = frozenset("-_=*:\uff1a\u2013\u2014\u2500")
_FRAMES: Final = frozenset("-_=*>\u2013\u2014\u2500# \t\u00a0")
_ANY_LABEL: Final = re.compile(r"[*\s>]{0,6}[^\W\d][\w .'\u2019-]{0,24}\*?\s?[:\uff1a]")


def is_rule(line: str) -> bool:
    """A line that is only drawn."""
    return _RULE.fullmatch(line) is not None


def label_of(line: str) -> tuple[str, str] | None:
    """The kind of header that a line repeats (``from``, ``sent``, ``to``, ``subject``) and its value; None where it repeats none."""
    match = _LABEL.match(line[:MAX_LINE]) if ":" in line or "\uff1a" in line else None
    if not match:
        return None
    name = match.group(1).strip(" *_\u00a0").lower()
    kind = _KINDS.get(name)
    return (kind, match.group(2).strip(" *_")) if kind else None


_KINDS: Final = (
    dict.fromkeys(phrases.TO, "to")
    | dict.fromkeys(phrases.SENT, "sent")
    | dict.fromkeys(phrases.SUBJECT, "subject")
    | dict.fromkeys(phrases.FROM, "from")
)


def header_block_end(lines: Sequence[str], start: int) -> int | None:
    """Behind the header block (From, Sent, To, Subject in any of the languages) that begins at ``start``; None where none does.

    Somebody may write "From: the library, To: the park" about a way. It is a mail's block when it has a subject as well, or an
    address and a date.
    """
    first = label_of(without_marks(lines[start]))
    if not first or first[0] not in {"from", "subject", "sent"}:
        return None
    kinds: dict[str, str] = {first[0]: first[1]} | _kinds_in_line(lines[start])
    end, quiet = start + 1, 0
    for position in range(start + 1, min(start + MAX_BLOCK_LINES, len(lines))):
        line = without_marks(lines[position]).strip()
        found = label_of(line)
        if found:
            kinds.setdefault(*found)
            end, quiet = position + 1, 0
        elif quiet or (not line and len(kinds) > 2):  # noqa: PLR2004 - from, sent, subject: the block is complete
            break
        else:
            quiet += 1  # a long recipient list, or a blank line of a loose layout
    is_complete = "from" in kinds and "subject" in kinds and len(kinds) > 2  # noqa: PLR2004 - as above
    has_address_and_date = "from" in kinds and "sent" in kinds and "@" in kinds["from"]
    return end if is_complete or has_address_and_date else None


def short_block_end(lines: Sequence[str], start: int) -> int | None:
    """Behind a block of From, with an address, and Subject alone, in either order, then a blank line; None where none begins at ``start``.

    Too little to be a mail's block by itself: only where a separator above, or the subject of the mail, says that one is to be expected.
    """
    bare = [without_marks(line).strip() for line in lines[start : start + 4]]
    second = 2 if bare[1:2] == [""] else 1  # a loose layout
    found = [label_of(line) for line in (*bare[:1], *bare[second : second + 1])]
    kinds = dict(label for label in found if label)
    is_short = kinds.keys() == {"from", "subject"} and "@" in kinds["from"] and not any(bare[second + 1 : second + 2])
    return start + second + 1 if is_short else None


def may_separate(line: str) -> bool:
    """A cheap look that spares most lines the long one: separators have a frame or end like one, header lines begin with a label."""
    if line[:1] in _FRAMES:
        return True
    colon = line.find(":", 0, MAX_LABEL)
    colon = line.find("\uff1a", 0, MAX_LABEL) if colon < 0 else colon
    if colon > 0 and line[:colon].strip(" *_\u00a0").lower() in _KINDS:
        return True
    return len(line) <= MAX_SEPARATOR and line.rstrip()[-1:] in _FRAME_ENDS


def _kinds_in_line(line: str) -> dict[str, str]:
    """Some programs put the whole block into one line; then its labels stand between blanks."""
    labels = list(_LABEL_WITHIN.finditer(line[:MAX_LINE]))
    if not labels:
        return {}
    kinds = [_KINDS.get(match.group(1).lower()) for match in labels]
    ends = [match.start() for match in labels[1:]] + [MAX_LINE]
    found = {kind: line[match.end() : end].strip() for kind, match, end in zip(kinds, labels, ends, strict=True) if kind}
    return found if len(found) > 2 else {}  # noqa: PLR2004 - from, sent, subject, in a sentence hardly together


def separator_kind(line: str) -> str | None:
    """``original`` or ``forwarded`` for a line such as ``-----Original Message-----``; None for others."""
    if len(line) > MAX_SEPARATOR:
        return None
    text = line.strip(FRAME).rstrip(":\uff1a").strip(FRAME).lower()
    kind = _SEPARATORS.get(text)
    return kind if kind and _is_framed(line) else None


_SEPARATORS: Final = dict.fromkeys(phrases.ORIGINAL_MESSAGE, "original") | dict.fromkeys(phrases.FORWARDED, "forwarded")


def _is_framed(line: str) -> bool:
    """Drawn around, emphasised or ended with a colon: two bare words may be somebody's own."""
    text = line.strip()
    return text[0] in _FRAMES or text[-1] in _FRAME_ENDS


def looks_like_labels(lines: Sequence[str], start: int) -> bool:
    """Whether two of the next lines have the form ``Word: ...``, in whatever language."""
    seen = [without_marks(line) for line in lines[start : start + 12] if line.strip()][:6]
    return sum(_ANY_LABEL.match(line) is not None for line in seen) >= 2  # noqa: PLR2004 - as said
