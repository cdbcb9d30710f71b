"""The ``project`` role: on Kafka and MongoDB as they are, frozen, away, and turned over by a rebuild."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from local_stack.mongo import LocalMongo
from local_stack.processes import free_ports
from shared.contracts import RequestEvent
from shared.errors import TransientError
from shared.kafka.broker import KafkaGroup, KafkaLog, KafkaPublisher, ensure_topics
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS, REQUEST_UPDATED, SUBMISSION_RECEIVED
from shared.settings import KafkaSettings, MongoSettings, OperationsSettings
from support.examples import changed, submission
from support.fake_requests import record
from support.logs import creation, follow_up, merge, number_of
from support.servers import unique
from support.tracker_store import FIRST, FragileConnection, contents, own_database, project, projection, store
from tracker.project_app import ProjectRole, Settings, now, prepared, run_watched
from tracker.rebuild import Rebuild
from tracker.settings import ProjectSettings, StoreSettings
from tracker.store.connection import Names

A, B = number_of("a"), number_of("b")
SOON = 30.0


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Until it is so."""
    async with asyncio.timeout(SOON):
        while not await is_so():  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.1)


async def test_a_frozen_mongodb_is_transient_and_heals(tmp_path: Path) -> None:
    """Every call ends within its limit; once the server goes on, the same batch is settled, once."""
    async with LocalMongo(tmp_path, free_ports(1)[0]) as mongo:
        settings = MongoSettings(mongodb_uri=SecretStr(mongo.uri), mongodb_timeout_seconds=1.0)
        connection = FragileConnection.open(settings, "tracker")
        batch = [record(creation("a"), 0), record(creation("b"), 1)]
        await project(store(connection), batch[:1])
        mongo.pause()
        loop = asyncio.get_running_loop()
        started = loop.time()
        with pytest.raises(TransientError, match="mongodb"):
            await projection(store(connection))(batch)
        assert loop.time() - started < 2.5
        with pytest.raises(TransientError, match="mongodb"):
            await connection.names()
        mongo.resume()
        await project(store(connection), batch)
        assert {number: one["revision"] for number, one in (await contents(connection))["requests"].items()} == {A: 1, B: 1}
        await connection.close()


async def test_a_mongodb_that_is_killed_comes_back_with_everything(tmp_path: Path) -> None:
    """What was answered is durable; what was not is written when its batch comes again."""
    mongo = LocalMongo(tmp_path, free_ports(1)[0])
    await mongo.start()
    settings = MongoSettings(mongodb_uri=SecretStr(mongo.uri), mongodb_timeout_seconds=1.0)
    connection = FragileConnection.open(settings, "tracker", patience=5)
    batch = [record(creation(f"n{place}"), place) for place in range(20)]
    await project(store(connection), batch[:10])
    mongo.kill()
    with pytest.raises(TransientError, match="mongodb"):
        await projection(store(connection))(batch[10:])
    await mongo.start()
    assert len((await contents(connection))["requests"]) == 10
    await project(store(connection), batch, 7)
    assert len((await contents(connection))["requests"]) == 20
    await connection.close()
    await mongo.stop()


async def test_the_watch_ends_the_loop() -> None:
    """The generation is over: the loop is told to stop, though the process goes on."""
    stop, answers = asyncio.Event(), [False, True]

    async def run(inner: asyncio.Event) -> None:
        await inner.wait()

    async def is_over() -> bool:
        return answers.pop(0)

    async with asyncio.timeout(5):
        await run_watched(run, is_over, stop)
    assert (stop.is_set(), answers) == (False, [])


async def test_a_stop_is_passed_on_while_the_watch_waits_for_mongodb() -> None:
    """A server that does not answer keeps no process from its graceful end."""
    stop = asyncio.Event()

    async def run(inner: asyncio.Event) -> None:
        asyncio.get_running_loop().call_later(0.05, stop.set)
        await inner.wait()

    async def never() -> bool:
        await asyncio.Event().wait()
        return False

    async with asyncio.timeout(1):
        await run_watched(run, never, stop)


async def test_a_watch_that_fails_ends_the_loop_loudly() -> None:
    """Unwatched, it would write on into a generation that nobody reads; a MongoDB that is away is no such failure."""
    asked = 0

    async def run(inner: asyncio.Event) -> None:
        await inner.wait()

    async def is_over() -> bool:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise TransientError("mongodb")
        raise KeyError(asked)

    async with asyncio.timeout(5):
        with pytest.raises(KeyError):
            await run_watched(run, is_over, asyncio.Event())
    assert asked == 2


async def test_what_fell_behind_is_swept_at_the_start(connection: FragileConnection) -> None:
    """A zombie wrote into a generation that was dropped: no redaction would reach that, so it goes. A younger one is being filled."""
    for names in (FIRST, Names(4)):
        await project(store(connection, names), [record(creation("a"), 0)])
    await prepared(connection, Names(3))
    left = {name.rpartition("_g")[2] for name in await connection.database.list_collection_names() if "_g" in name}
    assert left == {"3", "4"}


