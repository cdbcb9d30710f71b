"""What the serve role reads: a role that ``reader`` plays on MongoDB and a fake plays in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from tracker.state import HistoryEntry, Outcome, Refusal, RequestState
from tracker.store.queries import Period, RequestQuery


class Stored(NamedTuple):
    """A request's public JSON, as it lies in the store, and what its ETag is made of."""

    public_json: bytes
    version: int
    revision: int


class Listed(NamedTuple):
    """One item of a list: its place in the order asked for, and its bytes."""

    service_request_id: str
    moment: datetime
    body: bytes


class Update(NamedTuple):
    """One public change of a public request."""

    service_request_id: str
    entry: HistoryEntry


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """What the projection did with an event that somebody waits for."""

    outcome: Outcome
    refusal: Refusal | None
    request_digest: str | None
    """Of the request that came first under this event id."""
    revision: int
    version: int


class RequestStore(Protocol):
    """Read-only questions; each ends within the store's time-out.

    Raises:
        TransientError: MongoDB is away or too slow; the caller is told 503.
    """

    async def stored(self, number: str) -> Stored | None:
        """The public JSON of one request."""

    async def get(self, number: str) -> RequestState | None:
        """One request with its recent history."""

    async def georeport(self, numbers: Sequence[str]) -> Sequence[bytes]:
        """The GeoReport objects of these numbers, private ones included, newest first; unknown ones are absent."""

    async def find_georeport(self, query: RequestQuery) -> Sequence[bytes]:
        """The GeoReport objects that a query finds, in its order."""

    async def find_public(self, query: RequestQuery) -> Sequence[Listed]:
        """The public JSON of what a query finds, in its order."""

    async def find(self, query: RequestQuery, *, has_history: bool = True) -> Sequence[RequestState]:
        """Whole requests, in the query's order; ``has_history`` False leaves their histories empty, which may be most of them."""

    async def find_numbers(self, numbers: Sequence[str]) -> Sequence[RequestState]:
        """Whole requests of these numbers, newest first; unknown ones are absent."""

    async def archived(self, number: str, *, after: int, limit: int) -> Sequence[HistoryEntry]:
        """Old entries that left the document, oldest first, beyond the revision ``after``."""

    async def archived_entry(self, number: str, event_id: UUID) -> HistoryEntry | None:
        """One old entry by its event."""

    async def updates(self, period: Period, limit: int) -> Sequence[Update]:
        """Applied public changes of public requests that occurred in the period, oldest first, at most ``limit``."""

    async def outcome(self, event_id: UUID) -> StoredOutcome | None:
        """What became of an event; None while the projection has not come to it."""
