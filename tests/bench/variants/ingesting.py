"""Events into MongoDB: ready documents by raw ``bulk_write``, and ours, with validation, version guard, history and announcements."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import bson
from pymongo import InsertOne

from bench.stopwatch import Stopwatch
from bench.submissions import events
from bench.variants.consuming import consume
from normalizer.settings import RulesSettings
from shared.kafka.records import Record
from shared.mongodb import CODEC_OPTIONS
from shared.settings import KafkaSettings, MongoSettings, load
from tracker.batches import Loaded
from tracker.folding import fold
from tracker.project_app import AnnouncementCounter
from tracker.projecting import Projection
from tracker.reading import read
from tracker.store.connection import Connection, Names
from tracker.store.writer import MongoProjectionStore, encode

BATCH: Final = 500
FIRST: Final = Names(1)
PATIENCE: Final = 5.0


def now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


async def projection(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """The projection's work on records at hand: decode, load, fold, encode, write with its guard, build the announcements."""
    connection = _opened(spec)
    store = MongoProjectionStore(connection, FIRST, now, outcome_hours=24)
    handle = Projection(store, encode, now)
    batches, watch = _batches(_events(spec["items"])), Stopwatch()
    watch.start()
    announced = 0
    for batch in batches:
        handled = await handle(batch)
        assert not handled.failures
        announced += len(handled.outgoing)
    watch.stop()
    await connection.close()
    assert announced == spec["items"]
    return watch.figure(spec["items"])


async def projection_loop(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """The whole role: from Kafka, into the store, announced, committed."""
    connection = _opened(spec)
    store = MongoProjectionStore(connection, FIRST, now, outcome_hours=24)
    watch = await consume(spec, Projection(store, encode, now), AnnouncementCounter)
    await connection.close()
    return watch.figure(spec["items"])


async def bulk_write(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """The same documents, ready, by the driver alone."""
    connection = _opened(spec)
    collection = connection.collection(FIRST.requests)
    batches, watch = [documents(batch) for batch in _batches(_events(spec["items"]))], Stopwatch()
    watch.start()
    for batch in batches:
        await collection.bulk_write([InsertOne(document) for document in batch], ordered=False)
    watch.stop()
    await connection.close()
    return watch.figure(spec["items"])


def _opened(spec: Mapping[str, Any]) -> Connection:
    """Collections without indexes and validators: they are work of the server, and its stand-in takes long over them."""
    return Connection.open(load(MongoSettings), spec["database"], patience=PATIENCE)


def _events(count: int) -> list[Record]:
    return events(count, load(RulesSettings), load(KafkaSettings).kafka_partitions)


def _batches(records: Sequence[Record]) -> list[Sequence[Record]]:
    return [records[start : start + BATCH] for start in range(0, len(records), BATCH)]


def documents(batch: Sequence[Record]) -> list[dict[str, Any]]:
    """What the projection stores of creations, ready."""
    items, failures = read(batch)
    assert not failures
    folded = fold(items, Loaded({}), encode)
    return [bson.decode(write.encoded, codec_options=CODEC_OPTIONS) for write in folded.changes.requests]
