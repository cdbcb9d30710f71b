"""The process is killed (SIGKILL) between every two steps and at any moment: no post is lost, and none becomes two submissions."""

import asyncio
import signal
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from local_stack.processes import free_ports
from shared.contracts import decode_submission
from shared.kafka.broker import KafkaLog
from shared.kafka.topics import SUBMISSION_RECEIVED
from shared.settings import KafkaSettings, MongoSettings
from support.dying import PATIENCE_SECONDS, Doomed, process_environment
from support.intake_web import picture
from support.servers import unique
from support.social_dying import STEPS
from support.x_posts import post, post_id, reply
from support.x_scripted import TOKEN, ScriptedX

PER_STEP = 25
"""Posts that come before each death: three pages."""


@dataclass
class Place:
    """Where the service of one test works: a network, databases and a broker."""

    server: ScriptedX
    service: Doomed
    kafka: KafkaSettings
    mark: str
    """In every text of this test: the topic is everybody's."""

    async def finished(self) -> None:
        """A process that lives sweeps everything twice, and stops in order."""
        pages = len(self.server.requests)
        async with self.service.running() as process:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(self.server.requests) < pages + 3 * (len(self.server.posts) // 10 + 1):
                    assert process.returncode is None, self.service.said()
                    await asyncio.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 20) == 0, self.service.said()

    async def published(self) -> dict[str, list[bytes]]:
        """What Kafka has of this test's posts: the values of the records, by their text."""
        found: dict[str, list[bytes]] = defaultdict(list)
        async with KafkaLog(self.kafka, SUBMISSION_RECEIVED.name) as log:
            async for batch in log.read():
                for record in batch:
                    text = decode_submission(record.value).text
                    if self.mark in text:
                        found[text].append(record.value or b"")
        return found


@pytest.fixture
async def place(server: ScriptedX, mongo_settings: MongoSettings, kafka_settings: KafkaSettings, tmp_path: Path) -> Place:
    environment = process_environment(
        mongo_settings,
        kafka_settings,
        X_BEARER_TOKEN=TOKEN,
        X_API_BASE=server.base,
        X_PAGE_POSTS="10",
        SOCIAL_PHOTO_ORIGINS=f'["{server.base}"]',
        SOCIAL_POLL_SECONDS="0.1",
        SOCIAL_FIRST_START="all",
        SOCIAL_LEASE_SECONDS="1",
        INTAKE_SOCIAL_DATABASE=unique("killed"),
    )
    return Place(server, Doomed("support.social_dying", environment, tmp_path / "log"), kafka_settings, unique("killed"))


def write(place: Place, count: int) -> None:
    """Posts of the last minutes, the first of them the newest; every third replies to the oldest, every tenth has a photo."""
    place.server.photos["/media/a.jpg"] = picture()
    place.server.includes = {"media": [{"media_key": "3_1", "type": "photo", "url": f"{place.server.base}/media/a.jpg"}]}
    begin, written = datetime.now(UTC) - timedelta(minutes=30), len(place.server.posts)
    for number in range(written, written + count):
        moment = begin + timedelta(seconds=number)
        fields: dict[str, Any] = {
            "text": f"#311Cary {place.mark} {number}",
            "created_at": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            **({"attachments": {"media_keys": ["3_1"]}} if number % 10 == 0 else {}),
        }
        native_id = post_id(moment, number)
        root = place.server.posts[0]["id"] if place.server.posts else native_id
        is_reply = number % 3 == 2
        place.server.posts.append(reply(native_id, root, root, **fields) if is_reply else post(native_id, **fields))


async def all_is_well(place: Place, count: int) -> None:
    """Every post is one submission, repeats are the same byte for byte, and the threads hold."""
    published = await place.published()
    assert sorted(published) == sorted(f"#311Cary {place.mark} {number}" for number in range(count)), place.service.said()[-2000:]
    assert [text for text, values in published.items() if len(set(values)) > 1] == []
    said = [decode_submission(published[f"#311Cary {place.mark} {number}"][0]) for number in range(count)]
    assert len({submission.submission_id for submission in said}) == count
    root = said[0].service_request_id
    claims = [submission.claim.service_request_id if submission.claim else None for submission in said]
    assert claims == [root if number % 3 == 2 else None for number in range(count)]
    assert [len(submission.attachments) for submission in said] == [int(number % 10 == 0) for number in range(count)]
    assert not place.service.has_stumbled(), place.service.said()


@pytest.mark.timeout(300)
async def test_killed_behind_each_step(place: Place) -> None:
    """In the second page, or when the cursor has moved; each process goes on with what the one before left, and one that lives finishes."""
    for step in STEPS:
        write(place, PER_STEP)
        async with place.service.running(step, times=2) as process:
            assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == -signal.SIGKILL, (step, place.service.said())
    await place.finished()
    await all_is_well(place, PER_STEP * len(STEPS))


async def test_killed_at_any_moment(place: Place) -> None:
    """Five times, while posts keep coming."""
    chance = Random(311)
    for _ in range(5):
        write(place, 30)
        asked = len(place.server.requests)
        async with place.service.running() as process, asyncio.timeout(PATIENCE_SECONDS):
            while len(place.server.requests) == asked:
                assert process.returncode is None, place.service.said()
                await asyncio.sleep(0.02)
            await asyncio.sleep(chance.uniform(0.0, 0.4))
    await place.finished()
    await all_is_well(place, 150)


async def test_two_at_once_and_a_leader_that_was_paused(place: Place) -> None:
    """The leader is stopped (SIGSTOP) for longer than its lease, the other takes over, and then both run: no post is two submissions."""
    write(place, 60)
    second = replace(place.service, environment=place.service.environment | {"HEALTH_PORT": str(free_ports(1)[0])})
    async with place.service.running() as leader, asyncio.timeout(PATIENCE_SECONDS):
        while not place.server.requests:  # noqa: ASYNC110 - another process sets it
            await asyncio.sleep(0.02)
        leader.send_signal(signal.SIGSTOP)
        async with second.running() as other:
            asked = len(place.server.requests)
            while len(place.server.requests) < asked + 8:
                assert other.returncode is None, place.service.said()
                await asyncio.sleep(0.05)
            leader.send_signal(signal.SIGCONT)
            write(place, 10)
            await asyncio.sleep(1.0)
    await place.finished()
    await all_is_well(place, 70)
