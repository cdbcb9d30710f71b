"""Empties the outbox: one entry after the other is claimed, handed to the mail server, noted.

What if the process dies here? Before the claim, the entry waits. After it, its lease runs out and it is *unknown*: looked up in the
Sent folder, where a copy of each mail goes, else put before an advocate; never sent blindly again. What became of it is appended
to the log before it is noted here, under an id of its own, so that a repeat changes nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from intake_email.smtp import Accepted, Open, Refused
from intake_email.store.outbox import Entry as OutboxEntry
from intake_email.store.outbox import EntryState, Outbox
from shared.contracts import Actor, ActorKind, Channel, DeliveryOutcome, DeliveryRecorded
from shared.errors import TransientError
from shared.identity import derived_event_id
from shared.kafka.ports import Publisher
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.outbox import emptied

SYSTEM: Final = Actor(kind=ActorKind.SYSTEM, id="intake-email")
LEASE: Final = timedelta(minutes=5)
FIRST_GAP: Final = timedelta(minutes=1)
LONGEST_GAP: Final = timedelta(hours=4)
GIVES_UP_AFTER: Final = timedelta(hours=48)
_log = logger(__name__)


class MailServer(Protocol):
    """Takes mails; ``smtp.Relay`` plays it."""

    async def send(self, content: bytes, *, envelope_from: str, recipient: str) -> Accepted | Refused | Open:
        """Hand over one mail; raises TransientError when the server is away."""


class SentFolder(Protocol):
    """Where a copy of each mail goes."""

    async def keep(self, content: bytes) -> None:
        """Put a copy there; raises TransientError when the mailbox is away."""

    async def holds(self, message_id: str) -> bool:
        """Whether a copy is there; raises TransientError when the mailbox is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingRules:
    """How much goes out, and how patiently."""

    envelope_from: Callable[[str], str]
    """Where a bounce of the request's mail comes back to: an address that names the request."""
    per_address_and_hour: int = 10
    per_hour: int = 1_000
    """The breaker: beyond, something is wrong, and a person has to look."""
    idle_seconds: float = 1.0
    lease: timedelta = LEASE
    """How long a mail in hand is nobody else's; then it is unknown what became of it."""


class Sending:
    """The task that sends."""

    def __init__(  # noqa: PLR0913 - the roles around it, each named
        self,
        outbox: Outbox,
        server: MailServer,
        sent: SentFolder,
        events: Publisher,
        *,
        rules: SendingRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._server = server
        self._sent = sent
        self._events = events
        self._rules = rules
        self._clock = clock
        self._hour: datetime | None = None
        self._sent_this_hour = 0

    @property
    def is_tripped(self) -> bool:
        """Whether the breaker holds everything back until the next hour."""
        return self._sent_this_hour >= self._rules.per_hour

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop`` is set; the mail in hand is finished first."""

        def waits(error: TransientError) -> None:
            _log.warning("sending_waits", dependency=error.dependency, failure=error)

        await emptied(stop, self.step, self._look, idle_seconds=self._rules.idle_seconds, waits=waits)

    async def _look(self) -> None:
        (await self._outbox.backlog()).tell(Channel.EMAIL, self._clock())

    async def step(self) -> bool:
        """One entry; False where nothing is due.

        Raises:
            TransientError: MongoDB or Kafka is away; the entry's lease protects it.
        """
        now = self._clock()
        left = await self._outbox.next_unknown(now, self._rules.lease)
        if left is not None:
            await self._look_up(left)
            return True
        self._begin_hour(now)
        if self.is_tripped:
            return False
        entry = await self._outbox.claim(now, self._rules.lease)
        if entry is None:
            return False
        await self._deliver(entry)
        return True

    async def _deliver(self, entry: OutboxEntry) -> None:
        if await self._outbox.is_suppressed(entry.address_hash):
            await self._end(entry, EntryState.SUPPRESSED, DeliveryOutcome.FAILED, "suppressed")
            return
        if entry.tries == 1 and await self._outbox.counted(entry.address_hash, self._clock()) > self._rules.per_address_and_hour:
            _log.warning("address_has_its_share", request=entry.service_request_id)
            await self._outbox.retry(entry, self._clock() + timedelta(hours=1))
            return
        try:
            outcome = await self._server.send(
                entry.content, envelope_from=self._rules.envelope_from(entry.service_request_id), recipient=entry.recipient
            )
        except TransientError as error:
            await self._later(entry, error.detail or error.dependency)
            return
        match outcome:
            case Accepted():
                self._sent_this_hour += 1
                await self._keep_copy(entry)
                await self._end(entry, EntryState.SENT, DeliveryOutcome.SENT, None)
            case Refused(code) if outcome.is_permanent:
                await self._end(entry, EntryState.FAILED, DeliveryOutcome.FAILED, str(code))
            case Refused(code):
                await self._later(entry, str(code))
            case Open():
                _log.warning("delivery_open", request=entry.service_request_id)  # its lease runs out, then it is looked up

    async def _keep_copy(self, entry: OutboxEntry) -> None:
        try:
            await self._sent.keep(entry.content)
        except TransientError as error:
            _log.warning("no_copy_in_sent", request=entry.service_request_id, failure=error)

    async def _later(self, entry: OutboxEntry, detail: str) -> None:
        now = self._clock()
        if now - entry.created_at > GIVES_UP_AFTER:
            await self._end(entry, EntryState.FAILED, DeliveryOutcome.FAILED, detail)
            return
        await self._outbox.retry(entry, now + min(FIRST_GAP * 2 ** min(entry.tries - 1, 10), LONGEST_GAP))

    async def _look_up(self, entry: OutboxEntry) -> None:
        """A process died, or the connection broke, between sending and noting it."""
        if await self._sent.holds(entry.message_id):
            await self._end(entry, EntryState.SENT, DeliveryOutcome.SENT, None)
        else:
            await self._end(entry, EntryState.NEEDS_STAFF, DeliveryOutcome.UNKNOWN, "not in Sent")

    async def _end(self, entry: OutboxEntry, state: EntryState, outcome: DeliveryOutcome, detail: str | None) -> None:
        event = delivery(entry, outcome, detail, self._clock())
        await self._events.publish([Outgoing(REQUEST_EVENTS.name, event.key.encode(), event.encode())])
        await self._outbox.end(entry, state, self._clock())
        METRICS.answers.labels(channel=Channel.EMAIL.value, outcome=outcome.value).inc()

    def _begin_hour(self, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._sent_this_hour = hour, 0


def delivery(entry: OutboxEntry, outcome: DeliveryOutcome, detail: str | None, now: datetime) -> DeliveryRecorded:
    """What became of an answer, as an event. A mail that bounces after it was sent is another event than the sending."""
    what = "bounced" if outcome is DeliveryOutcome.BOUNCED else "sent"
    return DeliveryRecorded(
        event_id=derived_event_id(entry.announcement_id, f"delivery:{entry.reply_index}:{what}"),
        service_request_id=entry.service_request_id,
        occurred_at=now,
        actor=SYSTEM,
        announcement_id=entry.announcement_id,
        channel=Channel.EMAIL,
        reply_index=entry.reply_index,
        outcome=outcome,
        detail=detail,
        sent_reference=entry.message_id if outcome is DeliveryOutcome.SENT else None,
    )
