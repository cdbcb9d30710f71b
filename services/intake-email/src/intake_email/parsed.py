"""A mail as it was understood: what ``SubmissionReceived``, the answer and the ledger are made of."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from intake_email.reading.addresses import Address, Sender
from intake_email.reading.automatic import MachineSign
from intake_email.reading.bounces import Bounce
from intake_email.reading.files import MailFile, Purpose
from intake_email.reading.forwards import Forwarded
from intake_email.reading.replies import Split
from intake_email.reading.secured import Security
from intake_email.reading.threads import ThreadEvidence

_NOT_KEPT = frozenset({Purpose.SIGNATURE, Purpose.REPORT})


class Trouble(StrEnum):
    """What could not be read as it was meant. The raw mail is kept; an advocate is told."""

    ENCRYPTED = "encrypted"
    TOO_MANY_PARTS = "too_many_parts"
    TEXT_CUT = "text_cut"
    FILES_LEFT_OUT = "files_left_out"
    BROKEN_HEADERS = "broken_headers"
    NO_SENDER = "no_sender"


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail. Everything in it is personal: nothing of it belongs into logs."""

    native_id: str = field(repr=False)
    """What the submission's id is derived from."""
    message_id: str = field(repr=False)
    """With its angle brackets; empty where there is none."""
    subject: str = field(repr=False)
    sender: Sender = field(repr=False)
    written_from: tuple[Address, ...] = field(repr=False)
    """The From field as it stands there, also where nobody could be answered."""
    to: tuple[Address, ...] = field(repr=False)
    cc: tuple[Address, ...] = field(repr=False)
    written_at: datetime | None
    """Its Date, where that makes sense."""
    full_text: str = field(repr=False)
    """All of its text."""
    split: Split = field(repr=False)
    """The new words, the history and the signature; together all of ``full_text``."""
    files: tuple[MailFile, ...] = field(repr=False)
    """Every attachment within the limits, signatures and reports included."""
    files_passed_on: tuple[MailFile, ...] = field(repr=False)
    """What is attached to attached mails."""
    forwarded: Forwarded | None
    signs: tuple[MachineSign, ...]
    """How it shows that a machine sent it; none: a person did."""
    bounce: Bounce | None
    may_be_answered: bool
    """The sender's server lets programs answer, and there is somebody to answer."""
    sender_verified: bool | None
    security: Security | None
    evidence: ThreadEvidence
    decoded_with_losses: bool
    troubles: tuple[Trouble, ...]

    @property
    def text(self) -> str:
        """The author's own new words."""
        return self.split.text

    @property
    def is_automatic(self) -> bool:
        """Sent by a machine: opens nothing, reopens nothing, is never answered."""
        return bool(self.signs)

    @property
    def files_to_keep(self) -> tuple[MailFile, ...]:
        """Attachments that an advocate may want to see: each content once, without signatures, reports and empty ones."""
        wanted: dict[str, MailFile] = {}
        for file in (*self.files, *self.files_passed_on):
            if file.data and file.purpose not in _NOT_KEPT:
                wanted.setdefault(file.sha256, file)
        return tuple(wanted.values())
