"""What ends a service's process (SIGKILL) behind a step of its work, and that process, to be started again and again.

What dies is a process of its own, forked from one that has imported everything: importing takes longer than the work of most.
"""

import asyncio
import importlib
import multiprocessing
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from local_stack.processes import free_ports
from shared.settings import KafkaSettings, MongoSettings
from support.examples import SECRET
from support.servers import unique

ROOT = Path(__file__).parents[2]
PYTHON_PATH: Final = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "deploy" / "local")])
MODULES: Final = ("support.imap_dying", "support.social_dying")
"""Whose ``main`` a process can have."""
POLL_SECONDS: Final = 0.01
PATIENCE_SECONDS = 60.0
ORPHAN = re.compile(r'Traceback .*\n  File "<string>", line 1, in <module>\n(?:  .*\n)+EOFError: Ran out of input\n')
"""What Python says in a worker process whose parent was killed while it started."""


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
        "PYTHONPATH": PYTHON_PATH,
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


@cache
def _forks() -> ForkServerContext:
    """The process that the others are forked from, started once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*MODULES])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = PYTHON_PATH
    try:
        forkserver.ensure_running()
    finally:
        os.environ.pop("PYTHONPATH")
        os.environ |= {"PYTHONPATH": before} if before is not None else {}
    return context


def _work(module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """In the forked process: as ``python -m module`` in that environment does."""
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output, stream.fileno())
    tracker: Any = resource_tracker._resource_tracker
    tracker._fd = tracker._pid = None  # one of its own, which cleans up when it is killed
    sys.argv = [module, *arguments]
    sys.exit(importlib.import_module(module).main())


class Running:
    """A process at work, as ``asyncio.subprocess.Process`` has it."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        process.start()

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.exitcode

    async def wait(self) -> int:
        """Its return code, once it has ended."""
        while (code := self.returncode) is None:  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(POLL_SECONDS)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)


@dataclass(frozen=True)
class Doomed:
    """A service, to be started again and again. ``module``: its ``main``, that takes a step and how often until it dies behind it."""

    module: str
    environment: dict[str, str]
    log: Path

    @asynccontextmanager
    async def running(self, step: str = "never", times: int = 1) -> AsyncIterator[Running]:
        """The process, that kills itself behind a step."""
        work = partial(_work, self.module, (step, str(times)), self.environment, self.log)
        process = Running(_forks().Process(target=work))
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
                await process.wait()

    async def until_ready(self, process: Running) -> None:
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

    def has_stumbled(self) -> bool:
        """Whether its log has a stack trace, beside those of orphans."""
        return "Traceback" in ORPHAN.sub("", self.said())
