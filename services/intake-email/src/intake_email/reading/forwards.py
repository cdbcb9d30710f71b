"""Mail that somebody passes on: what it says about the original. The forwarder stays the sender; who may act for the original sender
is decided elsewhere (a known member of staff).
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

from intake_email.limits import Limits
from intake_email.reading.addresses import Address, read_addresses
from intake_email.reading.blocks import MAX_BLOCK_LINES, header_block_end, label_of, separator_kind, short_block_end
from intake_email.reading.quoting import without_marks

_SUBJECT: Final = re.compile(
    r"\s*(?:\[[^\]]{0,60}\]\s*)?(?:fwd?|wg|rv|tr|i|enc|doorst|vs|vb|vl|pd|fs|\u043f\u0435\u0440\u0435\u0441\u043b|\u8f6c\u53d1|\u8f49\u5bc4|\u8ee2\u9001|\uc804\ub2ec)\s*[:\uff1a]",
    re.IGNORECASE,
)
_REPLY_SUBJECT: Final = re.compile(
    r"\s*(?:\[[^\]]{0,60}\]\s*)?(?:re|aw|sv|antw|r|odp|ynt|res|rif|vs|bls|atb|\u043e\u0442\u0432|\u56de\u590d|\u7b54\u590d|\u56de\u8986|\ub2f5\uc7a5|\u8fd4\u4fe1)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:\uff1a]",
    re.IGNORECASE,
)
MAX_LINES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What is known of the mail that was passed on."""

    sender: Address | None
    subject: str = field(repr=False)
    date: str
    """As it was written: every language has its own form."""


@lru_cache(maxsize=4)  # asked for several times in a mail
def is_forward_subject(subject: str) -> bool:
    """``Fwd:`` and its like."""
    return _SUBJECT.match(subject) is not None


def is_reply_subject(subject: str) -> bool:
    """``Re:`` and its like."""
    return _REPLY_SUBJECT.match(subject) is not None and not is_forward_subject(subject)


def find_forwarded(text: str, *, is_forward: bool, limits: Limits) -> Forwarded | None:
    """The mail that the text passes on. ``is_forward``: the subject says so; else only a separator that says so counts."""
    lines = text.split("\n")[:MAX_LINES]
    for number, line in enumerate(lines):
        bare = without_marks(line)
        if not bare.strip():
            continue
        if separator_kind(bare) == "forwarded":
            first = next((below for below in range(number + 1, min(number + 4, len(lines))) if without_marks(lines[below]).strip()), None)
            return _read(lines[first : first + MAX_BLOCK_LINES], limits) if first else None
        block = lines[number : number + MAX_BLOCK_LINES]
        if is_forward and (header_block_end(block, 0) or short_block_end(block, 0)):
            return _read(block, limits)
    return None


def _read(lines: list[str], limits: Limits) -> Forwarded | None:
    """The labelled values of a header block; a value may go on in the next line."""
    bare = [without_marks(line).strip() for line in lines]
    values: dict[str, str] = {}
    for line, following in pairwise([*bare, ""]):
        found = label_of(line)
        if not found:
            if not line and values:
                break
            continue
        kind, value = found
        goes_on = following and not label_of(following)
        values.setdefault(kind, f"{value} {following}" if goes_on else value)
    if "from" not in values:
        return None
    sender = values["from"].replace("[mailto:", "<").replace("]", ">")
    address = next((found for found in read_addresses(sender.encode(), limits)), None)
    return Forwarded(address, values.get("subject", ""), values.get("sent", ""))
