"""Load on the intake API as honest clients make it: every report has a key, and is sent under it until it is accepted."""

import asyncio
import time
from types import TracebackType
from typing import Final, NamedTuple, Self

import httpx

from support.servers import unique
from support.system import POLL_SECONDS, System, a_photo

CLIENTS: Final = 4
GAP_SECONDS: Final = 0.2
"""Between two reports of a client: a steady load, not as much as the machine can do."""
RETRY_SECONDS: Final = 0.2
ATTEMPT_SECONDS: Final = 15.0
PATIENCE_SECONDS: Final = 60.0
PHOTO_EVERY: Final = 5
TWICE_EVERY: Final = 4


class Answered(NamedTuple):
    """An answer to a POST."""

    at: float
    """Monotonic seconds, when it was sent."""
    seconds: float
    status: int
    has_photo: bool


class Load:
    """Clients that report until the ``async with`` ends; then every report they began is accepted.

    Every fifth report has a photo; every fourth is sent once more after it was accepted, as by a client that lost the answer.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._name = unique("load")
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.numbers: dict[str, str] = {}
        """What was promised, by key."""
        self.with_photo: set[str] = set()
        """Numbers of reports that have a photo."""
        self.answers: list[Answered] = []
        self.objections: list[str] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._client(client), name=f"load-{client}") for client in range(CLIENTS)]
        await self.more(CLIENTS)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        if error is not None:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            return
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*self._tasks)

    async def more(self, reports: int = 15, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Returns when so many more reports have been accepted.

        Raises:
            TimeoutError: nobody takes them any more.
        """
        wanted = len(self.numbers) + reports
        async with asyncio.timeout(within_seconds):
            while len(self.numbers) < wanted:  # noqa: ASYNC110 - the clients count, they set no event
                await asyncio.sleep(POLL_SECONDS)

    def answered_since(self, moment: float) -> list[Answered]:
        """Answers to what was sent after a moment of the monotonic clock."""
        return [answer for answer in self.answers if answer.at >= moment]

    async def _client(self, client: int) -> None:
        ordinal = 0
        while not self._stop.is_set():
            key = f"{self._name}-{client}-{ordinal}"
            photo = a_photo(key) if ordinal % PHOTO_EVERY == client % PHOTO_EVERY else None
            await self._report(key, photo)
            if ordinal % TWICE_EVERY == 0:
                await self._report(key, photo)
            ordinal += 1
            await asyncio.sleep(GAP_SECONDS)

    async def _report(self, key: str, photo: bytes | None) -> None:
        while (number := await self._attempt(key, photo)) is None:  # noqa: ASYNC110 - it asks again; nobody sets an event
            await asyncio.sleep(RETRY_SECONDS)
        if self.numbers.setdefault(key, number) != number:
            self.objections.append(f"{key} was answered with two numbers")
        if photo is not None:
            self.with_photo.add(number)

    async def _attempt(self, key: str, photo: bytes | None) -> str | None:
        started = time.monotonic()
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                answer = await self._system.report(f"Pothole number {key}", key=key, photo=photo, service_code="ST-POTHOLE")
        except (httpx.HTTPError, TimeoutError):
            return None
        self.answers.append(Answered(started, time.monotonic() - started, answer.status_code, photo is not None))
        if answer.is_success:
            return str(answer.json()["service_request_id"])
        if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
            self.objections.append(f"{key} was refused: {answer.status_code}")
        return None
