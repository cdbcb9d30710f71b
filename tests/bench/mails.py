"""Mails to measure with, each of an identity of its own: those of the folder that ``CARY311_CORPUS`` names, else our invented ones."""

import os
import re
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final

from intake_email.parse import parse
from support.mails import PROFILE
from support.mails_golden import CASES

_MESSAGE_ID: Final = re.compile(rb"^message-id:[^\r\n]*(\r?\n[ \t][^\r\n]*)*\r?\n", re.IGNORECASE | re.MULTILINE)


def mails(items: int) -> list[bytes]:
    """So many different mails; the same ones every time."""
    found: dict[str, bytes] = {}
    for raw in _copies():
        if len(found) == items:
            break
        found.setdefault(parse(raw, PROFILE).native_id, raw)
    return list(found.values())


def _copies() -> Iterator[bytes]:
    for number in count():
        for place, raw in enumerate(_originals()):
            yield _named(raw, f"<{number}.{place}@bench.example.org>")


@cache
def _originals() -> tuple[bytes, ...]:
    corpus = os.environ.get("CARY311_CORPUS")
    if not corpus:
        return tuple(CASES[name] for name in sorted(CASES))
    return tuple(path.read_bytes() for path in sorted((Path(corpus) / "email").rglob("*.eml")))


def _named(raw: bytes, message_id: str) -> bytes:
    """The mail under another Message-ID, at its top: where its own may stand no parser could say of a broken one."""
    head, blank, body = raw.partition(b"\r\n\r\n") if b"\r\n\r\n" in raw else raw.partition(b"\n\n")
    return f"Message-ID: {message_id}\r\n".encode() + _MESSAGE_ID.sub(b"", head + blank) + body
