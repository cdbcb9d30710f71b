"""The US Census Bureau's geocoder over HTTP, and whatever else speaks as it does: an address as one line, its point as JSON.

It needs no key, knows houses and no crossings, and interpolates along a street's address range (Geocoding Services API, 2024).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Final

import httpx

from normalizer.geocoding import Point
from shared.observability.logs import logger
from shared.observability.metrics import METRICS

DEPENDENCY: Final = "geocoder"
PATH: Final = "/locations/onelineaddress"
BENCHMARK: Final = "Public_AR_Current"
MAX_REMEMBERED: Final = 10_000
"""Addresses with their points, or without: about 2 MB."""
MAX_ANSWER_BYTES: Final = 256 * 1024
REST_SECONDS: Final = 30.0
"""After a failure nothing is asked for so long: a geocoder that is away must not slow every batch."""

_log = logger(__name__)


class CensusGeocoder:
    """Asks for several addresses side by side, remembers the answers, and gives up in time."""

    def __init__(  # noqa: PLR0913 - what bounds it, each named
        self,
        url: str,
        *,
        timeout_seconds: float,
        batch_seconds: float,
        connections: int,
        clock: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=timeout_seconds,
            limits=httpx.Limits(max_connections=connections),
            follow_redirects=False,
            transport=transport,
        )
        self._batch_seconds = batch_seconds
        self._at_once = asyncio.Semaphore(connections)
        self._clock = clock
        self._rests_until = -REST_SECONDS
        self._remembered: OrderedDict[str, Point | None] = OrderedDict()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def locate(self, addresses: Collection[str]) -> Mapping[str, Point]:
        """As ``Geocoder``."""
        wanted = dict.fromkeys(address for address in addresses if "&" not in address)
        unknown = [address for address in wanted if address not in self._remembered]
        if unknown and not self._rests():
            asking = [asyncio.create_task(self._ask(address)) for address in unknown]
            _, late = await asyncio.wait(asking, timeout=self._batch_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            if len(late) == len(asking):
                self._failed("deadline")
        found = {address: self._remembered.get(address) for address in wanted}
        return {address: point for address, point in found.items() if point is not None}

    def remember(self, points: Mapping[str, Point | None]) -> None:
        """Keep answers; the oldest go where there are too many."""
        self._remembered |= points
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    async def _ask(self, address: str) -> None:
        async with self._at_once:
            if self._rests():
                return
            params = {"address": address, "benchmark": BENCHMARK, "format": "json"}
            try:
                response = await self._client.get(PATH, params=params)
                if response.status_code != HTTPStatus.OK or len(response.content) > MAX_ANSWER_BYTES:
                    self._failed(f"status {response.status_code}")
                    return
                answer = response.json()
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
                self._failed(type(error).__name__)
                return
            self.remember({address: point_in(answer)})

    def _rests(self) -> bool:
        return self._clock() < self._rests_until

    def _failed(self, how: str) -> None:
        """Nothing of the address: neither in the log nor in the metric."""
        METRICS.dependency_failures.labels(dependency=DEPENDENCY).inc()
        if not self._rests():
            _log.warning("geocoder_rests", how=how, seconds=REST_SECONDS)
        self._rests_until = self._clock() + REST_SECONDS


def point_in(answer: object) -> Point | None:
    """The point of an answer's one match; None where there is none, and where several leave it open. Any JSON will do."""
    matches = _member(_member(answer, "result"), "addressMatches")
    if not isinstance(matches, list) or len(matches) != 1:
        return None
    coordinates = _member(matches[0], "coordinates")
    long, lat = _member(coordinates, "x"), _member(coordinates, "y")
    if not (_is_degrees(lat, 90) and _is_degrees(long, 180)):
        return None
    return Point(float(lat), float(long))  # type: ignore[arg-type]  # both were looked at


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _is_degrees(value: object, limit: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -limit <= value <= limit
