"""intake-email in tests: the real service around a Dovecot and a MongoDB, with a Kafka in memory that can be away."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretBytes, SecretStr

from intake_email.app import IntakeEmail
from intake_email.mailbox_settings import MailboxSettings
from intake_email.parts import Parts
from intake_email.settings import IntakeEmailSettings
from intake_email.store.connection import Connection
from shared.attachments import AttachmentStore
from shared.contracts import SubmissionReceived, decode_submission
from shared.errors import TransientError
from shared.kafka.records import Outgoing
from shared.settings import MongoSettings
from support.dovecot import PASSWORD
from support.examples import SECRET
from support.imap_user import ImapUser

TOKEN_SECRET = b"an invented secret for our tokens"
PATIENCE_SECONDS = 30.0


class SwitchableKafka:
    """Acknowledges, refuses, or fails in a way that nobody foresaw."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.is_down = False
        self.fails_with: Callable[[Sequence[Outgoing]], Exception | None] = lambda _: None

    async def publish(self, records: Sequence[Outgoing]) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise TransientError("kafka", "away")
        if (error := self.fails_with(records)) is not None:
            raise error
        self.records += records

    @property
    def submissions(self) -> list[SubmissionReceived]:
        return [decode_submission(record.value) for record in self.records]


def mailbox_settings(server_port: int, account: str, **changes: Any) -> MailboxSettings:  # noqa: ANN401 - settings by name
    """A mailbox on the test's Dovecot; a first start takes everything, unless a test is about that."""
    values: dict[str, Any] = {
        "name": "town",
        "host": "127.0.0.1",
        "port": server_port,
        "tls": "none",
        "user": account,
        "password": SecretStr(PASSWORD),
        "own_addresses": ("311@town.example", "@311.town.example"),
        "authserv_ids": ("mx.town.example",),
        "first_start": "all",
    }
    return MailboxSettings(**(values | changes))


def service_settings(
    mongo: MongoSettings,
    mailboxes: Sequence[MailboxSettings],
    **changes: Any,  # noqa: ANN401 - as above
) -> IntakeEmailSettings:
    """Settings with invented secrets, a database of the test's own, and short waits."""
    name = uuid.uuid4().hex[:10]
    values: dict[str, Any] = {
        "mongodb_uri": mongo.mongodb_uri,
        "kafka_create_topics": False,
        "mongodb_timeout_seconds": 5.0,
        "attachments_database": f"attachments_{name}",
        "intake_email_database": f"intake_email_{name}",
        "tracking_number_secret": SecretBytes(SECRET),
        "email_token_secret": SecretBytes(TOKEN_SECRET),
        "mailboxes": tuple(mailboxes),
        "health_port": 0,
        "mail_resync_seconds": 30.0,
        "mail_lease_seconds": 3.0,
        "imap_connect_seconds": 5.0,
        "imap_answer_seconds": 10.0,
    }
    return IntakeEmailSettings(**(values | changes))


@dataclass
class World:
    """The service and everything around it."""

    settings: IntakeEmailSettings
    user: ImapUser
    kafka: SwitchableKafka
    adapt: Callable[[Parts], Parts] = lambda parts: parts
    parts: Parts | None = None
    service: IntakeEmail = field(init=False)
    _stop: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start the service."""

        def adapted(parts: Parts) -> Parts:
            self.parts = self.adapt(parts)
            return self.parts

        self._stop = asyncio.Event()
        self.service = IntakeEmail(self.settings, self.kafka, adapted)
        self._task = asyncio.create_task(self.service.run(self._stop))

    async def stop(self) -> None:
        """Stop it in order."""
        self._stop.set()
        task, self._task = self._task, None
        if task is not None:
            await asyncio.wait_for(task, 20)

    async def drained(self, folder: str = "INBOX") -> None:
        """Returns once a folder is empty."""
        await self.until(lambda: self._is_empty(folder), f"{folder} is empty")

    async def _is_empty(self, folder: str) -> bool:
        return await self.user.count(folder) == 0

    async def moved(self, count: int, folder: str = "Processed") -> None:
        """Returns once a folder has as many mails."""

        async def are_there() -> bool:
            return await self.user.count(folder) >= count

        await self.until(are_there, f"{count} mails in {folder}")

    async def published(self, count: int) -> list[SubmissionReceived]:
        """The submissions, once there are as many."""

        async def are_there() -> bool:
            return len(self.kafka.records) >= count

        await self.until(are_there, f"{count} submissions, not {len(self.kafka.records)}")
        return self.kafka.submissions

    async def until(self, ask: Callable[[], Awaitable[bool]], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Returns once ``ask`` says yes."""
        deadline = time.monotonic() + seconds
        while not await ask():
            if self._task is not None and self._task.done():
                self._task.result()
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
            await asyncio.sleep(0.03)

    def collection(self, name: str) -> Any:  # noqa: ANN401 - motor's collections are made at run time
        """A collection of the service's database."""
        assert self.parts is not None
        return self.parts.connection.collection(name)


@asynccontextmanager
async def email_world(
    port: int,
    mongo: MongoSettings,
    *,
    mailbox: dict[str, Any] | None = None,
    adapt: Callable[[Parts], Parts] = lambda parts: parts,
    starts: bool = True,
    **changes: Any,  # noqa: ANN401 - settings by name
) -> AsyncIterator[World]:
    """A service of the test's own; ``mailbox`` and the rest are settings."""
    name = f"town-{uuid.uuid4().hex[:8]}"
    user = (mailbox or {}).get("user", name)
    settings = service_settings(mongo, [mailbox_settings(port, user, **(mailbox or {}))], **changes)
    world = World(settings, ImapUser(port, user), SwitchableKafka(), adapt)
    if starts:
        await world.user.count("INBOX")  # two first sign-ins at once would race for making the account
        world.start()
    try:
        yield world
    finally:
        await world.stop()
        await forget_databases(settings)


def subjects(submissions: Sequence[SubmissionReceived]) -> list[str]:
    """Their subjects, in their order."""
    return [submission.subject or "" for submission in submissions]


async def forget_databases(settings: IntakeEmailSettings) -> None:
    """Drop what a test made."""
    connection = Connection.open(settings, settings.intake_email_database)
    for database in (settings.intake_email_database, settings.attachments_database):
        await connection._client.drop_database(database)
    await connection.close()


async def stored_file(settings: IntakeEmailSettings, file_id: str) -> bytes:
    """The content of an attachment."""
    store = await AttachmentStore.connect(settings)
    try:
        found = await store.get(file_id)
        assert found is not None
        return found[1]
    finally:
        await store.close()
