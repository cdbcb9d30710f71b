"""Errors in the format of the address: problem+json under ``/api``, GeoReport's under ``/open311``, a page elsewhere."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from intake_web.bodies import BodyRefusedError, discard
from intake_web.front import REQUEST_ID
from intake_web.georeport.answers import GeoReportError, answer_error, asked_format
from intake_web.problems import problem

_KINDS: Final[Mapping[int, str]] = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 414: "target_too_long", 500: "internal"}


class FailurePages(Protocol):
    """The portal's pages for what failed."""

    def page(self, request: Request, status: int) -> Response:
        """A page that says so."""


class Refusals:
    """Renders what cannot be answered."""

    def __init__(self, pages: FailurePages) -> None:
        self._pages = pages

    def __call__(self, request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """An error at the request's address."""
        path = request.scope["path"]
        if path.startswith("/open311"):
            form = asked_format(path, request.headers.get("accept", ""))
            return answer_error(form, GeoReportError.single(status, HTTPStatus(status).phrase, headers=headers))
        if path.startswith("/api"):
            request_id = request.scope.get(REQUEST_ID)
            return problem(HTTPStatus(status), _KINDS.get(status, "malformed"), headers=headers, request_id=request_id)
        response = self._pages.page(request, status)
        response.headers.update(headers or {})
        return response

    async def on_http_exception(self, request: Request, error: Exception) -> Response:
        """What the router refuses: 404, 405."""
        assert isinstance(error, HTTPException)
        return self(request, error.status_code, error.headers)

    async def on_refused_body(self, request: Request, error: Exception) -> Response:
        """A body that a page's handler could not take."""
        assert isinstance(error, BodyRefusedError)
        is_read_out = error.may_continue and await discard(request.receive)
        return self(request, error.status, None if is_read_out else {"Connection": "close"})

    async def on_failure(self, request: Request, _error: Exception) -> Response:
        """A bug of ours; ``Front`` logs its class and frames."""
        return self(request, HTTPStatus.INTERNAL_SERVER_ERROR)
