"""Header fields: found, unfolded, decoded (RFC 5322, 2047, 2231). Nothing here is stricter than mail programs are.

The fields are kept as bytes, in order, and decoded when somebody asks. A line that is no field ends the block only when no field
that everybody knows follows it: a broken line in between must not turn From and Subject into text.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from intake_email.limits import Limits
from intake_email.reading.charsets import decode

_FIELD: Final = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_END_OF_BLOCK: Final = re.compile(rb"\n\r?\n")
_BLANK_START: Final = re.compile(rb"\r?\n")
_KNOWN: Final = frozenset(
    b"from to cc subject date message-id content-type content-transfer-encoding content-disposition mime-version received "
    b"return-path reply-to sender references in-reply-to delivered-to x-mailer list-id auto-submitted".split()
)
_ENCODED_WORD_START: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")
_CONTROLS: Final = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029], " ")
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")


class Headers:
    """The fields of one block, by lower-case name."""

    __slots__ = ("_fields", "is_broken")

    def __init__(self, fields: list[tuple[bytes, bytes]], *, is_broken: bool = False) -> None:
        self._fields: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._fields.setdefault(name.decode("ascii"), []).append(value)
        self.is_broken = is_broken
        """A line that is no field was met: fields may be hidden in what follows."""

    def called_broken(self) -> Self:
        """The same, found behind something broken."""
        self.is_broken = True
        return self

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def names(self) -> tuple[str, ...]:
        """The names, in lower case, in the order of their first field."""
        return tuple(self._fields)

    def raw(self, name: str) -> bytes | None:
        """The first field of this name, unfolded; None where there is none."""
        values = self._fields.get(name)
        return values[0] if values else None

    def every(self, name: str) -> list[bytes]:
        """All fields of this name, from the top."""
        return self._fields.get(name, [])

    def text(self, name: str) -> str | None:
        """The first field of this name as one line of text without control characters."""
        value = self.raw(name)
        return None if value is None else decode_text(value)

    def token(self, name: str) -> str:
        """The first field of this name up to a semicolon or comment, in lower case: for fields that hold a keyword."""
        value = self.raw(name) or b""
        return value.split(b";")[0].split(b"(")[0].strip().lower().decode("ascii", "replace")


class Block(NamedTuple):
    """A header block and where the body behind it begins."""

    headers: Headers
    body: int


def read_headers(data: bytes, start: int, end: int, limits: Limits, *, is_mail: bool = False) -> Block:
    """The header block of ``data[start:end]``. A mail may begin with blank lines or mbox's ``From`` line, a part may not."""
    if is_mail:
        start = _skip_blank_lines(data, start, end)
    blank = _BLANK_START.match(data, start, end)
    if blank:
        return Block(Headers([]), blank.end())
    closing = _END_OF_BLOCK.search(data, start, end)
    body = closing.end() if closing else end
    block = data[start : min(closing.start() if closing else end, start + limits.max_header_bytes)]
    fields, has_junk, ending = _fields(block.split(b"\n", limits.max_header_lines)[: limits.max_header_lines], limits.max_value_bytes)
    return Block(Headers(fields, is_broken=has_junk), body if ending is None else start + ending)


def _skip_blank_lines(data: bytes, start: int, end: int) -> int:
    while blank := _BLANK_START.match(data, start, end):
        start = blank.end()
    return start


def _fields(lines: list[bytes], max_value_bytes: int) -> tuple[list[tuple[bytes, bytes]], bool, int | None]:
    """The fields; whether lines were met that are none; where the block ends because of one (None: it does not)."""
    folded: list[tuple[bytes, list[bytes], int]] = []
    strays: list[int] = []
    position, last_known = 0, -1
    for line in lines:
        is_continuation = line[:1] in {b" ", b"\t"}
        if is_continuation and folded:
            folded[-1][1].append(line)
        elif match := _FIELD.match(line):
            name = match.group(1).lower()
            folded.append((name, [match.group(2)], position))
            last_known = position if name in _KNOWN else last_known
        elif line.strip() and not line.startswith((b"From ", b">From ")):
            strays.append(position)
        position += len(line) + 1
    ending = next((stray for stray in strays if stray > last_known), None) if strays else None
    kept = [(name, _unfold(pieces)[:max_value_bytes]) for name, pieces, where in folded if ending is None or where < ending]
    return kept, bool(strays), ending


def _unfold(pieces: list[bytes]) -> bytes:
    whole = pieces[0] if len(pieces) == 1 else b"".join(piece.rstrip(b"\r") for piece in pieces)
    return whole.strip(b" \t\r\n\x00")


def decode_text(value: bytes) -> str:
    """An unstructured field as text: encoded words decoded, control characters made blanks."""
    text = value.decode("ascii") if value.isascii() else decode(value).text
    return decode_words(text).translate(_CONTROLS).strip() if "=?" in text else text.translate(_CONTROLS).strip()


