"""Problems (RFC 9457): every error answer of the JSON API, and the list of their types that ``/docs`` shows. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

from pydantic_core import to_json

PROBLEM_JSON: Final = "application/problem+json"
DOCUMENTED_AT: Final = "/docs"
RETRY_AFTER_SECONDS: Final = 5
"""Long enough for a leader election or a failover, short enough for somebody who waits."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A documented type of problem."""

    status: int
    slug: str
    title: str
    advice: str
    """What the caller can do about it."""


class ProblemKind(Enum):
    """Every type that an answer may name."""

    INVALID = Kind(422, "invalid-request", "The request is not valid", "Correct the fields named in `errors`.")
    MALFORMED = Kind(400, "malformed-request", "The request cannot be read", "Send well-formed JSON, headers and parameters.")
    UNAUTHENTICATED = Kind(
        401, "unauthenticated", "A valid key is needed", "Send `Authorization: Bearer <key>` with a key that is known and has not expired."
    )
    FORBIDDEN = Kind(403, "forbidden", "The key is not good for this", "Ask for a key with the scope that `detail` names.")
    NOT_FOUND = Kind(404, "not-found", "There is nothing here", "Check the address.")
    UNKNOWN_REQUEST = Kind(
        404, "unknown-request", "No request has this number", "Check the number; a report just sent takes a moment to arrive."
    )
    INVALID_NUMBER = Kind(
        404,
        "invalid-number",
        "This cannot be a tracking number",
        "Numbers have twelve symbols, such as 7KQ4-M2XD-9RTB; `fault` says what is wrong (`length`, `symbol`, `check`).",
    )
    METHOD = Kind(405, "method-not-allowed", "The address does not have this method", "Use one of the methods in `Allow`.")
    STALE = Kind(
        409,
        "stale-version",
        "The request was changed meanwhile",
        "Read it again, look at what changed, and send the change with the new ETag in `If-Match`.",
    )
    LEGAL_HOLD = Kind(409, "legal-hold", "The request is under legal hold", "Nothing of it may be cleared until the hold is lifted.")
    TOO_SLOW = Kind(408, "too-slow", "The body took too long to arrive", "Send it again over a better connection.")
    TOO_LONG = Kind(414, "address-too-long", "The address is too long", "Ask for less at once: shorter lists, fewer parameters.")
    TOO_LARGE = Kind(413, "too-large", "The body is too large", "Send less.")
    MEDIA_TYPE = Kind(415, "unsupported-media-type", "The body has the wrong type", "Send `Content-Type: application/json`.")
    KEY_REUSED = Kind(
        422,
        "idempotency-key-reused",
        "The Idempotency-Key was used for another change",
        "Use a fresh key for each change; the same key only repeats the same change.",
    )
    NOT_POSSIBLE = Kind(422, "change-not-possible", "The request cannot be changed like this", "`detail` says what stands against it.")
    IF_MATCH = Kind(
        428,
        "if-match-required",
        "The change must say which version it is made against",
        "Send the ETag of the version that you saw in `If-Match`.",
    )
    UNAVAILABLE = Kind(503, "unavailable", "Not possible at the moment", "Send the same request again after `Retry-After` seconds.")
    INTERNAL = Kind(500, "internal-error", "Something went wrong on our side", "Tell the town the `request_id`.")


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """Ends the handling of a request with a problem. ``detail`` never holds what a resident wrote."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        **members: Any,  # noqa: ANN401 - JSON's values
    ) -> None:
        super().__init__(kind.value.slug)
        self.kind = kind.value
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = tuple(errors)
        self.members = members


def unavailable(detail: str) -> Problem:
    """503 with ``Retry-After``."""
    return Problem(ProblemKind.UNAVAILABLE, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def of_status(status: int) -> ProblemKind:
    """The type for an error that the framework found."""
    fallback = ProblemKind.MALFORMED if status < HTTPStatus.INTERNAL_SERVER_ERROR else ProblemKind.INTERNAL
    known = {
        404: ProblemKind.NOT_FOUND,
        405: ProblemKind.METHOD,
        408: ProblemKind.TOO_SLOW,
        413: ProblemKind.TOO_LARGE,
        414: ProblemKind.TOO_LONG,
        415: ProblemKind.MEDIA_TYPE,
        422: ProblemKind.INVALID,
    }
    return known.get(status, fallback)


def invalid(field: str, sentence: str) -> Problem:
    """422: one parameter is wrong. The sentence says what would be right, never what was sent."""
    return Problem(ProblemKind.INVALID, errors=({"field": field, "detail": sentence},))


def problem_body(problem: Problem, request_id: str) -> bytes:
    """The JSON of a problem."""
    kind = problem.kind
    body: dict[str, Any] = {"type": f"{DOCUMENTED_AT}#{kind.slug}", "title": kind.title, "status": kind.status}
    if problem.detail:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = [dict(error) for error in problem.errors]
    return to_json(body | problem.members | {"request_id": request_id})
