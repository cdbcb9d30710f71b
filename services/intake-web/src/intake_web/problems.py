"""Errors of the JSON API: ``application/problem+json`` (RFC 9457), each type with an address that explains it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic_core import to_json
from starlette.responses import Response

from intake_web.messages import FieldError

PROBLEM_JSON: Final = "application/problem+json"
TYPES: Final[Mapping[str, str]] = {
    "invalid": "Fields of the report are wrong; ``errors`` names each.",
    "malformed": "The body is not what its content type says.",
    "content_type": "The content type is not one that this address takes.",
    "too_large": "The body is larger than this address takes.",
    "too_slow": "The body took too long to arrive.",
    "incomplete": "The connection ended before the body did.",
    "unauthorized": "The key is missing, unknown, expired, or may not do this.",
    "cross_site": "Pages of other sites cannot send reports from a visitor's browser.",
    "rate_limited": "Too many requests; ``Retry-After`` says when the next one will be taken.",
    "unavailable": "The report cannot be kept at the moment; ``Retry-After`` says when to try again. Nothing was accepted.",
    "target_too_long": "The path with its query is too long.",
    "not_found": "There is nothing at this address.",
    "method_not_allowed": "This address does not know that method; ``Allow`` lists those that it knows.",
    "internal": "Something is wrong on our side; the ``request_id`` helps us to find it.",
}
"""What each problem means, by the last step of its type's address."""


def problem(  # noqa: PLR0913 - the members of RFC 9457
    status: HTTPStatus,
    kind: str,
    *,
    detail: str = "",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    request_id: str | None = None,
) -> Response:
    """The answer to a request that cannot be fulfilled. It holds nothing that was sent."""
    body: dict[str, Any] = {
        "type": f"/api/v1/problems/{kind}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail or TYPES[kind],
    }
    if errors:
        body["errors"] = [{"field": error.field, "code": error.code, "detail": error.sentence} for error in errors]
    if request_id:
        body["request_id"] = request_id
    return Response(to_json(body), status, dict(headers or {}), PROBLEM_JSON)


def explain(kind: str) -> Response:
    """What stands at a type's address."""
    if kind not in TYPES:
        return problem(HTTPStatus.NOT_FOUND, "not_found")
    return Response(to_json({"type": f"/api/v1/problems/{kind}", "title": kind, "description": TYPES[kind]}), media_type="application/json")
