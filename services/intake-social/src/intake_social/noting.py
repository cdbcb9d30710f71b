"""What became of a reply, noted in three places, in this order: our post in the ledger, the outcome in the log, the end in the outbox.

Every step has a derived id: what dies between two of them is done again, and changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from intake_social.store import ledger
from intake_social.store.outbox import Entry, Outbox
from intake_social.submission import claim_on
from shared.contracts import Actor, ActorKind, Channel, DeliveryOutcome, DeliveryRecorded
from shared.identity import derived_event_id, submission_id
from shared.kafka.ports import Publisher
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS
from shared.observability.metrics import METRICS
from shared.tracking_number import tracking_number

SYSTEM: Final = Actor(kind=ActorKind.SYSTEM, id="intake-social")


class LedgerStore(Protocol):
    """``store.ledger.Ledger``."""

    async def store(self, entries: Sequence[ledger.Entry], expires_at: datetime) -> dict[UUID, ledger.Entry]: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class NotingRules:
    """What is the same for all replies of a network."""

    channel: Channel
    tracking_secret: bytes = field(repr=False)
    ledger_days: int = 1_095


class Noting:
    """Notes the ends of outbox entries."""

    def __init__(self, outbox: Outbox, posts: LedgerStore, events: Publisher, rules: NotingRules, clock: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._posts = posts
        self._events = events
        self._rules = rules
        self._clock = clock
        self.replied_at: datetime | None = None
        """When the last reply went out, as far as this instance knows."""

    async def end(self, entry: Entry, outcome: DeliveryOutcome, detail: str | None = None, *, reference: str | None = None) -> None:
        """What became of the entry. ``reference``: the id of our reply.

        Raises:
            TransientError: MongoDB or Kafka is away; noting it again is right.
        """
        now = self._clock()
        if reference is not None:
            await self._posts.store([self._own(entry, reference, now)], now + timedelta(days=self._rules.ledger_days))
        event = DeliveryRecorded(
            event_id=derived_event_id(entry.announcement_id, f"delivery:{entry.reply_index}:sent"),
            service_request_id=entry.service_request_id,
            occurred_at=now,
            actor=SYSTEM,
            announcement_id=entry.announcement_id,
            channel=self._rules.channel,
            reply_index=entry.reply_index,
            outcome=outcome,
            detail=detail,
            sent_reference=reference,
        )
        await self._events.publish([Outgoing(REQUEST_EVENTS.name, event.key.encode(), event.encode())])
        await self._outbox.end(entry, outcome, now)
        METRICS.answers.labels(channel=self._rules.channel.value, outcome=outcome.value).inc()
        if outcome is DeliveryOutcome.SENT:
            self.replied_at = now

    def _own(self, entry: Entry, reference: str, now: datetime) -> ledger.Entry:
        """Our reply in the ledger: what its reader writes below it belongs to the same request."""
        identity = submission_id(self._rules.channel, reference)
        return ledger.Entry(
            submission_id=identity,
            service_request_id=tracking_number(self._rules.tracking_secret, identity),
            received_at=now,
            author_id=entry.author_id,
            claim=claim_on(entry.service_request_id),
            is_published=True,
        )
