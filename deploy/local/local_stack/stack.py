"""The engines and services of one system, started and stopped in order."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from local_stack.clients import local_client
from local_stack.credentials import Credentials
from local_stack.desk_process import LocalDesk
from local_stack.fetch import Progress, silent
from local_stack.kafka import LocalKafka, to_stderr
from local_stack.mailbox import LocalMailbox
from local_stack.mongo import LocalMongo
from local_stack.processes import Program, StackError
from local_stack.services import (
    STOPPING_ORDER,
    Engines,
    Ports,
    Service,
    common_environment,
    is_mail_ours,
    kind_of,
    services,
    usual_health_ports,
)
from local_stack.warming import Tell
from local_stack.x_channel import is_x_ours
from local_stack.x_process import LocalX

READY_SECONDS = 60.0
STOP_SECONDS = 12.0
PROBE_GAP_SECONDS = 0.1
KAFKA, MONGODB, MAILBOX, MAIL_DESK, X = "kafka", "mongodb", "mailbox", "mail-desk", "x"

Report = Callable[[str, float], None]
"""Called with the name of what is ready now, and the seconds it took."""


def unreported(_name: str, _seconds: float) -> None:
    """A report that nobody reads."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a stack is made from. An engine that the environment names is not ours to start."""

    data: Path
    logs: Path
    ports: Ports
    credentials: Credentials
    environ: Mapping[str, str]
    copies: Mapping[str, int] | None = None


class Stack:
    """Kafka, MongoDB, the mailbox, the mail desk, the stand-in for X and the services. Start it from the main thread."""

    def __init__(self, given: Given, *, report: Report = unreported, progress: Progress = silent, tell: Tell = to_stderr) -> None:
        self.given = given
        self._report = report
        ports, environ = given.ports, given.environ
        outer_kafka, outer_mongodb = environ.get("KAFKA_BOOTSTRAP_SERVERS"), environ.get("MONGODB_URI")
        kafka = LocalKafka(given.data / KAFKA, ports.kafka, log=given.logs / "kafka.log", progress=progress, tell=tell)
        self.kafka = None if outer_kafka else kafka
        self.mongodb = None if outer_mongodb else LocalMongo(given.data / MONGODB, ports.mongodb, log=given.logs / "mongodb.log")
        mailbox = LocalMailbox(given.data / MAILBOX, ports.mailbox, given.credentials.mailbox_password, log=given.logs / "mailbox.log")
        self.mailbox = mailbox if is_mail_ours(environ) else None
        desk = LocalDesk(given.data / "mail", mailbox.folder, ports.mail, ports.mail_desk, log=given.logs / "mail-desk.log")
        self.desk = desk if is_mail_ours(environ) else None
        x = LocalX(given.data / X, ports.x, given.credentials.x_keys, log=given.logs / "x.log", options=("--at-ease",))
        self.x = x if is_x_ours(environ) else None
        self.engines = Engines(
            kafka_bootstrap_servers=outer_kafka or f"127.0.0.1:{ports.kafka}",
            mongodb_uri=outer_mongodb or (self.mongodb.uri if self.mongodb else ""),
            is_kafka_ours=self.kafka is not None,
        )
        self.environment = common_environment(environ, ports, self.engines, given.credentials, given.data / "spool" / "spool.sqlite")
        self.services = {service.name: service for service in services(self.environment, given.copies, usual_health_ports(ports))}
        self._programs = {
            name: Program(name, service.command, environment=service.environment, log=given.logs / f"{name}.log")
            for name, service in self.services.items()
        }

    @property
    def portal_url(self) -> str:
        """The residents' portal and the GeoReport base."""
        return f"http://127.0.0.1:{self.given.ports.portal}"

    @property
    def tracker_url(self) -> str:
        """The tracker's HTTP."""
        return f"http://127.0.0.1:{self.given.ports.tracker}"

    @property
    def programs(self) -> dict[str, Program]:
        """Every process that is ours, engines first."""
        return {name: engine.program for name, engine in self._own_engines.items()} | self._programs

    @property
    def _own_engines(self) -> dict[str, LocalKafka | LocalMongo | LocalMailbox | LocalDesk | LocalX]:
        named = {KAFKA: self.kafka, MONGODB: self.mongodb, MAILBOX: self.mailbox, MAIL_DESK: self.desk, X: self.x}
        return {name: engine for name, engine in named.items() if engine}

    async def start(self) -> None:
        """Start the engines together, then the services together, and wait until all are ready.

        Raises:
            StackError: one ended or was not ready in time; with the last lines of its log. Everything is stopped again.
        """
        try:
            await self._together(*(self.start_engine(name) for name in self._own_engines))
            await self._together(*(self.start_service(name) for name in self.services))
        except BaseException:
            await self.stop()
            raise

    @staticmethod
    async def _together(*starts: Coroutine[None, None, None]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for start in starts:
                    group.create_task(start)
        except* StackError as errors:
            raise errors.exceptions[0] from None

    async def start_engine(self, name: str) -> None:
        """Start Kafka, MongoDB, the mailbox, the mail desk or the stand-in for X on the data that is there, and wait until it answers."""
        started = time.monotonic()
        await self._own_engines[name].start()
        is_stand_in = self.kafka is not None and name == KAFKA and not self.kafka.is_apache
        self._report("noida-db for Kafka" if is_stand_in else name, time.monotonic() - started)

    async def start_service(self, name: str) -> None:
        """Start one service and wait until it is ready."""
        started = time.monotonic()
        self._programs[name].start()
        await self.ready(name)
        self._report(name, time.monotonic() - started)

    async def ready(self, name: str, within_seconds: float = READY_SECONDS) -> None:
        """Wait until a running service is ready.

        Raises:
            StackError: it ended, or was not ready in time.
        """
        program, service = self._programs[name], self.services[name]
        deadline = time.monotonic() + within_seconds
        async with local_client(2.0) as client:
            while time.monotonic() < deadline:
                if not program.is_running:
                    raise StackError(program.said(f"{program.death()} before it was ready"))
                if await self.is_ready(service, client):
                    return
                await asyncio.sleep(PROBE_GAP_SECONDS)
        raise StackError(program.said(f"{name} was not ready within {within_seconds:.0f} s"))

    @staticmethod
    async def is_ready(service: Service, client: httpx.AsyncClient) -> bool:
        """Whether its ``/readyz`` says so now."""
        try:
            return (await client.get(service.ready_url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    async def stop(self) -> None:
        """Stop the services along the road, then the engines."""
        for step in STOPPING_ORDER:
            await asyncio.gather(*(program.stop(STOP_SECONDS) for name, program in self._programs.items() if kind_of(name) in step))
        await asyncio.gather(*(engine.stop() for engine in self._own_engines.values()))

    def kill(self) -> None:
        """End everything at once."""
        for program in reversed(self.programs.values()):
            program.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()
