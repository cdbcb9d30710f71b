"""Attachments: what they are by their content, under names of our own, within limits. What a sender calls a file decides nothing.

The type is found with ``filetype`` and a few rules for text. libmagic would know more kinds, none of which an advocate can open more
safely; it is a C library that an image would have to carry beside Python.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import filetype

from intake_email.limits import Limits
from intake_email.reading.structure import Part
from intake_email.reading.winmail import is_winmail, open_winmail

SNIFFED_BYTES: Final = 8_192
MAX_NAME_CHARACTERS: Final = 255
PICTURES: Final = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif", "image/gif", "image/tiff", "image/bmp"}
)
_EXTENSIONS: Final = {
    "image/jpeg": "jpg",
    "image/heif": "heic",
    "image/tiff": "tif",
    "image/svg+xml": "svg",
    "text/plain": "txt",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/vcard": "vcf",
    "application/octet-stream": "bin",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
}
_OF_TEXT: Final = frozenset({"text/plain", "text/calendar", "text/vcard", "text/csv", "application/json", "message/rfc822"})
"""Declared types of text that are believed when the content is text: they make no program run anything."""
_MARKUP: Final = re.compile(
    rb"\s{0,200}(?:<!--.{0,500}-->\s{0,100})?<(?:!doctype html|html|head|body|script|iframe|svg|\?xml)", re.IGNORECASE | re.DOTALL
)
_BINARY: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_COMMON: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
"""Nearly every attachment; the others are worth the search through all kinds."""
_PRINTABLE: Final = (b"{\\rtf", b"%!PS")
"""Kinds that consist of printable characters and are no text all the same."""
_PATH: Final = re.compile(r"[\\/]")


class Purpose(StrEnum):
    """What an attachment is for."""

    FILE = "file"
    MAIL = "mail"
    CALENDAR = "calendar"
    SIGNATURE = "signature"
    REPORT = "report"
    ENCRYPTED = "encrypted"


_PURPOSES: Final = {
    "message/rfc822": Purpose.MAIL,
    "message/global": Purpose.MAIL,
    "text/calendar": Purpose.CALENDAR,
    "application/ics": Purpose.CALENDAR,
    "application/pgp-signature": Purpose.SIGNATURE,
    "application/pkcs7-signature": Purpose.SIGNATURE,
    "application/x-pkcs7-signature": Purpose.SIGNATURE,
    "application/pgp-keys": Purpose.SIGNATURE,
    "message/delivery-status": Purpose.REPORT,
    "message/disposition-notification": Purpose.REPORT,
    "message/feedback-report": Purpose.REPORT,
    "text/rfc822-headers": Purpose.REPORT,
    "application/pgp-encrypted": Purpose.ENCRYPTED,
    "application/pkcs7-mime": Purpose.ENCRYPTED,
    "application/x-pkcs7-mime": Purpose.ENCRYPTED,
}


@dataclass(frozen=True, slots=True)
class MailFile:
    """An attachment as it was sent: pictures still have to be encoded anew before anybody sees them."""

    data: bytes = field(repr=False)
    media_type: str
    """By its content."""
    name: str
    """Ours: ``photo-1.jpg``."""
    declared_name: str = field(repr=False)
    """The sender's, without a path: for staff to read, never to open by."""
    purpose: Purpose
    is_inline: bool
    """Shown in the text (a logo, a pasted picture) instead of attached."""
    sha256: str

    @property
    def is_picture(self) -> bool:
        """Whether it can become a photo of the request."""
        return self.media_type in PICTURES


@dataclass(frozen=True, slots=True)
class Files:
    """The attachments that are kept, and how many were left out because of a limit."""

    kept: tuple[MailFile, ...]
    left_out: int

    @property
    def kept_bytes(self) -> int:
        """How large they are together."""
        return sum(len(file.data) for file in self.kept)


NO_FILES: Final = Files((), 0)


def read_files(parts: Iterable[Part], limits: Limits) -> Files:
    """The attachments of a mail. Attached ones go before pictures of the text, so that a limit meets logos first."""
    kept: list[MailFile] = []
    size = left_out = 0
    for part, data, name in sorted(_contents(parts, limits), key=lambda item: _is_inline(item[0])):
        is_too_much = len(kept) >= limits.max_files or len(data) > limits.max_file_bytes or size + len(data) > limits.max_files_bytes
        if is_too_much:
            left_out += 1
            continue
        size += len(data)
        media_type = media_type_of(data, part.media_type)
        purpose = _PURPOSES.get(part.media_type, Purpose.FILE)
        kept.append(MailFile(data, media_type, _own_name(kept, media_type), _declared(name), purpose, _is_inline(part), _sha256(data)))
    return Files(tuple(kept), left_out)


def _contents(parts: Iterable[Part], limits: Limits) -> Iterator[tuple[Part, bytes, str]]:
    """Part, content and declared name; a winmail.dat gives what is in it."""
    for part in parts:
        data = part.content()
        inside = open_winmail(data, limits).files if is_winmail(data) else ()
        if inside:
            yield from ((part, content, name) for name, content in inside)
        else:
            yield part, data, part.name


def media_type_of(data: bytes, declared: str) -> str:
    """What a file is by its content. ``declared`` counts only between kinds of text."""
    head = data[:SNIFFED_BYTES]
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "image/heic"
    for magic, media_type in _COMMON:
        if head.startswith(magic):
            return media_type
    is_binary = _BINARY.search(head) is not None
    if kind := _guess(head) if is_binary or head.startswith(_PRINTABLE) else None:
        return kind
    if is_binary:
        return declared if declared.startswith("application/pkcs7-") else "application/octet-stream"
    if _MARKUP.match(head):
        return "image/svg+xml" if b"<svg" in head.lower() else "text/html"
    return declared if declared in _OF_TEXT else "text/plain"


def _guess(head: bytes) -> str | None:
    try:
        kind = filetype.guess(head)
    except Exception:  # noqa: BLE001 - a guess that fails is no guess
        return None
    return str(kind.mime) if kind else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_inline(part: Part) -> bool:
    return part.disposition != "attachment" and ("content-id" in part.headers or part.disposition == "inline")


def _own_name(kept: list[MailFile], media_type: str) -> str:
    noun = "photo" if media_type in PICTURES else "file"
    number = 1 + sum(file.name.startswith(f"{noun}-") for file in kept)
    extension = _EXTENSIONS.get(media_type) or re.sub(r"[^a-z0-9]", "", media_type.partition("/")[2].removeprefix("x-"))[:8]
    return f"{noun}-{number}.{extension or 'bin'}"


def _declared(name: str) -> str:
    return _PATH.split(name)[-1].strip()[-MAX_NAME_CHARACTERS:]
