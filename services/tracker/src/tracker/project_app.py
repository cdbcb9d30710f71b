"""The ``project`` role, put together: events from Kafka, requests into MongoDB, announcements back.

It starts whatever is away and waits for it; it rests while a rebuild asks it to, and goes on with the generation that is then
the present one.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.errors import TransientError
from shared.kafka.broker import KafkaDeadLetters, KafkaPublisher, KafkaRecordSource, ensure_topics
from shared.kafka.consumer import ConsumerLoop
from shared.kafka.ports import Publisher
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS, REQUEST_UPDATED
from shared.lifecycle import Closers, run_process
from shared.observability.health import HealthServer, age_check
from shared.observability.logs import logger
from shared.observability.metrics import METRICS, Metrics
from shared.settings import KafkaSettings, MongoSettings, OperationsSettings, load
from shared.waiting import sleep_or_stop, until_available
from tracker.projecting import Projection
from tracker.settings import ProjectSettings, StoreSettings
from tracker.store import generations
from tracker.store.connection import Connection, Names
from tracker.store.indexes import prepare
from tracker.store.pause import is_paused
from tracker.store.writer import MongoProjectionStore, encode

_log = logger(__name__)

CLIENT_ID: Final = "tracker-project"
WATCH_SECONDS: Final = 1.0
"""How soon a pause or a new generation is noticed."""
PATIENCE: Final = 5.0
"""A batch may take so many times as long as a look-up."""
GC_OBJECTS: Final = 50_000
SILENCE_SECONDS: Final = 120.0
"""A loop that polled nothing for so long does not go round any more; every hold polls meanwhile."""

_CHANNEL: Final = b'"channel":"'


def now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the role is told."""

    kafka: KafkaSettings
    mongo: MongoSettings
    operations: OperationsSettings
    store: StoreSettings
    project: ProjectSettings


class AnnouncementCounter:
    """A publisher that counts the announcements that Kafka acknowledged."""

    def __init__(self, publisher: Publisher, metrics: Metrics = METRICS) -> None:
        self._publisher = publisher
        self._metrics = metrics

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """As ``Publisher.publish``."""
        await self._publisher.publish(records)
        for channel, count in Counter(_channel(record) for record in records if record.topic == REQUEST_UPDATED.name).items():
            self._metrics.updates_announced.labels(channel).inc(count)


def _channel(record: Outgoing) -> str:
    """Cut out of our own bytes: reading the whole message again would cost more than writing it. Nothing that a resident
    wrote stands before this field.
    """
    start = record.value.index(_CHANNEL) + len(_CHANNEL)
    return record.value[start : record.value.index(b'"', start)].decode()


