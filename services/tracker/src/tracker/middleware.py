"""Around every request: an id, the measure of its time, safe headers. Pure ASGI (``BaseHTTPMiddleware`` costs 60 % more)."""

import itertools
import re
import secrets
import time
from collections.abc import Callable
from typing import Final

from prometheus_client import Histogram
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID: Final = "cary311.request_id"
ROUTE: Final = "cary311.route"
"""Scope keys: the request's id, and the route template."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ACCEPTABLE: Final = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
_SAFE_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_POLICY: Final = b"content-security-policy"
_STRICT_POLICY: Final = (_POLICY, b"default-src 'none'; frame-ancestors 'none'")
"""What answers may load: nothing; the one page that needs its style says so itself."""

_PROCESS: Final = secrets.token_hex(4).encode("ascii")
_COUNT: Final = itertools.count()
"""An id is this process's own mark and a number: random bytes for each would cost a system call, and nothing is secret about it."""

Refuse = Callable[[Scope, Exception], Response]


class Observed:
    """Outermost: gives the answer an ``X-Request-ID`` (the caller's own, where it is a sensible one), counts its seconds by route,
    and answers for what failed outside of every handler.
    """

    def __init__(self, app: ASGIApp, seconds: Histogram, refuse: Refuse) -> None:
        self._app = app
        self._seconds = seconds
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return  # no websockets here, and the life of the process is managed elsewhere
        request_id = _request_id(scope)
        scope[REQUEST_ID] = request_id.decode("ascii")
        started, status, is_complete = time.perf_counter(), 0, False

        async def answer(message: Message) -> None:
            nonlocal status, is_complete
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id), *_SAFE_HEADERS]
                if not any(name == _POLICY for name, _ in headers):
                    headers.append(_STRICT_POLICY)
                message["headers"] = headers
            elif not message.get("more_body", False):
                is_complete = True
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            if not status:
                await self._refuse(scope, error)(scope, receive, answer)
            elif not is_complete:
                raise  # the server closes the connection, so that half an answer does not look whole
            # Else the framework has answered in our form, and raised for whoever would log it once more.
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"  # a label is never what a caller made up
            self._seconds.labels(method, route_of(scope), str(status or 500)).observe(time.perf_counter() - started)


def route_of(scope: Scope) -> str:
    """The template of the route that a request took."""
    return str(scope.get(ROUTE, "unmatched"))


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ACCEPTABLE.fullmatch(value):
            return bytes(value)
    return b"%b%08x" % (_PROCESS, next(_COUNT) & 0xFFFFFFFF)
