"""The process is killed (SIGKILL) between every two steps and at any moment: no mail is lost, and none becomes two submissions."""

import asyncio
import signal
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from shared.contracts import SubmissionReceived, decode_submission
from shared.kafka.broker import KafkaLog
from shared.kafka.topics import SUBMISSION_RECEIVED
from shared.settings import KafkaSettings, MongoSettings
from support.dovecot import Dovecot
from support.dying import PATIENCE_SECONDS, Doomed
from support.imap_dying import STEPS
from support.imap_process import process_environment
from support.imap_user import ImapUser, mail
from support.intake_web import picture
from support.servers import unique

PER_STEP = 12
"""Mails that come before each death: some batches."""


@dataclass
class Place:
    """Where the service of one test works: an account, databases and a broker."""

    user: ImapUser
    service: Doomed
    kafka: KafkaSettings

    async def finished(self) -> None:
        """A process that lives empties the inbox, and stops in order."""
        async with self.service.running() as process:
            await self.service.until_ready(process)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self.user.count("INBOX"):
                    assert process.returncode is None, self.service.said()
                    await asyncio.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 15) == 0, self.service.said()

    async def published(self) -> dict[str, list[bytes]]:
        """What Kafka has of this account's mails: the values of the records, by their subject."""
        found: dict[str, list[bytes]] = defaultdict(list)
        async with KafkaLog(self.kafka, SUBMISSION_RECEIVED.name) as log:
            async for batch in log.read():
                for record in batch:
                    subject = decode_submission(record.value).subject or ""
                    if subject.startswith(self.user.name):
                        found[subject].append(record.value or b"")
        return found


@pytest.fixture
async def place(mail_server: Dovecot, mongo_settings: MongoSettings, kafka_settings: KafkaSettings, tmp_path: Path) -> Place:
    user = ImapUser(mail_server.port, unique("killed"))
    await user.count("INBOX")
    environment = process_environment(mail_server.port, user.name, mongo_settings, kafka_settings)
    return Place(user, Doomed("support.imap_dying", environment, tmp_path / "log"), kafka_settings)


def conversation(user: str, count: int) -> list[bytes]:
    """Mails of which every third answers the first, and every fourth has a photo."""
    first = f"<{user}@example.org>"
    return [
        mail(
            f"mail {number}",
            subject=f"{user} {number}",
            message_id=first if number == 0 else "",
            files=[(picture(size=(60, 40 + number)), "image/jpeg", "p.jpg")] if number % 4 == 0 else (),
            **({"In_Reply_To": first} if number and number % 3 == 0 else {}),
        )
        for number in range(count)
    ]


def submissions(published: dict[str, list[bytes]]) -> list[SubmissionReceived]:
    return [decode_submission(values[0]) for _, values in sorted(published.items(), key=lambda item: int(item[0].split()[-1]))]


async def all_is_well(place: Place, count: int) -> None:
    """Every mail is a submission, a repeat is the same byte for byte, the threads hold, and each mail lies in Processed once."""
    published = await place.published()
    assert sorted(published, key=lambda subject: int(subject.split()[-1])) == [f"{place.user.name} {number}" for number in range(count)]
    assert [subject for subject, values in published.items() if len(set(values)) > 1] == []
    said = submissions(published)
    assert len({submission.submission_id for submission in said}) == count
    number = said[0].service_request_id
    claims = [submission.claim.service_request_id if submission.claim else None for submission in said]
    assert claims == [number if index and index % 3 == 0 else None for index in range(count)]
    assert [len(submission.attachments) for submission in said] == [int(index % 4 == 0) for index in range(count)]
    assert await place.user.counts() == {"Processed": count}
    assert not place.service.has_stumbled(), place.service.said()


@pytest.mark.timeout(300)
async def test_killed_behind_each_step(place: Place) -> None:
    """In the second batch; each process goes on with what the one before left behind, and one that lives finishes."""
    mails = conversation(place.user.name, PER_STEP * len(STEPS))
    for number, step in enumerate(STEPS):
        await place.user.put(*mails[number * PER_STEP : (number + 1) * PER_STEP])
        async with place.service.running(step, times=2) as process:
            assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == -signal.SIGKILL, (step, place.service.said())
    await place.finished()

    await all_is_well(place, len(mails))


async def test_killed_at_any_moment(place: Place) -> None:
    """Five times under load, while mails keep coming."""
    chance = Random(311)
    mails = conversation(place.user.name, 150)
    for start in range(0, 150, 30):
        await place.user.put(*mails[start : start + 30])
        async with place.service.running() as process:
            await place.service.until_ready(process)
            await asyncio.sleep(chance.uniform(0.0, 0.5))
    await place.finished()

    await all_is_well(place, 150)
