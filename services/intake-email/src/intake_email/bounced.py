"""What follows from a report of a failed delivery: the request of our mail is told, and its address gets no more."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from intake_email.sending import delivery
from intake_email.store.ledger import Entry
from intake_email.store.outbox import Outbox
from shared.contracts import DeliveryOutcome
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS

PERMANENT: Final = "5"
"""Enhanced status codes of class 5 are for good (RFC 3463, section 2)."""


class Bounces:
    """``OnBounces``. A delay is no failure; a report about no mail of ours is nobody's."""

    def __init__(self, outbox: Outbox, clock: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._clock = clock

    async def __call__(self, bounces: Sequence[Entry]) -> Sequence[Outgoing]:
        """The records to be published with the reports. Idempotent: the same report gives the same events."""
        records: list[Outgoing] = []
        for entry in bounces:
            bounced = entry.bounced
            if bounced is None or bounced.is_delay or not bounced.message_id:
                continue
            sent = await self._outbox.by_message_id(bounced.message_id)
            if sent is None:
                continue
            if not bounced.status or bounced.status.startswith(PERMANENT):
                await self._outbox.suppress(sent.address_hash, "bounced", self._clock())
            event = delivery(sent, DeliveryOutcome.BOUNCED, bounced.status[:20] or None, entry.received_at)
            records.append(Outgoing(REQUEST_EVENTS.name, event.key.encode(), event.encode()))
        return records
