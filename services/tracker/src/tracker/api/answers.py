"""The JSON API's answers. Public ones may be kept by a cache that asks again; what staff read, and errors, are for nobody to keep."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from shared.tracking_number import InvalidNumber, parse_tracking_number
from tracker.api.problems import Problem, ProblemKind

JSON: Final = "application/json"
PUBLIC_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-cache",
    "Vary": "Authorization",
    "Access-Control-Allow-Origin": "*",
}
"""The same address answers staff differently, so that no cache between may mix the two."""
STAFF_HEADERS: Final[Mapping[str, str]] = {"Cache-Control": "private, no-store", "Vary": "Authorization"}


def answer(value: Any, *, status: int = 200, is_staff: bool, headers: Mapping[str, str] | None = None) -> Response:  # noqa: ANN401 - JSON's values
    """``value`` as JSON, for the public or for staff."""
    return encoded(to_json(value), status=status, is_staff=is_staff, headers=headers)


def encoded(body: bytes, *, status: int = 200, is_staff: bool, headers: Mapping[str, str] | None = None) -> Response:
    """What is JSON already."""
    who = STAFF_HEADERS if is_staff else PUBLIC_HEADERS
    return Response(body, status, {"Content-Type": JSON, **who, **(headers or {})})


def page(items: Sequence[bytes], *, has_more: bool, next_cursor: str | None) -> bytes:
    """A page of a list, of items that are JSON already."""
    tail = b'],"has_more":' + (b"true" if has_more else b"false")
    cursor = b',"next_cursor":' + to_json(next_cursor) if next_cursor else b""
    return b'{"items":[' + b",".join(items) + tail + cursor + b"}"


def number_in(request: Request) -> str:
    """The canonical number in the address, however it is spelled there.

    Raises:
        Problem: it cannot be one.
    """
    parsed = parse_tracking_number(request.path_params["number"])
    if isinstance(parsed, InvalidNumber):
        raise Problem(ProblemKind.INVALID_NUMBER, fault=parsed.fault.value)
    return parsed
