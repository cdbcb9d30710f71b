"""One address and its methods. Whatever goes wrong in a handler is answered here, with the headers that a reader needs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tracker.api.problems import Problem, ProblemKind
from tracker.failures import answer_failure
from tracker.middleware import ROUTE

Handler = Callable[[Request], Awaitable[Response]]

MAX_TARGET_BYTES: Final = 16 * 1024
"""Of a path with its query; GeoReport's longest honest one, a list of a thousand ids, has 13,000."""
_PREFLIGHT: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
"""Public data may be read by any page; what needs a key is for servers."""


class Resource:
    """The endpoint of a route: a handler for each method; ``HEAD`` and ``OPTIONS`` follow from them."""

    def __init__(self, template: str, handlers: Mapping[str, Handler]) -> None:
        self._template = template
        self._handlers = dict(handlers)
        if "GET" in handlers:
            self._handlers["HEAD"] = handlers["GET"]
        self._allow = ", ".join(sorted({*self._handlers, "OPTIONS"}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope[ROUTE] = self._template
        try:
            response = await self._answer(Request(scope, receive))
        except Exception as error:  # noqa: BLE001 - sorted there: ours, a dependency's, or a bug
            response = answer_failure(scope, error)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        scope = request.scope
        if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
            raise Problem(ProblemKind.TOO_LONG)
        handler = self._handlers.get(scope["method"])
        if handler is not None:
            return await handler(request)
        if scope["method"] == "OPTIONS":
            return Response(status_code=204, headers={"Allow": self._allow, "Access-Control-Allow-Methods": self._allow, **_PREFLIGHT})
        raise Problem(ProblemKind.METHOD, headers={"Allow": self._allow})


def resource(path: str, template: str | None = None, **handlers: Handler) -> Route:
    """The route of a resource: ``resource("/things/{id}", GET=…)``. ``template`` is how metrics name it, where the path is not good
    enough.
    """
    return Route(path, Resource(template or path, handlers))
