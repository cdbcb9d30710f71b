"""The probes: honest, free of what they need not know, and not to be brought down by whoever connects."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge

from shared.errors import ConfigurationError
from shared.observability import health
from shared.observability.health import Check, HealthServer, age_check
from shared.observability.loop_lag import LoopLag
from shared.observability.metrics import METRICS, Metrics
from shared.settings import OperationsSettings

SETTINGS = OperationsSettings(health_host="127.0.0.1", health_port=0)


@pytest.fixture
async def server() -> AsyncIterator[HealthServer]:
    """A server whose dependency is away and whose work goes on."""
    metrics = Metrics(CollectorRegistry())
    metrics.submissions_accepted.labels(channel="web").inc()
    server = HealthServer(
        SETTINGS,
        {"kafka": lambda: "no broker answers"},
        {"poll": age_check("the last poll", lambda: 3.0, limit_seconds=30)},
        metrics=metrics,
    )
    await server.start()
    yield server
    await server.close()


async def get(server: HealthServer, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        return await client.get(path, headers=headers)


async def raw(server: HealthServer, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    try:
        await writer.drain()
        writer.write_eof()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_dependency_that_is_away_costs_readiness_not_life(server: HealthServer) -> None:
    """A restart would not bring Kafka back: alive, not ready, and the operator reads why."""
    assert (await get(server, "/livez")).status_code == 200
    answer = await get(server, "/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "complaints": {"kafka": "no broker answers"}}


async def check_once(checks: Mapping[str, Check], liveness: Mapping[str, Check]) -> tuple[int, int]:
    server = HealthServer(SETTINGS, checks, liveness, metrics=Metrics(CollectorRegistry()))
    await server.start()
    try:
        return (await get(server, "/livez")).status_code, (await get(server, "/readyz")).status_code
    finally:
        await server.close()


async def test_a_silent_consumer_is_not_alive() -> None:
    """A loop that has not come round for too long is restarted, and gets no traffic meanwhile."""
    assert await check_once({}, {"poll": age_check("the last poll", lambda: 31.0, limit_seconds=30)}) == (503, 503)
    assert await check_once({}, {"poll": age_check("the last poll", lambda: 30.0, limit_seconds=30)}) == (200, 200)


async def test_a_check_that_fails_is_a_finding() -> None:
    """A bug in a check is "not ready", not a dropped connection."""

    def broken() -> str | None:
        raise KeyError("planted@example.org")

    server = HealthServer(SETTINGS, {"broken": broken}, metrics=Metrics(CollectorRegistry()))
    await server.start()
    answer = await get(server, "/readyz")
    await server.close()
    assert (answer.status_code, answer.json()["complaints"]) == (503, {"broken": "the check itself failed: KeyError"})


async def test_metrics_are_what_scrapers_read(server: HealthServer) -> None:
    """Our counters and the process's own, in the format that the scraper asks for."""
    plain = await get(server, "/metrics")
    assert plain.headers["content-type"].startswith("text/plain")
    assert 'cary311_submissions_accepted_total{channel="web"} 1.0' in plain.text
    assert "process_resident_memory_bytes" in plain.text
    newer = await get(server, "/metrics", {"Accept": "application/openmetrics-text; version=1.0.0"})
    assert newer.headers["content-type"].startswith("application/openmetrics-text")
    assert newer.text.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200"),
        (b"GET /livez?verbose=1 HTTP/1.0\r\n\r\n", b"HTTP/1.1 200"),
        (b"POST /livez HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"HTTP/1.1 405"),
        (b"GET /../etc/passwd HTTP/1.1\r\n\r\n", b"HTTP/1.1 404"),
        (b"GET /livez\r\n\r\n", b"HTTP/1.1 400"),
        (b"\x16\x03\x01 not http at all\r\n\r\n", b"HTTP/1.1 400"),
        (b"\r\n\r\n", b"HTTP/1.1 400"),
        (b"GET /livez HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", b"HTTP/1.1 431"),
        (b"x" * 1_000_000, b""),
        (b"GET /livez HTT", b""),
        (b"", b""),
    ],
)
async def test_garbage_gets_a_short_answer_or_none(server: HealthServer, sent: bytes, status: bytes) -> None:
    """Whatever arrives, the server goes on."""
    answer = await raw(server, sent)
    assert answer.startswith(status) or answer == b""
    assert (await get(server, "/livez")).status_code == 200


async def test_a_head_answer_has_no_body(server: HealthServer) -> None:
    """A HEAD is answered as HTTP wants it."""
    head, _, body = (await raw(server, b"HEAD /livez HTTP/1.1\r\n\r\n")).partition(b"\r\n\r\n")
    assert (b"Content-Length: " in head, body) == (True, b"")


async def test_silent_clients_do_not_keep_the_probe_out(server: HealthServer) -> None:
    """Connections that say nothing are bounded in number; beyond it they are dropped, and once they go the probe is answered."""
    silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(health.MAX_CONNECTIONS)]
    refused, refused_writer = await asyncio.open_connection("127.0.0.1", server.port)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await refused.readexactly(1)
    refused_writer.close()
    for _, writer in silent:
        writer.transport.abort()
    await asyncio.wait(tuple(server._connections))
    assert (await get(server, "/livez")).status_code == 200


async def test_closing_drops_who_is_connected(server: HealthServer) -> None:
    """A client that never finishes its request does not hold up the stop."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /livez")
    await get(server, "/livez")
    await server.close()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await reader.readexactly(1)
    writer.close()


async def test_a_taken_port_is_a_sentence(server: HealthServer) -> None:
    """Two processes on one port: the second says which setting to change."""
    taken = HealthServer(SETTINGS.model_copy(update={"health_port": server.port}), {}, metrics=Metrics(CollectorRegistry()))
    with pytest.raises(ConfigurationError, match=f"HEALTH_PORT: cannot listen on 127.0.0.1:{server.port}"):
        await taken.start()
    await taken.close()


async def test_a_late_event_loop_is_not_alive() -> None:
    """Who blocks the loop for longer than the limit loses its partitions; the probe says so, and recovers with the loop."""
    loop = asyncio.get_running_loop()
    lag = LoopLag(Gauge("lag", "", registry=CollectorRegistry()), limit_seconds=0.05)
    assert lag.check() is None
    lag.start()
    await asyncio.sleep(0)
    lag._due = loop.time() - 0.2
    assert "0.2 s late" in (lag.check() or "")
    lag._due = loop.time() + 10
    assert lag.check() is None
    await lag.close()


def test_every_metric_follows_the_naming_rules() -> None:
    """Our prefix, base units, a help text; counters end in _total by the client library's own rule."""
    for family in METRICS.registry.collect():
        if not family.name.startswith("cary311_"):
            assert family.name.startswith(("process_", "python_"))
            continue
        assert family.documentation
        assert not family.name.endswith(("_ms", "_milliseconds", "_minutes", "_kb", "_kilobytes", "_percent"))
        assert family.type in {"counter", "gauge", "histogram"}
