"""The ``serve`` role, put together: answers over HTTP, opened in order and closed in reverse. It waits for nothing that is away."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from shared.api_keys import KeyRing
from shared.attachments import AttachmentStore
from shared.kafka.broker import KafkaPublisher
from shared.kafka.ports import Publisher
from shared.lifecycle import Closers, run_process
from shared.observability.health import HealthServer
from shared.observability.metrics import METRICS
from shared.settings import load
from shared.town.calendar import load_calendar
from shared.town.catalogue import load_catalogue
from shared.town.town import load_town
from tracker.auth import Gate
from tracker.parts import Files, Parts, rules_of
from tracker.server import Server, serve, server_config
from tracker.serving import build_app
from tracker.settings import ServeSettings
from tracker.store.connection import Connection
from tracker.store.ports import RequestStore
from tracker.store.reader import MongoRequestStore
from tracker.writing import Writing

CLIENT_ID: Final = "tracker-serve"


def _now() -> datetime:
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set, then finish what is in hand.

    Raises:
        ConfigurationError: a setting is wrong or an address is taken.
    """
    settings = load(ServeSettings)
    async with Closers() as closers:
        parts = await assemble(settings, closers)
        server = Server(server_config(build_app(parts), settings))
        # Ready though MongoDB is away: our own 503 says when to come back, an address without a server says nothing.
        health = HealthServer(settings, {"server": lambda: None if server.started else "not listening yet"})
        await health.start()
        closers.add("health", health.close)
        await serve(server, stop, settings)


async def assemble(settings: ServeSettings, closers: Closers) -> Parts:
    """Open everything; nothing here waits for Kafka or MongoDB.

    Raises:
        ConfigurationError: the town's file or the catalogue is wrong.
    """
    connection = Connection.open(settings, settings.tracker_database)
    closers.add("mongodb", connection.close)
    files = await AttachmentStore.connect(settings)
    closers.add("attachments", files.close)
    publisher = await KafkaPublisher.start(settings, CLIENT_ID)
    closers.add("publisher", publisher.close)
    store = MongoRequestStore(connection, seconds=settings.mongodb_timeout_seconds)
    return parts_of(settings, store, publisher, files, _now)


def parts_of(settings: ServeSettings, store: RequestStore, publisher: Publisher, files: Files, clock: Callable[[], datetime]) -> Parts:
    """What answers need, around what was opened.

    Raises:
        ConfigurationError: the town's file or the catalogue is wrong.
    """
    town = load_town(settings.town_file)
    catalogue = load_catalogue(settings.catalogue_file, town)
    writing = Writing(store, publisher, clock, settings.tracker_wait_seconds, _count)
    return Parts(
        settings=settings,
        store=store,
        writing=writing,
        gate=Gate(KeyRing(settings.api_keys), clock),
        rules=rules_of(catalogue, town, load_calendar(settings)),
        catalogue=catalogue,
        town=town,
        files=files,
        clock=clock,
    )


def _count(kind: str, outcome: str) -> None:
    METRICS.staff_changes.labels(kind, outcome).inc()


def run() -> int:
    """The whole process; its exit code."""
    return run_process("tracker-serve", main)
