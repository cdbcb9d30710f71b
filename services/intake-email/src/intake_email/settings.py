"""Settings of intake-email: its mailboxes, how much is taken at a time, what a hostile mail may cost."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from intake_email.limits import Limits
from intake_email.mailbox_settings import MailboxSettings
from intake_email.profile import MailboxProfile
from intake_email.sending_settings import SendingSettings
from shared.settings import KafkaSettings, LongSecret, MongoSettings, OperationsSettings, Settings, TownSettings

MEBIBYTE: Final = 1024 * 1024


class TakingSettings(Settings):
    """Mails in."""

    mailboxes: tuple[MailboxSettings, ...] = ()
    """JSON list of mailboxes; each has ``name``, ``host``, ``user``, ``own_addresses`` and a way to sign in. Rather in a file."""
    email_token_secret: LongSecret
    """Signs addresses and Message-IDs of our mails, so that an answer finds its request; at least 32 bytes, for the life of the system."""
    intake_email_database: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,38}$")] = "intake_email"
    """The MongoDB database of this service alone."""
    staff_addresses: tuple[str, ...] = ()
    """JSON list of addresses, and domains as ``@example.org``, whose forwarded mails belong to the original sender."""

    mail_batch_bytes: Annotated[int, Field(ge=64 * 1024, le=64 * MEBIBYTE)] = 4 * MEBIBYTE
    """Mails fetched together; a larger one goes alone."""
    mail_batch_messages: Annotated[int, Field(ge=1, le=1_000)] = 100
    """Mails fetched, published and moved together."""
    mail_max_bytes: Annotated[int, Field(ge=64 * 1024, le=100 * MEBIBYTE)] = 25 * MEBIBYTE
    """Of a larger mail only the header and the text are taken."""
    mail_oversize_text_bytes: Annotated[int, Field(ge=1024, le=4 * MEBIBYTE)] = 256 * 1024
    """How much of the text of such a mail is taken."""
    mail_resync_seconds: Annotated[float, Field(gt=0, le=300)] = 60.0
    """At the latest after so long the mailbox is searched again, whatever IDLE says; servers drop a silent IDLE after minutes."""
    mail_poll_seconds: Annotated[float, Field(gt=0, le=300)] = 15.0
    """Between two searches where the server has no IDLE."""
    mail_search_age_limit_seconds: Annotated[float, Field(gt=0)] = 180.0
    """Without a successful search for so long the service is not ready."""
    mail_quarantine_tries: Annotated[int, Field(ge=1, le=20)] = 3
    """After so many failures of one mail it is put aside, and a stand-in is published."""
    imap_connect_seconds: Annotated[float, Field(gt=0, le=120)] = 15.0
    """How long connecting may take."""
    imap_answer_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0
    """How long the server may be silent within a command: all that saves from a peer that is half gone."""
    mail_lease_seconds: Annotated[float, Field(ge=1, le=600)] = 30.0
    """How long a mailbox stays with an instance that is silent; another one then takes over."""

    raw_mail_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    """How long raw mails are kept in the store."""
    ledger_days: Annotated[int, Field(ge=30, le=36_500)] = 1_095
    """How long it is known which request a mail belongs to."""

    parse_processes: Annotated[int, Field(ge=1, le=32)] = 1
    """Processes that read mails."""
    parse_cpu_seconds: Annotated[int, Field(ge=1, le=300)] = 10
    """Of one mail; ordinary ones take a millisecond."""
    parse_memory_bytes: Annotated[int, Field(ge=256 * MEBIBYTE)] = 1024 * MEBIBYTE
    """Address space of each such process."""
    parse_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0
    """How long one mail may keep such a process, by the clock on the wall."""
    photo_worker_processes: Annotated[int, Field(ge=1, le=32)] = 1
    """Processes that decode photos."""
    photo_worker_memory_bytes: Annotated[int, Field(ge=256 * MEBIBYTE)] = 2048 * MEBIBYTE
    """Address space of each."""
    max_photo_pixels: Annotated[int, Field(ge=10_000, le=200_000_000)] = 64_000_000
    """Width times height; telephones of today reach 48 million."""
    max_photo_edge_pixels: Annotated[int, Field(ge=100, le=20_000)] = 2_560
    """Larger photos are shrunk to this."""
    mail_max_files: Annotated[int, Field(ge=0, le=40)] = 20
    """Attachments that are kept of one mail; the raw mail has them all."""
    mail_max_file_bytes: Annotated[int, Field(ge=1024, le=64 * MEBIBYTE)] = 15 * MEBIBYTE
    """Of one attachment."""

    @model_validator(mode="after")
    def _mailboxes_differ(self) -> Self:
        names = [mailbox.name for mailbox in self.mailboxes]
        if len(set(names)) != len(names):
            msg = "MAILBOXES: two have the same name"
            raise ValueError(msg)
        return self

    @property
    def own_addresses(self) -> frozenset[str]:
        """Of all mailboxes."""
        return frozenset(address.lower() for mailbox in self.mailboxes for address in mailbox.own_addresses)

    @property
    def profiles(self) -> dict[str, MailboxProfile]:
        """Every mailbox as the parser knows it, by name."""
        secret = self.email_token_secret.get_secret_value()
        return {mailbox.name: mailbox.profile(secret, self.own_addresses) for mailbox in self.mailboxes}

    @property
    def parse_limits(self) -> Limits:
        """How much of a mail is read."""
        return Limits(max_files=self.mail_max_files, max_file_bytes=self.mail_max_file_bytes)


class IntakeEmailSettings(KafkaSettings, MongoSettings, TownSettings, OperationsSettings, TakingSettings, SendingSettings):
    """Everything that intake-email reads from its environment."""
