"""``ProjectionStore`` in memory. Documents go through BSON and back, so that what the fake keeps is what MongoDB would keep."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import bson

from shared.contracts import RequestEvent
from shared.errors import TransientError
from shared.kafka.records import Outgoing, Record
from shared.mongodb import CODEC_OPTIONS
from tracker.batches import Changes, Item, Loaded, Redaction
from tracker.projecting import Projection
from tracker.redaction import clear_entry
from tracker.state import RequestState
from tracker.store import lookups
from tracker.store.documents import from_document, orphan_document, redaction_document
from tracker.store.entries import entry_key, from_entry_document
from tracker.store.writer import archived_document, encode

Document = dict[str, Any]
LATER = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class FakeProjectionStore:
    """Keeps BSON bytes by collection. ``fails_at`` names the step of a write that dies, once; ``rival`` runs between load and write."""

    def __init__(self) -> None:
        self.requests: dict[str, bytes] = {}
        self.history: dict[str, bytes] = {}
        self.orphans: dict[str, bytes] = {}
        self.redactions: dict[str, bytes] = {}
        self.outcomes: dict[str, Any] = {}
        self.positions: dict[int, int] = {}
        self.fails_at: str | None = None
        self.rivals: list[Any] = []
        self.writes = 0

    async def load(self, items: Sequence[Item]) -> Loaded:
        numbers = lookups.numbers(items)
        states = {number: from_document(decoded(self.requests[number])) for number in numbers if number in self.requests}
        old = [decoded(self.history[key]) for key in lookups.archived_keys(items, states) if key in self.history]
        orphans = [decoded(self.orphans[key]) for key in lookups.orphan_keys(items) if key in self.orphans]
        loaded = Loaded(states, lookups.archived(old), lookups.orphans(orphans))
        if self.rivals:
            await self.rivals.pop(0)()
        return loaded

    async def write(self, changes: Changes) -> bool:
        self.writes += 1
        for redaction in changes.redactions:
            self.redactions.setdefault(str(redaction.event_id), encoded(redaction_document(redaction)))
        for number, entry in changes.archived:
            self.history.setdefault(entry_key(number, entry.event_id), encoded(archived_document(number, entry)))
        self._die("orphans")
        for orphan in changes.orphans:
            self.orphans.setdefault(entry_key(orphan.service_request_id, orphan.event_id), encoded(orphan_document(orphan)))
        self._forget(changes)
        self._die("requests")
        is_whole = True
        for write in changes.requests:
            number = write.state.service_request_id
            present = decoded(self.requests[number])["revision"] if number in self.requests else None
            if present == write.replaces:
                self.requests[number] = write.encoded
            else:
                is_whole = False
        if not is_whole:
            return False
        self._die("clearing")
        for redaction in changes.redactions:
            self._clear_archived(redaction)
        self._die("outcomes")
        for outcome in changes.outcomes:
            self.outcomes[str(outcome.event_id)] = outcome
        self._die("positions")
        for partition, offset in changes.positions.items():
            self.positions[partition] = max(offset, self.positions.get(partition, 0))
        return True

    def state(self, number: str) -> RequestState:
        """A request as it is kept."""
        return from_document(decoded(self.requests[number]))

    def everything(self) -> bytes:
        """Every byte that is kept, for a search."""
        kept = (self.requests, self.history, self.orphans, self.redactions)
        return b"".join(document for collection in kept for document in collection.values())

    def _die(self, step: str) -> None:
        if self.fails_at == step:
            self.fails_at = None
            raise TransientError("mongodb", step)

    def _forget(self, changes: Changes) -> None:
        for number, addresses in changes.forgotten:
            for key, raw in self.history.items():
                document = decoded(raw)
                if document["service_request_id"] == number and "replies" in document:
                    document["replies"] = [reply for reply in document["replies"] if (reply["channel"], reply["address"]) not in addresses]
                    self.history[key] = encoded(document)

    def _clear_archived(self, redaction: Redaction) -> None:
        number = redaction.service_request_id
        for scope in redaction.scope:
            key = entry_key(number, scope.event_id)
            if key in self.history:
                entry = clear_entry(from_entry_document(decoded(self.history[key])), scope)
                self.history[key] = encoded(archived_document(number, entry))


def decoded(raw: bytes) -> Document:
    return bson.decode(raw, codec_options=CODEC_OPTIONS)


def encoded(document: Document) -> bytes:
    return bson.encode(document, codec_options=CODEC_OPTIONS)


def projection(store: FakeProjectionStore) -> Projection:
    """The handler on the fake store."""
    return Projection(store, encode, lambda: LATER, metrics=None)


def record(event: RequestEvent, offset: int, partition: int = 0) -> Record:
    """An event as it lies in the log."""
    return Record("request.events.v1", partition, offset, event.key.encode(), event.encode(), 1_772_461_800_000)


def relogged(outgoing: Sequence[Outgoing], offset: int) -> list[Record]:
    """Derived events as they lie in the log from ``offset`` on."""
    events = [one for one in outgoing if one.topic == "request.events.v1"]
    return [Record(one.topic, 0, offset + place, one.key, one.value, 0) for place, one in enumerate(events)]
