"""What is the same for all mails of a mailbox."""

from dataclasses import dataclass, field

from intake_email.limits import Limits
from intake_email.mailbox_settings import Folders
from intake_email.profile import MailboxProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is the same for all mails of a mailbox."""

    mailbox: str
    profile: MailboxProfile
    folders: Folders
    tracking_secret: bytes = field(repr=False)
    staff: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    raw_mail_days: int = 90
    ledger_days: int = 1_095
