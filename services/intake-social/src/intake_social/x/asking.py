"""How X is asked: over one session that goes where a setting says, and whose answers are sorted by their status alone.

The status decides before anybody reads the body, because a refusal may come as HTML, empty or cut short, and because the wording
of a refusal changes. tweepy has no setting for the host; its documented ``session`` is the way in.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import aiohttp
from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse
from yarl import URL

CONNECT_SECONDS: Final = 5.0
_SECRETIVE: Final = ("tweepy", "oauthlib", "requests_oauthlib")
"""Libraries that log the Authorization header when asked to log everything."""


class StatusError(Exception):
    """X refused, with this status."""

    def __init__(self, status: int, reset_at: datetime | None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.reset_at = reset_at


def open_session(base: str | None, request_seconds: float) -> aiohttp.ClientSession:
    """A session for tweepy. ``base``: another server in the place of X's."""
    for name in _SECRETIVE:
        logging.getLogger(name).setLevel(logging.INFO)
    middlewares: list[ClientMiddlewareType] = [_only_answers] if base is None else [_elsewhere(URL(base)), _only_answers]
    timeout = aiohttp.ClientTimeout(total=request_seconds, connect=min(CONNECT_SECONDS, request_seconds))
    return aiohttp.ClientSession(timeout=timeout, middlewares=middlewares, trust_env=False)


def _elsewhere(base: URL) -> ClientMiddlewareType:
    async def middleware(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        request.url = request.url.with_scheme(base.scheme).with_host(base.host or "").with_port(base.port)
        request.headers["Host"] = base.authority
        return await handler(request)

    return middleware


async def _only_answers(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    response = await handler(request)
    if response.status < 300:  # noqa: PLR2004 - the answers of HTTP
        return response
    response.close()
    raise StatusError(response.status, _reset_at(response.headers))


def _reset_at(headers: Mapping[str, str]) -> datetime | None:
    """When a limit ends, by X's own header or by HTTP's."""
    try:
        return datetime.fromtimestamp(int(headers["x-rate-limit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
