"""The process is killed (SIGKILL) between every two steps and at any moment: no mail is lost, and none becomes two submissions."""

import asyncio
import json
import os
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
import pytest

from local_stack.processes import free_ports
from shared.contracts import SubmissionReceived, decode_submission
from shared.kafka.broker import KafkaLog
from shared.kafka.topics import SUBMISSION_RECEIVED
from shared.settings import KafkaSettings, MongoSettings
from support.dovecot import PASSWORD, Dovecot
from support.examples import SECRET
from support.imap_dying import STEPS
from support.imap_service import TOKEN_SECRET
from support.imap_user import ImapUser, mail
from support.intake_web import picture
from support.servers import unique

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 60.0


@dataclass
class Place:
    """Where the service of one test works: an account, databases and a broker."""

    user: ImapUser
    environment: dict[str, str]
    kafka: KafkaSettings
    log: Path

    @asynccontextmanager
    async def running(self, step: str = "never", times: int = 1) -> AsyncIterator[asyncio.subprocess.Process]:
        """The process."""
        with self.log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "support.imap_dying", step, str(times), env=self.environment, stdout=output, stderr=output
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def finished(self) -> None:
        """A process that lives empties the inbox, and stops in order."""
        async with self.running() as process, httpx.AsyncClient() as http:
            await until_ready(http, self, process)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self.user.count("INBOX"):
                    assert process.returncode is None, self.log.read_text()
                    await asyncio.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 15) == 0, self.log.read_text()

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
    mailbox = {
        "name": "town",
        "host": "127.0.0.1",
        "port": mail_server.port,
        "tls": "none",
        "user": user.name,
        "password": PASSWORD,
        "own_addresses": ["311@town.example"],
        "first_start": "all",
    }
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "deploy" / "local")]),
        "MAILBOXES": json.dumps([mailbox]),
        "TRACKING_NUMBER_SECRET": SECRET.decode(),
        "EMAIL_TOKEN_SECRET": TOKEN_SECRET.decode(),
        "MONGODB_URI": mongo_settings.mongodb_uri.get_secret_value(),
        "INTAKE_EMAIL_DATABASE": unique("killed"),
        "ATTACHMENTS_DATABASE": unique("attachments"),
        "KAFKA_BOOTSTRAP_SERVERS": kafka_settings.kafka_bootstrap_servers,
        "KAFKA_PARTITIONS": str(kafka_settings.kafka_partitions),
        "KAFKA_REPLICATION_FACTOR": "1",
        "KAFKA_MIN_INSYNC_REPLICAS": "1",
        "MAIL_BATCH_MESSAGES": "5",
        "MAIL_LEASE_SECONDS": "1",
        "HEALTH_PORT": str(free_ports(1)[0]),
        "LOG_FORMAT": "json",
    }
    await user.count("INBOX")
    return Place(user, environment, kafka_settings, tmp_path / "log")


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
    assert "Traceback" not in place.log.read_text()


@pytest.mark.parametrize("step", STEPS)
async def test_killed_behind_a_step(place: Place, step: str) -> None:
    """In the second batch, while the first is done and the third under way; then a process that lives finishes."""
    await place.user.put(*conversation(place.user.name, 12))
    async with place.running(step, times=2) as process:
        assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == -signal.SIGKILL, place.log.read_text()
    await place.finished()

    await all_is_well(place, 12)


async def test_killed_at_any_moment(place: Place) -> None:
    """Five times under load, while mails keep coming."""
    chance = Random(311)
    mails = conversation(place.user.name, 150)
    async with httpx.AsyncClient() as http:
        for start in range(0, 150, 30):
            await place.user.put(*mails[start : start + 30])
            async with place.running() as process:
                await until_ready(http, place, process)
                await asyncio.sleep(chance.uniform(0.0, 0.5))
    await place.finished()

    await all_is_well(place, 150)


async def until_ready(http: httpx.AsyncClient, place: Place, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while process.returncode is None:
            try:
                if (await http.get(f"http://127.0.0.1:{place.environment['HEALTH_PORT']}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.02)
    pytest.fail(place.log.read_text())
