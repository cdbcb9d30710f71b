"""A mail too large to be fetched whole: which of its parts is the text, and a small mail made of that part. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

MAX_PARTS: Final = 200
_MOVED: Final = re.compile(rb"^(?:content-[a-z-]+|mime-version):[^\n]*\n(?:[ \t][^\n]*\n)*", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextSection:
    """A part that is text."""

    section: str
    """Its number (RFC 3501, section 6.4.5): ``1.2``."""
    is_html: bool


def text_section(structure: Any) -> TextSection | None:  # noqa: ANN401 - what a server says, taken apart by the client library
    """The part that says what the mail says, plain text before HTML; None where the mail has no parts, or none of text."""
    if not _is_multipart(structure):
        return None
    found = [leaf for leaf in _leaves(structure) if leaf is not None]
    return next((leaf for leaf in found if not leaf.is_html), next(iter(found), None))


def _is_multipart(structure: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(structure, tuple) and bool(structure) and isinstance(structure[0], list)


def _leaves(structure: Any) -> Iterator[TextSection | None]:  # noqa: ANN401 - as above
    """Every part without parts, in the order of the mail; None for one that is no text. A loop: nesting has no limit."""
    waiting: list[tuple[str, Any]] = [("", structure)]
    count = 0
    while waiting and count < MAX_PARTS:
        number, part = waiting.pop()
        count += 1
        if _is_multipart(part):
            waiting += [(f"{number}.{index}" if number else str(index), child) for index, child in reversed([*enumerate(part[0], 1)])]
            continue
        yield _text(number, part)


def _text(number: str, part: Any) -> TextSection | None:  # noqa: ANN401 - as above
    if not isinstance(part, tuple) or len(part) < 2 or not isinstance(part[0], bytes) or not isinstance(part[1], bytes):  # noqa: PLR2004
        return None
    is_attached = any(
        isinstance(item, tuple) and item and isinstance(item[0], bytes) and item[0].lower() == b"attachment" for item in part[2:]
    )
    kind = part[1].lower()
    if part[0].lower() != b"text" or kind not in {b"plain", b"html"} or is_attached:
        return None
    return TextSection(number, is_html=kind == b"html")


def composed(header: bytes, part_header: bytes, body: bytes) -> bytes:
    """The mail with this one part as its body. ``header`` says who wrote what and when, ``part_header`` what the body is."""
    fields = _MOVED.sub(b"", header.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n")
    own = part_header.replace(b"\r\n", b"\n").strip(b"\n")
    return (fields + (own + b"\n" if own else b"")).replace(b"\n", b"\r\n") + b"\r\n" + body
