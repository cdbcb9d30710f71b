"""The state of one request, as the projection computes it and the store keeps it: plain frozen values, no I/O.

``RequestState`` is what ``projection.apply`` returns, ``store`` writes and reads, and ``views`` show. Personal data lives in
``report`` and in entries marked so; ``public_text`` is already masked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts import (
    Actor,
    Attachment,
    Attention,
    Channel,
    DeliveryOutcome,
    DetailedStatus,
    LogPosition,
    Nature,
    RedactionScope,
    ReplyAddress,
    Report,
    Service,
    Status,
    Text,
)


class Outcome(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why the projection refused an event. A newer status table never changes the past: only these two reasons exist."""

    STALE_VERSION = "stale_version"
    UNKNOWN_REQUEST = "unknown_request"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an announcement says of the request after its event: kept with the entry, because the request moves on."""

    status: Status
    detailed_status: DetailedStatus
    service: Service
    is_private: bool
    attention: tuple[Attention, ...]
    expected_datetime: datetime | None
    nature: Nature = Nature.SERVICE_REQUEST
    answer_due_datetime: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one answer."""

    announcement_id: UUID
    channel: Channel
    reply_index: int
    outcome: DeliveryOutcome
    detail: str | None = None
    sent_reference: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event of a request, for ever: under its id and its place in the log."""

    event_id: UUID
    kind: str
    """The event's ``kind``."""
    occurred_at: datetime
    actor: Actor
    position: LogPosition
    outcome: Outcome
    revision: int
    """The request's revision after this event."""
    version: int
    """The request's version after this event."""
    refusal: Refusal | None = None
    status: Status | None = None
    """State after the event, where the event set it."""
    detailed_status: DetailedStatus | None = None
    public_text: str | None = None
    """Masked, finished text for the public; None where the entry is internal."""
    note: Text | None = None
    """The full text of a comment, reason or follow-up, for staff."""
    is_public: bool = False
    is_third_party: bool = False
    changed: tuple[str, ...] = ()
    """Names of what changed: ``status``, ``service``, ``nature``, ``assignee``, ``is_private`` ..."""
    attachments: tuple[Attachment, ...] = ()
    report: Report | None = None
    """A follow-up's whole report; a creation's is the request's own ``report``."""
    service: Service | None = None
    """The service after the event, when it changed."""
    other: str | None = None
    """The other request: merged into, follower, mentioned."""
    formerly_duplicate_of: str | None = None
    """Where the request was followed until this event."""
    external_id: str | None = None
    """A GeoReport update's id in the integrator's system."""
    redacted: tuple[RedactionScope, ...] = ()
    request_digest: str | None = None
    """Digest of the caller's request under its Idempotency-Key."""
    replies: tuple[ReplyAddress, ...] = ()
    """Who was to be answered about this entry."""
    redacted_submission_ids: tuple[UUID, ...] = ()
    """The submissions that ``redacted`` is about."""
    delivery: Delivery | None = None
    standing: Standing | None = None
    """None: as the report of the creation says (a creation), or nothing is announced (a refusal, a dead letter)."""


@dataclass(frozen=True, slots=True)
class Follower:
    """A duplicate whose reporter is told what happens here."""

    service_request_id: str
    reply_addresses: tuple[ReplyAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestState:
    """One request now."""

    service_request_id: str
    revision: int
    """Counts every event; the write guard."""
    version: int
    """Counts staff changes, the reporter's follow-ups, merges and redactions; the ETag."""
    status: Status
    detailed_status: DetailedStatus
    service: Service
    is_private: bool
    has_legal_hold: bool
    assignee: str | None
    attention: tuple[Attention, ...]
    requested_datetime: datetime
    updated_datetime: datetime
    closed_datetime: datetime | None
    expected_datetime: datetime | None
    answer_due_datetime: datetime | None
    status_notes: str | None
    """The masked public reason of the present state (GeoReport ``status_notes``)."""
    duplicate_of: str | None
    followers: tuple[Follower, ...]
    report: Report
    """The submission that the request was made of; cleared in parts by redaction."""
    public_description: str | None
    """The description with personal data masked; None when the request is private or redacted."""
    mentions: str | None
    history: tuple[HistoryEntry, ...]
    """Newest last. The store moves old entries to a side collection before a document grows large."""
    archived_entries: int = 0
    """How many older entries lie in the side collection."""
    nature: Nature = Nature.SERVICE_REQUEST
    """What it is: as the report says, until staff or a further message say otherwise."""
    reply_addresses: tuple[ReplyAddress, ...] = ()
    """Where the reporter is answered now: the report's addresses, with the thread as later messages continued it."""

    @property
    def is_open_emergency(self) -> bool:
        """Nobody has looked yet whether it is one: it stands first in the lists of staff."""
        return self.status is Status.OPEN and Attention.EMERGENCY in self.attention


@dataclass(frozen=True, slots=True)
class Orphan:
    """An event that changed no request, for ever: of an unknown one, or a message that became a request of its own."""

    event_id: UUID
    service_request_id: str
    """The request that the event named."""
    kind: str
    occurred_at: datetime
    position: LogPosition
    refusal: Refusal | None = None
    became: str | None = None
    """The number of the request that the message became."""
    request_digest: str | None = None


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """What the API's wait for its own event ends with."""

    event_id: UUID
    service_request_id: str
    outcome: Outcome
    revision: int
    """0 where no such request exists."""
    version: int
    refusal: Refusal | None = None
    request_digest: str | None = None
