"""The composition root: everything that intake-email is made of, opened in order and closed in reverse.

It starts while MongoDB, Kafka and the mail servers are away, and waits for them.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from intake_email.attaching import Attaching
from intake_email.batching import BatchLimits
from intake_email.bounced import Bounces
from intake_email.caution import Caution
from intake_email.fetching import Fetching
from intake_email.mailbox.session import ImapMailbox
from intake_email.mailbox.thread import ThreadedMailbox
from intake_email.mailbox_settings import MailboxSettings
from intake_email.outward import Outward, outward_parts_of
from intake_email.parsing_pool import ParsingPool
from intake_email.parsing_worker import Circle
from intake_email.parts import Parts
from intake_email.ports import no_consequences
from intake_email.rules import Rules
from intake_email.settings import IntakeEmailSettings
from intake_email.settling import Settling, Stores
from intake_email.sign_in import sign_in_of
from intake_email.starting import Starting
from intake_email.store import ledger, outbox, raw_mails
from intake_email.store.beginnings import Beginnings
from intake_email.store.connection import Connection
from intake_email.store.ledger import Ledger
from intake_email.store.raw_mails import RawMails
from intake_email.taking import Taking
from intake_email.understanding import Understanding
from shared.attachments import AttachmentStore
from shared.errors import ConfigurationError
from shared.kafka.broker import KafkaPublisher, ensure_topics
from shared.kafka.ports import Publisher
from shared.leases import Lease, Leases
from shared.lifecycle import Closers
from shared.mongodb import Indexes
from shared.observability.health import HealthServer
from shared.observability.logs import logger
from shared.pictures.pool import PicturePool
from shared.settings import load
from shared.waiting import until_available

SERVICE: Final = "intake-email"
STORE_PATIENCE: Final = 4.0
"""Calls to MongoDB carry megabytes of mail: they may take so many times as long as a look-up."""
CALL_PATIENCE: Final = 5.0
"""A command to the mail server may take so many times as long as the server may be silent."""
INDEXES: Final[Indexes] = {**ledger.INDEXES, **raw_mails.INDEXES, **outbox.INDEXES}

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
_log = logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Run the service until ``stop``, as its environment says."""
    await IntakeEmail(load(IntakeEmailSettings)).run(stop)


