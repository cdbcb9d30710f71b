"""The way out, put together: announcements into the outbox, the outbox to the mail server."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from intake_email.answering import Answering
from intake_email.answers.wording import Rules
from intake_email.mailbox.thread import ThreadedMailbox
from intake_email.originals import KeptOriginals
from intake_email.parts import OutwardParts, Parts
from intake_email.reply import Sender
from intake_email.sending import Sending, SendingRules
from intake_email.sent_folder import ImapSentFolder
from intake_email.settings import IntakeEmailSettings
from intake_email.smtp import Relay, Server
from intake_email.store.beginnings import Beginning
from intake_email.store.connection import Connection
from intake_email.store.outbox import Outbox
from intake_email.tokens import reply_address
from shared.announcements import Following, joins
from shared.kafka.topics import INTAKE_EMAIL_GROUP
from shared.town.calendar import load_calendar
from shared.town.catalogue import load_catalogue
from shared.town.town import load_town
from shared.waiting import until_available

FIRST_ANSWER: Final = "answers"
"""Under which the moment of the first start is noted, beside those of the mailboxes."""


class Outward:
    """Both tasks of the way out."""

    def __init__(self, parts: Parts, outward: OutwardParts, clock: Callable[[], datetime]) -> None:
        settings = parts.settings
        self._parts = parts
        self._outward = outward
        self._clock = clock
        self._sender = sender_of(settings)
        rules = SendingRules(
            envelope_from=lambda number: reply_address(self._sender.token_secret, number, self._sender.address),
            per_address_and_hour=settings.mails_per_address_and_hour,
            per_hour=settings.mails_per_hour,
            lease=timedelta(seconds=settings.smtp_lease_seconds),
        )
        self._sending = Sending(outward.outbox, outward.server, outward.sent, parts.publisher, rules=rules, clock=clock)
        self._following = Following(outward.join, parts.publisher, INTAKE_EMAIL_GROUP)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer and send until ``stop``; Kafka may be away at the start.

        Raises:
            Exception: more bugs than the loop's limit, or a dead letter that could not be written.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._answer(stop))
            group.create_task(self._sending.run(stop))

    def complaint(self) -> str | None:
        """What an operator should know."""
        if self._sending.is_tripped:
            return "more answers than MAILS_PER_HOUR: the rest wait"
        return self._following.complaint("answers")

    async def _answer(self, stop: asyncio.Event) -> None:
        since = await until_available(stop, self._since)
        if since is None:
            return
        originals = KeptOriginals(self._parts.ledger, self._parts.raw_mails, self._parts.attachments)
        rules = rules_of(self._parts.settings)
        handler = Answering(self._outward.outbox, originals, self._sender, rules, since=since, clock=self._clock)
        await self._following.run(handler, stop)

    async def _since(self) -> datetime:
        """The moment of the first start: nothing older is answered."""
        known = await self._parts.beginnings.get(FIRST_ANSWER)
        if known is None:
            known = Beginning(self._clock(), 0, 0)
            await self._parts.beginnings.put(FIRST_ANSWER, known)
        return known.started_at


def outward_parts_of(settings: IntakeEmailSettings, connection: Connection, copies: ThreadedMailbox) -> OutwardParts | None:
    """What the way out is made of; None where no outgoing server is set. ``copies``: the mailbox that keeps what we sent."""
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    server = Server(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, password, settings.smtp_timeout_seconds
    )
    return OutwardParts(
        outbox=Outbox(connection, keeps=timedelta(days=settings.outbox_days)),
        server=Relay(server),
        sent=ImapSentFolder(copies, settings.mailboxes[0].folders.sent),
        join=joins(settings, INTAKE_EMAIL_GROUP),
    )


def sender_of(settings: IntakeEmailSettings) -> Sender:
    """As whom we write: the first mailbox's address."""
    return Sender(settings.mailboxes[0].address, settings.mail_from_name, settings.email_token_secret.get_secret_value())


def rules_of(settings: IntakeEmailSettings) -> Rules:
    """What the town's mails are written with.

    Raises:
        ConfigurationError: the town's file or the catalogue is wrong.
    """
    town = load_town(settings.town_file)
    return Rules(town, load_catalogue(settings.catalogue_file, town), load_calendar(settings), settings.public_base_url)