@dataclass
class Running:
    """A role at work, with a log and a group of its own."""

    connection: FragileConnection
    settings: Settings
    publisher: KafkaPublisher
    role: ProjectRole

    async def append(self, *events: RequestEvent) -> None:
        await self.publisher.publish([Outgoing(REQUEST_EVENTS.name, event.key.encode(), event.encode()) for event in events])

    async def requests(self) -> dict[str, Any]:
        return dict((await contents(self.connection, await self.connection.names()))["requests"])

    async def has(self, number: str, revision: int) -> bool:
        return (await self.requests()).get(number, {}).get("revision") == revision

    async def shell(self, *arguments: str) -> dict[str, Any]:
        """What ``cary311 tracker`` says as JSON, in a process of its own."""
        kafka = {name.upper(): str(value) for name, value in self.settings.kafka.model_dump(exclude_none=True).items()}
        environment = {
            **os.environ,
            **kafka,
            "MONGODB_URI": self.settings.mongo.mongodb_uri.get_secret_value(),
            "TRACKER_DATABASE": self.settings.store.tracker_database,
            "TRACKER_PROJECT_GROUP": self.settings.project.tracker_project_group,
        }
        program = Path(sys.executable).with_name("cary311")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(program, "tracker", *arguments, "--json", env=environment, stdout=pipe, stderr=pipe)
        output, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        return dict(json.loads(output))

    async def has_announced(self, wanted: list[tuple[str, int]]) -> bool:
        """Whether number and revision of what was announced of these requests are just these."""
        numbers = {number for number, _ in wanted}
        async with KafkaLog(self.settings.kafka, REQUEST_UPDATED.name) as log:
            told = [json.loads(record.value or b"") for batch in [batch async for batch in log.read()] for record in batch]
        found = [(one["service_request_id"], one["revision"]) for one in told if one["service_request_id"] in numbers]
        return sorted(found) == sorted(wanted)


@asynccontextmanager
async def running(kafka: KafkaSettings, mongo: MongoSettings) -> AsyncIterator[Running]:
    """The role, until the block ends; then it stops in peace."""
    await ensure_topics(kafka)
    publisher = await KafkaPublisher.start(kafka, "test")
    async with own_database(mongo) as connection:
        settings = Settings(
            kafka,
            mongo,
            OperationsSettings(health_port=0),
            StoreSettings(tracker_database=connection.database.name),
            ProjectSettings(tracker_project_group=unique("project")),
        )
        role, stop = ProjectRole(settings), asyncio.Event()
        task = asyncio.create_task(role.run(stop))
        try:
            yield Running(connection, settings, publisher, role)
        finally:
            stop.set()
            async with asyncio.timeout(20):
                await task
            await publisher.close()


async def test_events_become_requests_and_announcements(kafka_settings: KafkaSettings, mongo_settings: MongoSettings) -> None:
    """From the log into the store, announced, derived events included; then a rebuild turns the store over under way."""
    one, other = unique("one"), unique("other")
    async with running(kafka_settings, mongo_settings) as site:
        await site.append(creation(one), creation(other), follow_up(f"{one} again", one, sender=one))
        await eventually(lambda: site.has(number_of(one), 2))
        await site.append(merge(other, one), changed(2, service_request_id=number_of(one)))
        await eventually(lambda: site.has(number_of(one), 4))  # its follower came as a derived event
        before = await site.requests()
        group = KafkaGroup(site.settings.kafka, site.settings.project.tracker_project_group, REQUEST_EVENTS.name)
        async with KafkaLog(site.settings.kafka, REQUEST_EVENTS.name) as log, group:
            rebuild = Rebuild(connection=site.connection, log=log, group=group, clock=now, say=lambda _line: None, grace_seconds=0)
            result = await rebuild.run(None)
        assert (result.is_present, result.comparison.differences) == (True, 0)
        assert await site.requests() == before
        await site.append(changed(3, "later", service_request_id=number_of(one)))
        await eventually(lambda: site.has(number_of(one), 5))
        wanted = [*((number_of(one), revision) for revision in range(1, 6)), (number_of(other), 1), (number_of(other), 2)]
        await eventually(lambda: site.has_announced(wanted))


async def test_the_commands_on_the_real_servers(kafka_settings: KafkaSettings, mongo_settings: MongoSettings, tmp_path: Path) -> None:
    """``cary311 tracker`` beside the running role: a snapshot, a rebuild from it, and what was accepted is there."""
    name, moment = unique("shell"), now().replace(microsecond=0)
    async with running(kafka_settings, mongo_settings) as site:
        report = creation(name).report
        sent = submission(submission_id=report.submission_id, service_request_id=report.service_request_id, received_at=moment)
        await site.publisher.publish([Outgoing(SUBMISSION_RECEIVED.name, sent.key.encode(), sent.encode())])
        await site.append(creation(name, received_at=moment).model_copy(update={"occurred_at": moment}))
        await eventually(lambda: site.has_announced([(number_of(name), 1)]))
        file = str(tmp_path / "x.snapshot")
        taken = await site.shell("snapshot", file)
        rebuilt = await site.shell("rebuild", "--from", file)
        assert (rebuilt["is_present"], rebuilt["is_equal"], taken["documents"] > 0) == (True, True, True)
        # Other tests' submissions lie in the same topics: only this one is looked for.
        until = (moment + timedelta(milliseconds=1)).isoformat()
        found = await site.shell("reconcile", "--since", moment.isoformat(), "--until", until)
        assert (found["accepted"], found["stored"], found["announced"], found["is_whole"]) == (1, 1, 1, True)
