"""The story of a mail, read top to bottom: bytes, what they say, and the submission that comes of it. Each step lives in ``reading``.

Pure: no clock, no network, no random source. Any bytes give a ``ParsedMail``, in time that grows with their number; what cannot be
read is named in its ``troubles``. The same mail always has the same ``native_id``, whichever server or mailbox it came through.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Final, NamedTuple

from intake_email.limits import Limits
from intake_email.parsed import ParsedMail, Trouble
from intake_email.profile import MailboxProfile
from intake_email.reading.addresses import Address, Sender, read_addresses, read_sender
from intake_email.reading.authentication import sender_verified
from intake_email.reading.automatic import MachineSign, is_own, machine_signs, may_be_answered
from intake_email.reading.body import Bodies, Body, read_body, sort_parts
from intake_email.reading.bounces import Bounce, read_bounce
from intake_email.reading.files import NO_FILES, Files, read_files
from intake_email.reading.forwards import Forwarded, find_forwarded, is_forward_subject, is_reply_subject
from intake_email.reading.headers import Headers, read_parameters
from intake_email.reading.html_text import html_page, marks_history
from intake_email.reading.identity import message_id_of, native_id_of
from intake_email.reading.page import page_of
from intake_email.reading.replies import Split, split_reply
from intake_email.reading.secured import Security, security_of, signed_content, without_armor
from intake_email.reading.structure import Part, Structure, open_message, read_structure
from intake_email.reading.threads import read_evidence

EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""A Date outside says nothing about when the mail was written."""
MAX_WORDS_MISSING: Final = 5
"""One word in so many."""
_USUAL: Final = Limits()
_REPLIES_OF_CALENDARS: Final = frozenset({"reply", "counter", "declinecounter", "refresh"})


class _Content(NamedTuple):
    """A mail taken apart: its fields, its parts, and which of them are text."""

    structure: Structure
    bodies: Bodies
    body: Body
    security: Security | None

    @property
    def root(self) -> Part:
        return self.structure.root

    @property
    def headers(self) -> Headers:
        return self.structure.root.headers


class _Author(NamedTuple):
    """Who writes, and is it a person?"""

    sender: Sender
    signs: tuple[MachineSign, ...]
    bounce: Bounce | None
    may_be_answered: bool


class _Words(NamedTuple):
    """What is new in a mail, what is history, what is passed on."""

    subject: str
    full_text: str
    split: Split
    nested: tuple[Structure, ...]
    forwarded: Forwarded | None


def parse(raw: bytes, profile: MailboxProfile, limits: Limits | None = None) -> ParsedMail:
    """What a mail says. ``raw`` may be anything; the default limits suit ordinary mail."""
    limits = limits or _USUAL
    content = _taken_apart(raw, limits)
    author = _author(content, raw, profile, limits)
    words = _words(content, profile, limits, is_bounce=author.bounce is not None)
    files = read_files(content.bodies.files, limits)
    passed_on = _files_passed_on(words.nested, files, limits)
    headers, sender = content.headers, author.sender
    origin = sender.address.email if sender.address else ""
    texts = (words.subject, words.split.text, words.split.elided)
    return ParsedMail(
        native_id=native_id_of(headers, origin, words.full_text, (file.sha256 for file in files.kept)),
        message_id=message_id_of(headers),
        subject=words.subject,
        sender=sender,
        to=_addresses(headers, "to", limits),
        cc=_addresses(headers, "cc", limits),
        written_at=_written_at(headers),
        full_text=words.full_text,
        split=words.split,
        files=files.kept,
        files_passed_on=passed_on.kept,
        written_from=_addresses(headers, "from", limits),
        forwarded=words.forwarded,
        signs=author.signs,
        bounce=author.bounce,
        may_be_answered=author.may_be_answered,
        sender_verified=sender_verified(headers, sender.address, profile.authserv_ids),
        security=content.security,
        evidence=read_evidence(headers, texts, content.body.html, profile.token_secret, limits),
        decoded_with_losses=content.body.is_lossy,
        troubles=_troubles(content, files.left_out + passed_on.left_out, sender),
    )


def _taken_apart(raw: bytes, limits: Limits) -> _Content:
    structure = read_structure(raw, limits)
    bodies = sort_parts(_opened(structure.root, limits))
    body = read_body(bodies, limits)
    return _Content(structure, bodies, body, security_of(structure.root, body.page.text))


def _author(content: _Content, raw: bytes, profile: MailboxProfile, limits: Limits) -> _Author:
    sender = read_sender(content.headers, raw, limits)
    signs = _signs(content.root, sender, profile, limits)
    bounce = read_bounce(content.root, raw, is_machine=bool(signs), limits=limits)
    signs = signs if bounce is None else (*signs, MachineSign.BOUNCE)
    return _Author(sender, signs, bounce, _may_be_answered(content.headers, sender, profile, is_machine=bool(signs)))


def _words(content: _Content, profile: MailboxProfile, limits: Limits, *, is_bounce: bool) -> _Words:
    subject = content.headers.text("subject") or ""
    full_text, split = _split(content.body, content.headers, subject, profile)
    nested = tuple(islice(_attached_mails(content.bodies, limits), limits.max_nested_messages))
    if is_bounce:
        return _Words(subject, full_text, split, nested, None)
    if not split.text.strip() and nested:  # a mail that only carries another one says what that says
        split = _split_of_nested(nested[0], split, limits)
    return _Words(subject, full_text, split, nested, _forwarded(subject, split, nested, limits))


