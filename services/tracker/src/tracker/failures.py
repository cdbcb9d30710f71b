"""Every failure as an answer, in the form of the address it happened at: a problem, or GeoReport's errors. Never a stack trace."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from shared.errors import TransientError
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from tracker.api.problems import PROBLEM_JSON, RETRY_AFTER_SECONDS, Problem, ProblemKind, of_status, problem_body, unavailable
from tracker.georeport.answers import PREFIX, Format, answer_error, error_format
from tracker.georeport.errors import GeoReportError
from tracker.middleware import REQUEST_ID, route_of

_GEOREPORT_STATUS: Final[Mapping[int, int]] = {401: 403, 409: 400, 422: 400, 428: 400}
"""GeoReport knows 403 for keys, 404 for what is not there, and 400 for everything else that the caller did."""
_log = logger(__name__)


def answer_failure(scope: Scope, error: Exception) -> Response:
    """The answer to a request that ended in ``error``. What is none of ours is logged as a bug, with its class and place only."""
    if str(scope["path"]).startswith(PREFIX):
        return answer_error(_form(scope), _as_georeport(scope, error))
    return answer_problem(scope, _as_problem(scope, error))


async def on_exception(request: Request, error: Exception) -> Response:
    """The same for the framework's own refusals: an address that is not there."""
    return answer_failure(request.scope, error)


def answer_problem(scope: Scope, problem: Problem) -> Response:
    """A problem as its response."""
    body = problem_body(problem, scope.get(REQUEST_ID, "none"))
    headers = {"Cache-Control": "no-store", "Content-Type": PROBLEM_JSON, **problem.headers}
    return Response(body, problem.kind.status, headers)


def _as_problem(scope: Scope, error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case TransientError():
            return _away(scope, error)
        case HTTPException():
            return Problem(of_status(error.status_code), headers=error.headers)
        case GeoReportError():
            return Problem(of_status(error.code), error.description, headers=error.headers)
    _log.error("request_failed", request_id=scope.get(REQUEST_ID), route=route_of(scope), failure=error)
    return Problem(ProblemKind.INTERNAL)


def _away(scope: Scope, error: TransientError) -> Problem:
    METRICS.dependency_failures.labels(error.dependency).inc()
    _log.warning("dependency_away", dependency=error.dependency, detail=error.detail, request_id=scope.get(REQUEST_ID))
    return unavailable("Something that we depend on does not answer at the moment.")


def _as_georeport(scope: Scope, error: Exception) -> GeoReportError:
    if isinstance(error, GeoReportError):
        return error
    problem = _as_problem(scope, error)
    status = problem.kind.status
    description = problem.detail or problem.kind.title
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        description = f"{description}; request id {scope.get(REQUEST_ID, 'none')}"
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        description = f"{description} Try again in {RETRY_AFTER_SECONDS} seconds."
    return GeoReportError(_GEOREPORT_STATUS.get(status, status), description, headers=problem.headers)


def _form(scope: Scope) -> Format:
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return error_format(scope["path"], accept.decode("latin-1"))
