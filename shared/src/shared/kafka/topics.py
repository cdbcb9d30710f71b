"""The registry of topics: what lies where, under which key, from whom to whom, for how long.

Tests hold it against the manifests and the documentation; ``broker.ensure_topics`` creates what is missing.
"""

import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from shared.contracts import RequestEvent, ServiceRequestUpdated, SubmissionReceived, SubmissionRejected

KIBIBYTE = 1024
MAX_SUBMISSION_BYTES: Final = 256 * KIBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic, one contract, the version in the name."""

    name: str
    contract: Any
    """The pydantic class or union of its values."""
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    """Consumer groups; each has a dead letter topic of its own."""
    retention: timedelta
    max_bytes: int
    """Largest record value that a producer may write."""

    def dead_letters(self, group: str) -> str:
        """The dead letter topic of a consumer group."""
        return f"{self.name}.{group}.dlt"


NORMALIZER_GROUP: Final = "normalizer"
PROJECTION_GROUP: Final = "tracker-project"

SUBMISSION_RECEIVED: Final = Topic(
    name="submission.received.v1",
    contract=SubmissionReceived,
    producers=("intake-web", "intake-email", "intake-social"),
    consumers=(NORMALIZER_GROUP,),
    retention=timedelta(days=14),
    max_bytes=MAX_SUBMISSION_BYTES,
)
SUBMISSION_REJECTED: Final = Topic(
    name="submission.rejected.v1",
    contract=SubmissionRejected,
    producers=("normalizer",),
    consumers=(),
    retention=timedelta(days=14),
    max_bytes=64 * KIBIBYTE,
)
REQUEST_EVENTS: Final = Topic(
    name="request.events.v1",
    contract=RequestEvent,
    producers=("normalizer", "tracker", "intake-email", "intake-social"),
    consumers=(PROJECTION_GROUP,),
    retention=timedelta(days=35),
    max_bytes=512 * KIBIBYTE,
)
REQUEST_UPDATED: Final = Topic(
    name="request.updated.v1",
    contract=ServiceRequestUpdated,
    producers=("tracker",),
    consumers=(),
    retention=timedelta(days=7),
    max_bytes=512 * KIBIBYTE,
)
TOPICS: Final = (SUBMISSION_RECEIVED, SUBMISSION_REJECTED, REQUEST_EVENTS, REQUEST_UPDATED)

DEAD_LETTER_RETENTION: Final = timedelta(days=30)
DEAD_LETTER_MAX_BYTES: Final = 1024 * KIBIBYTE


def partition_for(key: bytes, partitions: int) -> int:
    """The partition of a key: crc32 modulo the number of partitions, the same at every producer for ever (ADR)."""
    return zlib.crc32(key) % partitions
