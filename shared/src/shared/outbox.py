"""What an adapter has to say waits here: durable before its announcement is committed, claimed, sent, marked.

::

    waiting ── claim ──► claimed ── sent, or not to be sent ──► ended, in a state of the channel's own
       ▲                    │ not now ──► waiting, until a moment
       └── not sent ────────┴ the lease ran out ► unknown, to be looked up

A claim is a conditional update. One whose lease ran out belongs to a process that died between sending and noting it: nobody
knows whether it went out, so it is never sent blindly again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Generic, Protocol, TypeVar

from pymongo import ASCENDING, IndexModel, ReturnDocument

from shared.contracts import Channel
from shared.errors import TransientError
from shared.mongodb import Connection, Document
from shared.observability.metrics import METRICS
from shared.waiting import sleep_or_stop

OUTBOX: Final = "outbox"
WAITING: Final = "waiting"
CLAIMED: Final = "claimed"
UNKNOWN: Final = "unknown"
REDACTED: Final = "redacted"
LOOK_SECONDS: Final = 10.0
"""Between two looks at what waits, for the health page and for who watches."""
INDEXES: Final = (
    IndexModel([("state", ASCENDING), ("not_before", ASCENDING)], name="state_due"),
    IndexModel([("service_request_id", ASCENDING)], name="request"),
    IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
)


class OutboxEntry(Protocol):
    """What a channel has to say once."""

    @property
    def key(self) -> str:
        """Its ``_id``."""

    @property
    def created_at(self) -> datetime:
        """From when on it is due."""


E = TypeVar("E", bound=OutboxEntry)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not over yet."""

    count: int
    oldest: datetime | None
    """Since when the longest waits."""

    def oldest_seconds(self, now: datetime) -> int:
        """For how long the longest waits; 0 where none does."""
        return max(0, round((now - self.oldest).total_seconds())) if self.oldest else 0

    def tell(self, channel: Channel, now: datetime) -> None:
        """For who watches."""
        METRICS.answers_waiting.labels(channel=channel.value).set(self.count)
        METRICS.oldest_unanswered_seconds.labels(channel=channel.value).set(self.oldest_seconds(now))


async def emptied(
    stop: asyncio.Event,
    step: Callable[[], Awaitable[bool]],
    look: Callable[[], Awaitable[None]],
    *,
    idle_seconds: float,
    waits: Callable[[TransientError], None],
) -> None:
    """Do ``step`` after step until ``stop`` is set; the one in hand is finished first.

    ``step`` says whether there was anything to do; ``look`` is done before it, now and then. Both may raise ``TransientError``, of which
    ``waits`` is told.
    """
    looked_at = -LOOK_SECONDS
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        try:
            if loop.time() >= looked_at + LOOK_SECONDS:
                await look()
                looked_at = loop.time()
            is_busy = await step()
        except TransientError as error:
            waits(error)
            is_busy = False
        if not is_busy:
            await sleep_or_stop(stop, idle_seconds)


class OutboxEntries(Generic[E]):
    """The collection ``outbox``. Every method raises ``TransientError("mongodb")`` while the store is away.

    ``keeps``: how long it is known what became of an entry. ``personal``: fields that go as soon as that is known. ``written`` and
    ``read``: from an entry to its document, which has its number as ``service_request_id``, and back. ``waits_since``: the field that
    says since when whoever wrote waits.
    """

    def __init__(  # noqa: PLR0913 - what a channel's entries differ in, each named
        self,
        connection: Connection,
        *,
        keeps: timedelta,
        personal: Iterable[str],
        written: Callable[[E], Document],
        read: Callable[[Document], E],
        waits_since: str = "created_at",
    ) -> None:
        self._connection = connection
        self._keeps = keeps
        self._written = written
        self._read = read
        self._waits_since = waits_since
        self._forgotten = dict.fromkeys([*personal, "lease_until", "not_before"], "")
        self._entries: Any = connection.collection(OUTBOX)

    async def add(self, entries: Sequence[E]) -> None:
        """Keep these; one that is there already stays as it is, whatever became of it."""
        documents = [
            {**self._written(entry), "_id": entry.key, "state": WAITING, "tries": 0, "not_before": entry.created_at} for entry in entries
        ]
        await self._connection.insert_new(OUTBOX, documents)

    async def claim(self, now: datetime, lease: timedelta) -> E | None:
        """The next entry that is due, claimed until ``now + lease``; None where nothing is due."""
        due = {"state": WAITING, "not_before": {"$lte": now}}
        claimed = {"$set": {"state": CLAIMED, "lease_until": now + lease}, "$inc": {"tries": 1}}
        return await self._take(due, claimed, sort=[("not_before", ASCENDING)])

    async def next_unknown(self, now: datetime, lease: timedelta) -> E | None:
        """An entry whose claim ran out, marked as unknown and reserved until ``now + lease`` for whoever looks it up."""
        left = {"state": {"$in": [CLAIMED, UNKNOWN]}, "lease_until": {"$lte": now}}
        return await self._take(left, {"$set": {"state": UNKNOWN, "lease_until": now + lease}})

    async def _take(self, query: Document, change: Document, **options: Any) -> E | None:  # noqa: ANN401 - the driver's own
        async with self._connection.limited():
            found: Document | None = await self._entries.find_one_and_update(query, change, return_document=ReturnDocument.AFTER, **options)
        return self._read(found) if found else None

    async def backlog(self) -> Backlog:
        """What is not over yet."""
        query = {"state": {"$in": [WAITING, CLAIMED, UNKNOWN]}}
        async with self._connection.limited(calls=2):
            count = await self._entries.count_documents(query)
            oldest = await self._entries.find_one(query, {self._waits_since: 1}, sort=[(self._waits_since, ASCENDING)])
        return Backlog(count, oldest[self._waits_since] if oldest else None)

    async def retry(self, entry: E, not_before: datetime) -> None:
        """Wait with it until then: it was refused for now, or certainly did not go out."""
        await self._change(entry, {"$set": {"state": WAITING, "not_before": not_before}, "$unset": {"lease_until": ""}})

    async def end(self, entry: E, state: StrEnum, now: datetime) -> None:
        """What became of it. Its text is no longer needed; the rest is forgotten later."""
        await self._change(entry, self._ended(state.value, now))

    async def _change(self, entry: E, change: Document) -> None:
        async with self._connection.limited():
            await self._entries.update_one({"_id": entry.key}, change)

    async def redact(self, numbers: Sequence[str], now: datetime) -> None:
        """Forget what was to be said about these requests and has not gone out."""
        waiting = {"service_request_id": {"$in": list(numbers)}, "state": {"$in": [WAITING, UNKNOWN]}}
        async with self._connection.limited():
            await self._entries.update_many(waiting, self._ended(REDACTED, now))

    def _ended(self, state: str, now: datetime) -> Document:
        return {"$set": {"state": state, "ended_at": now, "expires_at": now + self._keeps}, "$unset": self._forgotten}
