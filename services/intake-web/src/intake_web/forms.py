"""Forms: ``application/x-www-form-urlencoded`` and ``multipart/form-data``, the latter hashed and capped while it arrives.

python-multipart's low-level parser is fed straight from the connection: no byte of a photo is copied more often than needed, and
what exceeds a cap is dropped on the way. A photo that is too large does not lose the rest of the form: its part is marked.
"""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Receive

from intake_web.bodies import BodyLimits, body_chunks, malformed, read_body, unsupported

if TYPE_CHECKING:  # the library defines it for the type checker only
    from python_multipart.multipart import MultipartCallbacks

MULTIPART: Final = b"multipart/form-data"
URLENCODED: Final = b"application/x-www-form-urlencoded"
MAX_FIELDS: Final = 300
MAX_FIELDS_BYTES: Final = 1024 * 1024
"""All text of a form together; the longest honest form has a tenth."""
MAX_URLENCODED_BYTES: Final = 4 * MAX_FIELDS_BYTES
"""A byte may be written as three; read at once, so bounded lower than a form with photos."""
MEMORY_BYTES: Final = 1024 * 1024
"""Of one upload; what is larger goes to a temporary file, so that a hundred slow uploads fit into memory."""
DIGEST_BYTES: Final = 32
_USUAL_DISPOSITION = re.compile(rb'form-data; name="([^"\\]*)"(; filename="[^"\\]*")?')
"""As every browser writes it; the library's reading of any other spelling costs as much as the rest of a part."""
_MAX_BOUNDARY_BYTES = 256


@dataclass(slots=True, eq=False)
class Upload:
    """A file of a form. Its claimed name and type mean nothing and are not kept."""

    name: str
    """The form field."""
    size_bytes: int = 0
    is_too_large: bool = False
    """Over the cap: its bytes were dropped."""
    _hash: hashlib.blake2b = field(default_factory=partial(hashlib.blake2b, digest_size=DIGEST_BYTES))
    _pieces: list[memoryview] = field(default_factory=list)
    _pieces_bytes: int = 0
    _file: IO[bytes] | None = None

    @property
    def digest(self) -> str:
        """Of the bytes as sent, lower-case hexadecimal. BLAKE2b: nobody else computes it, and it costs half of SHA-256 in software."""
        return self._hash.hexdigest()

    def take(self, piece: memoryview, max_bytes: int) -> None:
        """Add a piece; over the cap nothing is kept any more."""
        self.size_bytes += len(piece)
        if self.size_bytes > max_bytes:
            self.is_too_large = True
            self.close()
            return
        self._hash.update(piece)
        self._pieces.append(piece)
        self._pieces_bytes += len(piece)

    @property
    def wants_disk(self) -> bool:
        """More in memory than it should have."""
        return self._pieces_bytes > MEMORY_BYTES

    def move_to_disk(self) -> None:
        """Write what is in memory to a temporary file without a name. Blocking."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="cary311-upload-")  # noqa: SIM115 - closed by close()
        self._file.writelines(self._pieces)
        self._pieces.clear()
        self._pieces_bytes = 0

    async def read(self) -> bytes:
        """The whole content."""
        if self._file is None:
            return b"".join(self._pieces)
        return await asyncio.to_thread(self._read_file)

    def _read_file(self) -> bytes:
        assert self._file is not None
        self._file.seek(0)
        return self._file.read() + b"".join(self._pieces)

    def close(self) -> None:
        """Let go of the content."""
        self._pieces.clear()
        self._pieces_bytes = 0
        if self._file is not None:
            self._file.close()
            self._file = None


@dataclass(slots=True)
class Form:
    """A form as it was posted."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)

    def first(self, name: str) -> str | None:
        """The first value of a field that is not empty."""
        return next((value for key, value in self.fields if key == name and value), None)

    def close(self) -> None:
        """Let go of the uploads."""
        for upload in self.uploads:
            upload.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLimits:
    """Caps of a form."""

    body: BodyLimits
    max_upload_bytes: int
    max_uploads: int
    """Further ones are dropped, and counted."""


