"""Processes that are asked to stop with many connections open, and a tracker whose MongoDB does not answer."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from urllib.parse import urlsplit

import httpx
import pytest

from shared.kafka.broker import KafkaGroup
from shared.kafka.topics import NORMALIZER_GROUP, PROJECTION_GROUP, REQUEST_EVENTS, SUBMISSION_RECEIVED
from support.system import System, until

CONNECTIONS = 200
STOP_SECONDS = 10.0
GETS = 300
FROZEN_SECONDS = 10.0
TIME_OUT_SECONDS = 3.0
"""The tracker's limit for a look-up."""
SLACK_SECONDS = 4.0
"""What 300 of them at once on a busy machine may add."""
LIVE_SECONDS = 0.1
RECOVERY_SECONDS = 5.0


@asynccontextmanager
async def connected(url: str, count: int) -> AsyncIterator[None]:
    """Open connections: every second one has had an answer and is kept, the others are in the middle of a request."""
    parts = urlsplit(url)
    writers: list[asyncio.StreamWriter] = []
    try:
        for ordinal in range(count):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writers.append(writer)
            writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n" + (b"\r\n" if ordinal % 2 else b""))
            await writer.drain()
            if ordinal % 2:
                await reader.readuntil(b"\r\n\r\n")
        yield
    finally:
        for writer in writers:
            writer.close()


@pytest.mark.parametrize("name", ["intake-web", "tracker-serve"])
async def test_sigterm_with_200_open_connections(shaken: System, name: str) -> None:
    """It ends by itself within ten seconds, with exit code 0, whatever its clients do."""
    url = shaken.portal if name == "intake-web" else shaken.tracker
    async with connected(url, CONNECTIONS):
        started = time.monotonic()
        assert await shaken.stop(name) == [0]
        assert time.monotonic() - started < STOP_SECONDS


async def test_sigterm_leaves_the_group(shaken: System) -> None:
    """A consumer that was asked to stop says good-bye: its group is empty at once, not after the session time-out."""
    for kind, group, topic in (
        ("normalizer", NORMALIZER_GROUP, SUBMISSION_RECEIVED.name),
        ("tracker-project", PROJECTION_GROUP, REQUEST_EVENTS.name),
    ):
        async with KafkaGroup(shaken.kafka_settings, group, topic) as watched:
            assert await watched.is_active()
            started = time.monotonic()
            assert await shaken.stop(*shaken.processes(kind)) == [0, 0]
            assert time.monotonic() - started < STOP_SECONDS
            assert not await watched.is_active()


async def test_mongodb_is_frozen_under_300_gets(shaken: System) -> None:
    """Whoever reads is told 503 in time; the process lives, answers its probe at once, and is well again when MongoDB is."""
    if shaken.stack.mongodb is None:
        pytest.skip("MONGODB_URI names a server that is not ours to freeze")
    number = await shaken.reported("There is a deep pothole.")
    await shaken.visible(number)
    stop = threading.Event()
    shaken.stack.mongodb.pause()
    began = time.monotonic()
    probing = asyncio.create_task(asyncio.to_thread(probe, shaken.live_url("tracker-serve"), stop))
    try:
        while time.monotonic() - began < FROZEN_SECONDS:
            answers = await asyncio.gather(*(timed(shaken, number) for _ in range(GETS)))
            assert {status for status, _ in answers} == {503}
            assert max(seconds for _, seconds in answers) < TIME_OUT_SECONDS + SLACK_SECONDS
    finally:
        stop.set()
        shaken.stack.mongodb.resume()
    await until(lambda: is_back(shaken, number), "the tracker well again", RECOVERY_SECONDS)

    probes = await probing
    assert {status for status, _ in probes} == {200}
    assert median(seconds for _, seconds in probes) < LIVE_SECONDS


async def timed(system: System, number: str) -> tuple[int, float]:
    """The status of a look-up, and how long it took. By hand: 300 connections of a client library cost more than the answers."""
    started = time.monotonic()
    parts = urlsplit(system.tracker)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET /api/v1/requests/{number} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    status = int((await reader.readline()).split()[1])
    seconds = time.monotonic() - started
    await reader.read()
    writer.close()
    return status, seconds


def probe(url: str, stop: threading.Event) -> list[tuple[int, float]]:
    """What a kubelet sees meanwhile, from a thread of its own: this loop is busy with its GETs."""
    seen: list[tuple[int, float]] = []
    with httpx.Client(timeout=10.0, trust_env=False) as client:
        while not stop.wait(0.1):
            started = time.monotonic()
            seen.append((client.get(url).status_code, time.monotonic() - started))
    return seen


async def is_back(system: System, number: str) -> bool:
    return (await system.look_up(number)).status_code == httpx.codes.OK
