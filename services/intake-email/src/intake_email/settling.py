"""The story of a batch of mails, read top to bottom: understood, known again, kept, published, noted.

Nothing is changed on the mail server before the end of it. What if the process dies in between? Then the mails are still in the
inbox and come again; the ledger has their claims, the attachment store their files, and identity absorbs what Kafka has twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from intake_email.adjusting import adjusted, header_of, stand_in, without_files
from intake_email.attaching import Attached, Attaching
from intake_email.batching import Fetched, How
from intake_email.claims import asked_of_ledger, resolve
from intake_email.limits import Limits
from intake_email.mailbox_settings import Folders
from intake_email.parse import parse
from intake_email.parsed import ParsedMail
from intake_email.parsing_worker import Reading, Task, Understood
from intake_email.ports import LedgerStore, OnBounces, RawMailStore, Reader, no_consequences
from intake_email.profile import MailboxProfile
from intake_email.store.ledger import Bounced, Entry, EntryState
from intake_email.submission import Circumstances, submission_id_of, to_submission
from shared.contracts import Channel, SubmissionReceived
from shared.kafka.ports import Publisher
from shared.kafka.records import Outgoing
from shared.kafka.topics import SUBMISSION_RECEIVED
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.tracking_number import tracking_number

_log = logger(__name__)
_NOTHING: Final = b""


@dataclass(frozen=True, slots=True)
class Read:
    """A mail that was read, whatever came of it."""

    fetched: Fetched
    mail: ParsedMail = field(repr=False)
    is_marked_spam: bool = False
    is_stand_in: bool = False
    original: bytes | None = field(default=None, repr=False)
    """To be attached, because nothing else could be made of it."""

    @property
    def submission_id(self) -> UUID:
        """The submission that it becomes."""
        return submission_id_of(self.mail)


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


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything goes."""

    ledger: LedgerStore
    raw_mails: RawMailStore
    attaching: Attaching
    publisher: Publisher
    on_bounces: OnBounces = no_consequences


