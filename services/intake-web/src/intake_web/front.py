"""Around every request: an id, safe headers, the measure of its time, and the last resort when something of ours failed.

Pure ASGI (``BaseHTTPMiddleware`` would cost 60 % more), and outermost, so that nothing leaves without it.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from prometheus_client import Histogram
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability.logs import logger
from shared.observability.metrics import METRICS

REQUEST_ID: Final = "cary311.request_id"
"""Scope key of the request's id."""
MAX_TARGET_BYTES: Final = 8 * 1024
"""Of a path with its query; GeoReport's longest honest one, a list of ids, has half of it."""
STRICT_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""What answers for programs may load: nothing."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ACCEPTABLE_ID: Final = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
_FOR_PROGRAMS: Final = ("/api/", "/open311/")
_ONE_YEAR: Final = b"max-age=31536000; includeSubDomains"
_log = logger(__name__)

Refuse = Callable[[Request, int], Response]
"""Renders an error in the format of the address it happened at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontOptions:
    """What is set for a deployment."""

    page_policy: str
    """Content-Security-Policy of the pages."""
    is_https: bool
    """Residents come by https: browsers are told to stay there."""
    is_access_logged: bool


class Front:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, refuse: Refuse, options: FrontOptions, direct: Mapping[str, ASGIApp] | None = None) -> None:
        """``direct``: endpoints that are asked without the framework between, which costs as much as their own work."""
        self._app = app
        self._direct = direct or {}
        self._refuse = refuse
        self._is_logged = options.is_access_logged
        self._safe_for_programs = _safe_headers(STRICT_POLICY, is_https=options.is_https)
        self._safe_for_pages = _safe_headers(options.page_policy, is_https=options.is_https)
        self._timers: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return  # no websockets here, and the life of the process is managed elsewhere
        request_id = _request_id(scope)
        scope[REQUEST_ID] = request_id.decode("ascii")
        path: str = scope["path"]
        safe = self._safe_for_programs if path.startswith(_FOR_PROGRAMS) else self._safe_for_pages
        answer = _Answer(send, [(b"x-request-id", request_id), *safe])
        started = time.perf_counter()
        try:
            if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET_BYTES:
                await self._refuse(Request(scope), HTTPStatus.REQUEST_URI_TOO_LONG)(scope, receive, answer)
            else:
                await self._direct.get(path, self._app)(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the last resort for bugs of ours
            await self._last_resort(scope, receive, answer, error)
        finally:
            self._observe(scope, answer.status, time.perf_counter() - started)

    async def _last_resort(self, scope: Scope, receive: Receive, answer: "_Answer", error: Exception) -> None:
        if answer.is_complete:  # the framework has answered 500 in our format already, and raised for the log
            _log.error("request_failed", request_id=scope[REQUEST_ID], route=self._route(scope), failure=error)
            return
        if answer.status:
            _log.warning("answer_broken_off", request_id=scope[REQUEST_ID], route=self._route(scope), kind=type(error).__name__)
            raise error  # the server closes the connection, so that half an answer does not look whole
        _log.error("request_failed", request_id=scope[REQUEST_ID], route=self._route(scope), failure=error)
        await self._refuse(Request(scope), HTTPStatus.INTERNAL_SERVER_ERROR)(scope, receive, answer)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"  # a label is never what a caller made up
        key = (method, self._route(scope), status or 500)
        timer = self._timers.get(key)
        if timer is None:  # as many as there are routes, methods and statuses
            timer = self._timers[key] = METRICS.http_request_seconds.labels(key[0], key[1], str(key[2]))
        timer.observe(seconds)
        if self._is_logged:
            _log.info(
                "request", request_id=scope[REQUEST_ID], method=method, route=self._route(scope), status=status, seconds=round(seconds, 4)
            )

    def _route(self, scope: Scope) -> str:
        known = getattr(scope.get("route"), "path", None)
        if known:
            return str(known)
        return scope["path"] if scope["path"] in self._direct else "unmatched"


class _Answer:
    """``send``, with the headers of every answer added, and what has been sent remembered."""

    __slots__ = ("_headers", "_send", "is_complete", "status")

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0
        self.is_complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", ())
            message["headers"] = [*[pair for pair in given if pair[0] not in _OURS], *self._headers]
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self.is_complete = True
        await self._send(message)


def _safe_headers(policy: str, *, is_https: bool) -> tuple[tuple[bytes, bytes], ...]:
    headers = [
        (b"content-security-policy", policy.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=()"),
    ]
    if is_https:
        headers.append((b"strict-transport-security", _ONE_YEAR))
    return tuple(headers)


_OURS: Final = frozenset({b"x-request-id", *dict(_safe_headers("", is_https=True))})


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ACCEPTABLE_ID.fullmatch(value):
            return bytes(value)
    return os.urandom(8).hex().encode("ascii")
