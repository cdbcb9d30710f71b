"""The story of a batch of mails, read top to bottom: known again, kept with its claims and its files, published, noted.

Nothing is changed on the mail server before the end of it. What if the process dies in between? Then the mails are still in the
inbox and come again; the ledger has their claims, the attachment store their files, and identity absorbs what Kafka has twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from intake_email.attaching import Attached, Attaching, Enclosing
from intake_email.batching import How
from intake_email.claims import asked_of_ledger, resolve
from intake_email.parsed import ParsedMail
from intake_email.ports import LedgerStore, OnBounces, RawMailStore, no_consequences
from intake_email.rules import Rules
from intake_email.store.ledger import Bounced, Entry, EntryState
from intake_email.submission import Circumstances, to_submission
from intake_email.understanding import Read
from shared.contracts import Channel, SubmissionReceived
from shared.kafka.ports import Publisher
from shared.observability.metrics import METRICS
from shared.submissions import submission_record
from shared.tracking_number import tracking_number


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything goes."""

    ledger: LedgerStore
    raw_mails: RawMailStore
    attaching: Attaching
    publisher: Publisher
    on_bounces: OnBounces = no_consequences


@dataclass(frozen=True, slots=True)
class Kept:
    """A batch that is kept but for its files, and what is to be published of it."""

    batch: Sequence[Read]
    reads: Mapping[UUID, Read]
    """One for each submission."""
    due: tuple[Entry, ...]
    spam: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Due:
    """A batch that is kept with all its files, and may be published."""

    kept: Kept
    submissions: Sequence[SubmissionReceived]
    """One for each that is due."""


class Settling:
    """Settles batches of one mailbox."""

    def __init__(self, rules: Rules, stores: Stores, clock: Callable[[], datetime]) -> None:
        self._rules = rules
        self._stores = stores
        self._clock = clock

    async def keep(self, batch: Sequence[Read]) -> Kept:
        """Keep what is new, with its claims. Batches are kept one after the other: a mail may answer one of the batch before.

        Raises:
            TransientError: MongoDB is away; keeping again is right.
        """
        # Which of them do we know? The same mail may come twice, through two mailboxes, or moved back by hand.
        reads: dict[UUID, Read] = {}
        for read in batch:
            reads.setdefault(read.submission_id, read)
        known = await self._stores.ledger.find(reads)
        waiting = [read for read in reads.values() if not _is_published(known.get(read.submission_id))]

        # What do they belong to? What was said once stays said, and is kept before anybody hears of it.
        entries = await self._entries(waiting, known)
        raws = {entry.raw_id: reads[entry.submission_id].fetched.raw for entry in entries}
        _, stored = await asyncio.gather(
            self._stores.raw_mails.put(raws, self._until(self._rules.raw_mail_days)),
            self._stores.ledger.store(entries, self._until(self._rules.ledger_days)),
        )
        due = [stored[entry.submission_id] for entry in entries if entry.state is not EntryState.SPAM]
        spam = frozenset(entry.submission_id for entry in entries if entry.state is EntryState.SPAM)
        return Kept(batch, reads, tuple(entry for entry in due if not _is_published(entry)), spam)

    async def attach(self, kept: Kept) -> Due:
        """Keep the files of what is due, too. Batches may overtake each other here: a file is its own mail's alone.

        Raises:
            TransientError: MongoDB is away; attaching again stores nothing twice.
        """
        due = [(entry, kept.reads[entry.submission_id]) for entry in kept.due]
        # Nobody will ever see the files of a machine's mail.
        enclosing = [Enclosing(entry.submission_id, read.mail, read.original) for entry, read in due if not read.mail.is_automatic]
        attached = await self._stores.attaching.attach(enclosing)
        return Due(kept, [self._submission(entry, read.mail, attached.get(entry.submission_id, Attached())) for entry, read in due])

    async def publish(self, due: Due) -> dict[int, str]:
        """Publish what is due, then note that; a crash in between publishes it again.

        Returns the folder where each mail belongs now, by UID.

        Raises:
            TransientError: Kafka or MongoDB is away; publishing again is right.
        """
        kept = due.kept
        if kept.due:
            consequences = await self._stores.on_bounces([entry for entry in kept.due if entry.bounced is not None])
            await self._stores.publisher.publish([*map(submission_record, due.submissions), *consequences])
            published = [entry.submission_id for entry in kept.due]
            await self._stores.ledger.note_published(published, self._until(self._rules.ledger_days))
            METRICS.submissions_accepted.labels(channel=Channel.EMAIL.value).inc(len(due.submissions))
        outcomes = dict.fromkeys(kept.spam, "spam") | {entry.submission_id: "published" for entry in kept.due}
        return {read.fetched.uid: self._folder(read, outcomes.get(read.submission_id, "repeated")) for read in kept.batch}

    def _until(self, days: int) -> datetime:
        return self._clock() + timedelta(days=days)

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

    def _submission(self, entry: Entry, mail: ParsedMail, attached: Attached) -> SubmissionReceived:
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


def _is_published(entry: Entry | None) -> bool:
    return entry is not None and entry.state is EntryState.PUBLISHED
