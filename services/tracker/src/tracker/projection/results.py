"""What ``apply`` can answer, and what it may need to know beside the request itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.contracts import RedactionScope, RequestEvent
from tracker.redaction import Address
from tracker.state import HistoryEntry, Orphan, RequestState


@dataclass(frozen=True, slots=True)
class Known:
    """What lies outside the request's document and belongs to the event at hand."""

    archived: Mapping[UUID, HistoryEntry] = field(default_factory=dict)
    """Older entries of the request, by event id, as far as the event names them."""
    orphans: Mapping[UUID, Orphan] = field(default_factory=dict)
    """Orphans by event id, as far as the event names them."""


NOTHING_ELSE = Known()


@dataclass(frozen=True, slots=True)
class Applied:
    """The event changed the request; it is announced."""

    state: RequestState
    entry: HistoryEntry
    derived: tuple[RequestEvent, ...] = ()
    """What the event causes in other requests: appended to the log, never written directly."""
    forgotten: frozenset[Address] = frozenset()
    """Reply addresses that must go from older entries too."""
    redacted: tuple[RedactionScope, ...] = ()
    """What must be cleared in older entries too, and kept in the ledger."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The event is recorded and changed nothing; it is not announced."""

    state: RequestState
    entry: HistoryEntry


@dataclass(frozen=True, slots=True)
class Orphaned:
    """The event changed no request; it is recorded beside them."""

    orphan: Orphan
    derived: tuple[RequestEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same record again: what it led to is published again, and nothing is changed."""

    entry: HistoryEntry | Orphan
    derived: tuple[RequestEvent, ...] = ()
    redacted: tuple[RedactionScope, ...] = ()
    """Cleared in older entries again, because the first time may have ended before that."""


@dataclass(frozen=True, slots=True)
class Doubled:
    """An event that is already here under its id came by another record: the first wins, and nothing is published."""

    entry: HistoryEntry | Orphan


@dataclass(frozen=True, slots=True)
class DeadLettered:
    """A record under the request's number that nobody can read. It is in no contract: the projection notes it itself."""

    event_id: UUID
    """Derived from the record's place."""
    service_request_id: str
    occurred_at: datetime
    """The record's own timestamp."""


Result = Applied | Refused | Orphaned | Repeated | Doubled
