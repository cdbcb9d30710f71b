"""The tracker's projection against raw ``bulk_write`` of the documents that come of it; CPU of the client, not of the database."""

from datetime import timedelta

from pydantic import SecretBytes
from pymongo import MongoClient

from bench.figures import Figure, InvalidMeasurementError, Row, Target, cpu_row
from bench.place import Place
from bench.processes import run_worker
from bench.rounds import Run, compare
from bench.submissions import events
from bench.variants.ingesting import BATCH, FIRST
from normalizer.settings import RulesSettings
from shared.kafka.broker import KafkaPublisher, ensure_topics
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_UPDATED, TopicSpec
from support.servers import unique

EVENTS = 3_000
GOAL = Target(0.5)


async def ingesting(place: Place) -> list[Row]:
    """Two lines."""
    items = place.plan.count(EVENTS)

    def variant(name: str, announced: int = 0, **more: str) -> Run:
        async def run() -> Figure:
            database, before = unique("bench"), await place.count(REQUEST_UPDATED.name)
            spec = {"variant": name, "items": items, "database": database, **more}
            try:
                figure = await run_worker(spec, place.environment)
                stored = _stored(place, database)
            finally:
                _drop(place, database)
            if stored != items:
                raise InvalidMeasurementError(f"{name}: {items} events, {stored} requests in the store")
            await place.wrote(REQUEST_UPDATED.name, before, announced)
            return figure

        return run

    topic = await _filled(place, items)
    variants = {
        "projection": variant("projection"),
        "projection from Kafka": variant("projection_loop", announced=items, topic=topic),
    }
    found = await compare(variant("bulk_write"), variants, place.plan.rounds, place.say)
    base = f"bulk_write({BATCH}) of ready documents"
    return [
        cpu_row("tracker ingest: validate, fold, guard, store", base, found["projection"], GOAL),
        cpu_row("the same from Kafka, announced, committed", base, found["projection from Kafka"]),
    ]


async def _filled(place: Place, items: int) -> str:
    """A topic with so many creations."""
    topic = unique("events")
    await ensure_topics(place.kafka, (TopicSpec(topic, timedelta(days=1)),))
    settings = RulesSettings(tracking_number_secret=SecretBytes(place.stack.given.credentials.tracking_number_secret.encode()))
    records = events(items, settings, place.kafka.kafka_partitions)
    publisher = await KafkaPublisher.start(place.kafka, "bench")
    try:
        await publisher.publish([Outgoing(topic, record.key or b"", record.value or b"") for record in records], timeout_seconds=60)
    finally:
        await publisher.close()
    return topic


def _stored(place: Place, database: str) -> int:
    with MongoClient[dict[str, object]](place.mongodb.mongodb_uri.get_secret_value()) as client:
        return client[database][FIRST.requests].count_documents({})


def _drop(place: Place, database: str) -> None:
    with MongoClient[dict[str, object]](place.mongodb.mongodb_uri.get_secret_value()) as client:
        client.drop_database(database)
