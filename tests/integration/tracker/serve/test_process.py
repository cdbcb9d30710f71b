"""``python -m tracker serve`` as a process: it waits for nothing, says what is wrong, and ends in order."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from local_stack.processes import free_ports
from shared.settings import MongoSettings
from support.examples import NUMBER, created
from support.tracker_site import Site

SECONDS = 60
"""Until a process is up on a machine that does other things too."""


def environment(mongo: MongoSettings, site: Site, port: int, health_port: int) -> Mapping[str, str]:
    """Kafka is nowhere."""
    return {
        "PATH": os.environ["PATH"],
        "MONGODB_URI": mongo.mongodb_uri.get_secret_value(),
        "TRACKER_DATABASE": site.parts.settings.tracker_database,
        "TRACKER_PORT": str(port),
        "HEALTH_PORT": str(health_port),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "KAFKA_PUBLISH_TIMEOUT_SECONDS": "1",
        "LOG_FORMAT": "json",
        "SHUTDOWN_SECONDS": "5",
        "API_KEYS": "[" + ",".join(key.model_dump_json() for key in site.parts.settings.api_keys) + "]",
    }


@asynccontextmanager
async def process(environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tracker", "serve", env=dict(environ), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def until_ready(http: httpx.AsyncClient, health_port: int) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                if (await http.get(f"http://127.0.0.1:{health_port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_it_serves_without_kafka_and_ends_in_order(mongo_settings: MongoSettings, site: Site) -> None:
    """Reads are answered, a change is told 503, a signal ends it with 0; no line of its log holds a key or a stack trace's message."""
    await site.add(created())
    port, health_port = free_ports(2)
    async with process(environment(mongo_settings, site, port, health_port)) as running, httpx.AsyncClient(timeout=20) as http:
        await until_ready(http, health_port)
        base = f"http://127.0.0.1:{port}"
        assert (await http.get(f"{base}/api/v1/requests/{NUMBER}")).status_code == 200
        change = await http.patch(f"{base}/api/v1/requests/{NUMBER}", json={"status": "open"}, headers=site.bearer(if_match="*"))
        assert (change.status_code, change.json()["type"]) == (503, "/docs#unavailable")
        metrics = (await http.get(f"http://127.0.0.1:{health_port}/metrics")).text
        assert 'route="/api/v1/requests/{number}",status="200"' in metrics
        running.send_signal(signal.SIGTERM)
        out, _ = await asyncio.wait_for(running.communicate(), 20)
    assert running.returncode == 0, out.decode()
    assert b"Traceback" not in out
    assert not any(key.encode() in out for key in site.keys.values())


@pytest.mark.parametrize("taken", ["TRACKER_PORT", "HEALTH_PORT"])
async def test_a_taken_port_is_said_in_a_sentence(mongo_settings: MongoSettings, site: Site, taken: str) -> None:
    """Exit code 2, naming the setting."""
    port, health_port = free_ports(2)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port if taken == "TRACKER_PORT" else health_port))
        other.listen()
        async with process(environment(mongo_settings, site, port, health_port)) as running:
            out, _ = await asyncio.wait_for(running.communicate(), SECONDS)
    assert running.returncode == 2, out.decode()
    assert taken in out.decode()


async def test_a_wrong_setting_is_said_in_a_sentence(mongo_settings: MongoSettings, site: Site) -> None:
    """Exit code 2, naming each variable and no value."""
    environ = {**environment(mongo_settings, site, 0, 0), "TRACKER_PAGE_ITEMS": "500", "PUBLIC_BASE_URL": "ftp://secret.example"}
    async with process(environ) as running:
        out, _ = await asyncio.wait_for(running.communicate(), SECONDS)
    assert running.returncode == 2
    assert "PUBLIC_BASE_URL" in out.decode()
    assert "secret" not in out.decode()
