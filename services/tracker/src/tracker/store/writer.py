"""The only writer of requests: what the projection folded, made durable in MongoDB.

The order of a batch's writes is what makes every crash between two of them harmless:

1. the ledger of redactions, forgotten addresses in old entries, old entries that move out, orphans (each idempotent by its id;
   an orphan before the request that may appear behind it in the same batch, or it would be found to belong to it afterwards)
2. the requests, each only where the store still has the revision that it was folded from
3. old entries that a redaction names (repeated whenever the redaction's record comes again)
4. outcomes, for those who wait
5. how far in the log this generation is

A lost race in 2 stops the batch: everything is loaded and folded again, and what was written is then found in the histories.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from shared.errors import TransientError
from tracker.batches import Changes, Item, Loaded, Redaction, RequestWrite
from tracker.projecting import Clock
from tracker.redaction import clear_entry
from tracker.state import EventOutcome, HistoryEntry, RequestState
from tracker.store import lookups
from tracker.store.connection import CODEC_OPTIONS, Connection, Names, mongodb_errors
from tracker.store.documents import (
    from_document,
    orphan_document,
    outcome_document,
    redaction_document,
    to_document,
)
from tracker.store.entries import Document, entry_document, entry_key, from_entry_document

DUPLICATE_KEY: Final = 11000
_TEMPORARY: Final = frozenset({64, 91, 189, 11600, 11602})
"""Write concern not reached in time, shutdown, stepped down."""


def encode(state: RequestState) -> bytes:
    """The request's document as BSON: encoded here, so that one that cannot be stored does not spoil its batch.

    Raises:
        OverflowError, bson.errors.InvalidDocument: something in it does not fit BSON.
    """
    return bson.encode(to_document(state), codec_options=CODEC_OPTIONS)


class MongoProjectionStore:
    """``ProjectionStore`` on one generation of collections.

    ``outcome_hours``: how long outcomes are kept; None: a rebuild, which nobody waits for.
    """

    def __init__(self, connection: Connection, names: Names, clock: Clock, *, outcome_hours: float | None) -> None:
        self._connection = connection
        self._clock = clock
        self._keeps = timedelta(hours=outcome_hours) if outcome_hours is not None else None
        self._requests = connection.collection(names.requests)
        self._history = connection.collection(names.history)
        self._orphans = connection.collection(names.orphans)
        self._outcomes = connection.collection(names.outcomes)
        self._positions = connection.collection(names.positions)
        self._redactions = connection.collection(Connection.REDACTIONS)

    async def load(self, items: Sequence[Item]) -> Loaded:
        """What is there of everything that the items name: one find for the requests, two more where older things are named.

        Raises:
            TransientError: MongoDB is away.
        """
        async with mongodb_errors():
            found = await self._find(self._requests, sorted(lookups.numbers(items)))
            states = {document["_id"]: from_document(document) for document in found}
            entries = await self._find(self._history, sorted(lookups.archived_keys(items, states)))
            orphans = await self._find(self._orphans, sorted(lookups.orphan_keys(items)))
        return Loaded(states, lookups.archived(entries), lookups.orphans(orphans))

    async def write(self, changes: Changes) -> bool:
        """Make the changes durable; False where somebody else wrote one of the requests meanwhile.

        Raises:
            TransientError: MongoDB is away; some of it may be written, writing all of it again is right.
        """
        async with mongodb_errors():
            await self._prepare(changes)
            if changes.requests and not await self._write_requests(changes.requests):
                return False
            for redaction in changes.redactions:
                await self._clear_archived(redaction)
            await self._tell(changes.outcomes)
            await self._advance(changes.positions)
        return True

    async def _find(self, collection: Any, ids: Sequence[str]) -> list[Document]:  # noqa: ANN401 - a motor collection
        if not ids:
            return []
        found: list[Document] = await collection.find({"_id": {"$in": ids}}).to_list(None)
        return found

    async def _prepare(self, changes: Changes) -> None:
        await _put_new(self._redactions, (redaction_document(redaction) for redaction in changes.redactions))
        await _put_new(self._history, (archived_document(number, entry) for number, entry in changes.archived))
        await _put_new(self._orphans, map(orphan_document, changes.orphans))
        for number, addresses in changes.forgotten:
            for channel, address in addresses:
                gone = {"$pull": {"replies": {"channel": channel, "address": address}}}
                await self._history.update_many({"service_request_id": number}, gone)

    async def _write_requests(self, writes: Sequence[RequestWrite]) -> bool:
        try:
            result = await self._requests.bulk_write([_conditional(write) for write in writes], ordered=False)
        except BulkWriteError as error:
            _raise_unless_race(error)
            return False
        return int(result.inserted_count + result.matched_count) == len(writes)

    async def _clear_archived(self, redaction: Redaction) -> None:
        number = redaction.service_request_id
        scopes = {entry_key(number, scope.event_id): scope for scope in redaction.scope}
        for document in await self._find(self._history, list(scopes)):
            cleared = clear_entry(from_entry_document(document), scopes[document["_id"]])
            await self._history.replace_one({"_id": document["_id"]}, archived_document(number, cleared))

    async def _tell(self, outcomes: Sequence[EventOutcome]) -> None:
        if outcomes and self._keeps is not None:
            expires_at: datetime = self._clock() + self._keeps
            documents = [outcome_document(outcome, expires_at) for outcome in outcomes]
            replaced = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents]
            await self._outcomes.bulk_write(replaced, ordered=False)

    async def _advance(self, positions: dict[int, int]) -> None:
        updates = [UpdateOne({"_id": partition}, {"$max": {"next_offset": offset}}, upsert=True) for partition, offset in positions.items()]
        if updates:
            await self._positions.bulk_write(updates, ordered=False)


def archived_document(number: str, entry: HistoryEntry) -> Document:
    """An old entry in its own collection."""
    return {"_id": entry_key(number, entry.event_id), "service_request_id": number, **entry_document(entry)}


async def _put_new(collection: Any, documents: Iterable[Document]) -> None:  # noqa: ANN401 - a motor collection
    """Each under its id, unless it is there: what was stored first stays."""
    upserts = [UpdateOne({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True) for document in documents]
    if upserts:
        await collection.bulk_write(upserts, ordered=False)


def _conditional(write: RequestWrite) -> InsertOne[Any] | ReplaceOne[Any]:
    document = RawBSONDocument(write.encoded, CODEC_OPTIONS.with_options(document_class=RawBSONDocument))
    if write.replaces is None:
        return InsertOne(document)
    return ReplaceOne({"_id": write.state.service_request_id, "revision": write.replaces}, document)


def _raise_unless_race(error: BulkWriteError) -> None:
    codes = {int(failure["code"]) for failure in (error.details or {}).get("writeErrors", ())}
    concerns = {int(failure.get("code", 0)) for failure in (error.details or {}).get("writeConcernErrors", ())}
    if concerns or codes & _TEMPORARY:
        raise TransientError("mongodb", f"codes {sorted(codes | concerns)}") from error
    if codes != {DUPLICATE_KEY}:
        raise error
