"""GeoReport's answers and errors in JSON and XML, as the standard has them. Pure but for Starlette's response."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from pydantic_core import to_json
from starlette.responses import Response

from intake_web.messages import FieldError

PREFIX: Final = "/open311/v2"
_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_OPEN_TO_ALL: Final = {"Access-Control-Allow-Origin": "*"}
"""As for the public reads: a key is in the form, never in a cookie, so any page may ask."""


class Format(StrEnum):
    """The two formats, as they end an address."""

    JSON = "json"
    XML = "xml"

    @property
    def content_type(self) -> str:
        """The standard's own, with UTF-8 said aloud."""
        return "application/json; charset=utf-8" if self is Format.JSON else "text/xml; charset=utf-8"


def asked_format(path: str, accept: str) -> Format:
    """By the address's ending, else what the caller accepts, else XML (which the standard requires)."""
    ending = path.rpartition(".")[2]
    if ending in frozenset(Format):
        return Format(ending)
    return Format.JSON if "json" in accept else Format.XML


class GeoReportError(Exception):
    """A refusal: code and description of each error, naming fields and never their values."""

    def __init__(self, status: int, errors: Sequence[tuple[int, str]], *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"georeport {status}")
        self.status = status
        self.errors = errors
        self.headers = headers

    @classmethod
    def single(cls, status: int, description: str, *, headers: Mapping[str, str] | None = None) -> "GeoReportError":
        """One error."""
        return cls(status, [(status, description)], headers=headers)


def field_errors(errors: Sequence[FieldError]) -> GeoReportError:
    """What is wrong with a report: 404 where the service does not exist, 400 for everything else."""
    told = [(404 if error.message_key == "service_unknown" else 400, _description(error)) for error in errors]
    return GeoReportError(max(code for code, _ in told), sorted(told, reverse=True))


def _description(error: FieldError) -> str:
    if error.message_key == "place_required":
        return "lat and long, address_string or address_id required"
    if error.code == "required":
        return f"{error.field} required"
    if error.message_key == "service_unknown":
        return "service_code was not found"
    return f"{error.field}: {error.sentence}"


def answer(  # noqa: PLR0913 - what a response is made of
    form: Format,
    root: str,
    item: str,
    members: Sequence[Mapping[str, object]],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A list of flat objects: an array in JSON, ``<root><item>…`` in XML."""
    body = to_json(members) if form is Format.JSON else _xml(root, item, members)
    return Response(body, status, {"Content-Type": form.content_type, **_OPEN_TO_ALL, **(headers or {})})


def answer_error(form: Format, error: GeoReportError) -> Response:
    """The array of errors."""
    members = [{"code": code, "description": description} for code, description in error.errors]
    return answer(form, "errors", "error", members, status=error.status, headers=error.headers)


def _xml(root: str, item: str, members: Sequence[Mapping[str, object]]) -> bytes:
    pieces = [_DECLARATION, f"<{root}>"]
    for member in members:
        pieces.append(f"<{item}>")
        pieces += [_element(name, value) for name, value in member.items()]
        pieces.append(f"</{item}>")
    return "".join([*pieces, f"</{root}>"]).encode()


def _element(name: str, value: object) -> str:
    if value is None or value == "":
        return f"<{name}/>"
    return f"<{name}>{_NOT_XML.sub(chr(0xFFFD), str(value)).translate(_ESCAPES)}</{name}>"
