"""``RequestStore`` on MongoDB: every question on an index, each within a limit of time, none of them writes.

Public answers are read as the bytes that the projection put beside the document; only staff views and histories parse one.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from pymongo import ASCENDING

from tracker.state import HistoryEntry, Outcome, Refusal, RequestState
from tracker.store.connection import Connection, Names
from tracker.store.documents import from_document
from tracker.store.entries import Document, entry_key, from_entry_document, in_utc
from tracker.store.gathering import Gathering
from tracker.store.ports import Listed, Stored, StoredOutcome, Update
from tracker.store.queries import Period, RequestQuery, in_turn, mongo_filter, mongo_sort, updates_filter, updates_pipeline

NAMES_SECONDS: Final = 2.0
"""How long the pointer to the present generation is believed. Together with one call it must end before a rebuild drops the
generation before (``rebuild.GRACE_SECONDS``)."""
_STORED: Final = {"public_json": 1, "version": 1, "revision": 1}
_WITHOUT_HISTORY: Final = {"history": 0, "public_json": 0, "georeport_json": 0, "terms": 0, "staff_terms": 0}
_WHOLE: Final = {"public_json": 0, "georeport_json": 0, "terms": 0, "staff_terms": 0}


class MongoRequestStore:
    """The requests of the present generation. ``seconds``: how long one question may take."""

    def __init__(self, connection: Connection, *, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._milliseconds = max(1, round(seconds * 1000))
        self._monotonic = monotonic
        self._names: Names | None = None
        self._looked_at = 0.0
        self._looking = asyncio.Lock()
        self._gathering: Gathering[Stored] = Gathering(self._fetch_stored, connection.limited)

    async def stored(self, number: str) -> Stored | None:
        """The public JSON of one request; callers at the same time share a call."""
        return await self._gathering.get(number)

    async def get(self, number: str) -> RequestState | None:
        """One request with its recent history."""
        async with self._connection.limited():
            found = await (await self._requests()).find_one({"_id": number}, _WHOLE)
        return from_document(found) if found else None

    async def georeport(self, numbers: Sequence[str]) -> Sequence[bytes]:
        """The GeoReport objects of these numbers, newest first."""
        found = await self._by_number(numbers, {"georeport_json": 1, "requested_datetime": 1})
        return [bytes(document["georeport_json"]) for document in found]

    async def find_georeport(self, query: RequestQuery) -> Sequence[bytes]:
        """The GeoReport objects that a query finds."""
        return [bytes(document["georeport_json"]) for document in await self._find(query, {"georeport_json": 1})]

    async def find_public(self, query: RequestQuery) -> Sequence[Listed]:
        """The public JSON of what a query finds."""
        field = query.sort.field
        found = await self._find(query, {"public_json": 1, field: 1})
        return [Listed(document["_id"], in_utc(document[field]), bytes(document["public_json"])) for document in found]

    async def find(self, query: RequestQuery, *, has_history: bool = True) -> Sequence[RequestState]:
        """Whole requests; ``has_history`` False leaves their histories empty, which may be most of them."""
        found = await self._find(query, _WHOLE if has_history else _WITHOUT_HISTORY)
        return [from_document(document if has_history else document | {"history": []}) for document in found]

    async def find_numbers(self, numbers: Sequence[str]) -> Sequence[RequestState]:
        """Whole requests of these numbers, newest first."""
        return [from_document(document) for document in await self._by_number(numbers, _WHOLE)]

    async def archived(self, number: str, *, after: int, limit: int) -> Sequence[HistoryEntry]:
        """Old entries beyond the revision ``after``, oldest first."""
        query = {"service_request_id": number, "revision": {"$gt": after}}
        async with self._connection.limited():
            history = self._connection.collection((await self._present()).history)
            found = await self._bounded(history.find(query)).sort("revision", ASCENDING).limit(limit).to_list(None)
        return [from_entry_document(document) for document in found]

    async def archived_entry(self, number: str, event_id: UUID) -> HistoryEntry | None:
        """One old entry by its event."""
        async with self._connection.limited():
            history = self._connection.collection((await self._present()).history)
            found = await history.find_one({"_id": entry_key(number, event_id)})
        return from_entry_document(found) if found else None

    async def updates(self, period: Period, limit: int) -> Sequence[Update]:
        """Applied public changes of public requests in the period, oldest first, at most ``limit``."""
        async with self._connection.limited():
            names = await self._present()
            requests = self._connection.collection(names.requests)
            pipeline = updates_pipeline(period, limit)
            recent = await requests.aggregate(pipeline, maxTimeMS=self._milliseconds).to_list(None)
            old = await self._old_updates(names, period, limit)
        found = {(document["_id"], document["history"]["event_id"]): document["history"] for document in recent}
        for document in old:
            found.setdefault((document["service_request_id"], document["event_id"]), document)
        updates = [Update(number, from_entry_document(entry)) for (number, _), entry in found.items()]
        return sorted(updates, key=_moment_of_update)[:limit]

    async def outcome(self, event_id: UUID) -> StoredOutcome | None:
        """What became of an event."""
        async with self._connection.limited():
            outcomes = self._connection.collection((await self._present()).outcomes)
            found = await outcomes.find_one({"_id": str(event_id)})
        if found is None:
            return None
        refusal = Refusal(found["refusal"]) if found["refusal"] else None
        return StoredOutcome(Outcome(found["outcome"]), refusal, found["request_digest"], found["revision"], found["version"])

    async def _present(self) -> Names:
        """The present generation, looked up now and then."""
        if self._names is None or self._is_old():
            async with self._looking:
                if self._names is None or self._is_old():
                    now = self._monotonic()
                    self._names = await self._connection.names()
                    self._looked_at = now
        return self._names

    def _is_old(self) -> bool:
        return self._monotonic() - self._looked_at > NAMES_SECONDS

    async def _requests(self) -> Any:  # noqa: ANN401 - a motor collection
        return self._connection.collection((await self._present()).requests)

    def _bounded(self, cursor: Any) -> Any:  # noqa: ANN401 - a motor cursor
        """The server gives up when we do."""
        return cursor.max_time_ms(self._milliseconds)

    async def _fetch_stored(self, numbers: Sequence[str]) -> Mapping[str, Stored]:
        async with self._connection.limited():
            requests = await self._requests()
            found: list[Document]
            if len(numbers) == 1:  # the usual case when there is little to do, and half the price
                one = await requests.find_one({"_id": numbers[0]}, _STORED)
                found = [one] if one else []
            else:
                found = await requests.find({"_id": {"$in": numbers}}, _STORED).to_list(None)
        return {document["_id"]: Stored(bytes(document["public_json"]), document["version"], document["revision"]) for document in found}

    async def _find(self, query: RequestQuery, projection: Mapping[str, int]) -> list[Document]:
        found: list[Document] = []
        for part in in_turn(query):
            if len(found) < query.limit:
                found += await self._find_part(replace(part, limit=query.limit - len(found)), projection)
        return found

    async def _find_part(self, query: RequestQuery, projection: Mapping[str, int]) -> list[Document]:
        async with self._connection.limited():
            cursor = self._bounded((await self._requests()).find(mongo_filter(query), projection))
            found: list[Document] = await cursor.sort(mongo_sort(query.sort)).skip(query.skip).limit(query.limit).to_list(None)
        return found

    async def _by_number(self, numbers: Sequence[str], projection: Mapping[str, int]) -> list[Document]:
        if not numbers:
            return []
        async with self._connection.limited():
            cursor = self._bounded((await self._requests()).find({"_id": {"$in": list(numbers)}}, projection))
            found: list[Document] = await cursor.to_list(None)
        return sorted(found, key=_newest, reverse=True)

    async def _old_updates(self, names: Names, period: Period, limit: int) -> list[Document]:
        """Those in the side collection, of requests that the public may still see."""
        history, requests = self._connection.collection(names.history), self._connection.collection(names.requests)
        cursor = self._bounded(history.find(updates_filter(period)))
        found: list[Document] = await cursor.sort([("occurred_at", ASCENDING), ("_id", ASCENDING)]).limit(limit).to_list(None)
        if not found:
            return []
        owners = list({document["service_request_id"] for document in found})
        public = await requests.find({"_id": {"$in": owners}, "is_private": False}, {"_id": 1}).to_list(None)
        shown = {document["_id"] for document in public}
        return [document for document in found if document["service_request_id"] in shown]


def _newest(document: Document) -> tuple[Any, str]:
    return document["requested_datetime"], document["_id"]


def _moment_of_update(update: Update) -> tuple[Any, str, int]:
    return update.entry.occurred_at, update.service_request_id, update.entry.revision
