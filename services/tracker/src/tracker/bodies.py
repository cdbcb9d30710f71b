"""Bodies of changes, read with a cap on bytes and on time, and what is in them as checked values."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from tracker.api.problems import Problem, ProblemKind, invalid

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 300
_MAX_ERRORS: Final = 20
_MAX_NAME: Final = 80

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """What a body may be."""

    max_bytes: int
    seconds: float
    """For the whole body to arrive."""


async def read_body(request: Request, media_type: str, limits: BodyLimits) -> bytes:
    """The whole body, which must be of the media type.

    Raises:
        Problem: 415 another type or a packed body, 413 too large, 408 too slow, 400 it broke off.
    """
    headers = request.headers
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        raise Problem(ProblemKind.MEDIA_TYPE, f"Send {media_type}.")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(ProblemKind.MEDIA_TYPE, "Send the body without Content-Encoding.")
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limits.max_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.seconds):
            return await _received(request, limits)
    except TimeoutError:
        raise Problem(ProblemKind.TOO_SLOW, headers={"Connection": "close"}) from None


async def _received(request: Request, limits: BodyLimits) -> bytes:
    pieces, received = [], 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Problem(ProblemKind.MALFORMED, "The request ended before its body did.")
        piece: bytes = message.get("body", b"")
        received += len(piece)
        if received > limits.max_bytes:
            raise _too_large(limits)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def _too_large(limits: BodyLimits) -> Problem:
    return Problem(ProblemKind.TOO_LARGE, f"A body may have at most {limits.max_bytes} bytes.", headers={"Connection": "close"})


def from_json(body: bytes, adapter: TypeAdapter[T]) -> T:
    """The checked value of a JSON body.

    Raises:
        Problem: 400 no JSON, 422 wrong fields, each named; none of them quotes the body.
    """
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        items = error.errors(include_url=False, include_context=False, include_input=False)
        if items[0]["type"] == "json_invalid":
            raise Problem(ProblemKind.MALFORMED, "The body is not valid JSON.") from None
        raise Problem(ProblemKind.INVALID, errors=[_named(item) for item in items[:_MAX_ERRORS]]) from None
    except OverflowError:  # a date whose zone shifts it out of the calendar
        raise invalid("expected_datetime", "is beyond the calendar") from None


def _named(item: Mapping[str, Any]) -> dict[str, str]:
    path = ".".join(str(step)[:_MAX_NAME] for step in item["loc"])
    return {"field": path or "body", "detail": item["msg"]}


def from_form(body: bytes) -> list[tuple[str, str]]:
    """The fields of a URL-encoded form, or of the part of an address behind its ``?``.

    Raises:
        Problem: there are too many.
    """
    try:
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError:
        raise Problem(ProblemKind.MALFORMED, f"At most {MAX_FIELDS} parameters can be read.") from None
