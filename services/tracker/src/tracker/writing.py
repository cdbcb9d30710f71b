"""A staff change from the wish to its answer: check, append to Kafka, wait for what the projection made of it.

What if the process dies here? Before the append, nothing happened. After it the change is made, whoever waits: sent again under
the same ``Idempotency-Key``, the change has the same event id and the answer is found, not made twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID, uuid4

from shared.contracts import Actor
from shared.contracts.events import Event
from shared.errors import PoisonError, TransientError
from shared.identity import caller_event_id
from shared.kafka.ports import Publisher
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS
from tracker.api.conditions import Expected, etag
from tracker.api.problems import Problem, ProblemKind, unavailable
from tracker.changes import NotPossible, Order
from tracker.outcomes import wait_for_outcome
from tracker.state import Outcome, Refusal, RequestState
from tracker.store.ports import RequestStore

Build = Callable[[RequestState, Order], Event | NotPossible]


class Counted(Protocol):
    """Counts changes by kind and answer."""

    def __call__(self, kind: str, outcome: str) -> None:
        """One more."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that somebody asked for."""

    service_request_id: str
    kind: str
    """What sort of change: part of the event id's derivation, and the metric's label."""
    actor: Actor
    digest: str
    """Of the request's content: the same key with another one is a misuse."""
    idempotency_key: str | None = None
    expected: Expected | None = None
    """None: needs no version."""
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a wish."""

    event_id: UUID
    state: RequestState | None
    """The request with the change applied; None: the change is on its way."""
    is_replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Earlier:
    outcome: Outcome
    refusal: Refusal | None
    request_digest: str | None


UNIQUE_BY: Final = "change"


@dataclass(frozen=True, slots=True)
class Writing:
    """Carries wishes out."""

    store: RequestStore
    publisher: Publisher
    clock: Callable[[], datetime]
    wait_seconds: float
    count: Counted

    async def carry_out(self, wish: Wish, build: Build) -> Done:
        """Check the wish, append its event, and wait for the outcome.

        Raises:
            Problem: it cannot be carried out, or not now.
            TransientError: MongoDB is away before anything happened.
        """
        try:
            done = await self._carry_out(wish, build)
        except Problem as problem:
            self.count(wish.kind, "conflict" if problem.kind is ProblemKind.STALE.value else "refused")
            raise
        self.count(wish.kind, "replayed" if done.is_replayed else "applied" if done.state else "accepted")
        return done

    async def _carry_out(self, wish: Wish, build: Build) -> Done:
        state = await self._known(wish.service_request_id)
        order = Order(_event_id(wish), self.clock(), wish.actor, wish.digest if wish.idempotency_key else None)
        if wish.idempotency_key and (earlier := await self._earlier(state, order.event_id)):
            return self._settled(wish, order.event_id, earlier, state, is_replayed=True)
        if wish.expected is not None and not wish.expected.allows(state.version):
            raise stale(state)
        event = build(state, order)
        if isinstance(event, NotPossible):
            raise Problem(ProblemKind.LEGAL_HOLD if event.is_legal_hold else ProblemKind.NOT_POSSIBLE, event.sentence)
        await self._append(event, wish.traceparent)
        found = await wait_for_outcome(self.store, event.event_id, seconds=self.wait_seconds)
        if found is None:
            return Done(event.event_id, None)
        earlier = _Earlier(found.outcome, found.refusal, found.request_digest)
        return self._settled(wish, event.event_id, earlier, await self._after(wish), is_replayed=False)

    async def _known(self, number: str) -> RequestState:
        state = await self.store.get(number)
        if state is None:
            raise Problem(ProblemKind.UNKNOWN_REQUEST)
        return state

    async def _after(self, wish: Wish) -> RequestState | None:
        """The state to answer with. The change is made: a store that is away now is no reason to say that it failed."""
        try:
            return await self.store.get(wish.service_request_id)
        except TransientError:
            return None

    async def _earlier(self, state: RequestState, event_id: UUID) -> _Earlier | None:
        """What an earlier change under the same id came to: the history remembers it for ever."""
        entry = next((entry for entry in reversed(state.history) if entry.event_id == event_id), None)
        if entry is None and state.archived_entries:
            entry = await self.store.archived_entry(state.service_request_id, event_id)
        return _Earlier(entry.outcome, entry.refusal, entry.request_digest) if entry else None

    def _settled(self, wish: Wish, event_id: UUID, found: _Earlier, state: RequestState | None, *, is_replayed: bool) -> Done:
        if wish.idempotency_key and found.request_digest not in (None, wish.digest):
            raise Problem(ProblemKind.KEY_REUSED)
        if found.outcome is Outcome.APPLIED:
            return Done(event_id, state, is_replayed)
        if found.refusal is Refusal.UNKNOWN_REQUEST:
            raise Problem(ProblemKind.UNKNOWN_REQUEST)
        raise stale(state)

    async def _append(self, event: Event, traceparent: str | None) -> None:
        headers = (("traceparent", traceparent.encode("ascii")),) if traceparent else ()
        record = Outgoing(REQUEST_EVENTS.name, event.key.encode("ascii"), event.encode(), headers)
        try:
            await self.publisher.publish([record])
        except TransientError:
            raise unavailable("The change could not be stored at the moment; it may or may not have been, and may be sent again.") from None
        except PoisonError:
            raise Problem(ProblemKind.TOO_LARGE) from None


def stale(state: RequestState | None) -> Problem:
    """409: the version had moved, and to where."""
    if state is None:
        return Problem(ProblemKind.STALE)
    headers = {"ETag": etag(state.version, state.revision, is_staff=True)}
    return Problem(ProblemKind.STALE, f"The request is at version {state.version} now.", headers=headers)


def _event_id(wish: Wish) -> UUID:
    if wish.idempotency_key is None:
        return uuid4()
    return caller_event_id(wish.service_request_id, wish.actor.id or "", UNIQUE_BY, wish.idempotency_key)
