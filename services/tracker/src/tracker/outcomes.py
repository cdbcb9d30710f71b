"""Waiting for what the projection makes of an event: the caller of a change sees it done, as far as that takes no time."""

import asyncio
from typing import Final
from uuid import UUID

from shared.errors import TransientError
from tracker.store.ports import RequestStore, StoredOutcome

FIRST_PAUSE_SECONDS: Final = 0.01
"""About what a record takes through Kafka and the projection."""
LONGEST_PAUSE_SECONDS: Final = 0.2


async def wait_for_outcome(store: RequestStore, event_id: UUID, *, seconds: float) -> StoredOutcome | None:
    """The event's outcome, or None when it did not come in time; the event itself is safe in Kafka either way."""
    pause = FIRST_PAUSE_SECONDS
    try:
        async with asyncio.timeout(seconds):
            while True:
                await asyncio.sleep(pause)
                outcome = await store.outcome(event_id)
                if outcome is not None:
                    return outcome
                pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    except (TimeoutError, TransientError):
        return None
