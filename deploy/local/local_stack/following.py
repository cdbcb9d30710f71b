"""When accepted reports become visible: one question for all awaited numbers, so that looking costs the system next to nothing."""

import asyncio
import time
from collections.abc import Callable
from itertools import islice

import httpx

MOST_IN_A_QUESTION = 500
SHORTEST_GAP_SECONDS = 0.01
LONGEST_GAP_SECONDS = 0.25
GAP_PER_QUESTION = 4.0
"""A gap of four times the last answer's time: at most a fifth of the time is spent asking."""


class Following:
    """Asks GeoReport for the awaited numbers, again and again.

    ``seen`` is called with each number and its seconds from accepted to visible.
    """

    def __init__(self, tracker_url: str, client: httpx.AsyncClient, seen: Callable[[str, float], None]) -> None:
        self._url = f"{tracker_url}/open311/v2/requests.json"
        self._client = client
        self._seen = seen
        self._accepted_at: dict[str, float] = {}
        self.gaps: list[float] = []
        """Seconds between two looks at the same numbers: how exact the measurement is."""

    def accepted(self, number: str, at: float) -> None:
        """Look out for a number from now on; ``at`` is the moment of its answer on ``time.monotonic``."""
        self._accepted_at.setdefault(number, at)

    async def run(self) -> None:
        """Look until cancelled."""
        looked = time.monotonic()
        while True:
            began = time.monotonic()
            asked = list(islice(self._accepted_at, MOST_IN_A_QUESTION))
            if asked:
                self._note(asked, await self._visible(asked))
                self.gaps.append(time.monotonic() - looked)
            looked = time.monotonic()
            await asyncio.sleep(min(max(SHORTEST_GAP_SECONDS, GAP_PER_QUESTION * (looked - began)), LONGEST_GAP_SECONDS))

    def _note(self, asked: list[str], visible: set[str]) -> None:
        now = time.monotonic()
        for number in asked:
            at = self._accepted_at.pop(number)
            if number in visible:
                self._seen(number, now - at)
            else:
                self._accepted_at[number] = at  # behind the others: where they are too many for one question, each has its turn

    async def _visible(self, numbers: list[str]) -> set[str]:
        try:
            answer = await self._client.get(self._url, params={"service_request_id": ",".join(numbers)})
            if answer.status_code != httpx.codes.OK:
                return set()
            return {str(found["service_request_id"]) for found in answer.json()}
        except (httpx.HTTPError, ValueError):
            return set()
