"""A process dies at every point that the architecture names, and a second one finishes its work: on the real Kafka and MongoDB.

What was stored and not announced is announced, what was announced and not committed is announced again in the same words, what was
accepted and not answered is one request when the client asks again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretBytes

from intake_web.app import build_app
from intake_web.drain import Drain
from intake_web.intake import Intake, SpoolDoor
from intake_web.process import Assembled, assemble
from intake_web.settings import IntakeWebSettings
from normalizer.app import build_loop, load_rules
from normalizer.settings import RulesSettings
from shared.errors import TransientError
from shared.kafka.broker import KafkaDeadLetters, KafkaPublisher, KafkaRecordSource
from shared.kafka.consumer import ConsumerLoop
from shared.kafka.topics import NORMALIZER_GROUP, PROJECTION_GROUP, REQUEST_EVENTS, SUBMISSION_RECEIVED
from shared.lifecycle import Closers
from shared.spool import Spool
from support.servers import unique
from support.system import System
from support.system_crashes import CrashError, DyingPublisher, DyingSource, Point
from support.system_oracle import Found, Oracle, look
from tracker.projecting import Projection
from tracker.store.connection import FIRST_GENERATION, Connection, Names
from tracker.store.writer import MongoProjectionStore, encode

REPORTS = 8
BATCH = 500
CLIENT = "tests"


@asynccontextmanager
async def member(system: System, group: str, topic: str) -> AsyncIterator[tuple[KafkaRecordSource, KafkaPublisher]]:
    """A member of a group that has no other, and a producer."""
    async with AsyncExitStack() as closing:
        publisher = await KafkaPublisher.start(system.kafka_settings, CLIENT)
        closing.push_async_callback(publisher.close)
        source = await KafkaRecordSource.start(system.kafka_settings, topics=[topic], group=group, client_id=CLIENT)
        closing.push_async_callback(source.close)
        yield source, publisher


async def projection_dies(system: System, point: Point) -> None:
    """One projection, from its start to the first batch that it does not survive."""
    connection = Connection.open(system.mongo_settings, system.tracker_database, patience=5.0)
    store = MongoProjectionStore(connection, Names(FIRST_GENERATION), lambda: datetime.now(UTC), outcome_hours=1.0)
    async with member(system, PROJECTION_GROUP, REQUEST_EVENTS.name) as (source, publisher):
        loop = ConsumerLoop(
            DyingSource(source, point),
            Projection(store, encode, lambda: datetime.now(UTC)),
            DyingPublisher(publisher, point),
            KafkaDeadLetters(publisher, PROJECTION_GROUP),
            group=PROJECTION_GROUP,
            max_records=BATCH,
        )
        with pytest.raises(CrashError):
            await loop.run(asyncio.Event())
    await connection.close()


async def normalizer_dies(system: System, point: Point) -> None:
    """The same for a normalizer."""
    secret = SecretBytes(system.stack.given.credentials.tracking_number_secret.encode())
    rules = load_rules(RulesSettings(tracking_number_secret=secret))
    async with member(system, NORMALIZER_GROUP, SUBMISSION_RECEIVED.name) as (source, publisher):
        dead_letters = KafkaDeadLetters(publisher, NORMALIZER_GROUP)
        loop = build_loop(DyingSource(source, point), DyingPublisher(publisher, point), dead_letters, rules, BATCH)
        with pytest.raises(CrashError):
            await loop.run(asyncio.Event())


async def reported(system: System) -> list[str]:
    return [await system.reported("There is a deep pothole.", service_code="ST-POTHOLE") for _ in range(REPORTS)]


def announced(found: Found, numbers: list[str]) -> int:
    return sum(bool(found.announcements[number]) for number in numbers)


async def test_a_projection_dies_and_another_one_finishes(shaken: System) -> None:
    """After the store and before the announcement, in the middle of it, after it and before the commit, after the commit.

    One after the other, so that each also meets what the one before it left behind; a merge is among it, which makes the projection
    append an event about another request.
    """
    oracle = await Oracle.begin(shaken)
    first, second = await shaken.reported("There is a deep pothole."), await shaken.reported("The pothole again.")
    await shaken.visible(first)
    await shaken.visible(second)
    assert await shaken.stop(*shaken.processes("tracker-project")) == [0, 0]
    merged = f"{shaken.tracker}/api/v1/requests/{second}/duplicate-of"
    answer = await shaken.client.put(merged, json={"duplicate_of": first}, headers={**shaken.staff, "If-Match": "*"})
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    numbers: list[str] = []
    for point in Point:
        new = await reported(shaken)
        await shaken.settled(NORMALIZER_GROUP, SUBMISSION_RECEIVED.name)
        await projection_dies(shaken, point)
        numbers += new
        found = await look(shaken)
        if point is Point.BEFORE_PUBLISH:  # only of the first one is it known what was there before
            assert found.requests.keys() & set(new), "the effect is there"
            assert announced(found, new) == 0
    await shaken.start(*shaken.processes("tracker-project"))

    assert await oracle.objections([first, second, *numbers]) == []
    seen = (await shaken.look_up(first, is_staff=True)).json()
    assert seen["staff"]["followers"] == [second]


async def test_a_normalizer_dies_and_another_one_finishes(shaken: System) -> None:
    """Before it published, in the middle, after it and before the commit, after the commit: each submission is one request."""
    oracle = await Oracle.begin(shaken)
    assert await shaken.stop(*shaken.processes("normalizer")) == [0, 0]
    numbers: list[str] = []
    for point in Point:
        numbers += await reported(shaken)
        await normalizer_dies(shaken, point)
    await shaken.start(*shaken.processes("normalizer"))

    assert await oracle.objections(numbers) == []


class AwayPublisher:
    """A Kafka that is away."""

    async def publish(self, records: object, *, timeout_seconds: float | None = None) -> None:
        """As ``Publisher.publish``."""
        raise TransientError("kafka", "away")


class DyingSpool:
    """A spool whose process dies when the report is on disk and nobody has been told."""

    def __init__(self, spool: SpoolDoor) -> None:
        self._spool = spool

    async def add(self, *entry: object) -> None:
        """As ``SpoolDoor.add``."""
        await self._spool.add(*entry)  # type: ignore[arg-type]
        raise CrashError("after the fsync")


@asynccontextmanager
async def doomed_intake(system: System, folder: Path, point: Point | None) -> AsyncIterator[tuple[httpx.AsyncClient, Assembled]]:
    """An intake-web in this process that dies after Kafka's acknowledgement (``point``), or after the fsync of its spool (None)."""
    given, told = system.stack.given.credentials, system.stack.environment
    settings = IntakeWebSettings(
        kafka_bootstrap_servers=told["KAFKA_BOOTSTRAP_SERVERS"],
        kafka_partitions=system.kafka_settings.kafka_partitions,
        kafka_replication_factor=1,
        kafka_min_insync_replicas=1,
        mongodb_uri=system.mongo_settings.mongodb_uri,
        attachments_database=system.mongo_settings.attachments_database,
        tracking_number_secret=SecretBytes(given.tracking_number_secret.encode()),
        receipt_secret=SecretBytes(given.receipt_secret.encode()),
        public_base_url=system.portal,
        tracker_url=system.tracker,
        spool_path=folder / "spool.sqlite",
        publish_timeout_seconds=10.0,
    )
    async with Closers() as closers:
        assembled = await assemble(settings, closers)
        whole = assembled.parts.intake
        publisher = AwayPublisher() if point is None else DyingPublisher(whole._publisher, point)
        spool = DyingSpool(assembled.spool) if point is None else assembled.spool
        dying = Intake(publisher, whole._attachments, spool, whole._with)
        transport = httpx.ASGITransport(build_app(replace(assembled.parts, intake=dying)))
        async with httpx.AsyncClient(transport=transport, base_url=system.portal) as client:
            yield client, assembled


