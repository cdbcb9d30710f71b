"""The servers of a test session: real Kafka and a MongoDB wire server of its own, or those that the environment names."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from local_stack.kafka import LocalKafka
from local_stack.kafka_java import PARTITIONS
from local_stack.mongo import LocalMongo
from local_stack.processes import free_ports
from shared.settings import KafkaSettings, MongoSettings


def is_ci() -> bool:
    """Whether nothing may be skipped for want of a program."""
    return os.environ.get("CI") == "true"


def unique(name: str) -> str:
    """A name that no other test has, for topics, groups and databases: ``name-3f2a91c04b``."""
    return f"{name}-{uuid.uuid4().hex[:10]}"


@dataclass(frozen=True, slots=True)
class KafkaServer:
    """The broker of the session. ``local`` is None where the environment named another one."""

    settings: KafkaSettings
    local: LocalKafka | None

    @property
    def is_apache(self) -> bool:
        """Whether it is real Kafka; a broker that the environment names is taken at its word."""
        return self.local is None or self.local.is_apache


@dataclass(frozen=True, slots=True)
class MongoServer:
    """The MongoDB of the session. ``local`` is None where the environment named another one."""

    settings: MongoSettings
    local: LocalMongo | None


def local_kafka_settings(bootstrap_servers: str) -> KafkaSettings:
    """Settings for one node: every partition on it alone."""
    return KafkaSettings(
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_partitions=PARTITIONS,
        kafka_replication_factor=1,
        kafka_min_insync_replicas=1,
        kafka_session_timeout_ms=6_000,
    )


@asynccontextmanager
async def kafka_server(folder: Path) -> AsyncIterator[KafkaServer]:
    """``KAFKA_BOOTSTRAP_SERVERS`` (with ``KAFKA_REPLICATION_FACTOR`` …) where it is set, else a broker of our own on a free port."""
    if os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield KafkaServer(KafkaSettings(), None)
        return
    async with LocalKafka(folder, free_ports(1)[0]) as kafka:
        yield KafkaServer(local_kafka_settings(kafka.bootstrap_servers), kafka)


@asynccontextmanager
async def mongo_server(folder: Path) -> AsyncIterator[MongoServer]:
    """``MONGODB_URI`` where it is set, else a server of our own on a free port."""
    if os.environ.get("MONGODB_URI"):
        yield MongoServer(MongoSettings(), None)
        return
    async with LocalMongo(folder, free_ports(1)[0]) as mongo:
        yield MongoServer(MongoSettings(mongodb_uri=SecretStr(mongo.uri)), mongo)