class ProjectRole:
    """One process of the role."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop: ConsumerLoop | None = None
        self._state = "starting"

    async def run(self, stop: asyncio.Event) -> None:
        """Project until ``stop``.

        Raises:
            ConfigurationError: the health port is taken.
            Exception: more bugs than the loop's limit, or a dead letter that could not be written.
        """
        settings = self._settings
        async with Closers() as closers:
            health = HealthServer(settings.operations, {"projection": self._complaint}, {"poll": self._silence})
            await health.start()
            closers.add("health", health.close)
            connection = Connection.open(settings.mongo, settings.store.tracker_database, patience=PATIENCE)
            closers.add("mongodb", connection.close)
            if settings.kafka.kafka_create_topics and not await until_available(stop, self._create_topics):
                return
            while not stop.is_set():
                await self._rest(connection, stop)
                names = await until_available(stop, connection.names)
                if names is not None and not stop.is_set():
                    await self._project(connection, names, stop)

    async def _create_topics(self) -> bool:
        await ensure_topics(self._settings.kafka)
        return True

    async def _rest(self, connection: Connection, stop: asyncio.Event) -> None:
        while await until_available(stop, lambda: is_paused(connection, now())):
            if self._state != "resting":
                self._state = "resting"
                _log.info("projection_rests")
            await sleep_or_stop(stop, WATCH_SECONDS)

    async def _project(self, connection: Connection, names: Names, stop: asyncio.Event) -> None:
        settings = self._settings
        group = settings.project.tracker_project_group
        self._state = "starting"
        async with Closers() as closers:
            if not await until_available(stop, lambda: prepared(connection, names)):
                return
            publisher = await until_available(stop, lambda: KafkaPublisher.start(settings.kafka, CLIENT_ID))
            if publisher is None:
                return
            closers.add("publisher", publisher.close)
            source = await until_available(
                stop,
                lambda: KafkaRecordSource.start(settings.kafka, topics=(REQUEST_EVENTS.name,), group=group, client_id=CLIENT_ID),
            )
            if source is None:
                return
            closers.add("source", source.close)
            store = MongoProjectionStore(connection, names, now, outcome_hours=settings.store.tracker_outcome_hours)
            self._loop = ConsumerLoop(
                source,
                Projection(store, encode, now),
                AnnouncementCounter(publisher),
                KafkaDeadLetters(publisher, group),
                group=group,
                max_records=settings.project.tracker_batch_records,
            )
            _log.info("projection_runs", generation=names.generation, group=group)
            self._state = "running"
            try:
                await run_watched(self._loop.run, lambda: self._is_over(connection, names), stop)
            finally:
                self._loop = None
                self._state = "stopping"

    @staticmethod
    async def _is_over(connection: Connection, names: Names) -> bool:
        return await is_paused(connection, now()) or await connection.names() != names

    def _complaint(self) -> str | None:
        if self._loop is None:
            return f"the projection is {self._state}"
        return None if self._loop.is_ready() else "the projection holds its work: a dependency is away"

    def _silence(self) -> str | None:
        if self._loop is None:
            return None
        return age_check("the last poll", self._loop.last_poll_age_seconds, limit_seconds=SILENCE_SECONDS)()


async def run_watched(run: Callable[[asyncio.Event], Awaitable[None]], is_over: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
    """Run the loop until ``stop``, or until the watch says that its time is over; whatever either of them raises is raised.

    A watch that failed must end the loop: unwatched, it would go on with a generation that is no longer the present one.
    """
    inner = asyncio.Event()

    async def pass_on() -> None:
        await stop.wait()
        inner.set()

    async def watch() -> None:
        try:
            while not (inner.is_set() or await _is_over(is_over)):
                await sleep_or_stop(inner, WATCH_SECONDS)
        finally:
            inner.set()

    watching = [asyncio.create_task(pass_on(), name="stop-watch"), asyncio.create_task(watch(), name="generation-watch")]
    try:
        await run(inner)
    finally:
        for task in watching:
            task.cancel()
        ends = await asyncio.gather(*watching, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def _is_over(ask: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await ask()
    except TransientError:
        return False  # the loop notices by itself that MongoDB is away


async def prepared(connection: Connection, names: Names) -> bool:
    """True, once the generation's collections are as they must be, and what a projection that fell behind put into an earlier
    one is gone: no redaction would reach it there.

    Raises:
        TransientError: MongoDB is away.
    """
    await prepare(connection, names)
    past = [other for other in await generations.others(connection, [names]) if other.generation < names.generation]
    await generations.drop(connection, past)
    return True


def load_settings() -> Settings:
    """From the environment.

    Raises:
        ConfigurationError: naming what is wrong.
    """
    return Settings(load(KafkaSettings), load(MongoSettings), load(OperationsSettings), load(StoreSettings), load(ProjectSettings))


async def main(stop: asyncio.Event) -> None:
    """The role from its settings to its end."""
    # A batch makes tens of thousands of objects, hardly any of them in a cycle: looking for those less often spares a tenth.
    gc.freeze()
    gc.set_threshold(GC_OBJECTS)
    await ProjectRole(load_settings()).run(stop)


def run() -> int:
    """The whole process; its exit code."""
    return run_process("tracker-project", main)
