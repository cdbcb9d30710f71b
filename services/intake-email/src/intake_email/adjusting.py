"""What a mail means to us beyond what it says: forwarded by staff, too large to be whole, not to be read at all. Pure."""

from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256
from typing import Final

from intake_email.parsed import ParsedMail, Trouble
from intake_email.reading.automatic import is_own
from intake_email.reading.replies import Split

STAND_IN_TEXT: Final = "[This mail could not be read automatically. The original is kept: in the mailbox, in the folder for such mails{}.]"
ATTACHED: Final = ", and attached here"
_FOR_A_PERSON: Final = frozenset({Trouble.ENCRYPTED, Trouble.TOO_MANY_PARTS, Trouble.TEXT_CUT, Trouble.FILES_LEFT_OUT})
"""What is missing then may be what matters."""


def adjusted(mail: ParsedMail, staff: Collection[str]) -> ParsedMail:
    """The mail as it is published. ``staff``: addresses, and domains as ``@example.org``, who may pass mails on.

    A mail that says nothing itself says what it passes on. Passed on by a known member of staff, it is the original sender's.
    """
    if mail.forwarded is not None and not mail.split.text.strip():
        mail = replace(mail, split=Split(mail.split.quoted, "", mail.split.signature))
    if any(trouble in _FOR_A_PERSON for trouble in mail.troubles):
        mail = replace(mail, decoded_with_losses=True)
    return _of_original_sender(mail, staff)


def _of_original_sender(mail: ParsedMail, staff: Collection[str]) -> ParsedMail:
    forwarder, original = mail.sender.address, mail.forwarded.sender if mail.forwarded else None
    if forwarder is None or original is None or not original.is_deliverable or mail.is_automatic:
        return mail
    if mail.sender_verified is False or not is_own(forwarder, staff):
        return mail
    # Who the original sender is was typed by the forwarder's mail program, not vouched for by any server.
    return replace(mail, sender=replace(mail.sender, address=original, answer_to=original), sender_verified=None)


def without_files(mail: ParsedMail) -> ParsedMail:
    """A mail of which only the text was fetched."""
    return replace(
        mail,
        files=(),
        files_passed_on=(),
        troubles=tuple(dict.fromkeys((*mail.troubles, Trouble.FILES_LEFT_OUT))),
        decoded_with_losses=True,
    )


def stand_in(header: ParsedMail, original: bytes, place: str, *, is_attached: bool) -> ParsedMail:
    """What is published for a mail that could not be read. ``header``: what its header says, which may be nothing; ``place``:
    where it lies, which is all that tells it from another one of which nothing is known.

    It has an identity of its own: once the mail itself can be read, it follows up on its stand-in.
    """
    known_by = header.native_id if header.message_id else sha256(original or place.encode()).hexdigest()
    text = STAND_IN_TEXT.format(ATTACHED if is_attached else "")
    return replace(
        header,
        native_id=f"stand-in:{known_by}",
        full_text=text,
        split=Split(text, "", ""),
        files=(),
        files_passed_on=(),
        troubles=tuple(dict.fromkeys((*header.troubles, Trouble.BROKEN_HEADERS))),
        decoded_with_losses=True,
    )


def header_of(raw: bytes, max_bytes: int) -> bytes:
    """The beginning of a mail up to the first blank line."""
    head = raw[:max_bytes]
    ends = [end for separator in (b"\r\n\r\n", b"\n\n", b"\r\r") if (end := head.find(separator)) >= 0]
    return head[: min(ends, default=len(head))] + b"\r\n\r\n"
