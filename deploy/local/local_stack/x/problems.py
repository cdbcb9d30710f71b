"""How X refuses: bodies as it publishes them. A client goes by the status; the words are for people, and change."""

from http import HTTPStatus
from typing import Any

Json = dict[str, Any]
TYPES = "https://api.x.com/2/problems/"
"""``xdk`` takes no other."""


class ProblemError(Exception):
    """The answer is a refusal."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body


def plain(status: int, detail: str | None = None, *, title: str | None = None, kind: str = "about:blank") -> ProblemError:
    """A refusal without parameters."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else f"Status {status}"
    return ProblemError(status, {"title": title or phrase, "detail": detail or phrase, "type": kind, "status": status})


def invalid(name: str, value: str, message: str) -> ProblemError:
    """A parameter that is not what it should be: 400."""
    return ProblemError(
        HTTPStatus.BAD_REQUEST,
        {
            "errors": [{"parameters": {name: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{TYPES}invalid-request",
        },
    )


def wrong_sign_in(*supported: str) -> ProblemError:
    """Signed in, but in a way that this endpoint does not take: 403."""
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint. "
        f"Supported authentication types are [{', '.join(supported)}]."
    )
    return plain(HTTPStatus.FORBIDDEN, detail, title="Unsupported Authentication", kind=f"{TYPES}unsupported-authentication")


def credits_spent() -> ProblemError:
    """Nothing more is paid for: 402."""
    detail = "Your enrolled account does not have any credits to fulfill this request."
    return plain(HTTPStatus.PAYMENT_REQUIRED, detail, title="CreditsDepleted", kind=f"{TYPES}credits")


def missing(resource: str, parameter: str, value: str, *, is_hidden: bool = False, section: str | None = None) -> Json:
    """Beside the data of an answer 200: one of the things asked for is not there, or not for everybody."""
    why = "Sorry, you are not authorized to see the" if is_hidden else "Could not find"
    return {
        "resource_type": resource,
        "resource_id": value,
        "parameter": parameter,
        "value": value,
        "title": "Authorization Error" if is_hidden else "Not Found Error",
        "detail": f"{why} {resource} with {parameter}: [{value}].",
        "type": f"{TYPES}{'not-authorized-for-resource' if is_hidden else 'resource-not-found'}",
        **({"section": section} if section else {}),
    }