@dataclass(slots=True)
class _Parts:
    """Collects the parts as the parser finds them. Callbacks must not fail but by a refusal of ours."""

    limits: FormLimits
    form: Form = field(default_factory=Form)
    is_complete: bool = False
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _header_name: bytearray = field(default_factory=bytearray)
    _header_value: bytearray = field(default_factory=bytearray)
    _name: str = ""
    _text: bytearray = field(default_factory=bytearray)
    _text_bytes: int = 0
    current: Upload | None = None

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._part_begin,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_header_field": self._on_header_name,
            "on_header_value": self._on_header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._headers = {}

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        self._headers[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name, self._header_value = bytearray(), bytearray()

    def _headers_finished(self) -> None:
        self._name, is_file = _disposition(self._headers.get(b"content-disposition", b""))
        self._text = bytearray()
        self.current = Upload(self._name) if is_file else None

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self.current is not None:
            is_dropped = len(self.form.uploads) > self.limits.max_uploads
            self.current.take(memoryview(data)[start:end], 0 if is_dropped else self.limits.max_upload_bytes)
            return
        self._text_bytes += end - start
        if self._text_bytes > MAX_FIELDS_BYTES:
            raise malformed(f"The text of a form may have at most {MAX_FIELDS_BYTES} bytes.", may_continue=True)
        self._text += data[start:end]

    def _part_end(self) -> None:
        if self.current is not None:
            if self.current.size_bytes:  # a browser sends an empty file for an input that nobody used
                self.form.uploads.append(self.current)
            self.current = None
        else:
            self.form.fields.append((self._name, self._text.decode("utf-8", "replace")))
        if len(self.form.fields) + len(self.form.uploads) > MAX_FIELDS:
            raise malformed(f"A form may have at most {MAX_FIELDS} fields.", may_continue=True)

    def _end(self) -> None:
        self.is_complete = True


def _disposition(header: bytes) -> tuple[str, bool]:
    """A part's name, and whether it is a file."""
    usual = _USUAL_DISPOSITION.fullmatch(header)
    if usual is not None:
        return usual[1].decode("utf-8", "replace"), usual[2] is not None
    _, options = parse_options_header(header)
    if b"name" not in options:
        raise malformed("A part of the form has no name.", may_continue=True)
    return options[b"name"].decode("utf-8", "replace"), b"filename" in options


async def read_form(receive: Receive, headers: Iterable[tuple[bytes, bytes]], limits: FormLimits) -> Form:
    """The form in a request, whichever of the two types it has. Close it after use.

    Raises:
        BodyRefusedError: 413, 408, 400 (not what its type says, incomplete), 415.
    """
    media_type, options = parse_options_header(next((value for name, value in headers if name == b"content-type"), None))
    if media_type == URLENCODED:
        text_limits = replace(limits.body, max_bytes=min(limits.body.max_bytes, MAX_URLENCODED_BYTES))
        return Form(_pairs(await read_body(receive, text_limits)))
    if media_type != MULTIPART:
        raise unsupported("application/x-www-form-urlencoded or multipart/form-data")
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= _MAX_BOUNDARY_BYTES:
        raise malformed("The content type of the form names no boundary.", may_continue=True)
    return await _multipart(body_chunks(receive, limits.body), boundary, limits)


async def _multipart(chunks: AsyncIterator[bytes], boundary: bytes, limits: FormLimits) -> Form:
    parts = _Parts(limits)
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        async for chunk in chunks:
            parser.write(chunk)
            if parts.current is not None and parts.current.wants_disk:
                await asyncio.to_thread(parts.current.move_to_disk)
    except FormParserError:
        _close(parts)
        raise malformed("The form is not valid multipart/form-data.", may_continue=True) from None
    except BaseException:
        _close(parts)
        raise
    if not parts.is_complete:
        _close(parts)
        raise malformed("The form ends before its last boundary.")
    return parts.form


def _close(parts: _Parts) -> None:
    parts.form.close()
    if parts.current is not None:
        parts.current.close()


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError:
        raise malformed(f"A form may have at most {MAX_FIELDS} fields.") from None