class Settling:
    """Settles batches of one mailbox."""

    def __init__(self, rules: Rules, reader: Reader, stores: Stores, clock: Callable[[], datetime]) -> None:
        self._rules = rules
        self._reader = reader
        self._stores = stores
        self._clock = clock

    async def read(self, batch: Sequence[Fetched]) -> list[Read]:
        """What the mails say. One that cannot be read has a stand-in, made of its header or of nothing."""
        whole = [fetched for fetched in batch if fetched.how is not How.STAND_IN]
        read = {
            fetched.uid: self._understood(fetched, reading)
            for fetched, reading in zip(whole, await self._readings([fetched.raw for fetched in whole]), strict=True)
            if isinstance(reading, Understood)
        }
        lost = [fetched for fetched in batch if fetched.uid not in read]
        headers = await self._readings([header_of(fetched.raw, self._rules.limits.max_header_bytes) for fetched in lost])
        read |= {fetched.uid: self._stood_in_for(fetched, header) for fetched, header in zip(lost, headers, strict=True)}
        return [read[fetched.uid] for fetched in batch]

    async def settle(self, batch: Sequence[Read]) -> dict[int, str]:
        """Make the batch durable. Returns the folder where each mail belongs now, by UID.

        Raises:
            TransientError: MongoDB or Kafka is away; settling again is right.
        """
        # Which of them do we know? The same mail may come twice, through two mailboxes, or moved back by hand.
        reads: dict[UUID, Read] = {}
        for read in batch:
            reads.setdefault(read.submission_id, read)
        known = await self._stores.ledger.find(reads)
        waiting = [read for read in reads.values() if not _is_published(known.get(read.submission_id))]

        # What do they belong to? What was said once stays said, and is kept before anybody hears of it.
        entries = await self._entries(waiting, known)
        stored = await self._kept(entries, reads)

        # Published with its files, then noted: a crash in between publishes it again.
        due = [stored[entry.submission_id] for entry in entries if entry.state is not EntryState.SPAM]
        due = [entry for entry in due if not _is_published(entry)]
        await self._publish(due, reads)
        await self._stores.ledger.mark([entry.submission_id for entry in due], EntryState.PUBLISHED)
        outcomes = {entry.submission_id: "spam" for entry in entries} | {entry.submission_id: "published" for entry in due}
        return {read.fetched.uid: self._folder(read, outcomes.get(read.submission_id, "repeated")) for read in batch}

    async def _kept(self, entries: Sequence[Entry], reads: Mapping[UUID, Read]) -> dict[UUID, Entry]:
        if not entries:
            return {}
        now = self._clock()
        raws = {entry.raw_id: reads[entry.submission_id].fetched.raw for entry in entries}
        await self._stores.raw_mails.put(raws, now + timedelta(days=self._rules.raw_mail_days))
        return await self._stores.ledger.store(entries, now + timedelta(days=self._rules.ledger_days))

    async def _entries(self, reads: Sequence[Read], known: Mapping[UUID, Entry]) -> list[Entry]:
        new = [read for read in reads if read.submission_id not in known]
        asked = list(dict.fromkeys(identifier for read in new for identifier in asked_of_ledger(read.mail)))
        requests = await self._stores.ledger.requests_of(asked) if asked else {}
        entries: list[Entry] = []
        for read in reads:
            entry = known.get(read.submission_id) or self._entry(read, requests)
            entry = replace(entry, state=EntryState.SPAM if self._is_spam(read, known) else EntryState.STORED)
            entries.append(entry)
            if entry.message_id and (entry.claim or not entry.is_automatic):
                requests.setdefault(entry.message_id, entry.belongs_to)  # its answer may be in this batch, too
        return entries

    def _entry(self, read: Read, requests: Mapping[str, str]) -> Entry:
        mail, bounce = read.mail, read.mail.bounce
        return Entry(
            submission_id=read.submission_id,
            service_request_id=tracking_number(self._rules.tracking_secret, read.submission_id),
            message_id=mail.message_id,
            mailbox=self._rules.mailbox,
            received_at=self._clock(),
            claim=resolve(mail, requests),
            is_automatic=mail.is_automatic,
            state=EntryState.STORED,
            troubles=tuple(trouble.value for trouble in mail.troubles),
            bounced=Bounced(bounce.recipients, bounce.message_id, bounce.status, bounce.is_delay) if bounce else None,
            is_stand_in=read.is_stand_in,
        )

    async def _publish(self, entries: Sequence[Entry], reads: Mapping[UUID, Read]) -> None:
        if not entries:
            return
        submissions = await asyncio.gather(*(self._submission(entry, reads[entry.submission_id]) for entry in entries))
        consequences = await self._stores.on_bounces([entry for entry in entries if entry.bounced is not None])
        await self._stores.publisher.publish([*map(outgoing, submissions), *consequences])
        METRICS.submissions_accepted.labels(channel=Channel.EMAIL.value).inc(len(submissions))

    async def _submission(self, entry: Entry, read: Read) -> SubmissionReceived:
        mail = read.mail
        attached = Attached()
        if not mail.is_automatic:  # nobody will ever see the files of a machine's mail
            attached = await self._stores.attaching.attach(entry.submission_id, mail, read.original)
        if not attached.are_all:
            mail = replace(mail, decoded_with_losses=True)
        circumstances = Circumstances(
            received_at=entry.received_at,
            tracking_secret=self._rules.tracking_secret,
            claim=entry.claim,
            attachments=attached.attachments,
            place=attached.place,
            raw_id=entry.raw_id,
        )
        return to_submission(mail, self._rules.profile, circumstances)

    def _is_spam(self, read: Read, known: Mapping[UUID, Entry]) -> bool:
        """Spam that is in the inbox again was put back there by a person who knows better."""
        before = known.get(read.submission_id)
        return read.is_marked_spam and (before is None or before.mailbox != self._rules.mailbox)

    def _folder(self, read: Read, outcome: str) -> str:
        folders, folder = self._rules.folders, self._rules.folders.processed
        if read.is_stand_in:
            outcome, folder = "stand_in", folders.quarantine
        elif outcome == "spam":
            folder = folders.spam
        elif read.fetched.how is How.TEXT_ONLY:
            folder = folders.oversize
        METRICS.mails_taken.labels(mailbox=self._rules.mailbox, outcome=outcome).inc()
        return folder

    async def _readings(self, raws: Sequence[bytes]) -> list[Reading]:
        return await self._reader.read([Task(self._rules.mailbox, raw) for raw in raws]) if raws else []

    def _understood(self, fetched: Fetched, reading: Understood) -> Read:
        mail = without_files(reading.mail) if fetched.how is How.TEXT_ONLY else reading.mail
        return Read(fetched, adjusted(mail, self._rules.staff), reading.is_marked_spam)

    def _stood_in_for(self, fetched: Fetched, header: Reading) -> Read:
        _log.warning("mail_not_readable", mailbox=self._rules.mailbox, mail_bytes=len(fetched.raw), how=fetched.how)
        says = header.mail if isinstance(header, Understood) else parse(_NOTHING, self._rules.profile, self._rules.limits)
        is_attached = fetched.how is not How.STAND_IN and len(fetched.raw) <= self._rules.limits.max_file_bytes
        place = f"{self._rules.mailbox}/{fetched.uid_validity}/{fetched.uid}"
        mail = stand_in(says, fetched.raw, place, is_attached=is_attached)
        return Read(fetched, mail, is_stand_in=True, original=fetched.raw if is_attached else None)


def _is_published(entry: Entry | None) -> bool:
    return entry is not None and entry.state is EntryState.PUBLISHED


def outgoing(submission: SubmissionReceived) -> Outgoing:
    """The record of a submission, with a trace that follows from it, so that a repeat belongs to the same."""
    identity = submission.submission_id.hex
    trace = f"00-{identity}-{identity[16:]}-01"
    return Outgoing(
        SUBMISSION_RECEIVED.name, submission.key.encode("ascii"), submission.encode(), (("traceparent", trace.encode("ascii")),)
    )
