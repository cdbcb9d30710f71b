"""The process is killed (SIGKILL) between every two steps of replying: every request gets its public reply, and gets it once."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from intake_social.store.connection import Connection
from shared.contracts import (
    DeliveryOutcome,
    ServiceRequestUpdated,
)
from shared.kafka.broker import ensure_topics
from shared.outbox import OUTBOX
from shared.settings import KafkaSettings, MongoSettings
from shared.tracking_number import display
from support.announcing import announce, recorded
from support.dying import PATIENCE_SECONDS, Doomed, process_environment
from support.servers import unique
from support.social_announced import created
from support.social_dying import OUTWARD_STEPS
from support.x_posts import TOWN, post_id
from support.x_scripted import KEY_NAMES, KEYS, TOKEN, ScriptedX


@dataclass
class Place:
    """Where the service of one test works: a network, databases and a broker."""

    server: ScriptedX
    service: Doomed
    kafka: KafkaSettings
    entries: Any
    announcements: tuple[ServiceRequestUpdated, ...] = ()

    async def announce(self, count: int) -> None:
        """So many new requests, each made of a post of its own."""
        made = tuple(announcement(len(self.announcements) + number) for number in range(count))
        self.announcements += made
        await announce(self.kafka, made)

    async def finished(self) -> None:
        """A process that lives brings every reply to its end, and stops in order."""
        numbers = [update.service_request_id for update in self.announcements]
        async with self.service.running() as process:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self.entries.count_documents({"_id": {"$in": numbers}, "state": "sent"}) < len(numbers):
                    assert process.returncode is None, self.service.said()
                    await asyncio.sleep(0.1)
            await self.service.until_ready(process)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 20) == 0, self.service.said()


def announcement(index: int) -> ServiceRequestUpdated:
    """Of a request of its own, made of a post of its own. It lies ahead: a first start answers nothing older than itself."""
    moment = datetime.now(UTC) + timedelta(hours=1)
    return created(post_id(moment, index), moment)


@pytest.fixture
async def place(server: ScriptedX, mongo_settings: MongoSettings, kafka_settings: KafkaSettings, tmp_path: Path) -> AsyncIterator[Place]:
    await ensure_topics(kafka_settings)
    environment = process_environment(
        mongo_settings,
        kafka_settings,
        X_BEARER_TOKEN=TOKEN,
        X_API_BASE=server.base,
        X_ACCOUNT_IDS=f'["{TOWN}"]',
        **{name.upper(): key for name, key in zip(KEY_NAMES, KEYS, strict=True)},
        SOCIAL_LEASE_SECONDS="1",
        SOCIAL_REPLY_LEASE_SECONDS="2",
        X_REQUEST_SECONDS="1.9",
        KAFKA_SESSION_TIMEOUT_MS="6000",
        INTAKE_SOCIAL_DATABASE=unique("outward"),
    )
    connection = Connection.open(mongo_settings, environment["INTAKE_SOCIAL_DATABASE"])
    yield Place(server, Doomed("support.social_dying", environment, tmp_path / "log"), kafka_settings, connection.collection(OUTBOX))
    await connection.close()


async def all_is_well(place: Place) -> None:
    """Below every post there is one reply with its number, and the log says so once."""
    replied = Counter(written["reply"]["in_reply_to_tweet_id"] for written in place.server.written)
    texts = {written["reply"]["in_reply_to_tweet_id"]: written["text"] for written in place.server.written}
    log = await recorded(place.kafka, place.announcements)
    for update in place.announcements:
        (address,) = update.replies
        assert replied[address.address] == 1
        assert display(update.service_request_id) in texts[address.address]
        (delivery,) = log[update.announcement_id]
        assert (delivery.outcome, delivery.service_request_id) == (DeliveryOutcome.SENT, update.service_request_id)
    assert not place.service.has_stumbled(), place.service.said()


@pytest.mark.timeout(300)
async def test_killed_behind_each_step_of_replying(place: Place) -> None:
    """The first time the step is done; each process goes on with what the one before left behind, and one that lives finishes.

    Nothing is lost, and nothing is there twice.
    """
    for step in OUTWARD_STEPS:
        await place.announce(4)
        async with place.service.running(step) as process:
            assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == -signal.SIGKILL, (step, place.service.said())
    await place.finished()
    await all_is_well(place)


async def test_killed_at_any_moment_of_replying(place: Place) -> None:
    """Three times while announcements keep coming."""
    chance = Random(311)
    for _ in range(3):
        await place.announce(8)
        async with place.service.running() as process:
            await place.service.until_ready(process)
            await asyncio.sleep(chance.uniform(0.0, 0.5))
    await place.finished()
    await all_is_well(place)