async def die_while_accepting(client: httpx.AsyncClient, key: str, description: str) -> None:
    with pytest.raises(CrashError):
        await client.post("/api/v1/submissions", json={"description": description}, headers={"Idempotency-Key": key})


async def test_an_intake_dies_after_kafka_acknowledged(shaken: System, tmp_path: Path) -> None:
    """The client has no answer and asks again: it gets the number of what the dead process had published, and there is one request."""
    oracle, key = await Oracle.begin(shaken), unique("key")
    async with doomed_intake(shaken, tmp_path, Point.AFTER_PUBLISH) as (client, _):
        await die_while_accepting(client, key, "There is a deep pothole.")
    published = [number for number in (await look(shaken)).submissions if number not in oracle.before.submissions]
    assert len(published) == 1

    assert [await shaken.reported("There is a deep pothole.", key=key)] == published
    assert await oracle.objections(published) == []


async def test_an_intake_dies_between_the_spool_and_the_answer(shaken: System, tmp_path: Path) -> None:
    """What is on disk goes on with the next process, twice where that dies before it forgets it; asked again it is the same number."""
    oracle, key = await Oracle.begin(shaken), unique("key")
    async with doomed_intake(shaken, tmp_path, None) as (client, assembled):
        await die_while_accepting(client, key, "There is a deep pothole.")
        publisher, attachments = assembled.parts.intake._publisher, assembled.parts.intake._attachments
        await assembled.spool.close()
        await drain_dies(tmp_path, publisher, attachments)
        await drained(tmp_path, publisher, attachments)

    number = await shaken.reported("There is a deep pothole.", key=key)
    assert await oracle.objections([number]) == []


async def drain_dies(folder: Path, publisher: object, attachments: object) -> None:
    """The next process publishes it and dies before it leaves the spool."""
    async with opened_spool(folder) as spool:
        dying = Drain(spool, DyingPublisher(publisher, Point.AFTER_PUBLISH), attachments, clock=lambda: datetime.now(UTC))  # type: ignore[arg-type]
        with pytest.raises(CrashError):
            await dying.run(asyncio.Event())
        assert not spool.is_empty()


async def drained(folder: Path, publisher: object, attachments: object) -> None:
    """The one after it finishes."""
    async with opened_spool(folder) as spool:
        stop = asyncio.Event()
        draining = asyncio.create_task(Drain(spool, publisher, attachments, clock=lambda: datetime.now(UTC)).run(stop))  # type: ignore[arg-type]
        async with asyncio.timeout(30):
            while not spool.is_empty():  # noqa: ASYNC110 - the drain sets no event
                await asyncio.sleep(0.05)
        stop.set()
        await draining


@asynccontextmanager
async def opened_spool(folder: Path) -> AsyncIterator[Spool]:
    spool = Spool(folder / "spool.sqlite", max_bytes=2**20, max_age_seconds=3_600.0)
    await spool.open()
    try:
        yield spool
    finally:
        await spool.close()
