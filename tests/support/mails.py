"""Builds invented mails as bytes, and the mailbox that they arrive at."""

import base64
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from intake_email.profile import MailboxProfile
from intake_email.submission import Circumstances
from intake_email.tokens import body_marker, message_id, reply_address
from support.examples import SECRET
from support.submissions import plain

TOKEN_SECRET = b"invented for tests only"
MAILBOX = "311@town.example"
PROFILE = MailboxProfile(
    own_addresses=frozenset({MAILBOX, "@311.town.example"}),
    token_secret=TOKEN_SECRET,
    authserv_ids=frozenset({"mx.town.example"}),
)
KNOWN = Circumstances(received_at=datetime(2026, 3, 10, 13, 20, tzinfo=UTC), tracking_secret=SECRET, raw_id="raw-1")
EARLIER = plain("earlier").service_request_id
"""The number of a request that exists already."""
OTHER = plain("other").service_request_id
OUR_ADDRESS = reply_address(TOKEN_SECRET, EARLIER, MAILBOX)
OUR_MESSAGE_ID = message_id(TOKEN_SECRET, EARLIER, UUID(int=5), "town.example")
OUR_MARKER = body_marker(TOKEN_SECRET, EARLIER)
BOUNDARY = "=_part_1"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(40) + b"\xff\xd9"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

Body = str | bytes
Field = Body | Sequence[Body]


def as_bytes(text: Body, charset: str = "utf-8") -> bytes:
    """CRLF line ends, as they come over the wire."""
    data = text.encode(charset) if isinstance(text, str) else text
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def mail(text: Body = "", /, *, without: Field = (), **fields: Field) -> bytes:
    """A mail of Ada's. A field's name is written with underscores; a sequence gives several fields of that name."""
    usual: dict[str, Field] = {
        "From": "Ada Moss <ada@example.org>",
        "To": MAILBOX,
        "Subject": "Pothole on Elm Street",
        "Date": "Tue, 10 Mar 2026 09:15:00 -0400",
        "Message-ID": "<one@mail.example.org>",
    }
    given = {field.replace("_", "-"): value for field, value in fields.items()}
    left_out = [without] if isinstance(without, str | bytes) else without
    lowered = {field.lower() for field in (*given, *(str(field) for field in left_out))}
    kept = {field: value for field, value in usual.items() if field.lower() not in lowered}
    return _block(kept | given) + b"\r\n" + as_bytes(text)


def part(content: Body, content_type: str = "text/plain; charset=utf-8", **fields: Body) -> bytes:
    """A MIME part; bytes are sent as base64."""
    headers: dict[str, Field] = {"Content-Type": content_type}
    headers |= {field.replace("_", "-"): value for field, value in fields.items()}
    if isinstance(content, bytes) and "Content-Transfer-Encoding" not in headers:
        headers["Content-Transfer-Encoding"] = "base64"
        content = base64.encodebytes(content)
    return _block(headers) + b"\r\n" + as_bytes(content)


def multipart(parts: Sequence[bytes], kind: str = "mixed", *, boundary: Field = BOUNDARY, **fields: Field) -> bytes:
    """A mail of several parts."""
    return mail(joined(parts, str(boundary)), Content_Type=f'multipart/{kind}; boundary="{boundary!s}"', **fields)


def nested(parts: Sequence[bytes], kind: str, boundary: str) -> bytes:
    """A multipart inside another one."""
    return _block({"Content-Type": f'multipart/{kind}; boundary="{boundary}"'}) + b"\r\n" + joined(parts, boundary)


def joined(parts: Sequence[bytes], boundary: str = BOUNDARY) -> bytes:
    """Parts between their delimiters."""
    delimiter = b"--" + boundary.encode()
    return b"".join(delimiter + b"\r\n" + content + b"\r\n" for content in parts) + delimiter + b"--\r\n"


def alternative(plain_text: str, html: str, **fields: Field) -> bytes:
    """The same as text and as HTML."""
    return multipart([part(plain_text), part(html, "text/html; charset=utf-8")], "alternative", **fields)


def reply(text: str, **fields: Field) -> bytes:
    """An answer to a mail of ours."""
    usual: dict[str, Field] = {"Subject": "Re: Your report", "In_Reply_To": "<earlier@town.example>"}
    return mail(text, **(usual | fields))


def winmail(name: bytes, data: bytes) -> bytes:
    """A winmail.dat with one file (MS-OXTNEF): signature, key, then attributes with their checksums."""

    def attribute(level: int, code: int, content: bytes) -> bytes:
        return struct.pack("<BII", level, code, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)

    rendering = struct.pack("<HIHHI", 1, 0, 0, 0, 0)
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(
        [attribute(2, 0x00069002, rendering), attribute(2, 0x00018010, name + b"\0"), attribute(2, 0x0006800F, data)]
    )


def html_mail(source: str, **fields: Field) -> bytes:
    """A mail of HTML alone."""
    return mail(source, Content_Type="text/html; charset=utf-8", **fields)


def _block(fields: Mapping[str, Field]) -> bytes:
    lines = []
    for field, values in fields.items():
        for value in [values] if isinstance(values, str | bytes) else values:
            data = value if isinstance(value, bytes) else value.encode("utf-8")
            lines.append(field.encode() + b": " + data + b"\r\n")
    return b"".join(lines)
