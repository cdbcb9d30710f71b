"""GeoReport's XML, written from the same plain values as its JSON. Pure.

Only what XML 1.0 may hold is written (a text may hold controls that JSON can escape and XML cannot even name), an unknown value
is an empty element, and every element of a list has the name that the specification gives it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})

ITEM_NAMES: Final[Mapping[str, str]] = {
    "endpoints": "endpoint",
    "formats": "format",
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "notes": "note",
    "service_request_updates": "request_update",
    "errors": "error",
}
"""What an element of a list is called inside the list's own element."""


def xml_text(text: str) -> str:
    """A text as the content of an element; what XML cannot hold is the replacement character."""
    return _NOT_XML.sub("\ufffd", text).translate(_ESCAPES)


def xml_document(root: str, value: Any) -> bytes:  # noqa: ANN401 - JSON's values
    """A whole document: ``root`` around a mapping or a list of mappings (UTF-8)."""
    pieces: list[str] = [_DECLARATION]
    _write(pieces, root, value)
    return "".join(pieces).encode("utf-8")


def _write(pieces: list[str], name: str, value: Any) -> None:  # noqa: ANN401 - JSON's values
    if value is None or value == "":
        pieces.append(f"<{name}/>")
        return
    pieces.append(f"<{name}>")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _write(pieces, key, inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            _write(pieces, ITEM_NAMES[name], inner)
    else:
        pieces.append(_scalar(value))
    pieces.append(f"</{name}>")


def _scalar(value: Any) -> str:  # noqa: ANN401 - JSON's values
    if isinstance(value, bool):
        return "true" if value else "false"
    return xml_text(str(value))
