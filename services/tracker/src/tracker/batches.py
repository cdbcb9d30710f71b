"""What goes into the folding of a batch and what comes out of it: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.contracts import LogPosition, RedactionScope, RequestEvent
from shared.kafka.ports import Failure
from shared.kafka.records import Outgoing, Record
from tracker.projection import DeadLettered
from tracker.redaction import Address
from tracker.state import EventOutcome, HistoryEntry, Orphan, RequestState


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a batch, read."""

    record: Record
    event: RequestEvent | DeadLettered
    position: LogPosition


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the store has of the requests of a batch."""

    states: Mapping[str, RequestState]
    archived: Mapping[str, Mapping[UUID, HistoryEntry]] = field(default_factory=dict)
    """Older entries that the batch names, by number and event id."""
    orphans: Mapping[str, Mapping[UUID, Orphan]] = field(default_factory=dict)
    """Those that the batch names, likewise."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """An entry of the ledger: what had to go, without what it was."""

    event_id: UUID
    service_request_id: str
    occurred_at: datetime
    position: LogPosition
    scope: tuple[RedactionScope, ...]


@dataclass(frozen=True, slots=True)
class RequestWrite:
    """One request as it is now; written only where the store still has ``replaces``."""

    state: RequestState
    encoded: bytes
    replaces: int | None
    """The revision that it was folded from; None: there was no such request."""


@dataclass(slots=True)
class Changes:
    """What a batch changes in the store."""

    requests: list[RequestWrite] = field(default_factory=list)
    archived: list[tuple[str, HistoryEntry]] = field(default_factory=list)
    forgotten: list[tuple[str, frozenset[Address]]] = field(default_factory=list)
    redactions: list[Redaction] = field(default_factory=list)
    orphans: list[Orphan] = field(default_factory=list)
    outcomes: list[EventOutcome] = field(default_factory=list)
    positions: dict[int, int] = field(default_factory=dict)
    """The next offset of each partition, once this is stored."""


@dataclass(slots=True)
class Folded:
    """What comes of a batch."""

    changes: Changes
    outgoing: list[Outgoing]
    failures: list[Failure]
    applied: list[tuple[RequestState, HistoryEntry]]
    """For the counters: what was not here before."""
