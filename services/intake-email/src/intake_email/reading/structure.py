r"""The parts of a mail: one pass over the lines that begin with ``--``, whatever the nesting.

The standard library's parser asks every line of every open multipart whether it is a boundary, so that 900 kB in ten levels take
it more than a second and in two hundred levels eighteen; at about a thousand levels it fails. Here an open boundary is found in a
dictionary, and nesting costs nothing. Attached mails stay closed (``open_message``): most of the time nobody asks what is inside.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from intake_email.limits import Limits
from intake_email.reading.headers import Block, Headers, read_headers, read_parameters
from intake_email.reading.transfer import decode_transfer

_DELIMITER: Final = re.compile(rb"^--([^\n]+)", re.MULTILINE)
MAX_HIDDEN_BYTES: Final = 64 * 1024
_HIDDEN_BLOCK: Final = re.compile(rb"\n\r?\n(?=(?:from|to|date|subject|received|message-id|return-path):)", re.IGNORECASE)
_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+*-]{1,120}")


@dataclass(slots=True)
class Part:
    """A MIME part: its fields, and its content as it was sent."""

    headers: Headers
    media_type: str
    """As declared, in lower case: ``text/plain`` where nothing sensible is."""
    parameters: Mapping[str, str]
    disposition: str
    """``attachment``, ``inline`` or empty."""
    name: str
    """The file name it declares, empty where it has none. For recognition only: a stranger chose it."""
    raw: bytes = b""
    """The content before its transfer encoding is undone."""
    children: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether it holds parts of its own."""
        return bool(self.children)

    def content(self) -> bytes:
        """The content with its transfer encoding undone, as far as that is possible."""
        return decode_transfer(self.raw, self.headers.token("content-transfer-encoding"))

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in the order of the mail."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


@dataclass(frozen=True, slots=True)
class Structure:
    """A mail taken apart."""

    root: Part
    is_limited: bool
    """Parts were left together because there were too many, or too deep."""


def read_structure(data: bytes, limits: Limits) -> Structure:
    """The parts of a mail. ``data`` may be anything."""
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")  # lines of an old Macintosh
    block = _first_block(data, limits)
    root = _part(block.headers, "text/plain")
    if not root.media_type.startswith("multipart/") or not root.parameters.get("boundary"):
        root.raw = data[block.body :]
        return Structure(_as_leaf(root), is_limited=False)
    scan = _Scan(data, limits)
    scan.open(root, block.body)
    return Structure(root, is_limited=scan.run())


def _first_block(data: bytes, limits: Limits) -> Block:
    """The header block of a mail. Where a broken one hides the real one behind it, that one: fields that a mail needs tell."""
    block = read_headers(data, 0, len(data), limits, is_mail=True)
    if "from" in block.headers or not block.headers.is_broken:
        return block
    hidden = _HIDDEN_BLOCK.search(data, 0, MAX_HIDDEN_BYTES)
    if hidden is None:
        return block
    found = read_headers(data, hidden.end(), len(data), limits)
    is_real = "from" in found.headers and sum(name in found.headers for name in ("date", "message-id", "to", "subject")) > 1
    return Block(found.headers.called_broken(), found.body) if is_real else block


def open_message(part: Part, limits: Limits) -> Structure | None:
    """The mail inside a ``message/rfc822`` part or an attached ``.eml``; None where there is none."""
    content = part.content()
    structure = read_structure(content, limits) if content.strip() else None
    return structure if structure and len(structure.root.headers) else None


class _Scan:
    """Walks over the lines that begin with two hyphens and keeps the stack of open multiparts."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.limits = limits
        self.stack: list[Part] = []
        self.levels: dict[bytes, list[int]] = {}  # boundary -> the levels at which it is open, the innermost last
        self.starts: list[int] = []  # where the body of each open multipart begins
        self.leaf: Part | None = None
        self.leaf_start = 0
        self.count = 1
        self.is_limited = False

    def open(self, part: Part, body: int) -> None:
        """Enter a multipart."""
        self.levels.setdefault(_boundary(part), []).append(len(self.stack))
        self.stack.append(part)
        self.starts.append(body)

    def run(self) -> bool:
        """Whether a limit was met."""
        for match in _DELIMITER.finditer(self.data, self.starts[0]):
            if match.start() < self.leaf_start:
                continue  # inside a header block that was read already
            line = match.group(1).rstrip(b" \t\r")
            levels = self.levels.get(line)
            is_closing = not levels and line.endswith(b"--")
            levels = self.levels.get(line[:-2]) if is_closing else levels
            if not levels:
                continue
            if self.count >= self.limits.max_parts:
                self.is_limited = True
                break
            self._end_leaf(match.start())
            self._leave(levels[-1] + (0 if is_closing else 1), match.start())
            self.leaf_start = match.end() + 1
            if not is_closing:
                self._begin(match.end() + 1)
        self._end_leaf(len(self.data), is_end=True)
        self._leave(0, len(self.data))
        return self.is_limited

    def _begin(self, start: int) -> None:
        block = read_headers(self.data, start, len(self.data), self.limits)
        parent = self.stack[-1]
        part = _part(block.headers, "message/rfc822" if parent.media_type == "multipart/digest" else "text/plain")
        parent.children.append(part)
        self.count += 1
        self.leaf_start = block.body
        if part.media_type.startswith("multipart/") and part.parameters.get("boundary"):
            if len(self.stack) < self.limits.max_depth:
                self.open(part, block.body)
                return
            self.is_limited = True
        self.leaf = part

    def _end_leaf(self, end: int, *, is_end: bool = False) -> None:
        if self.leaf is not None:
            stop = end if is_end else _without_line_break(self.data, end)
            self.leaf.raw = self.data[self.leaf_start : max(stop, self.leaf_start)]
            _as_leaf(self.leaf)
            self.leaf = None

    def _leave(self, level: int, end: int) -> None:
        """Close the multiparts from the innermost down to ``level``."""
        while len(self.stack) > level:
            part, start = self.stack.pop(), self.starts.pop()
            open_levels = self.levels[_boundary(part)]
            open_levels.pop()
            if not open_levels:
                del self.levels[_boundary(part)]
            if not part.children:  # its boundary never came: what it holds is text that somebody wrote
                part.raw = self.data[start : _without_line_break(self.data, end) if self.stack else end]
                _as_leaf(part)


def _boundary(part: Part) -> bytes:
    return part.parameters["boundary"].rstrip().encode("utf-8", "replace")


def _without_line_break(data: bytes, end: int) -> int:
    """The line break before a delimiter belongs to the delimiter (RFC 2046, section 5.1.1)."""
    if data[end - 1 : end] == b"\n":
        end -= 2 if data[end - 2 : end - 1] == b"\r" else 1
    return end


def _part(headers: Headers, default: str) -> Part:
    media_type, parameters = read_parameters(headers.raw("content-type") or b"")
    if not _TYPE.fullmatch(media_type):
        media_type = {"text": "text/plain", "html": "text/html", "text/html/plain": "text/html"}.get(media_type, default)
    disposition, disposition_parameters = read_parameters(headers.raw("content-disposition") or b"")
    name = disposition_parameters.get("filename") or parameters.get("name") or ""
    return Part(headers, media_type, parameters, disposition if disposition in {"attachment", "inline"} else "", name)


def _as_leaf(part: Part) -> Part:
    """A multipart without parts is read as text: no word of it may be lost. An empty one stays what it says."""
    if part.media_type.startswith("multipart/") and part.raw.strip():
        part.media_type = "text/plain"
    return part
