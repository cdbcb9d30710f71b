"""GeoReport's answers in both formats, and which of the two a caller wants. Pure but for Starlette's response."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final

from pydantic_core import to_json
from starlette.responses import Response

from tracker.georeport.errors import GeoReportError, unknown
from tracker.georeport.xml import xml_document

PREFIX: Final = "/open311/v2"
_OPEN_TO_ALL: Final = {"Access-Control-Allow-Origin": "*"}
"""Public data without credentials: any page may read it."""


class Format(StrEnum):
    """The two formats, as they end an address."""

    JSON = "json"
    XML = "xml"

    @property
    def media_type(self) -> str:
        """The content type: the standard's own, with UTF-8 said aloud."""
        return "application/json; charset=utf-8" if self is Format.JSON else "text/xml; charset=utf-8"


def asked_format(ending: str) -> Format:
    """The format that an address ends in.

    Raises:
        GeoReportError: neither of the two.
    """
    try:
        return Format(ending)
    except ValueError:
        raise unknown("format (use .json or .xml)") from None


def error_format(path: str, accept: str) -> Format:
    """The format of an error, also where the address is no good: its ending, else what the caller accepts, else XML."""
    ending = path.rpartition(".")[2]
    if ending in tuple(Format):
        return Format(ending)
    return Format.JSON if "json" in accept else Format.XML


def answer(
    form: Format,
    root: str,
    value: Any,  # noqa: ANN401 - JSON's values
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """``value`` in either format; JSON has no root element."""
    body = to_json(value) if form is Format.JSON else xml_document(root, value)
    return _response(form, body, status, headers)


def answer_encoded(form: Format, root: str, objects: Sequence[bytes]) -> Response:
    """A list of objects that are JSON already, as the store keeps them."""
    if form is Format.JSON:
        return _response(form, b"[" + b",".join(objects) + b"]", HTTPStatus.OK, None)
    return answer(form, root, [json.loads(item) for item in objects])


def answer_error(form: Format, error: GeoReportError) -> Response:
    """The errors' array of one."""
    # code is a number in JSON: what the specification's samples and the published schemas have.
    return answer(form, "errors", [{"code": error.code, "description": error.description}], status=error.code, headers=error.headers)


def _response(form: Format, body: bytes, status: int, headers: Mapping[str, str] | None) -> Response:
    return Response(
        body, status_code=status, media_type=None, headers={"Content-Type": form.media_type} | _OPEN_TO_ALL | dict(headers or {})
    )
