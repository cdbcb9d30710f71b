"""The whole service as a process, with nothing around it: no Kafka, no MongoDB, no tracker."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from local_stack.processes import free_ports
from shared.spool.look import look
from support.intake_web import picture

START_SECONDS = 30.0
STOP_SECONDS = 8.0
REPORT = {"description": "Street light dark, planted-words", "email": "planted@example.org"}


@dataclass
class Running:
    """The process and where it listens."""

    process: asyncio.subprocess.Process
    portal_url: str
    health_url: str
    log: Path


def environment(folder: Path, portal_port: int, health_port: int, nobody_port: int) -> dict[str, str]:
    """Everything the process is told; what should be at ``nobody_port`` is away."""
    return {
        "PATH": os.environ["PATH"],
        "TRACKING_NUMBER_SECRET": "an invented secret of 32 bytes..",
        "RECEIPT_SECRET": "another invented secret, 32 bytes",
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{nobody_port}",
        "MONGODB_URI": f"mongodb://127.0.0.1:{nobody_port}/",
        "TRACKER_URL": f"http://127.0.0.1:{nobody_port}",
        "PORTAL_PORT": str(portal_port),
        "HEALTH_PORT": str(health_port),
        "SPOOL_PATH": str(folder / "spool" / "spool.sqlite"),
        "PUBLISH_TIMEOUT_SECONDS": "0.5",
        "PHOTO_STORE_TIMEOUT_SECONDS": "0.5",
        "LOG_FORMAT": "json",
    }


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    """The process, listening."""
    portal_port, health_port, nobody_port = free_ports(3)
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "intake_web",
            env=environment(folder, portal_port, health_port, nobody_port),
            stdout=output,
            stderr=output,
            cwd=folder,
        )
    service = Running(process, f"http://127.0.0.1:{portal_port}", f"http://127.0.0.1:{health_port}", log)
    try:
        await _ready(service)
        yield service
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ready(service: Running) -> None:
    deadline = time.monotonic() + START_SECONDS
    async with httpx.AsyncClient(base_url=service.health_url) as http:
        while time.monotonic() < deadline and service.process.returncode is None:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    pytest.fail(service.log.read_text())


async def test_with_nothing_around_it_reports_are_kept_and_the_stop_is_graceful(tmp_path: Path) -> None:
    """It starts, says 202 with a number for words and photos, is alive, and after SIGTERM ends with 0; all is in the spool."""
    async with running(tmp_path) as service:
        async with httpx.AsyncClient(base_url=service.portal_url, timeout=20) as http:
            words = await http.post("/api/v1/submissions", json=REPORT)
            photo = await http.post("/api/v1/submissions", data=REPORT, files={"photos": ("p.jpg", picture(), "image/jpeg")})
            page = await http.get(words.json()["status_url"].removeprefix("http://127.0.0.1:8311"))
            unknown = await http.get("/open311/v2/services.json")
            alive = await http.get(f"{service.health_url}/livez")
            metrics = await http.get(f"{service.health_url}/metrics")
        started = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(service.process.wait(), STOP_SECONDS)
        seconds = time.monotonic() - started

    contents = look(tmp_path / "spool" / "spool.sqlite")
    log = service.log.read_text()
    assert [words.status_code, photo.status_code, page.status_code, alive.status_code] == [202, 202, 200, 200]
    assert "on its way" in page.text
    assert (unknown.status_code, unknown.json()[0]["code"]) == (503, 503)
    assert "cary311_spool_entries 2.0" in metrics.text
    assert [(entry.service_request_id, entry.photos) for entry in contents.waiting] == [
        (words.json()["service_request_id"], 0),
        (photo.json()["service_request_id"], 1),
    ]
    assert code == 0, log
    assert seconds < 6, log  # MongoDB's driver sits out its own three seconds
    assert "planted" not in log + metrics.text
    assert "Traceback" not in log


async def test_what_was_accepted_survives_kill_9(tmp_path: Path) -> None:
    """The next process finds it; nothing was said that is not on disk."""
    async with running(tmp_path) as service:
        async with httpx.AsyncClient(base_url=service.portal_url, timeout=20) as http:
            numbers = [(await http.post("/api/v1/submissions", json=REPORT)).json()["service_request_id"] for _ in range(3)]
        service.process.kill()
        await service.process.wait()
    async with running(tmp_path):
        assert [entry.service_request_id for entry in look(tmp_path / "spool" / "spool.sqlite").waiting] == numbers


async def test_a_wrong_setting_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    """Exit code 2, the variable's name, and not its value."""
    ports = free_ports(3)
    told = environment(tmp_path, *ports) | {"RECEIPT_SECRET": "planted-and-short"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "intake_web", env=told, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path
    )
    output, _ = await asyncio.wait_for(process.communicate(), START_SECONDS)

    assert process.returncode == 2
    assert b"RECEIPT_SECRET" in output
    assert b"planted" not in output
    assert b"Traceback" not in output
