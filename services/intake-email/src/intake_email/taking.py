"""The taking of mails from one mailbox. INBOX is the queue: search, take, move, wait for a hint, search again.

IDLE only says when to look; what there is, the search says. A mail leaves the inbox when Kafka has it, never before. Whatever fails
for one mail costs that mail its turn: it is taken with fewer others, then alone, then only by its header, then as a stand-in.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Final, TypeVar

from intake_email.ahead import ahead
from intake_email.caution import Trust
from intake_email.fetching import Fetching
from intake_email.mailbox.facts import RefusedError, Selected
from intake_email.settling import Due, Settling
from intake_email.sign_in import SignInRefusedError
from intake_email.starting import Starting
from intake_email.understanding import Read, Understanding
from shared.errors import TransientError
from shared.leases import Lease
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.waiting import sleep_or_stop

FIRST_GAP_SECONDS: Final = 0.5
LONGEST_GAP_SECONDS: Final = 30.0
REFUSED_GAP_SECONDS: Final = 60.0
"""After a refused sign-in: servers lock accounts that are knocked at too often."""
NO_PROGRESS_SECONDS: Final = 1.0
"""Between two rounds in which nothing could be settled."""
_log = logger(__name__)
B = TypeVar("B")
R = TypeVar("R")


class Taking:
    """Takes the mails of one mailbox, as long as its lease is ours."""

    def __init__(  # noqa: PLR0913 - the roles around it, each named
        self,
        fetching: Fetching,
        understanding: Understanding,
        settling: Settling,
        starting: Starting,
        lease: Lease,
        *,
        resync_seconds: float,
    ) -> None:
        self._mailbox = fetching.mailbox
        self._name = starting.name
        self._fetching = fetching
        self._caution = fetching.caution
        self._understanding = understanding
        self._settling = settling
        self._starting = starting
        self._lease = lease
        self._resync_seconds = resync_seconds
        self._settled: dict[int, str] = {}  # what Kafka has and the server has not moved yet, with the folder where it belongs
        self._validity: int | None = None
        self._first_uid = 1
        self._gap = FIRST_GAP_SECONDS
        self._searched_at = time.monotonic()
        self._is_refused = False
        METRICS.mailbox_search_age_seconds.labels(mailbox=self._name).set_function(self.search_age_seconds)

    def search_age_seconds(self) -> float:
        """Since the last successful search: the mailbox's health. 0 while another instance has the mailbox."""
        return time.monotonic() - self._searched_at if self._lease.is_held else 0.0

    def complaint(self, limit_seconds: float) -> str | None:
        """What an operator should know."""
        if self._is_refused:
            return f"the server refuses our sign-in to the mailbox {self._name}"
        age = self.search_age_seconds()
        return None if age <= limit_seconds else f"the last search of the mailbox {self._name} was {age:.0f} s ago"

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; the batch in hand is finished first."""
        waking = asyncio.create_task(self._wake_on(stop), name="mailbox-wake")
        holding = asyncio.create_task(self._lease.hold(self._mailbox.wake), name="mailbox-lease")
        try:
            while not stop.is_set():
                if not await self._lease.wait_until_held(stop):
                    continue
                self._searched_at = time.monotonic()  # a new holder gets its time before anybody complains
                while self._lease.is_held and not stop.is_set():
                    await sleep_or_stop(stop, await self._session(stop))
        finally:
            for task in (waking, holding):
                task.cancel()
            await asyncio.gather(waking, holding, return_exceptions=True)
            await self._mailbox.disconnect()
            await self._lease.release()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._mailbox.wake()

    async def _session(self, stop: asyncio.Event) -> float:
        """One connection, from its beginning to its end. Returns the seconds until the next."""
        name = self._name
        try:
            await self._mailbox.connect()
            METRICS.mailbox_connects.labels(mailbox=name, outcome="connected").inc()
            self._is_refused = False
            await self._rounds(stop)
        except SignInRefusedError as error:
            self._is_refused = True
            METRICS.mailbox_connects.labels(mailbox=name, outcome="refused").inc()
            _log.error("mailbox_sign_in_refused", mailbox=name, failure=error)
            return _spread(REFUSED_GAP_SECONDS)
        except TransientError as error:
            METRICS.mailbox_connects.labels(mailbox=name, outcome="failed").inc()
            METRICS.dependency_failures.labels(dependency=error.dependency).inc()
            _log.warning("mailbox_session_failed", mailbox=name, failure=error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the mailbox must go on being emptied
            _log.error("mailbox_session_failed", mailbox=name, failure=error)
        else:
            return 0.0
        finally:
            await self._mailbox.disconnect()
        self._gap, gap = min(self._gap * 2, LONGEST_GAP_SECONDS), self._gap
        return _spread(gap)

    async def _rounds(self, stop: asyncio.Event) -> None:
        """Search, take, wait; the inbox is opened anew each time that we waited in vain, so that a change of UIDs is seen."""
        selected = await self._opened()
        while not stop.is_set() and self._lease.is_held and not self._mailbox.is_worn_out():
            found = await self._mailbox.search(self._first_uid, selected.uid_next)
            self._searched(found)
            await self._move_settled()
            due = [uid for uid in found if uid not in self._settled and self._caution.trust(uid) is not Trust.GIVEN_UP]
            if due:
                if not await self._take(due, stop):
                    await sleep_or_stop(stop, NO_PROGRESS_SECONDS)
                continue
            await self._mailbox.wait(self._resync_seconds)
            selected = await self._opened()

    def _searched(self, found: Sequence[int]) -> None:
        self._searched_at = time.monotonic()
        self._gap = FIRST_GAP_SECONDS
        present = set(found)
        self._settled = {uid: folder for uid, folder in self._settled.items() if uid in present}
        if found:
            self._first_uid = found[0]  # what is below is gone, and no UID comes again
        name = self._name
        METRICS.mails_waiting.labels(mailbox=name).set(len(found))
        METRICS.mails_unmoved.labels(mailbox=name).set(len(self._settled))
        METRICS.mails_given_up.labels(mailbox=name).set(self._caution.given_up())

    async def _opened(self) -> Selected:
        """The inbox, open. Where UIDs have another meaning than before, everything that we knew by them is forgotten."""
        selected = await self._mailbox.select()
        if selected.uid_validity != self._validity:
            self._caution.forget()
            self._settled.clear()
            self._first_uid = await self._starting.first_uid(selected)
            self._validity = selected.uid_validity
        return selected

    async def _take(self, uids: Sequence[int], stop: asyncio.Event) -> bool:
        """Settle and move these. While a batch is published, one is fetched, one read, one kept, and the files of one are stored.

        Returns whether any was settled.
        """
        has_settled = False
        fetched = self._fetching.fetched(uids, self._validity or 0)
        read = self._each(fetched, self._understanding.read, lambda batch: [mail.uid for mail in batch])
        kept = self._each(read, self._settling.keep, _uids)
        due = self._each(kept, self._settling.attach, lambda some: _uids(some.batch))
        async with aclosing(ahead(due)) as batches:
            async for batch in batches:
                has_settled |= await self._finish(batch)
                if stop.is_set() or not self._lease.is_held:
                    break
        return has_settled

    async def _each(
        self, batches: AsyncGenerator[B, None], work: Callable[[B], Awaitable[R]], uids_of: Callable[[B], list[int]]
    ) -> AsyncGenerator[R, None]:
        """What ``work`` makes of each batch, while the next is on its way; a batch in which it finds a fault of ours is left out."""
        async with aclosing(ahead(batches)) as coming:
            async for batch in coming:
                if (done := await self._blaming(uids_of(batch), work(batch))) is not None:
                    yield done

    async def _finish(self, due: Due) -> bool:
        """From the store to Kafka and to the mails' places in other folders. False: something in it finds a fault of ours.

        Raises:
            TransientError: MongoDB or Kafka is away, or the connection was lost.
        """
        started = time.perf_counter()
        settled = await self._blaming(_uids(due.kept.batch), self._settling.publish(due)) or {}
        self._settled |= settled
        self._caution.succeeded(settled)
        await self._move_settled()
        METRICS.mail_batch_seconds.labels(mailbox=self._name).observe(time.perf_counter() - started)
        return bool(settled)

    async def _blaming(self, uids: Sequence[int], work: Awaitable[R]) -> R | None:
        """What ``work`` gives. Whatever fails in it but for want of a dependency is the fault of one of these mails: which one shows when
        each goes alone.
        """
        try:
            return await work
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours, and the other mails go on
            self._caution.failed(uids)
            _log.error("mails_not_settled", mailbox=self._name, mails=len(uids), failure=error)
            return None

    async def _move_settled(self) -> None:
        """Move what Kafka has. What the server does not move stays, is known, and is tried again at the next search."""
        by_folder: dict[str, list[int]] = {}
        for uid, folder in self._settled.items():
            by_folder.setdefault(folder, []).append(uid)
        for folder, uids in by_folder.items():
            try:
                await self._mailbox.move(uids, folder)
            except RefusedError as error:
                _log.warning("mails_not_moved", mailbox=self._name, mails=len(uids), failure=error)
            else:
                for uid in uids:
                    del self._settled[uid]


def _uids(batch: Sequence[Read]) -> list[int]:
    return [read.fetched.uid for read in batch]


def _spread(seconds: float) -> float:
    """So that many processes do not come back at once."""
    return seconds * random.uniform(0.7, 1.3)  # noqa: S311 - spreads load, guards nothing