class IntakeEmail:
    """One process of the service. Tests bring a publisher of their own, or put something between the parts (``adapt``)."""

    def __init__(
        self, settings: IntakeEmailSettings, publisher: Publisher | None = None, adapt: Callable[[Parts], Parts] = lambda parts: parts
    ) -> None:
        if not settings.mailboxes:
            raise ConfigurationError("wrong settings: MAILBOXES names no mailbox")
        self._settings = settings
        self._publisher = publisher
        self._adapt = adapt
        self._takings: Sequence[Taking] = ()
        self._outward: Outward | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then finish what is in hand.

        Raises:
            ConfigurationError: a setting is wrong or the health port is taken.
        """
        async with Closers() as closers:
            health = HealthServer(self._settings, {"mailboxes": self._complaint, "answers": self._complaint_about_answers})
            await health.start()
            closers.add("health", health.close)
            parts = self._adapt(await assemble(self._settings, closers, self._publisher))
            if parts.outward:
                self._outward = Outward(parts, parts.outward, _now)
            else:
                _log.info("answers_by_mail_are_switched_off")
            if await until_available(stop, lambda: _prepare(parts)) is None:
                return
            self._takings = [taking_of(parts, mailbox) for mailbox in self._settings.mailboxes]
            _log.info("intake_email_runs", mailboxes=len(self._takings))
            outward = [self._outward.run] if self._outward else []
            await _together([*(taking.run for taking in self._takings), *outward], stop)

    def _complaint(self) -> str | None:
        if not self._takings:
            return "it waits for MongoDB or Kafka"
        limit = self._settings.mail_search_age_limit_seconds
        return next((complaint for taking in self._takings if (complaint := taking.complaint(limit))), None)

    def _complaint_about_answers(self) -> str | None:
        return self._outward.complaint() if self._outward else None


async def assemble(settings: IntakeEmailSettings, closers: Closers, publisher: Publisher | None = None) -> Parts:
    """Open everything; nothing here waits for MongoDB, Kafka or a mail server."""
    connection = Connection.open(settings, settings.intake_email_database, patience=STORE_PATIENCE)
    closers.add("mongodb", connection.close)
    attachments = await AttachmentStore.connect(settings)
    closers.add("attachments", attachments.close)
    publisher = publisher or await _kafka(settings, closers)
    pictures = PicturePool(settings.photo_worker_processes, settings.photo_worker_memory_bytes)
    closers.add("pictures", pictures.close)  # started by the first photo: most mails have none
    pool = ParsingPool(_circle(settings), processes=settings.parse_processes, seconds=settings.parse_seconds)
    await pool.start()
    closers.add("parsers", pool.close)

    def open_mailbox(mailbox: MailboxSettings) -> ThreadedMailbox:
        opened = _mailbox(settings, mailbox)
        closers.add("mailbox", opened.close)
        return opened

    copies = _mailbox(settings, settings.mailboxes[0])
    closers.add("sent", copies.close)
    outward = outward_parts_of(settings, connection, copies)
    return Parts(
        settings=settings,
        connection=connection,
        ledger=Ledger(connection),
        raw_mails=RawMails(connection),
        leases=Leases(connection, secrets.token_hex(8), _now),
        beginnings=Beginnings(connection),
        publisher=publisher,
        attachments=attachments,
        attaching=Attaching(attachments, pictures, max_pixels=settings.max_photo_pixels, max_edge_pixels=settings.max_photo_edge_pixels),
        pool=pool,
        open_mailbox=open_mailbox,
        on_bounces=Bounces(outward.outbox, _now) if outward else no_consequences,
        outward=outward,
    )


async def _kafka(settings: IntakeEmailSettings, closers: Closers) -> Publisher:
    publisher = await KafkaPublisher.start(settings, client_id=SERVICE)
    closers.add("publisher", publisher.close)
    return publisher


def taking_of(parts: Parts, mailbox: MailboxSettings) -> Taking:
    """The taking of one mailbox."""
    settings, name = parts.settings, mailbox.name
    rules = Rules(
        mailbox=name,
        profile=settings.profiles[name],
        folders=mailbox.folders,
        tracking_secret=settings.tracking_number_secret.get_secret_value(),
        staff=frozenset(address.lower() for address in settings.staff_addresses),
        limits=settings.parse_limits,
        raw_mail_days=settings.raw_mail_days,
        ledger_days=settings.ledger_days,
    )
    stores = Stores(parts.ledger, parts.raw_mails, parts.attaching, parts.publisher, parts.on_bounces)
    limits = BatchLimits(settings.mail_batch_bytes, settings.mail_batch_messages, settings.mail_max_bytes)
    opened = parts.open_mailbox(mailbox)
    return Taking(
        Fetching(opened, Caution(settings.mail_quarantine_tries), limits, settings.mail_oversize_text_bytes),
        Understanding(rules, parts.pool),
        Settling(rules, stores, _now),
        Starting(opened, name, parts.beginnings, takes_everything=mailbox.first_start == "all", clock=_now),
        Lease(parts.leases, f"mailbox:{name}", settings.mail_lease_seconds),
        resync_seconds=settings.mail_resync_seconds,
    )


def _mailbox(settings: IntakeEmailSettings, mailbox: MailboxSettings) -> ThreadedMailbox:
    imap = ImapMailbox(
        mailbox,
        sign_in_of(mailbox),
        connect_seconds=settings.imap_connect_seconds,
        answer_seconds=settings.imap_answer_seconds,
    )
    seconds = settings.imap_answer_seconds * CALL_PATIENCE
    return ThreadedMailbox(imap, call_seconds=seconds, poll_seconds=settings.mail_poll_seconds)


def _circle(settings: IntakeEmailSettings) -> Circle:
    marks = {mailbox.name: mailbox.spam_header.partition(":") for mailbox in settings.mailboxes if mailbox.spam_header}
    return Circle(
        profiles=settings.profiles,
        spam_fields={name: (field.lower(), value.strip().lower()) for name, (field, _, value) in marks.items()},
        limits=settings.parse_limits,
        cpu_seconds=settings.parse_cpu_seconds,
        memory_bytes=settings.parse_memory_bytes,
    )


async def _prepare(parts: Parts) -> bool:
    await parts.connection.prepare(INDEXES)
    if parts.settings.kafka_create_topics:
        await ensure_topics(parts.settings)
    return True


async def _together(work: Sequence[Work], stop: asyncio.Event) -> None:
    """All of it until ``stop``; where one fails, all end, and so does the process."""
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one(stop))