def _opened(root: Part, limits: Limits) -> Part:
    """The root, or what an S/MIME signature is wrapped around."""
    if security_of(root, "") is not Security.SIGNED or root.children:
        return root
    inside = signed_content(root.content())
    return read_structure(inside, limits).root if inside else root


def _signs(root: Part, sender: Sender, profile: MailboxProfile, limits: Limits) -> tuple[MachineSign, ...]:
    declared_type, _ = read_parameters(root.headers.raw("content-type") or b"")  # a report that lost its parts is read as text
    signs = machine_signs(root.headers, sender.address, declared_type, profile.own_addresses, limits)
    answers_invitation = any(
        part.media_type == "text/calendar" and part.parameters.get("method", "").lower() in _REPLIES_OF_CALENDARS for part in root.walk()
    )
    return (*signs, MachineSign.CALENDAR) if answers_invitation else signs


def _split(body: Body, headers: Headers, subject: str, profile: MailboxProfile) -> tuple[str, Split]:
    """The text and its piles: of the plain text, or of the HTML, where only its markup shows the history."""
    is_forward = is_forward_subject(subject)
    is_reply = "in-reply-to" in headers or is_reply_subject(subject) or ("references" in headers and not is_forward)
    bare = body.page.text if body.is_from_html else without_armor(body.page.text)
    page = body.page if bare == body.page.text else page_of(bare)
    split = split_reply(page, is_reply=is_reply, is_forward=is_forward, markers=profile.reply_markers)
    if body.is_from_html or split.has_history or not marks_history(body.html):
        return body.page.text, split
    marked = html_page(body.html)
    by_markup = split_reply(marked, is_reply=is_reply, is_forward=is_forward, markers=profile.reply_markers)
    is_better = by_markup.has_history and by_markup.text.strip() and _says_as_much(marked.text, page.text)
    return (marked.text, by_markup) if is_better else (body.page.text, split)


def _says_as_much(html: str, plain: str) -> bool:
    """Whether the words of the plain text are in the HTML, too; some differ in punctuation."""
    words = set(plain.split())
    return len(words - set(html.split())) * MAX_WORDS_MISSING <= len(words)


def _attached_mails(bodies: Bodies, limits: Limits) -> Iterator[Structure]:
    for part in bodies.files:
        if part.media_type in {"message/rfc822", "message/global"}:
            nested = open_message(part, limits)
            if nested:
                yield nested


def _split_of_nested(nested: Structure, split: Split, limits: Limits) -> Split:
    """The text of the attached mail, for a mail that says nothing itself."""
    inside = read_body(sort_parts(nested.root), limits).page
    text = inside.text.strip()
    return Split(text, split.quoted, split.signature) if text else split


def _files_passed_on(nested: tuple[Structure, ...], own: Files, limits: Limits) -> Files:
    """The pictures and files of attached mails: a photo that somebody passes on is a photo. The mail's own count in the limits."""
    if not nested:
        return NO_FILES
    parts = (part for mail in nested for part in sort_parts(mail.root).files if not part.media_type.startswith("message/"))
    return read_files(parts, limits.less(own.kept_bytes, len(own.kept)))


def _forwarded(subject: str, split: Split, nested: tuple[Structure, ...], limits: Limits) -> Forwarded | None:
    is_forward = is_forward_subject(subject)
    found = find_forwarded(split.quoted, is_forward=is_forward, limits=limits)
    if found or not nested:
        return found
    headers = nested[0].root.headers
    sender = next(iter(_addresses(headers, "from", limits)), None)
    return Forwarded(sender, headers.text("subject") or "", headers.text("date") or "")


def _addresses(headers: Headers, name: str, limits: Limits) -> tuple[Address, ...]:
    found = [address for value in headers.every(name)[:10] for address in read_addresses(value, limits)]
    return tuple(found[: limits.max_addresses])


def _written_at(headers: Headers) -> datetime | None:
    written = (headers.text("date") or "")[:100]
    try:
        moment = parsedate_to_datetime(written)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if EARLIEST <= moment < LATEST else None


def _may_be_answered(headers: Headers, sender: Sender, profile: MailboxProfile, *, is_machine: bool) -> bool:
    if is_machine or sender.answer_to is None or is_own(sender.answer_to, profile.own_addresses):
        return False
    return may_be_answered(headers)


def _troubles(content: _Content, left_out: int, sender: Sender) -> tuple[Trouble, ...]:
    found = {
        Trouble.ENCRYPTED: content.security is Security.ENCRYPTED,
        Trouble.TOO_MANY_PARTS: content.structure.is_limited,
        Trouble.TEXT_CUT: content.body.is_cut,
        Trouble.FILES_LEFT_OUT: left_out > 0,
        Trouble.BROKEN_HEADERS: content.headers.is_broken,
        Trouble.NO_SENDER: sender.address is None,
    }
    return tuple(trouble for trouble, holds in found.items() if holds)
