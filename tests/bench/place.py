"""Where a measurement takes place: engines of its own, services started when they are needed, and what the person asked for."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from bench.figures import InvalidMeasurementError
from bench.processes import cores, pin
from bench.rounds import Say
from local_stack.credentials import new_credentials
from local_stack.fetch import REPOSITORY
from local_stack.services import MAIL_VARIABLES, some_ports
from local_stack.stack import KAFKA, MONGODB, Given, Stack
from local_stack.x_channel import X_VARIABLES
from shared.kafka.broker import KafkaLog, ensure_topics
from shared.settings import KafkaSettings, MongoSettings
from support.servers import local_kafka_settings


class NoApacheKafkaError(InvalidMeasurementError):
    """Its jars cannot be fetched here."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for."""

    rounds: int
    """0: a rehearsal."""
    items: int | None = None
    """Of each run; None: as many as each benchmark finds right."""

    def count(self, usual: int) -> int:
        """How many items a run should have."""
        return self.items or usual


@dataclass(frozen=True, slots=True)
class Place:
    """The engines, and how to reach them."""

    folder: Path
    stack: Stack
    kafka: KafkaSettings
    mongodb: MongoSettings
    plan: Plan
    say: Say
    environment: Mapping[str, str] = field(repr=False)

    async def start(self, *names: str) -> None:
        """Start services and wait until they are ready."""
        await asyncio.gather(*map(self.stack.start_service, names))

    async def stop(self, *names: str) -> None:
        """Stop services."""
        await asyncio.gather(*(self.stack.programs[name].stop() for name in names))

    def pin(self, name: str) -> int:
        """Keep a service on the servers' core; its process id."""
        pid = self.stack.programs[name].pid
        pin(pid, cores()[0])
        return pid

    async def count(self, topic: str) -> int:
        """How many records were ever written to a topic."""
        async with KafkaLog(self.kafka, topic) as log:
            return sum((await log.end_offsets()).values())

    async def wrote(self, topic: str, before: int, expected: int) -> None:
        """Nothing less and nothing more.

        Raises:
            InvalidMeasurementError: another number of records was written.
        """
        found = await self.count(topic) - before
        if found != expected:
            raise InvalidMeasurementError(f"{topic}: {expected} records expected, {found} written")


@asynccontextmanager
async def a_place(folder: Path, plan: Plan, say: Say) -> AsyncIterator[Place]:
    """Apache Kafka and MongoDB's stand-in, fresh, with the topics made.

    Raises:
        NoApacheKafkaError: it is not to be had.
    """
    not_inherited = {"KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", *MAIL_VARIABLES, *X_VARIABLES}
    environ = {name: value for name, value in os.environ.items() if name not in not_inherited}
    stack = Stack(Given(folder / "data", folder / "logs", some_ports(), new_credentials(), environ))
    await stack.start_engine(KAFKA)
    try:
        await stack.start_engine(MONGODB)
        assert stack.kafka is not None
        assert stack.mongodb is not None
        if not stack.kafka.is_apache:
            raise NoApacheKafkaError("Apache Kafka is not to be had here, and figures on its stand-in would mean nothing")
        kafka = local_kafka_settings(stack.kafka.bootstrap_servers)
        await ensure_topics(kafka)
        mongodb = MongoSettings(mongodb_uri=SecretStr(stack.mongodb.uri))
        paths = os.pathsep.join(str(REPOSITORY / part) for part in ("deploy/local", "tests"))
        yield Place(folder, stack, kafka, mongodb, plan, say, {**stack.environment, "PYTHONPATH": paths})
    finally:
        await stack.stop()
