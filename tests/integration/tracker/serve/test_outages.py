"""The serve role over HTTP while MongoDB is frozen, cut off or refused: clear answers in time, and the process stays alive."""

import asyncio
import gc
import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from shared.observability.health import HealthServer
from shared.settings import MongoSettings
from support.examples import NUMBER, created
from support.many_readers import many_readers
from support.tracker_site import FeedingPublisher, MemoryFiles, Site, tracker_site
from tracker.serve_app import parts_of
from tracker.server import Server, serve, server_config
from tracker.serving import build_app
from tracker.settings import ServeSettings
from tracker.store.connection import Connection
from tracker.store.reader import MongoRequestStore

SECONDS = 1.0
FROZEN_SECONDS = 4.0
"""Long enough for five hundred readers to be taken in, whatever else the machine does."""
ONE = f"/api/v1/requests/{NUMBER}"


class Line:
    """A line to MongoDB that can be frozen: what is sent is taken and never answered."""

    def __init__(self, mongo: MongoSettings) -> None:
        address = urlsplit(mongo.mongodb_uri.get_secret_value())
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 27017
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def freeze(self) -> None:
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._joined(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, self._port)
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        finally:
            writer.close()
            back.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                await self._thawed.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(settings: ServeSettings, publisher: FeedingPublisher) -> AsyncIterator[tuple[Server, HealthServer]]:
    """A real server on a free port, with its health port."""
    connection = Connection.open(settings, settings.tracker_database)
    store = MongoRequestStore(connection, seconds=settings.mongodb_timeout_seconds)
    parts = parts_of(settings, store, publisher, MemoryFiles(), lambda: datetime.now(UTC))
    server = Server(server_config(build_app(parts), settings))
    health = HealthServer(settings, {"server": lambda: None if server.started else "not listening yet"})
    await health.start()
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(server, stop, settings))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server, health
    finally:
        stop.set()
        await serving
        await health.close()
        await connection.close()


@pytest.fixture
async def line(mongo_settings: MongoSettings) -> AsyncIterator[tuple[Line, int]]:
    made = Line(mongo_settings)
    port = await made.start()
    yield made, port
    await made.close()


@asynccontextmanager
async def on_the_line(mongo: MongoSettings, port: int, seconds: float = SECONDS) -> AsyncIterator[tuple[Site, Server, HealthServer]]:
    """A filled tracker, and a server that reads it through the line."""
    async with tracker_site(mongo) as site:
        await site.add(created())
        uri = SecretStr(f"mongodb://127.0.0.1:{port}/?directConnection=true")
        changes = {"mongodb_uri": uri, "mongodb_timeout_seconds": seconds, "shutdown_seconds": 4.0}
        async with served(site.parts.settings.model_copy(update=changes), site.kafka) as (server, health):
            yield site, server, health


@pytest.mark.alone
async def test_a_frozen_mongodb(mongo_settings: MongoSettings, line: tuple[Line, int]) -> None:
    """Five hundred readers are told 503 with ``Retry-After`` within the time-out, ``/livez`` answers within 100 ms meanwhile, a bounded
    number of threads waits, and when it is back everything works without a restart.
    """
    frozen, port = line
    async with on_the_line(mongo_settings, port, FROZEN_SECONDS) as (_, server, health):
        base = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=base, timeout=20) as http, httpx.AsyncClient() as probe:
            assert (await http.get(ONE)).status_code == 200
            readers = await many_readers(server.port, ONE, 500)
            frozen.freeze()
            gc.collect()
            gc.freeze()  # a look through what all tests of the session left behind is not the server's
            started = time.monotonic()
            answering = asyncio.create_task(readers.communicate(b"\n"))
            slowest, measured, threads = 0.0, 0, 0
            while not answering.done():
                asked = time.monotonic()
                assert (await probe.get(f"http://127.0.0.1:{health.port}/livez")).status_code == 200
                if 0.5 < (asked - started) / FROZEN_SECONDS < 0.9:  # all of them wait: taking them in is over
                    slowest = max(slowest, time.monotonic() - asked)
                    measured += 1
                threads = max(threads, threading.active_count())
                await asyncio.sleep(0.02)
            answers = json.loads(answering.result()[0])
            assert [status for status, _ in answers] == [503] * 500
            assert all(int(retry_after) > 0 for _, retry_after in answers)
            assert measured > 0
            assert slowest < 0.1
            assert threads < 60
            as_georeport = await http.get(f"/open311/v2/requests/{NUMBER}.json")
            assert (as_georeport.status_code, as_georeport.json()[0]["code"]) == (503, 503)
            assert (await http.get("/open311/v2/services.json")).status_code == 200
            frozen.thaw()
            async with asyncio.timeout(10):
                while (await http.get(ONE)).status_code != 200:  # noqa: ASYNC110 - it is asked like any reader asks
                    await asyncio.sleep(0.1)


async def test_a_mongodb_that_is_not_there(mongo_settings: MongoSettings) -> None:
    """It starts all the same, is alive and ready, and says when to come back."""
    async with on_the_line(mongo_settings, 1) as (site, server, health), httpx.AsyncClient(timeout=20) as http:
        base = f"http://127.0.0.1:{server.port}"
        started = time.monotonic()
        answer = await http.get(base + ONE)
        assert answer.status_code == 503
        assert time.monotonic() - started < SECONDS * 3
        assert answer.json()["type"] == "/docs#unavailable"
        change = await http.patch(base + ONE, json={"status": "open"}, headers=site.bearer(if_match="*"))
        assert change.status_code == 503
        for path in ("/livez", "/readyz"):
            assert (await http.get(f"http://127.0.0.1:{health.port}{path}")).status_code == 200


async def test_a_reader_who_goes_away_is_no_failure(mongo_settings: MongoSettings, line: tuple[Line, int]) -> None:
    """Those who share the look-up get their answer."""
    slow, port = line
    async with on_the_line(mongo_settings, port) as (_, server, _), httpx.AsyncClient(timeout=5) as http:
        url = f"http://127.0.0.1:{server.port}{ONE}"
        assert (await http.get(url)).status_code == 200
        slow.freeze()
        readers = [asyncio.create_task(http.get(url)) for _ in range(20)]
        await asyncio.sleep(0.2)
        for reader in readers[:10]:
            reader.cancel()
        await asyncio.sleep(0.1)
        slow.thaw()
        assert {answer.status_code for answer in await asyncio.gather(*readers[10:])} == {200}


async def test_a_stop_answers_what_is_under_way(mongo_settings: MongoSettings, line: tuple[Line, int]) -> None:
    """And does not wait for ever for a frozen server."""
    slow, port = line
    async with httpx.AsyncClient(timeout=20) as http:
        async with on_the_line(mongo_settings, port) as (_, server, _):
            url = f"http://127.0.0.1:{server.port}{ONE}"
            assert (await http.get(url)).status_code == 200
            slow.freeze()
            under_way = asyncio.create_task(http.get(url))
            await asyncio.sleep(0.1)
            started = time.monotonic()
        assert (await under_way).status_code == 503
        assert time.monotonic() - started < 10
        slow.thaw()
