"""The oracle: accepted = stored = announced, each exactly once, and nothing else. Reads the logs and the store, asks no service."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from pymongo import MongoClient

from shared.contracts import ServiceRequestUpdated, decode_submission, decode_update
from shared.errors import Cary311Error
from shared.identity import announcement_id
from shared.kafka.broker import KafkaLog, KafkaPublisher
from shared.kafka.records import Record
from shared.kafka.topics import REQUEST_UPDATED, SUBMISSION_RECEIVED, SUBMISSION_REJECTED, TOPICS
from support.system import System
from tracker.reconciling import Reconciler, Reconciliation
from tracker.redaction import CREATED
from tracker.state import Outcome
from tracker.store.connection import FIRST_GENERATION, Connection, Names

DEAD_LETTER_TOPICS = tuple(topic.dead_letters(group) for topic in TOPICS for group in topic.consumers)
DEAD_LETTERED = "RecordDeadLettered"
"""A note in a history about a record that could not be read: no event, so nothing is announced."""
HISTORY_FIELDS = ("revision", "history.event_id", "history.kind", "history.outcome")
NAMED = 5
"""How many of a kind a failure names."""


@dataclass(slots=True)
class Found:
    """What is in the system, by number."""

    submissions: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    requests: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Stored documents."""
    announcements: dict[str, dict[UUID, set[bytes]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    """The different bytes of each announcement: one, however often it was made."""
    dead_letters: Counter[str] = field(default_factory=Counter)


class Oracle:
    """Compares what was promised since ``begin`` with what is there."""

    def __init__(self, system: System, before: Found, began: datetime) -> None:
        self._system = system
        self.before = before
        self._began = began

    @classmethod
    async def begin(cls, system: System) -> Self:
        """From now on everything counts."""
        await system.quiet()
        return cls(system, await look(system), datetime.now(UTC) - timedelta(milliseconds=1))  # messages keep no more

    async def objections(self, accepted: Collection[str], *, dead_letters: int = 0) -> list[str]:
        """What is wrong, in sentences without data; empty: nothing is lost, nothing is there twice. Waits until all is quiet."""
        await self._system.quiet()
        found = await look(self._system)
        wanted = set(accepted)
        return [
            *_differ("accepted but not in Kafka", wanted - found.submissions.keys()),
            *_differ("accepted but not stored", wanted - found.requests.keys()),
            *_differ("stored but never accepted", found.requests.keys() - self.before.requests.keys() - wanted),
            *_differ("accepted under several ids", (number for number in wanted if len(found.submissions[number]) > 1)),
            *(objection for number in sorted(wanted & found.requests.keys()) for objection in _history(number, found)),
            *self._of_dead_letters(found, dead_letters),
            *await self._of_reconciliation(len(wanted)),
        ]

    def _of_dead_letters(self, found: Found, planted: int) -> list[str]:
        new = found.dead_letters - self.before.dead_letters
        return [] if new.total() == planted else [f"{planted} dead letters were planted, found: {dict(new)}"]

    async def _of_reconciliation(self, accepted: int) -> list[str]:
        """``cary311 tracker reconcile`` comes to the same."""
        result = await reconciled(self._system, self._began)
        is_right = result.is_whole and result.stored == result.accepted - result.rejected and result.accepted >= accepted
        return [] if is_right else [f"reconcile says {result}"]


def _differ(what: str, numbers: Collection[str] | Any) -> list[str]:  # noqa: ANN401 - any iterable of numbers
    named = sorted(numbers)
    return [f"{what}: {len(named)}, e.g. {named[:NAMED]}"] if named else []


def _history(number: str, found: Found) -> list[str]:
    """One creation, no event twice, every event announced once and in the same words."""
    document, announced = found.requests[number], found.announcements[number]
    events = [UUID(entry["event_id"]) for entry in document["history"]]
    created = [entry for entry in document["history"] if entry["kind"] == CREATED]
    expected = {announcement_id(UUID(entry["event_id"])) for entry in document["history"] if _is_announced(entry)}
    rules = {
        "has not exactly one creation": len(created) != 1,
        "has an event twice": len(set(events)) != len(events) or document["revision"] != len(events),
        "was not announced": bool(expected - announced.keys()),
        "was announced without being stored": bool(announced.keys() - expected),
        "was announced in different words": any(len(words) != 1 for words in announced.values()),
    }
    return [f"{number} {broken}" for broken, is_broken in rules.items() if is_broken]


def _is_announced(entry: Mapping[str, Any]) -> bool:
    return bool(entry["outcome"] == Outcome.APPLIED.value and entry["kind"] != DEAD_LETTERED)


async def look(system: System) -> Found:
    """Everything that the logs and the store hold."""
    found = Found()
    for record in await system.records(SUBMISSION_RECEIVED.name):
        submission = _read(record, decode_submission)
        if submission is not None:
            found.submissions[submission.service_request_id].add(submission.submission_id)
    for record in await system.records(REQUEST_UPDATED.name):
        update: ServiceRequestUpdated | None = _read(record, decode_update)
        if update is not None:
            found.announcements[update.service_request_id][update.announcement_id].add(record.value or b"")
    for topic in DEAD_LETTER_TOPICS:
        found.dead_letters[topic] = len(await system.records(topic))
    found.requests = await asyncio.to_thread(stored_requests, system, *HISTORY_FIELDS)
    return found


def _read(record: Record, decode: Any) -> Any:  # noqa: ANN401 - a decoder and its message
    try:
        return decode(record.value)
    except Cary311Error:
        return None  # planted; it is counted among the dead letters


def stored_requests(system: System, *fields: str) -> dict[str, Mapping[str, Any]]:
    """The documents of all requests (or these fields of them), straight from MongoDB, by number."""
    with MongoClient[dict[str, Any]](system.mongo_settings.mongodb_uri.get_secret_value(), serverSelectionTimeoutMS=10_000) as client:
        requests = client[system.tracker_database][Names(FIRST_GENERATION).requests]
        return {str(document["_id"]): document for document in requests.find({}, fields or None)}


async def reconciled(system: System, start: datetime) -> Reconciliation:
    """What ``cary311 tracker reconcile`` finds from ``start`` on."""
    connection = Connection.open(system.mongo_settings, system.tracker_database, patience=10.0)
    settings = system.kafka_settings
    try:
        async with (
            KafkaLog(settings, SUBMISSION_RECEIVED.name) as submissions,
            KafkaLog(settings, SUBMISSION_REJECTED.name) as rejections,
            KafkaLog(settings, REQUEST_UPDATED.name) as updates,
        ):
            now = datetime.now(UTC)
            return await Reconciler(connection, submissions, rejections, updates).run(start, now, now + timedelta(hours=1))
    finally:
        await connection.close()


@asynccontextmanager
async def publisher_of(system: System) -> AsyncIterator[KafkaPublisher]:
    """A producer of the tests' own."""
    publisher = await KafkaPublisher.start(system.kafka_settings, "tests")
    try:
        yield publisher
    finally:
        await publisher.close()
