"""``Spool``: an accepted submission waits here, durably, until Kafka and MongoDB can take it.

"Received" may be said as soon as ``add`` returns. Adds that come while the disk is busy share its next write, so that an outage
at full load costs one fsync per batch, not one per resident. The event loop never waits for the disk.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from shared.contracts import SubmissionReceived, decode_submission
from shared.errors import NewerContractError, PoisonError, SpoolFullError, TransientError
from shared.observability.logs import logger
from shared.observability.metrics import METRICS, StoreMetrics
from shared.spool.database import SpoolDatabase
from shared.spool.entries import Row, SpooledPhoto, SpoolEntry
from shared.spool.file import SpoolFile

RETRY_AFTER_SECONDS: Final = 60
MAX_BATCH_BYTES: Final = 32 * 1024 * 1024
"""How much one batch, in or out, holds in memory."""
MAX_BATCH_ENTRIES: Final = 500

T = TypeVar("T")
_log = logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


class Spool:
    """A queue on local disk for one process, without loss and without doubles.

    Order is kept within a ``service_request_id`` only; nothing waits behind an entry of another request.
    """

    def __init__(
        self, path: Path, *, max_bytes: int, max_age_seconds: float, now: Callable[[], datetime] = _utc_now, metrics: StoreMetrics = METRICS
    ) -> None:
        self._file = SpoolFile(path, metrics)
        self._max_bytes = max_bytes
        self._max_age_seconds = max_age_seconds
        self._now = now
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._pending: dict[UUID, tuple[Row, asyncio.Future[None]]] = {}
        self._queue: list[Row] = []
        self._pending_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._is_closed = False

    async def open(self) -> None:
        """Open the file, and take over what an earlier process left in it.

        Raises:
            ConfigurationError: another process has it, or it cannot be written.
        """
        try:
            await self._in_thread(self._file.open)
        except BaseException:
            self._is_closed = True
            self._thread.shutdown(wait=False)
            raise
        self._metrics.spool_max_bytes.set(self._max_bytes)
        self._metrics.spool_oldest_age_seconds.set_function(lambda: self.oldest_age_seconds(self._now()))
        self._measured()

    async def close(self) -> None:
        """Finish what is being written and close; what waits stays for the next start."""
        if self._writing is not None:
            await asyncio.wait({self._writing})
        if not self._is_closed:
            self._is_closed = True
            await self._in_thread(self._file.close)
            self._thread.shutdown(wait=False)

    async def add(self, submission: SubmissionReceived, photos: Sequence[SpooledPhoto] = ()) -> None:
        """Returns when the submission and its photos are on disk (fsync). One that is there already changes nothing.

        Raises:
            SpoolFullError: by bytes, by age of the oldest entry, or because the disk does not take it.
        """
        submission_id = submission.submission_id
        if submission_id in self._file:
            return
        if submission_id not in self._pending:
            row = Row.of(submission, tuple(photos), _milliseconds(self._now()))
            self._refuse_when_full(row.size_bytes)
            self._pending[submission_id] = (row, asyncio.get_running_loop().create_future())
            self._pending_bytes += row.size_bytes
            self._queue.append(row)
            if self._writing is None or self._writing.done():
                self._writing = asyncio.create_task(self._write_pending(), name="spool")
        await asyncio.shield(self._pending[submission_id][1])

    def _refuse_when_full(self, size_bytes: int) -> None:
        reason = None
        if self._file.usage.size_bytes + self._pending_bytes + size_bytes > self._max_bytes:
            reason = "bytes"
        elif self.oldest_age_seconds(self._now()) > self._max_age_seconds:
            reason = "age"
        if reason is not None:
            raise self._full(reason)

    def _full(self, reason: str) -> SpoolFullError:
        self._metrics.spool_refused.labels(reason=reason).inc()
        return SpoolFullError(reason, retry_after_seconds=RETRY_AFTER_SECONDS)

    async def _write_pending(self) -> None:
        try:
            while self._queue:
                batch = self._next_write()
                for row, failure in zip(batch, await self._in_thread(partial(self._write, batch)), strict=True):
                    self._settle(row, failure)
                self._measured()
        finally:  # whatever ended this, nobody waits for ever
            self._queue.clear()
            for row, _ in tuple(self._pending.values()):
                self._settle(row, RuntimeError("the spool's writer ended"))

    def _settle(self, row: Row, failure: Exception | None) -> None:
        self._pending_bytes -= row.size_bytes
        _, written = self._pending.pop(row.submission_id)
        if failure is None:
            written.set_result(None)
        else:
            written.set_exception(failure)

    def _next_write(self) -> list[Row]:
        size, count = 0, 0
        for row in self._queue[:MAX_BATCH_ENTRIES]:
            size += row.size_bytes
            if count and size > MAX_BATCH_BYTES:
                break
            count += 1
        batch, self._queue = self._queue[:count], self._queue[count:]
        return batch

    def _write(self, rows: list[Row]) -> list[Exception | None]:
        """One transaction for all; where the disk refuses it, one for each, because a small entry may fit where a photo does not."""
        try:
            self._file.run(lambda database: database.add(rows))
        except (sqlite3.Error, OSError) as error:
            _log.error("spool_write_failed", entries=len(rows), failure=error)
            if len(rows) == 1:
                return [self._full("disk")]
            return [outcome for row in rows for outcome in self._write([row])]
        return [None] * len(rows)

    async def next_batch(self, limit: int = 100) -> list[SpoolEntry]:
        """The oldest entry of each request that is not deferred, oldest first; the same again until removed.

        Raises:
            TransientError: the disk cannot be read.
        """
        rows = await self._work(lambda database: database.heads(limit, MAX_BATCH_BYTES, _milliseconds(self._now())))
        entries: list[SpoolEntry] = []
        for row, attempts in rows:
            try:
                submission = decode_submission(row.body)
                if submission.submission_id != row.submission_id:
                    raise PoisonError("other_submission")  # noqa: TRY301 - sorted like what does not decode
            except (PoisonError, NewerContractError) as error:  # written by a newer program, or bits that turned on the disk
                await self.set_aside([row.submission_id], error.reason if isinstance(error, PoisonError) else error.dependency)
            else:
                entries.append(SpoolEntry(submission, row.photos, attempts))
        return entries

    async def remove(self, ids: Iterable[UUID]) -> None:
        """Forget these, once they are safe elsewhere.

        Raises:
            TransientError: the disk cannot be written; removing them again is right.
        """
        gone = list(ids)
        await self._work(lambda database: database.remove(gone))

    async def defer(self, ids: Iterable[UUID], until: datetime) -> None:
        """Leave these, and what is behind them in the same request, out of ``next_batch`` until then or the next start.

        Raises:
            TransientError: the disk cannot be written.
        """
        waiting = list(ids)
        await self._work(lambda database: database.defer(waiting, _milliseconds(until)))

    async def set_aside(self, ids: Iterable[UUID], reason: str = "unreadable") -> None:
        """Keep these for a person, out of the way of the others: they can never go as they are. The next start tries them again,
        and so does ``retry`` (``shared.spool.look``).

        ``reason`` is a short class name for the log and for whoever looks.

        Raises:
            TransientError: the disk cannot be written.
        """
        odd = list(ids)
        await self._work(lambda database: database.set_aside(odd, reason))
        self._metrics.spool_put_aside.labels(what="entry").inc(len(odd))
        _log.error("spool_entries_set_aside", submission_ids=[str(entry) for entry in odd], reason=reason)

    def bytes_used(self) -> int:
        """Bytes of all that is in it, what was set aside included."""
        return self._file.usage.size_bytes

    def count(self) -> int:
        """How many submissions wait."""
        return self._file.usage.waiting

    def is_empty(self) -> bool:
        """Nothing is in it, not even what was set aside."""
        return self._file.usage.size_bytes == 0

    def oldest_age_seconds(self, now: datetime) -> float:
        """For how long the oldest has waited; 0 when none does."""
        oldest = self._file.usage.oldest_added_at_ms
        return 0.0 if oldest is None else max((_milliseconds(now) - oldest) / 1000, 0.0)

    async def _work(self, work: Callable[[SpoolDatabase], T]) -> T:
        try:
            return await self._in_thread(lambda: self._file.run(work))
        except (sqlite3.Error, OSError) as error:
            raise TransientError("spool", type(error).__name__) from error
        finally:
            self._measured()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _measured(self) -> None:
        self._metrics.spool_bytes.set(self._file.usage.size_bytes)
        self._metrics.spool_entries.set(self._file.usage.waiting)
