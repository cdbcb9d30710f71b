"""What an adapter has to say waits here: durable before its announcement is committed, claimed, sent, marked.

::

    waiting ── claim ──► claimed ── sent, or not to be sent ──► ended, in a state of the channel's own
       ▲                    │ not now ──► waiting, until a moment
       └── not sent ────────┴ the lease ran out ► unknown, to be looked up

A claim is a conditional update. One whose lease ran out belongs to a process that died between sending and noting it: nobody
knows whether it went out, so it is never sent blindly again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, IndexModel, ReturnDocument

from shared.mongodb import Connection, Document

OUTBOX: Final = "outbox"
WAITING: Final = "waiting"
CLAIMED: Final = "claimed"
UNKNOWN: Final = "unknown"
REDACTED: Final = "redacted"
INDEXES: Final = (
    IndexModel([("state", ASCENDING), ("not_before", ASCENDING)], name="state_due"),
    IndexModel([("service_request_id", ASCENDING)], name="request"),
    IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
)


class OutboxEntries:
    """The documents of the collection ``outbox``. Every method raises ``TransientError("mongodb")`` while the store is away.

    ``keeps``: how long it is known what became of an entry. ``personal``: fields that go as soon as that is known.
    """

    def __init__(self, connection: Connection, *, keeps: timedelta, personal: Iterable[str]) -> None:
        self._connection = connection
        self._keeps = keeps
        self._forgotten = dict.fromkeys([*personal, "lease_until", "not_before"], "")
        self._entries: Any = connection.collection(OUTBOX)

    async def add(self, documents: Sequence[Document]) -> None:
        """Keep these, with ``_id``, ``service_request_id`` and ``created_at``; one that is there stays, whatever became of it."""
        first = {"state": WAITING, "tries": 0}
        await self._connection.insert_new(OUTBOX, [{**document, **first, "not_before": document["created_at"]} for document in documents])

    async def claim(self, now: datetime, lease: timedelta) -> Document | None:
        """The next entry that is due, claimed until ``now + lease``; None where nothing is due."""
        due = {"state": WAITING, "not_before": {"$lte": now}}
        claimed = {"$set": {"state": CLAIMED, "lease_until": now + lease}, "$inc": {"tries": 1}}
        return await self._take(due, claimed, sort=[("not_before", ASCENDING)])

    async def next_unknown(self, now: datetime, lease: timedelta) -> Document | None:
        """An entry whose claim ran out, marked as unknown and reserved until ``now + lease`` for whoever looks it up."""
        left = {"state": {"$in": [CLAIMED, UNKNOWN]}, "lease_until": {"$lte": now}}
        return await self._take(left, {"$set": {"state": UNKNOWN, "lease_until": now + lease}})

    async def _take(self, query: Document, change: Document, **options: Any) -> Document | None:  # noqa: ANN401 - the driver's own
        async with self._connection.limited():
            found: Document | None = await self._entries.find_one_and_update(query, change, return_document=ReturnDocument.AFTER, **options)
        return found

    async def retry(self, key: str, not_before: datetime) -> None:
        """Wait with it until then: it certainly did not go out."""
        await self._change(key, {"$set": {"state": WAITING, "not_before": not_before}, "$unset": {"lease_until": ""}})

    async def end(self, key: str, state: str, now: datetime) -> None:
        """What became of it. Its text is no longer needed; the rest is forgotten later."""
        await self._change(key, self._ended(state, now))

    async def _change(self, key: str, change: Document) -> None:
        async with self._connection.limited():
            await self._entries.update_one({"_id": key}, change)

    async def redact(self, numbers: Sequence[str], now: datetime) -> None:
        """Forget what was to be said about these requests and has not gone out."""
        waiting = {"service_request_id": {"$in": list(numbers)}, "state": {"$in": [WAITING, UNKNOWN]}}
        async with self._connection.limited():
            await self._entries.update_many(waiting, self._ended(REDACTED, now))

    def _ended(self, state: str, now: datetime) -> Document:
        return {"$set": {"state": state, "ended_at": now, "expires_at": now + self._keeps}, "$unset": self._forgotten}
