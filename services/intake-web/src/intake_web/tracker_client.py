"""The tracker over HTTP: one request's public view for the pages, and whole answers passed through for GeoReport."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

from shared.errors import TransientError

DEPENDENCY: Final = "tracker"
MAX_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
"""Of one request's public view with its history."""
_CONNECT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class TrackerAnswer:
    """An answer on its way through."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    chunks: AsyncIterator[bytes]


class TrackerClient:
    """Reads the tracker. Make one per process; close it at the end."""

    def __init__(
        self, base_url: str, *, timeout_seconds: float, max_connections: int, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(timeout_seconds, connect=_CONNECT_SECONDS, pool=timeout_seconds),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
            trust_env=False,  # a proxy of the environment is not for the way to our own neighbour
            follow_redirects=False,
            transport=transport,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get_request(self, number: str) -> dict[str, Any] | None:
        """The public view of a request; None: the tracker does not know the number (yet).

        Raises:
            TransientError: the tracker is away or failed.
        """
        found = await self._document(f"/api/v1/requests/{number}")
        if found is not None and not isinstance(found, dict):
            raise TransientError(DEPENDENCY, "unexpected answer")
        return found

    async def get_history(self, number: str) -> Sequence[Mapping[str, Any]]:
        """The public history, oldest first; empty where the tracker does not know the number.

        Raises:
            TransientError: the tracker is away or failed.
        """
        found = await self._document(f"/api/v1/requests/{number}/history")
        entries = found.get("history", found.get("items")) if isinstance(found, dict) else found
        if entries is not None and not isinstance(entries, list):
            raise TransientError(DEPENDENCY, "unexpected answer")
        return entries or ()

    async def get_possible_duplicates(self, sought: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """Open public requests that may be about what is sought (``service_code`` with ``lat`` and ``long``, ``address``, or both).

        Raises:
            TransientError: the tracker is away, failed, or is older than this question.
        """
        found = await self._document("/api/v1/requests/possible-duplicates", sought)
        items = found.get("items") if isinstance(found, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise TransientError(DEPENDENCY, "unexpected answer")
        return items

    async def _document(self, path: str, params: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        try:
            response = await self._client.get(path, params=params, headers={"Accept": "application/json"})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TransientError(DEPENDENCY, type(error).__name__) from None
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        if response.status_code != HTTPStatus.OK or len(response.content) > MAX_DOCUMENT_BYTES:
            raise TransientError(DEPENDENCY, f"status {response.status_code}")
        try:
            return response.json()
        except ValueError:
            raise TransientError(DEPENDENCY, "unexpected answer") from None

    @asynccontextmanager
    async def stream(self, method: str, target: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> AsyncIterator[TrackerAnswer]:
        """Pass a request on and its answer back, piece by piece. ``target`` is the raw path with its query.

        Raises:
            TransientError: the tracker is away, too slow, or broke off before its answer began.
        """
        try:
            url = self._client.base_url.copy_with(raw_path=target)
            request = self._client.build_request(method, url, headers=list(headers), content=body)
            response = await self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise TransientError(DEPENDENCY, type(error).__name__) from None
        try:
            yield TrackerAnswer(response.status_code, response.headers.raw, response.aiter_raw())
        finally:
            await response.aclose()
