"""The tracker's serve role in one process for tests: the real app and store, and a Kafka in memory that feeds the real projection."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.types import ASGIApp

from shared.api_keys import ApiKey, Scope, new_key
from shared.contracts import Attachment, RequestEvent
from shared.errors import TransientError
from shared.kafka.records import Outgoing, Record
from shared.kafka.topics import REQUEST_EVENTS
from shared.settings import MongoSettings
from support.servers import unique
from tracker.parts import Parts
from tracker.projecting import Projection
from tracker.serve_app import parts_of
from tracker.server import Server, serve, server_config
from tracker.serving import build_app
from tracker.settings import ServeSettings
from tracker.store.connection import Connection, Names
from tracker.store.indexes import prepare
from tracker.store.reader import MongoRequestStore
from tracker.store.writer import MongoProjectionStore, encode

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
"""Tuesday noon in Cary."""
KEYS: Mapping[str, frozenset[Scope]] = {
    "advocate-1": frozenset({Scope.STAFF_READ, Scope.STAFF_WRITE}),
    "advocate-2": frozenset({Scope.STAFF_READ, Scope.STAFF_WRITE}),
    "reader": frozenset({Scope.STAFF_READ}),
    "streets": frozenset({Scope.OPEN311_UPDATE}),
    "app-store": frozenset({Scope.OPEN311}),
}


class FeedingPublisher:
    """A Kafka in memory: what is published is projected at once, or later (``holds``), or cannot be published (``is_down``)."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._offsets = itertools.count()
        self.records: list[Record] = []
        self.waiting: list[Outgoing] = []
        self.holds = False
        self.is_down = False

    async def publish(self, records: Sequence[Outgoing], *, timeout_seconds: float | None = None) -> None:
        if self.is_down:
            raise TransientError("kafka", "away")
        if self.holds:
            self.waiting += records
            return
        await self._project(records)

    async def release(self) -> None:
        """Project what waits."""
        self.holds = False
        waiting, self.waiting = self.waiting, []
        await self._project(waiting)

    async def _project(self, records: Sequence[Outgoing]) -> None:
        batch = [record for record in map(self._logged, records) if record.topic == REQUEST_EVENTS.name]
        while batch:
            self.records += batch
            handled = await self._projection(batch)
            assert not handled.failures
            batch = [self._logged(one) for one in handled.outgoing if one.topic == REQUEST_EVENTS.name]

    def _logged(self, one: Outgoing) -> Record:
        return Record(one.topic, 0, next(self._offsets), one.key, one.value, 0, one.headers)


class MemoryFiles:
    """Files in memory, which may be away."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[Attachment, bytes]] = {}
        self.is_down = False

    async def get(self, file_id: str) -> tuple[Attachment, bytes] | None:
        if self.is_down:
            raise TransientError("mongodb", "away")
        return self.files.get(file_id)


@dataclass
class Site:
    """The tracker and everything around it."""

    parts: Parts
    app: ASGIApp
    http: httpx.AsyncClient
    kafka: FeedingPublisher
    files: MemoryFiles
    connection: Connection
    names: Names
    keys: Mapping[str, str] = field(repr=False)

    async def clear(self) -> None:
        """As if nothing had ever happened."""
        if self.kafka.records:  # most tests of refusals leave nothing behind
            for name in (*self.names.all, Connection.REDACTIONS):
                await self.connection.collection(name).delete_many({})
        self.kafka.records, self.kafka.waiting = [], []
        self.kafka.holds = self.kafka.is_down = self.files.is_down = False
        self.files.files = {}

    async def add(self, *events: RequestEvent) -> None:
        """Append events to the log and project them, with everything that they cause."""
        records = [Outgoing(REQUEST_EVENTS.name, event.key.encode(), event.encode()) for event in events]
        await self.kafka.publish(records)

    def bearer(self, name: str = "advocate-1", **more: str) -> dict[str, str]:
        """Headers of a member of staff; ``if_match="*"`` becomes ``If-Match``."""
        return {"Authorization": f"Bearer {self.keys[name]}"} | {key.replace("_", "-"): value for key, value in more.items()}

    async def get(self, path: str, **params: str) -> httpx.Response:
        """As the public."""
        return await self.http.get(path, params=params)

    async def staff(self, path: str, **params: str) -> httpx.Response:
        """As staff."""
        return await self.http.get(path, params=params, headers=self.bearer())


def serve_settings(mongo: MongoSettings, keys: tuple[ApiKey, ...] = (), **changes: Any) -> ServeSettings:  # noqa: ANN401 - settings are of any type
    """Settings on a database of its own, with short waits."""
    values: dict[str, Any] = {
        "mongodb_uri": mongo.mongodb_uri,
        "tracker_database": unique("tracker"),
        "api_keys": keys,
        "tracker_wait_seconds": 1.0,
        "tracker_body_seconds": 2.0,
        "public_base_url": "https://311.example.org",
        "tracker_port": 0,
        "health_port": 0,
    }
    return ServeSettings(**(values | changes))


@asynccontextmanager
async def tracker_site(mongo: MongoSettings, **changes: Any) -> AsyncIterator[Site]:  # noqa: ANN401 - likewise
    """A serving tracker on a database of its own; ``changes`` are settings."""
    made = {name: new_key(name, scopes) for name, scopes in KEYS.items()}
    settings = serve_settings(mongo, tuple(key for _, key in made.values()), **changes)
    connection = Connection.open(settings, settings.tracker_database)
    names = await connection.names()
    await prepare(connection, names)
    projection = Projection(
        MongoProjectionStore(connection, names, lambda: datetime.now(UTC), outcome_hours=1), encode, lambda: NOON, metrics=None
    )
    kafka, files = FeedingPublisher(projection), MemoryFiles()
    store = MongoRequestStore(connection, seconds=settings.mongodb_timeout_seconds)
    parts = parts_of(settings, store, kafka, files, lambda: NOON)
    app = build_app(parts)
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://tracker.test") as http:
            yield Site(parts, app, http, kafka, files, connection, names, {name: key for name, (key, _) in made.items()})
    finally:
        await connection.database.client.drop_database(settings.tracker_database)
        await connection.close()


@asynccontextmanager
async def running(site: Site) -> AsyncIterator[str]:
    """The site behind a real server; its address."""
    server = Server(server_config(site.app, site.parts.settings))
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(server, stop, site.parts.settings))
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        stop.set()
        await serving


async def eventually(check: Callable[[], bool], *, seconds: float = 5.0) -> None:
    """Returns once ``check`` is true."""
    async with asyncio.timeout(seconds):
        while not check():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
