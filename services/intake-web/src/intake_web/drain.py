"""Empties the spool: what waited on our disk goes to the attachment store and to Kafka, as soon as they are back.

It runs from the first moment of the process, so that what an earlier one left behind goes on. An entry leaves the spool only when
Kafka has acknowledged it; dying in between sends it twice, which identity absorbs. Nothing is ever dropped.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from intake_web.intake import SubmissionPublisher, store_photos, within
from shared.attachments import Attachments
from shared.contracts import SubmissionReceived
from shared.errors import PoisonError, TransientError
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.spool import SpoolEntry
from shared.submissions import submission_record

BATCH: Final = 100
_log = logger(__name__)


class SpoolExit(Protocol):
    """The spool, as whoever empties it sees it."""

    def is_empty(self) -> bool:
        """Nothing is in it, not even what was set aside, which a person may send on at any time."""

    async def next_batch(self, limit: int) -> Sequence[SpoolEntry]:
        """What may go now: the oldest of each request that is not deferred."""

    async def remove(self, ids: Iterable[UUID]) -> None:
        """Forget these."""

    async def defer(self, ids: Iterable[UUID], until: datetime) -> None:
        """Leave these, and what is behind them in the same request, until then."""

    async def set_aside(self, ids: Iterable[UUID], reason: str) -> None:
        """Leave these for a person to look at; what is behind them may go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How eagerly it tries."""

    poll_seconds: float = 0.5
    """Between two looks at an empty spool."""
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 15.0
    publish_seconds: float = 10.0
    photos_seconds: float = 60.0


class Drain:
    """The task that empties the spool."""

    def __init__(
        self,
        spool: SpoolExit,
        publisher: SubmissionPublisher,
        attachments: Attachments,
        *,
        clock: Callable[[], datetime],
        patience: Patience | None = None,
    ) -> None:
        self._spool = spool
        self._publisher = publisher
        self._attachments = attachments
        self._clock = clock
        self._patience = patience or Patience()
        self._failures = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; what is in hand is finished first."""
        while not stop.is_set():
            try:
                pause = await self._round()
            except Exception as error:  # noqa: BLE001 - whatever it is, the spool must go on being emptied
                self._failures += 1
                _log.error("spool_drain_failed", failure=error)
                pause = self._pause()
            if pause:
                await _sleep(stop, pause)

    async def _round(self) -> float:
        """One batch. Returns the seconds until the next."""
        entries = () if self._spool.is_empty() else await self._spool.next_batch(BATCH)
        if not entries:
            return self._patience.poll_seconds
        ready = [submission for entry in entries if (submission := await self._with_photos(entry)) is not None]
        if not ready:
            return self._pause()
        if await self._publish(ready):
            self._failures = 0
            return 0.0
        self._failures += 1
        return self._pause()

    async def _with_photos(self, entry: SpoolEntry) -> SubmissionReceived | None:
        """Its submission once its photos are stored; None: they cannot be now, and only this entry waits."""
        if not entry.photos:
            return entry.submission
        try:
            stored = await within(
                self._patience.photos_seconds, "mongodb", store_photos(self._attachments, entry.submission_id, entry.photos)
            )
        except TransientError:
            self._failures += 1
            until = self._clock() + timedelta(seconds=self._pause(entry.attempts))
            await self._spool.defer((entry.submission_id,), until)
            return None
        return entry.submission.model_copy(update={"attachments": (*entry.submission.attachments, *stored)})

    async def _publish(self, submissions: Sequence[SubmissionReceived]) -> bool:
        try:
            await self._publisher.publish(
                [submission_record(submission) for submission in submissions], timeout_seconds=self._patience.publish_seconds
            )
        except TransientError:
            return False
        except PoisonError as error:
            await self._put_aside(submissions, error)
            return True
        await self._spool.remove([submission.submission_id for submission in submissions])
        METRICS.spool_drained.inc(len(submissions))
        _log.info("spool_drained", submissions=len(submissions))
        return True

    async def _put_aside(self, submissions: Sequence[SubmissionReceived], error: PoisonError) -> None:
        """A record that Kafka can never take: found by sending one by one, kept for a person, and in nobody's way."""
        if len(submissions) > 1:
            for submission in submissions:
                await self._publish((submission,))
            return
        await self._spool.set_aside((submissions[0].submission_id,), error.reason)
        _log.error("spool_entry_set_aside", submission_id=str(submissions[0].submission_id), reason=error.reason)

    def _pause(self, failures: int | None = None) -> float:
        """Growing with the failures, with jitter, so that many processes do not come back at once."""
        exponent = min(self._failures if failures is None else failures, 10)
        longest: float = min(self._patience.longest_pause_seconds, self._patience.first_pause_seconds * 2**exponent)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
