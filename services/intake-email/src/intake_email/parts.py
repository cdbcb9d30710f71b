"""Everything that the service is made of, opened."""

from collections.abc import Callable
from dataclasses import dataclass

from intake_email.attaching import Attaching
from intake_email.mailbox.thread import Mailbox
from intake_email.mailbox_settings import MailboxSettings
from intake_email.parsing_pool import ParsingPool
from intake_email.ports import OnBounces, no_consequences
from intake_email.sending import MailServer, SentFolder
from intake_email.settings import IntakeEmailSettings
from intake_email.store.beginnings import Beginnings
from intake_email.store.connection import Connection
from intake_email.store.ledger import Ledger
from intake_email.store.outbox import Outbox
from intake_email.store.raw_mails import RawMails
from shared.announcements import Join
from shared.attachments import AttachmentStore
from shared.kafka.ports import Publisher
from shared.leases import Leases


@dataclass(frozen=True, slots=True)
class OutwardParts:
    """What the way out is made of."""

    outbox: Outbox
    server: MailServer
    sent: SentFolder
    join: Join
    """The consumer group that answers."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is shared by all mailboxes, and by both directions."""

    settings: IntakeEmailSettings
    connection: Connection
    ledger: Ledger
    raw_mails: RawMails
    leases: Leases
    beginnings: Beginnings
    publisher: Publisher
    attachments: AttachmentStore
    attaching: Attaching
    pool: ParsingPool
    open_mailbox: Callable[[MailboxSettings], Mailbox]
    """Connects nothing yet."""
    on_bounces: OnBounces = no_consequences
    """What the other direction does about reports of failed deliveries."""
    outward: OutwardParts | None = None
    """None: no outgoing server is set, mails are only taken, which is a valid state."""
