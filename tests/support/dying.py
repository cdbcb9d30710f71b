"""What ends a service's process (SIGKILL) behind a step of its work, and that process, to be started again and again."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_stack.processes import free_ports
from shared.settings import KafkaSettings, MongoSettings
from support.examples import SECRET
from support.servers import unique

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


class Dying:
    """Something of the service, that ends the process when a call of it has come back so many times.

    ``asked``: calls that come back with nothing most of the time, which is no step.
    """

    def __init__(self, inner: Any, call: str, times: int, *, asked: Collection[str] = ()) -> None:  # noqa: ANN401 - any part
        self._inner = inner
        self._call = call
        self._left = times
        self._asked = asked

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        found = getattr(self._inner, name)
        return partial(self._last, found) if name == self._call else found

    async def _last(self, call: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the part's
        result = await call(*args, **kwargs)
        if self._call in self._asked and not result:
            return result
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


class Unsent:
    """The outbox, from which nobody takes anything: before the step is done nothing shall be in hand yet."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - the outbox
        self._inner = inner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the outbox has
        return getattr(self._inner, name)

    async def claim(self, _now: datetime, _lease: timedelta) -> None:
        """Nothing."""


def process_environment(mongo: MongoSettings, kafka: KafkaSettings, **own: str) -> dict[str, str]:
    """All that a process is told: secrets, the servers, files of its own; ``own``: what the service has beside."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "deploy" / "local")]),
        "TRACKING_NUMBER_SECRET": SECRET.decode(),
        "MONGODB_URI": mongo.mongodb_uri.get_secret_value(),
        "ATTACHMENTS_DATABASE": unique("attachments"),
        "KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers,
        "KAFKA_PARTITIONS": str(kafka.kafka_partitions),
        "KAFKA_REPLICATION_FACTOR": "1",
        "KAFKA_MIN_INSYNC_REPLICAS": "1",
        "HEALTH_PORT": str(free_ports(1)[0]),
        "LOG_FORMAT": "json",
        **own,
    }


@dataclass(frozen=True)
class Doomed:
    """A service, to be started again and again. ``module``: its ``main``, that takes a step and how often until it dies behind it."""

    module: str
    environment: dict[str, str]
    log: Path

    @asynccontextmanager
    async def running(self, step: str = "never", times: int = 1) -> AsyncIterator[asyncio.subprocess.Process]:
        """The process, that kills itself behind a step."""
        with self.log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self.module, step, str(times), env=self.environment, stdout=output, stderr=output
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def until_ready(self, process: asyncio.subprocess.Process) -> None:
        """Returns once it says so."""
        async with httpx.AsyncClient() as http, asyncio.timeout(PATIENCE_SECONDS):
            while process.returncode is None:
                try:
                    if (await http.get(f"http://127.0.0.1:{self.environment['HEALTH_PORT']}/readyz")).is_success:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)
        pytest.fail(self.said())

    def said(self) -> str:
        """What its log has."""
        return self.log.read_text()
