"""The only writer of requests: what the projection folded, made durable in MongoDB.

The order of a batch's writes is what makes every crash between two of them harmless:

1. the ledger of redactions, old entries that move out, orphans, forgotten addresses in old entries (each idempotent by its id;
   an orphan before the request that may appear behind it in the same batch, or it would be found to belong to it afterwards)
2. the requests, each only where the store still has the revision that it was folded from
3. old entries that a redaction names (repeated whenever the redaction's record comes again)
4. outcomes, for those who wait
5. how far in the log this generation is

A lost race in 2 stops the batch: everything is loaded and folded again, and what was written is then found in the histories. Old
entries that the loser moved out stay beside those in the request's document, which count; redactions reach them like all others.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from shared.contracts import RedactionScope
from shared.errors import TransientError
from shared.mongodb import CODEC_OPTIONS, bulk_codes
from tracker.batches import Changes, Item, Loaded, RequestWrite
from tracker.projecting import Clock
from tracker.redaction import Address, clear_entry
from tracker.state import EventOutcome, HistoryEntry, RequestState
from tracker.store import lookups
from tracker.store.connection import Connection, Names
from tracker.store.documents import (
    from_document,
    orphan_document,
    outcome_document,
    redaction_document,
    to_document,
)
from tracker.store.entries import Document, entry_document, entry_key, from_entry_document

DUPLICATE_KEY: Final = 11000
_RAW: Final = CODEC_OPTIONS.with_options(document_class=RawBSONDocument)


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
        await self._prepare(changes)
        if changes.requests and not await self._write_requests(changes.requests):
            await self._clear_by_ledger({number for number, _ in changes.archived})
            return False
        for redaction in changes.redactions:
            await self.clear_archived(redaction.service_request_id, redaction.scope)
        await self._tell(changes.outcomes)
        await self._advance(changes.positions)
        return True

    async def _find(self, collection: Any, ids: Sequence[str]) -> list[Document]:  # noqa: ANN401 - a motor collection
        if not ids:
            return []
        async with self._connection.limited():
            found: list[Document] = await collection.find({"_id": {"$in": ids}}).to_list(None)
        return found

    async def _prepare(self, changes: Changes) -> None:
        await self._put_new(self._redactions, (redaction_document(redaction) for redaction in changes.redactions))
        await self._put_new(self._history, (archived_document(number, entry) for number, entry in changes.archived))
        await self._put_new(self._orphans, map(orphan_document, changes.orphans))
        for number, addresses in changes.forgotten:
            await self.forget(number, addresses)

    async def _clear_by_ledger(self, numbers: set[str]) -> None:
        """Who lost a race may have moved an entry out as it was before a redaction by the other."""
        if not numbers:
            return
        async with self._connection.limited():
            ledger: list[Document] = await self._redactions.find({"service_request_id": {"$in": sorted(numbers)}}).to_list(None)
        applied = await self._applied({entry_key(one["service_request_id"], one["_id"]) for one in ledger})
        for redaction in ledger:
            number = redaction["service_request_id"]
            if entry_key(number, redaction["_id"]) in applied:
                await self.clear_archived(number, [RedactionScope.model_validate(scope) for scope in redaction["scope"]])

    async def _applied(self, keys: set[str]) -> set[str]:
        """Those events that a request has in its history. A redaction is in the ledger before; what it clears must be there until it
        is applied, because its announcement names the files.
        """
        if not keys:
            return set()
        found = {document["_id"] for document in await self._find(self._history, sorted(keys))}
        async with self._connection.limited():
            numbers = sorted({key.partition(":")[0] for key in keys})
            requests = await self._requests.find({"_id": {"$in": numbers}}, {"history.event_id": 1}).to_list(None)
        return keys & {*found, *(entry_key(request["_id"], entry["event_id"]) for request in requests for entry in request["history"])}

    async def forget(self, number: str, addresses: Iterable[Address]) -> None:
        """No old entry of the request keeps a copy of these reply addresses."""
        for channel, address in sorted(addresses):
            gone = {"$pull": {"replies": {"channel": channel, "address": address}}}
            async with self._connection.limited():
                await self._history.update_many({"service_request_id": number}, gone)

    async def _write_requests(self, writes: Sequence[RequestWrite]) -> bool:
        async with self._connection.limited():
            try:
                result = await self._requests.bulk_write([_conditional(write) for write in writes], ordered=False)
            except BulkWriteError as error:
                if not _only_doubles(error):
                    raise
                return False
        return int(result.inserted_count + result.matched_count) == len(writes)

    async def clear_archived(self, number: str, scopes: Iterable[RedactionScope]) -> None:
        """What the scopes name, in the old entries of the request. Doing it again changes nothing."""
        named = {entry_key(number, scope.event_id): scope for scope in scopes}
        while named:
            left: dict[str, RedactionScope] = {}
            for document in await self._find(self._history, sorted(named)):
                scope = named[document["_id"]]
                after = archived_document(number, clear_entry(from_entry_document(document), scope))
                async with self._connection.limited():
                    # Only where it is still what was read: two that clear different things at once must not undo each other.
                    if after != document and not (await self._history.replace_one(document, after)).matched_count:
                        left[document["_id"]] = scope
            named = left

    async def _tell(self, outcomes: Sequence[EventOutcome]) -> None:
        if outcomes and self._keeps is not None:
            expires_at: datetime = self._clock() + self._keeps
            documents = [outcome_document(outcome, expires_at) for outcome in outcomes]
            await self._put(self._outcomes, [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents])

    async def _advance(self, positions: dict[int, int]) -> None:
        updates = [UpdateOne({"_id": partition}, {"$max": {"next_offset": offset}}, upsert=True) for partition, offset in positions.items()]
        await self._put(self._positions, updates)

    async def _put_new(self, collection: Any, documents: Iterable[Document]) -> None:  # noqa: ANN401 - a motor collection
        """Each under its id, unless it is there: what was stored first stays."""
        await self._put(collection, [_upsert_new(document) for document in documents])

    async def _put(self, collection: Any, upserts: Sequence[ReplaceOne[Any] | UpdateOne]) -> None:  # noqa: ANN401 - a motor collection
        if not upserts:
            return
        async with self._connection.limited():
            try:
                await collection.bulk_write(upserts, ordered=False)
            except BulkWriteError as error:
                if not _only_doubles(error):
                    raise
                raise TransientError("mongodb", "two upserts of one document at once") from error


def archived_document(number: str, entry: HistoryEntry) -> Document:
    """An old entry in its own collection."""
    return {"_id": entry_key(number, entry.event_id), "service_request_id": number, **entry_document(entry)}


def _upsert_new(document: Document) -> UpdateOne:
    fields = {name: value for name, value in document.items() if name != "_id"}
    return UpdateOne({"_id": document["_id"]}, {"$setOnInsert": fields}, upsert=True)


def _conditional(write: RequestWrite) -> InsertOne[Any] | ReplaceOne[Any]:
    document = RawBSONDocument(write.encoded, _RAW)
    if write.replaces is None:
        return InsertOne(document)
    return ReplaceOne({"_id": write.state.service_request_id, "revision": write.replaces}, document)


def _only_doubles(error: BulkWriteError) -> bool:
    """Whether nothing but ids that are there already spoke against it: somebody else was quicker."""
    codes, concerns = bulk_codes(error)
    return codes == {DUPLICATE_KEY} and not concerns
