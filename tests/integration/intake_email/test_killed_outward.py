"""The process is killed (SIGKILL) between every two steps of answering: every resident gets the mail once, or an advocate is asked."""

import asyncio
import signal
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from intake_email.store.connection import Connection
from intake_email.store.outbox import ENDED
from shared.contracts import DeliveryOutcome, ReplyAddress, ServiceRequestUpdated
from shared.kafka.broker import ensure_topics
from shared.outbox import OUTBOX
from shared.settings import KafkaSettings, MongoSettings
from shared.tracking_number import tracking_number
from support.announcing import announce, recorded
from support.dovecot import Dovecot
from support.dying import PATIENCE_SECONDS, Doomed
from support.examples import FULL_MESSAGES, REPLY, SECRET
from support.imap_dying import OUTWARD_STEPS
from support.imap_process import process_environment
from support.imap_user import ImapUser
from support.servers import unique
from support.smtp_sink import SmtpSink, smtp_sink

UNSURE = {"claimed", "handed"}
"""Behind these nobody can know whether the mail went out: it was not put into Sent yet."""


@dataclass
class Place:
    """Where the service of one test works: an account, a mail server, databases and a broker."""

    user: ImapUser
    sink: SmtpSink
    service: Doomed
    kafka: KafkaSettings
    entries: Any
    announcements: tuple[ServiceRequestUpdated, ...] = ()

    async def announce(self, count: int) -> None:
        """One acknowledgement each to ``count`` residents."""
        made = tuple(announcement(self.user.name, len(self.announcements) + number) for number in range(count))
        self.announcements += made
        await announce(self.kafka, made)

    async def finished(self) -> None:
        """A process that lives brings every answer to its end, and stops in order."""
        async with self.service.running() as process:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self.entries.count_documents({"state": {"$in": list(ENDED)}}) < len(self.announcements):
                    assert process.returncode is None, self.service.said()
                    await asyncio.sleep(0.1)
            await self.service.until_ready(process)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 15) == 0, self.service.said()

    def received(self) -> Counter[str]:
        """How many mails each resident got."""
        return Counter(str(mail["To"]) for mail in self.sink.mails)


def announcement(account: str, index: int) -> ServiceRequestUpdated:
    """Of a request of its own, to a resident of its own. It lies ahead: a first start answers nothing older than itself."""
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    to: ReplyAddress = REPLY.model_copy(update={"address": f"{account}-{index}@example.com"})
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{account}:{index}")
    changes = {
        "announcement_id": identity,
        "event_id": uuid.uuid5(identity, "event"),
        "service_request_id": tracking_number(SECRET, identity),
        "occurred_at": datetime.now(UTC) + timedelta(hours=1),
        "redacted": (),
        "redacted_submission_ids": (),
        "replies": (to,),
    }
    return full.model_copy(update=changes)


@pytest.fixture
async def place(mail_server: Dovecot, mongo_settings: MongoSettings, kafka_settings: KafkaSettings, tmp_path: Path) -> AsyncIterator[Place]:
    user = ImapUser(mail_server.port, unique("outward"))
    await user.count("INBOX")
    await ensure_topics(kafka_settings)
    async with smtp_sink() as sink:
        environment = process_environment(mail_server.port, user.name, mongo_settings, kafka_settings)
        environment |= {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(sink.port),
            "SMTP_SECURITY": "none",
            "SMTP_LEASE_SECONDS": "2",
            "KAFKA_SESSION_TIMEOUT_MS": "6000",
        }
        connection = Connection.open(mongo_settings, environment["INTAKE_EMAIL_DATABASE"])
        yield Place(user, sink, Doomed("support.imap_dying", environment, tmp_path / "log"), kafka_settings, connection.collection(OUTBOX))
        await connection.close()


async def all_is_well(place: Place, *, may_be_unsure: int) -> None:
    """Nobody got two mails; who got none for sure, or perhaps, is shown to an advocate; every answer's end is in the log once."""
    received, log = place.received(), await recorded(place.kafka, place.announcements)
    unsure = 0
    for update in place.announcements:
        [delivery] = log[update.announcement_id]
        mails = received.pop(update.replies[0].address, 0)
        if delivery.outcome is DeliveryOutcome.SENT:
            assert mails == 1
        else:
            assert (delivery.outcome, mails <= 1) == (DeliveryOutcome.UNKNOWN, True)
            unsure += 1
    assert received == {}
    assert unsure <= may_be_unsure
    assert await place.user.count("Sent") == len(place.announcements) - unsure
    assert not place.service.has_stumbled(), place.service.said()


@pytest.mark.timeout(300)
async def test_killed_behind_each_step_of_answering(place: Place) -> None:
    """The first time the step is done; each process goes on with what the one before left behind, and one that lives finishes.

    Only where nobody can know is an advocate asked.
    """
    for step in OUTWARD_STEPS:
        await place.announce(4)
        async with place.service.running(step) as process:
            assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == -signal.SIGKILL, (step, place.service.said())
    await place.finished()

    await all_is_well(place, may_be_unsure=len(UNSURE))
    assert sum(place.received().values()) == 4 * len(OUTWARD_STEPS) - 1, "what was claimed and not yet handed over"


async def test_killed_at_any_moment_of_answering(place: Place) -> None:
    """Three times while announcements keep coming: at most one mail in hand is open each time."""
    chance = Random(311)
    for _ in range(3):
        await place.announce(8)
        async with place.service.running() as process:
            await place.service.until_ready(process)
            await asyncio.sleep(chance.uniform(0.0, 0.5))
    await place.finished()

    await all_is_well(place, may_be_unsure=3)
