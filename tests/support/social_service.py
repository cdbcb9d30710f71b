"""intake-social in tests: the real service around a scripted X and a MongoDB, with a Kafka in memory that can be away."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from pydantic import SecretBytes, SecretStr

from intake_social.app import IntakeSocial
from intake_social.settings import IntakeSocialSettings
from intake_social.store.connection import Connection
from shared.kafka.records import Record, TopicPartition
from shared.kafka.topics import INTAKE_SOCIAL_GROUP, REQUEST_UPDATED
from shared.settings import MongoSettings
from support.examples import SECRET
from support.fake_kafka import FakeKafka, FakeRecordSource
from support.imap_service import SwitchableKafka
from support.x_posts import TOWN
from support.x_scripted import TOKEN, ScriptedX

PATIENCE_SECONDS = 30.0


def service_settings(
    mongo: MongoSettings,
    server: ScriptedX,
    **changes: Any,  # noqa: ANN401 - settings by name
) -> IntakeSocialSettings:
    """Settings with invented secrets, databases of the test's own, and short waits."""
    name = uuid.uuid4().hex[:10]
    values: dict[str, Any] = {
        "mongodb_uri": mongo.mongodb_uri,
        "kafka_create_topics": False,
        "mongodb_timeout_seconds": 5.0,
        "attachments_database": f"attachments_{name}",
        "intake_social_database": f"intake_social_{name}",
        "tracking_number_secret": SecretBytes(SECRET),
        "x_bearer_token": SecretStr(TOKEN),
        "x_api_base": server.base,
        "x_account_ids": (TOWN,),
        "social_photo_origins": (server.base,),
        "social_poll_seconds": 0.2,
        "social_first_start": "all",
        "health_port": 0,
    }
    return IntakeSocialSettings(**(values | changes))


class CalmSource(FakeRecordSource):
    """A member of the group that is asked a few times a second, as on a broker."""

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Mapping[TopicPartition, Sequence[Record]]:
        found = await super().poll(max_records=max_records, timeout_seconds=timeout_seconds)
        await asyncio.sleep(0 if found else 0.05)
        return found


@dataclass
class World:
    """The service and everything around it."""

    settings: IntakeSocialSettings
    server: ScriptedX
    kafka: SwitchableKafka = field(default_factory=SwitchableKafka)
    announced: FakeKafka = field(default_factory=FakeKafka)
    """The topic of announcements."""
    service: IntakeSocial = field(init=False)
    _stop: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start the service."""
        self._stop = asyncio.Event()
        self.service = IntakeSocial(self.settings, self.kafka, adapt=lambda parts: replace(parts, join=self._join))
        self._task = asyncio.create_task(self.service.run(self._stop))

    async def _join(self) -> Any:  # noqa: ANN401 - it has all that the source has
        return CalmSource(self.announced, (REQUEST_UPDATED.name,), INTAKE_SOCIAL_GROUP)

    async def stop(self) -> None:
        """Stop it in order."""
        self._stop.set()
        task, self._task = self._task, None
        if task is not None:
            await asyncio.wait_for(task, 20)

    async def until(self, ask: Callable[[], object]) -> None:
        """Returns once ``ask`` says yes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ask():
            if self._task is not None and self._task.done():
                self._task.result()
            assert time.monotonic() < deadline
            await asyncio.sleep(0.03)

    async def until_on(self) -> None:
        """Returns once it takes announcements: what was made before is older than the first start."""
        await self.until(lambda: self.announced.members[INTAKE_SOCIAL_GROUP])

    async def readiness(self) -> tuple[int, dict[str, Any]]:
        """What the health page says."""
        await self.until(lambda: self.service.health is not None and self.service.health.port)
        assert self.service.health is not None
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"http://127.0.0.1:{self.service.health.port}/readyz")
        return answer.status_code, answer.json()


@asynccontextmanager
async def social_world(mongo: MongoSettings, server: ScriptedX, **changes: Any) -> AsyncIterator[World]:  # noqa: ANN401 - settings
    """A running service of the test's own."""
    world = World(service_settings(mongo, server, **changes), server)
    world.start()
    try:
        yield world
    finally:
        await world.stop()
        await forget_databases(world.settings)


async def forget_databases(settings: IntakeSocialSettings) -> None:
    """Drop what a test made."""
    connection = Connection.open(settings, settings.intake_social_database)
    for database in (settings.intake_social_database, settings.attachments_database):
        await connection._client.drop_database(database)
    await connection.close()
