"""Whatever under ``/open311/v2`` does not create a request is answered by the tracker, through us: one address for integrators."""

from collections.abc import Iterable, Mapping
from typing import Final

from starlette.types import Receive, Scope, Send

from intake_web.bodies import BodyLimits, BodyRefusedError, discard, read_body
from intake_web.georeport.answers import GeoReportError, answer_error, asked_format
from intake_web.tracker_client import TrackerAnswer, TrackerClient
from shared.errors import TransientError
from shared.observability.logs import logger
from shared.observability.metrics import METRICS

BODY_LIMITS: Final = BodyLimits(max_bytes=64 * 1024, seconds=10.0, idle_seconds=5.0)
"""Of a service request update, the only body that is passed on."""
_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""RFC 9110, 7.6.1."""
_NOT_ASKED: Final = _HOP_BY_HOP | {b"host", b"content-length", b"cookie", b"expect", b"forwarded", b"x-forwarded-for", b"x-request-id"}
"""Written anew by our client, or nobody's business behind this door."""
_NOT_ANSWERED: Final = _HOP_BY_HOP | {b"date", b"server", b"set-cookie", b"x-request-id"}
_RETRY: Final = {"Retry-After": "10"}
_log = logger(__name__)


class BrokenOffError(Exception):
    """The tracker broke off in the middle of its answer; ours must not look complete."""


class PassThrough:
    """The endpoint."""

    def __init__(self, tracker: TrackerClient) -> None:
        self._tracker = tracker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        form = asked_format(scope["path"], headers.get(b"accept", b"").decode("latin-1"))
        try:
            await self._passed(scope, receive, send)
        except BodyRefusedError as refused:
            is_read_out = refused.may_continue and await discard(receive)
            error = GeoReportError.single(refused.status, refused.detail, headers=None if is_read_out else {"Connection": "close"})
        except TransientError as failure:
            METRICS.dependency_failures.labels(dependency=failure.dependency).inc()
            _log.warning("tracker_away", detail=failure.detail)
            error = GeoReportError.single(503, "this cannot be answered at the moment; try again", headers=_RETRY)
        except GeoReportError as refused:
            error = refused
        else:
            return
        await answer_error(form, error)(scope, receive, send)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in _METHODS:
            raise GeoReportError.single(405, "only GET and POST are possible here", headers={"Allow": "GET, HEAD, OPTIONS, POST"})
        target = _target(scope)
        body = await read_body(receive, BODY_LIMITS)
        headers = [*_without(scope["headers"], _NOT_ASKED), (b"x-request-id", scope.get("cary311.request_id", "none").encode("ascii"))]
        async with self._tracker.stream(scope["method"], target, headers, body) as tracker_answer:
            await _relay(tracker_answer, send)


def _target(scope: Scope) -> bytes:
    """The path as it was sent; one that tries to climb out of ``/open311/v2`` leads nowhere."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    steps = scope["path"].split("/")
    if ".." in steps or "." in steps or "" in steps[1:] or "\\" in scope["path"] or not raw.startswith(b"/open311/v2"):
        raise GeoReportError.single(404, "there is nothing at this address")
    query: bytes = scope["query_string"]
    return raw + b"?" + query if query else raw


def _without(headers: Iterable[tuple[bytes, bytes]], names: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    """The headers for the next hop: without those names, and without those that ``Connection`` names."""
    kept = [(name.lower(), value) for name, value in headers]
    named = {token.strip().lower() for name, value in kept if name == b"connection" for token in value.split(b",")}
    return [(name, value) for name, value in kept if name not in names and name not in named]


async def _relay(tracker_answer: TrackerAnswer, send: Send) -> None:
    await send({"type": "http.response.start", "status": tracker_answer.status, "headers": _without(tracker_answer.headers, _NOT_ANSWERED)})
    try:
        async for chunk in tracker_answer.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except Exception as error:  # noqa: BLE001 - whatever the client library raises
        raise BrokenOffError(type(error).__name__) from None
    await send({"type": "http.response.body", "body": b"", "more_body": False})
