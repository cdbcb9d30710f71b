"""A parsed mail as ``SubmissionReceived``: cleaned, cut to what a record may hold, with everything that the adapter found out since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from intake_email.parsed import ParsedMail, Trouble
from intake_email.profile import MailboxProfile
from intake_email.reading.addresses import Address
from shared.cleaning import clean_line, clean_text
from shared.contracts import MAX_ATTACHMENTS, Attachment, Channel, Person, Place, ReplyAddress, Source, SubmissionReceived, ThreadClaim
from shared.identity import submission_id
from shared.tracking_number import tracking_number

MAX_CHARACTERS: Final = 40_000
MAX_TEXT_BYTES: Final = 96 * 1024
MAX_QUOTED_BYTES: Final = 64 * 1024
"""In JSON. A record is at most 256 KiB; what is cut is in the raw mail, and the whole text among the attachments."""
MAX_NAME_CHARACTERS: Final = 200
MAX_REFERENCES: Final = 20
"""The first one and the newest: enough for every mail program to find the thread (RFC 5322, section 3.6.4)."""
MAX_IDENTIFIER_CHARACTERS: Final = 500
SURELY_FITTING_CHARACTERS: Final = MAX_TEXT_BYTES // 12
"""Cleaned, a character is at most three (UAX #15, section 3: NFC), and each of those at most four bytes."""
_ESCAPED: Final = '"\\\n'

UNREADABLE: Final = {
    Trouble.ENCRYPTED: "[This mail is encrypted and cannot be read here. The original is kept.]",
    Trouble.TOO_MANY_PARTS: "[This mail has more parts than are read here. The original is kept.]",
    Trouble.BROKEN_HEADERS: "[This mail is damaged and could not be read. The original is kept.]",
}
"""For an advocate, where nothing else could be read: an empty submission would be nobody's."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the adapter knows beside the mail itself."""

    received_at: datetime
    tracking_secret: bytes
    claim: ThreadClaim | None = None
    """As stored under the submission's id, so that a repeat carries the same."""
    attachments: tuple[Attachment, ...] = ()
    """What the attachment store holds of the mail's files."""
    place: Place | None = None
    """Where the camera says that a photo was taken."""
    raw_id: str | None = None


def submission_id_of(mail: ParsedMail) -> UUID:
    """The id of the submission that a mail becomes, known before anything is stored."""
    return submission_id(Channel.EMAIL, mail.native_id)


def overflow_of(mail: ParsedMail) -> bytes | None:
    """The whole text as a file, where the record cannot hold it; None where it can."""
    if len(mail.text) <= SURELY_FITTING_CHARACTERS:
        return None
    text, cut = _fitting(mail.text, MAX_TEXT_BYTES)
    return mail.full_text.encode("utf-8", "replace") if cut and text else None


def to_submission(mail: ParsedMail, profile: MailboxProfile, known: Circumstances) -> SubmissionReceived:
    """The submission. The same mail and circumstances always give the same bytes."""
    identity = submission_id_of(mail)
    text, cut = _fitting(mail.text, MAX_TEXT_BYTES)
    quoted, _ = _fitting(mail.split.elided, MAX_QUOTED_BYTES)
    if Trouble.ENCRYPTED in mail.troubles or not (text or known.attachments):
        text = next((UNREADABLE[trouble] for trouble in mail.troubles if trouble in UNREADABLE), text)
    return SubmissionReceived(
        submission_id=identity,
        service_request_id=tracking_number(known.tracking_secret, identity),
        channel=Channel.EMAIL,
        received_at=known.received_at,
        written_at=mail.written_at,
        subject=clean_line(mail.subject) or None,
        text=text,
        cut_characters=cut,
        quoted_text=quoted or None,
        service_code=profile.service_code,
        place=known.place,
        reporter=_reporter(mail.sender.address),
        reply_addresses=_reply_addresses(mail, profile),
        attachments=known.attachments[:MAX_ATTACHMENTS],
        claim=known.claim,
        is_automatic=mail.is_automatic,
        source=Source(
            native_id=clean_line(mail.message_id, max_characters=998) or None,
            raw_id=known.raw_id,
            sender_verified=mail.sender_verified,
            decoded_with_losses=mail.decoded_with_losses,
        ),
    )


def _fitting(raw: str, max_bytes: int) -> tuple[str, int]:
    """The cleaned text and how many characters of it were cut to fit into the record."""
    looked_at = raw[: MAX_CHARACTERS * 4]
    text, cut = clean_text(looked_at, max_characters=MAX_CHARACTERS)
    cut += len(raw) - len(looked_at)
    kept = text
    while (size := len(kept.encode()) + sum(map(kept.count, _ESCAPED))) > max_bytes:
        kept = kept[: max(0, min(len(kept) - 1, len(kept) * max_bytes // size))].rstrip()
    return kept, cut + len(text) - len(kept)


def _reporter(sender: Address | None) -> Person | None:
    """Name and address. "Doe, Jane" is the same person as "Jane Doe"; the last word is the family's name, where there are two."""
    if sender is None:
        return None
    name = clean_line(sender.name, max_characters=MAX_NAME_CHARACTERS)
    if not name or "@" in name:
        return Person(email=sender.email)
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.rpartition(" ")
    if not first.strip():
        first, last = last, ""
    return Person(first_name=first.strip(), last_name=last.strip() or None, email=sender.email)


def _reply_addresses(mail: ParsedMail, profile: MailboxProfile) -> tuple[ReplyAddress, ...]:
    if not mail.may_be_answered or mail.sender.answer_to is None:
        return ()
    address = mail.sender.answer_to.email
    return (ReplyAddress(channel=Channel.EMAIL, address=address, language=profile.language, references=_thread(mail)),)


def _thread(mail: ParsedMail) -> tuple[str, ...]:
    """The Message-IDs that an answer refers to, oldest first, the mail itself last."""
    earlier: Sequence[str] = mail.evidence.references or mail.evidence.in_reply_to
    every = dict.fromkeys(identifier for identifier in (*earlier, mail.message_id) if _is_sendable(identifier))
    found = tuple(every)
    return found if len(found) <= MAX_REFERENCES else (found[0], *found[1 - MAX_REFERENCES :])


def _is_sendable(identifier: str) -> bool:
    """What stands in a header of ours is short, printable and without blanks, whoever made it up."""
    return 0 < len(identifier) <= MAX_IDENTIFIER_CHARACTERS and identifier.isascii() and identifier.isprintable() and " " not in identifier