def decode_words(text: str) -> str:
    """Encoded words (RFC 2047) decoded; those of one charset that stand together are joined first, a character may be split."""
    pieces: list[str] = []
    pending: tuple[str, bytes] | None = None  # charset and bytes of a run of encoded words
    end = 0
    for start, stop, charset, data in _words(text):
        between = text[end:start]
        if pending and not between.strip():
            if pending[0] == charset:
                pending = (charset, pending[1] + data)
            else:
                pieces.append(decode(pending[1], pending[0]).text)
                pending = (charset, data)
        else:
            if pending:
                pieces.append(decode(pending[1], pending[0]).text)
            pieces.append(between)
            pending = (charset, data)
        end = stop
    if pending:
        pieces.append(decode(pending[1], pending[0]).text)
    return "".join([*pieces, text[end:]])


def _words(text: str) -> Iterator[tuple[int, int, str, bytes]]:
    """Start, end, charset and bytes of each encoded word; every character is looked at a fixed number of times."""
    position = 0
    while match := _ENCODED_WORD_START.search(text, position):
        close = text.find("?=", match.end())
        if close < 0:
            return
        charset = match.group(1).split("*")[0].lower()  # RFC 2231 adds a language: ``utf-8*en``
        encoded = text[match.end() : close]
        yield match.start(), close + 2, charset, _word_bytes(encoded, is_base64=match.group(2) in "bB")
        position = close + 2


def _word_bytes(encoded: str, *, is_base64: bool) -> bytes:
    if is_base64:
        symbols = _NOT_BASE64.sub("", encoded)
        symbols = symbols[:-1] if len(symbols) % 4 == 1 else symbols  # a single symbol is no byte
        return binascii.a2b_base64(symbols + "=" * (-len(symbols) % 4))
    return binascii.a2b_qp(encoded.replace(" ", "_").encode("utf-8", "replace"), header=True)


_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_PARAMETER: Final = re.compile(r'(?<![^;\s])([^=;\s]{1,100})\s{0,100}=\s{0,100}(?:"((?:[^"\\]|\\.)*+)"|([^;]*))', re.DOTALL)
_VALUE: Final = re.compile(r"[^;]*")
_BACKSLASH: Final = re.compile(r'\\(["\\])')
_SECTION: Final = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*?))?")


def read_parameters(value: bytes) -> tuple[str, Mapping[str, str]]:
    """A structured field such as Content-Type: its keyword in lower case, and its parameters (RFC 2231 pieces joined, decoded)."""
    return _read_parameters(value) if value else ("", _NONE)


@lru_cache(maxsize=256)  # most parts say the same
def _read_parameters(value: bytes) -> tuple[str, Mapping[str, str]]:
    text = value.decode("ascii") if value.isascii() else decode(value).text
    text = text.translate(_CONTROLS)
    keyword = _VALUE.match(text)
    word = keyword.group() if keyword else ""
    rest = text[len(word) :]
    if "=" in word:  # ``multipart/mixed boundary=x``: the semicolon was forgotten
        word, _, tail = word.partition(" ") if " " in word.strip() else ("", "", word)
        rest = f";{tail}{rest}"
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(rest):
        name = match.group(1).lower()
        raw = _BACKSLASH.sub(r"\1", match.group(2)) if match.group(2) is not None else match.group(3).strip().strip("\"'")
        section = _SECTION.fullmatch(name)
        if section:
            is_encoded = section.group(2) is None or bool(section.group(3))
            sections.setdefault(section.group(1), []).append((int(section.group(2) or 0), is_encoded, raw))
        else:
            plain.setdefault(name, decode_words(raw) if "=?" in raw else raw)
    return word.strip().lower(), MappingProxyType(plain | {name: _joined(pieces) for name, pieces in sections.items()})


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    """RFC 2231: numbered pieces, percent-encoded where marked; the first encoded one names the charset."""
    charset: str | None = None
    data = b""
    for number, (_, is_encoded, raw) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        value = raw
        if is_encoded and number == 0 and raw.count("'") >= 2:  # noqa: PLR2004 - charset'language'text
            charset, _, value = raw.split("'", 2)
        data += _unquoted(value) if is_encoded else value.encode("utf-8", "replace")
    return decode(data, charset).text.translate(_CONTROLS)


def _unquoted(value: str) -> bytes:
    """Percent-encoding undone; a stray percent sign stays."""
    pieces = value.encode("utf-8", "replace").split(b"%")
    out = [pieces[0]]
    for piece in pieces[1:]:
        try:
            out.append((binascii.a2b_hex(piece[:2]) or b"%") + piece[2:])
        except (binascii.Error, ValueError):
            out.append(b"%" + piece)
    return b"".join(out)
