"""From announcements to the outbox: the handler of the consumer group ``intake-email`` of ``request.updated.v1``.

Its effect is the durable outbox entry; sending is ``sending``'s and never holds a partition. A redaction is obeyed here: what was
to be said and has not gone out, the raw mails and their files are deleted.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from intake_email.answers.wording import CREATED, FOLLOW_UP, Rules, is_told
from intake_email.reply import Sender, answer
from intake_email.store.outbox import Entry, Outbox
from shared.announcements import announcements_in
from shared.contracts import Channel, ServiceRequestUpdated
from shared.kafka.ports import Handled
from shared.kafka.records import Record


class Originals(Protocol):
    """What we keep of the mails that submissions came from."""

    async def encrypted(self, event_ids: Collection[UUID]) -> frozenset[UUID]:
        """Those events behind which is a mail that nobody here can read; raises TransientError."""

    async def forget(self, submission_ids: Sequence[UUID], file_ids: Sequence[str]) -> None:
        """Delete raw mails and files for good; doing it again changes nothing. Raises TransientError."""


class Answering:
    """The handler. ``since``: announcements of events before it are not answered: a first start answers nothing older than itself."""

    def __init__(  # noqa: PLR0913 - what it needs, each named
        self,
        outbox: Outbox,
        originals: Originals,
        sender: Sender,
        rules: Rules,
        *,
        since: datetime,
        clock: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._originals = originals
        self._sender = sender
        self._rules = rules
        self._since = since
        self._clock = clock

    async def __call__(self, records: Sequence[Record]) -> Handled:
        """Make durable what is to be sent, and what is to be forgotten."""
        updates, failures = announcements_in(records)
        encrypted = await self._originals.encrypted([update.event_id for update in updates if _may_be_about_a_mail(update)])
        await self._outbox.add([entry for update in updates for entry in self._entries(update, encrypted)])
        for update in updates:
            if update.redacted:
                await self._forget(update)
        return Handled((), failures)

    def _entries(self, update: ServiceRequestUpdated, encrypted: frozenset[UUID]) -> Iterable[Entry]:
        is_encrypted = update.event_id in encrypted
        if not (is_told(update) or is_encrypted) or update.occurred_at < self._since:
            return
        for index, reply in enumerate(update.replies):
            if reply.channel is Channel.EMAIL:
                mail = answer(update, index, self._sender, self._rules, is_encrypted=is_encrypted)
                yield Entry(
                    announcement_id=update.announcement_id,
                    reply_index=index,
                    service_request_id=update.service_request_id,
                    address_hash=address_hash(self._sender.token_secret, reply.address),
                    message_id=mail.message_id,
                    recipient=mail.recipient,
                    content=mail.content,
                    created_at=self._clock(),
                )

    async def _forget(self, update: ServiceRequestUpdated) -> None:
        await self._outbox.redact([update.service_request_id], self._clock())
        files = [file_id for scope in update.redacted for file_id in scope.file_ids]
        await self._originals.forget(update.redacted_submission_ids, files)


def _may_be_about_a_mail(update: ServiceRequestUpdated) -> bool:
    return update.event_kind in {CREATED, FOLLOW_UP} and any(reply.channel is Channel.EMAIL for reply in update.replies)


def address_hash(secret: bytes, address: str) -> str:
    """An address as we know it again without keeping it: keyed, because addresses can be guessed."""
    return hmac.digest(secret, b"address:" + address.strip().casefold().encode(), hashlib.sha256).hex()[:32]
