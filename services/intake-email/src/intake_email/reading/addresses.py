"""Addresses as people and programs write them: quoted, commented, grouped, broken (RFC 5322, and what comes instead of it).

One pass over the field; nothing raises. ``email.utils.getaddresses`` gets about one odd sender in twenty wrong.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from intake_email.limits import Limits
from intake_email.reading.charsets import decode
from intake_email.reading.headers import Headers, decode_words

MAX_ADDRESS_CHARACTERS: Final = 320
MAX_NAME_CHARACTERS: Final = 200
HIDDEN_FIELDS_BYTES: Final = 64 * 1024
"""How far a sender is looked for behind a broken header block."""

_TOKEN: Final = re.compile(r'\\.|"(?:[^"\\]|\\.){0,998}+"|<[^<>]*+>|<[^<>,;]*+|[,;:]|\(|[^\s"<>,;:()\\]+|\s+|.', re.DOTALL)
_SEPARATORS: Final = frozenset(",;")
_GROUP_END: Final = ":"
_COMMENT_START: Final = "("
_COMMENT: Final = re.compile(r"\([^()]{0,200}\)")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS: Final = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029], " ")
_DELIVERABLE: Final = re.compile(r"[^\s@<>()\[\],;:\"\\\x00-\x20]{1,64}@[^\s@<>()\[\],;:\"\\_\x00-\x20]{1,255}")
_QUOTED_LOCAL: Final = re.compile(r'"[^"\\\x00-\x1f]{1,62}"@[^\s@<>()\[\],;:"\\]{1,255}')
_HIDDEN_SENDER: Final = re.compile(rb"^from:[ \t]*([^\r\n]{1,1000})", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody's address, and the name that stands beside it."""

    email: str = field(repr=False)
    """The domain in lower case, the local part as it was written."""
    name: str = field(default="", repr=False)

    @property
    def is_deliverable(self) -> bool:
        """Whether a mail could be sent there."""
        return is_deliverable(self.email)

    @property
    def domain(self) -> str:
        """What follows the at sign; empty where there is none."""
        return self.email.rpartition("@")[2] if "@" in self.email else ""

    @property
    def key(self) -> str:
        """To compare by: in lower case."""
        return self.email.lower()


@dataclass(slots=True)
class _Entry:
    """What has been seen of one address so far."""

    words: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angle: str | None = None

    def add(self, piece: str) -> None:
        """A word, a quoted text, or an address in angle brackets."""
        if piece[0] == "<":
            inside = piece.strip("<> ")
            self.angle = inside if inside or self.angle is None else self.angle
        elif piece != ">":
            self.words.append(piece)
            if piece[0] == '"' and len(piece) > 1:
                self.quoted.append(_ESCAPED.sub(r"\1", piece[1:-1]))


def is_deliverable(email: str) -> bool:
    """Whether it has the form of an address."""
    is_plain = _DELIVERABLE.fullmatch(email) or _QUOTED_LOCAL.fullmatch(email)
    return len(email) <= MAX_ADDRESS_CHARACTERS and is_plain is not None and ".." not in email.rpartition("@")[2]


@lru_cache(maxsize=64)  # the sender's field is asked for several times in a mail
def read_addresses(value: bytes, limits: Limits) -> tuple[Address, ...]:
    """The addresses of a field, in order. An entry without anything like an address is left out."""
    text = value.decode("ascii") if value.isascii() else decode(value).text
    found: list[Address] = []
    for entry in _entries(text.translate(_CONTROLS)):
        address = _address(entry)
        if address:
            found.append(address)
        if len(found) >= limits.max_addresses:
            break
    return tuple(found)


def _entries(text: str) -> Iterator[_Entry]:
    entry = _Entry()
    position, end = 0, len(text)
    while position < end:
        match = _TOKEN.match(text, position)
        piece = match.group() if match else text[position]
        position += len(piece)
        if piece in _SEPARATORS:
            yield entry
            entry = _Entry()
        elif piece == _GROUP_END and not entry.angle and not _is_scheme(entry):  # what stood before is the name of a group
            entry = _Entry()
        elif piece == _COMMENT_START:
            comment, position = _comment(text, position)
            entry.comments.append(comment)
        else:
            entry.add(piece)
    yield entry


