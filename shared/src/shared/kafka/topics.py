"""The registry of topics: what lies where, under which key, from whom to whom, for how long.

Tests hold it against the manifests and the documentation; ``broker.ensure_topics`` creates what is missing.
"""

import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from shared.contracts import DeadLetterDecided, RequestEvent, ServiceRequestUpdated, SubmissionReceived, SubmissionRejected

KIBIBYTE = 1024
MAX_RECORD_BYTES: Final = 1536 * KIBIBYTE
"""Of a record with key and headers, or of a batch of records, in any topic. What a value may have at most is the topic's own."""
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
        return dead_letter_topic(self.name, group)


NORMALIZER_GROUP: Final = "normalizer"
PROJECTION_GROUP: Final = "tracker-project"
INTAKE_WEB_GROUP: Final = "intake-web"
INTAKE_EMAIL_GROUP: Final = "intake-email"
INTAKE_SOCIAL_GROUP: Final = "intake-social"

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
    consumers=(INTAKE_WEB_GROUP, INTAKE_EMAIL_GROUP, INTAKE_SOCIAL_GROUP),
    retention=timedelta(days=7),
    max_bytes=512 * KIBIBYTE,
)
DEAD_LETTER_DECIDED: Final = Topic(
    name="dead-letter.decided.v1",
    contract=DeadLetterDecided,
    producers=("operators",),
    consumers=(),
    retention=timedelta(days=400),
    max_bytes=16 * KIBIBYTE,
)
"""Beside the road: what operators decided, longer than what it was about is kept."""
TOPICS: Final = (SUBMISSION_RECEIVED, SUBMISSION_REJECTED, REQUEST_EVENTS, REQUEST_UPDATED, DEAD_LETTER_DECIDED)

DEAD_LETTER_RETENTION: Final = timedelta(days=30)
DEAD_LETTER_MAX_BYTES: Final = 1024 * KIBIBYTE
DEAD_LETTER_PREFIX: Final = "dead-letter-"
"""Of the headers that say why."""
_MAX_BYTES: Final = {topic.name: topic.max_bytes for topic in TOPICS}


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as the broker has to have it."""

    name: str
    retention: timedelta

    @property
    def configs(self) -> dict[str, str]:
        """The topic's own configuration (Kafka's names)."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention // timedelta(milliseconds=1)),
            "max.message.bytes": str(MAX_RECORD_BYTES),
        }


def all_topics() -> tuple[TopicSpec, ...]:
    """Every topic of the registry, each followed by its dead letter topics."""
    specs: list[TopicSpec] = []
    for topic in TOPICS:
        specs.append(TopicSpec(topic.name, topic.retention))
        specs += [TopicSpec(topic.dead_letters(group), DEAD_LETTER_RETENTION) for group in topic.consumers]
    return tuple(specs)


def dead_letter_topic(topic: str, group: str) -> str:
    """The dead letter topic of a consumer group of a topic."""
    return f"{topic}.{group}.dlt"


def max_bytes_of(topic: str) -> int:
    """Largest value that may be written to a topic; of one that is not in the registry (dead letters), what any record may have."""
    return _MAX_BYTES.get(topic, DEAD_LETTER_MAX_BYTES)


def partition_for(key: bytes, partitions: int) -> int:
    """The partition of a key: crc32 modulo the number of partitions, the same at every producer for ever (ADR)."""
    return zlib.crc32(key) % partitions