def _is_scheme(entry: _Entry) -> bool:
    return bool(entry.words) and entry.words[-1].lower() == "mailto"


def _comment(text: str, start: int) -> tuple[str, int]:
    """A comment, which may hold others, and where it ends. One that is never closed is the rest."""
    depth, position = 1, start
    while position < len(text) and depth:
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        position += 2 if text[position] == "\\" else 1
    return text[start : position - 1 if not depth else position].strip(), min(position, len(text))


def _address(entry: _Entry) -> Address | None:
    phrase = "".join(entry.words).strip()
    if entry.angle is not None and (email := _email(entry.angle)):
        return Address(email, _name(phrase, entry))
    chunks = _chunks(entry.words)
    chunk = next((chunk for chunk in chunks if "@" in chunk and (chunk[0] != '"' or '"@' in chunk)), None)
    if chunk is None:  # only a quoted text has an address in it
        chunk = next((word for quoted in entry.quoted for word in quoted.split() if "@" in word), None)
    if chunk is not None and (email := _email(chunk)):
        return Address(email, _name(" ".join(other for other in chunks if other != chunk), entry))
    if entry.angle:  # a local name only: nothing that can be answered, but what the sender calls itself
        return Address(entry.angle[:MAX_ADDRESS_CHARACTERS].strip(), _name(phrase, entry))
    return Address(phrase, "") if phrase and " " not in phrase and len(phrase) <= MAX_ADDRESS_CHARACTERS else None


def _chunks(words: list[str]) -> list[str]:
    """What stands together without blanks; a comment between two words does not part them."""
    chunks = [""]
    for word in words:
        if word.isspace():
            chunks.append("")
        else:
            chunks[-1] += word
    return [chunk for chunk in chunks if chunk]


def _email(written: str) -> str:
    """The address itself: without route, scheme and blanks; empty where it has no at sign."""
    text = decode_words(written) if "=?" in written else written
    text = text.strip().removeprefix("mailto:").removeprefix("MAILTO:")
    if text.startswith("@") and ":" in text:  # an obsolete route: <@relay,@other:user@domain>
        text = text.rpartition(":")[2]
    if not text.startswith('"'):
        text = "".join(_COMMENT.sub("", text).split())
    local, at, domain = text.strip("'`").rpartition("@")
    if not at or not local:
        return ""
    if "@" in local and not local.startswith('"'):  # ``a@b@c``: the name before the first sign is the person's
        local = local.split("@")[0] or local.replace("@", "")
    return f"{local}@{domain.rstrip('.>').lower()}"[:MAX_ADDRESS_CHARACTERS]


def _name(phrase: str, entry: _Entry) -> str:
    written = _ESCAPED.sub(r"\1", phrase.strip().strip('"')) or next((comment for comment in entry.comments if comment), "")
    decoded = decode_words(written) if "=?" in written else written
    return " ".join(decoded.translate(_CONTROLS).strip(" \"'").split())[:MAX_NAME_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom a mail is from, by the ladder From, Reply-To, Return-Path or Sender, none."""

    address: Address | None
    """None: anonymous, and nobody to answer."""
    answer_to: Address | None
    """Where the sender wants answers. An address, never an identity."""
    is_guessed: bool
    """It was not in the From field."""


def read_sender(headers: Headers, data: bytes, limits: Limits) -> Sender:
    """The sender of a mail with these fields. ``data`` is the mail, in case that a broken block hides the field."""
    wanted = _first(headers, "from", limits)
    reply_to = _first(headers, "reply-to", limits)
    is_guessed = wanted is None
    if wanted is None and headers.is_broken:
        hidden = _HIDDEN_SENDER.search(data, 0, HIDDEN_FIELDS_BYTES)
        wanted = next((address for address in read_addresses(hidden.group(1), limits) if address.is_deliverable), None) if hidden else None
    sender = wanted or reply_to or _first(headers, "return-path", limits) or _first(headers, "sender", limits)
    return Sender(sender, reply_to or sender, is_guessed)


def _first(headers: Headers, name: str, limits: Limits) -> Address | None:
    """The first address of a field to which a mail could be sent."""
    found = (address for value in headers.every(name)[:5] for address in read_addresses(value, limits))
    return next((address for address in found if address.is_deliverable), None)
