"""A batch of events folded into one write per request. Pure: what is in the store comes in, what is to be written comes out.

Folding the same batch again over what it wrote changes nothing and publishes the same: that is what makes a crash between the
write and the publish, a lost race, and a redelivery the same case.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from shared.contracts import ActorKind, LogPosition, RedactionScope, RequestEvent
from shared.errors import PoisonError
from shared.identity import NAMESPACE
from shared.kafka.ports import Failure
from shared.kafka.records import Outgoing, Record
from shared.kafka.topics import REQUEST_EVENTS, REQUEST_UPDATED
from tracker.announcements import announcement
from tracker.archiving import split
from tracker.batches import Changes, Folded, Item, Loaded, Redaction, RequestWrite
from tracker.projection import Applied, DeadLettered, Doubled, Known, Orphaned, Refused, Repeated, apply, note_dead_letter
from tracker.state import EventOutcome, HistoryEntry, Orphan, Outcome, RequestState

TRACE_HEADERS: Final = frozenset({"traceparent", "tracestate"})
NO_ENTRIES: Final[Mapping[UUID, HistoryEntry]] = {}


def dead_letter(record: Record, number: str) -> DeadLettered:
    """A record that cannot be applied, as the request under whose number it lies is told of it. The same record always gives the same."""
    event_id = uuid5(NAMESPACE, f"{record.topic}:{record.partition}:{record.offset}")
    return DeadLettered(event_id, number, datetime.fromtimestamp(max(record.timestamp_ms, 0) // 1000, UTC))


def fold(items: Sequence[Item], loaded: Loaded, encode: Callable[[RequestState], bytes]) -> Folded:
    """What the items, in this order, make of what the store has. ``encode`` raises for what cannot be stored."""
    groups: dict[str, list[tuple[int, Item]]] = {}
    for index, item in enumerate(items):
        groups.setdefault(item.event.service_request_id, []).append((index, item))
    published: list[tuple[int, list[Outgoing]]] = []
    folded = Folded(Changes(), [], [], [])
    for number, group in groups.items():
        one = _fold_safely(number, group, loaded, encode)
        one.add_to(folded, published)
    published.sort(key=_index)
    folded.outgoing = [outgoing for _, some in published for outgoing in some]
    return folded


def _index(published: tuple[int, list[Outgoing]]) -> int:
    return published[0]


def _fold_safely(number: str, group: list[tuple[int, Item]], loaded: Loaded, encode: Callable[[RequestState], bytes]) -> "_Fold":
    one = _Fold(number, loaded)
    one.run(group)
    try:
        one.settle(encode)
    except Exception:  # noqa: BLE001 - a number beyond 64 bits, say; which event brought it is found by encoding after each
        one = _Fold(number, loaded, encode)
        one.run(group)
        one.settle(encode)
    return one


class _Fold:
    """The events of one request, one after the other."""

    def __init__(self, number: str, loaded: Loaded, check: Callable[[RequestState], bytes] | None = None) -> None:
        self.number = number
        self.before = loaded.states.get(number)
        self.state = self.before
        self.check = check
        self.archived = loaded.archived.get(number, NO_ENTRIES)
        self.orphans = dict(loaded.orphans.get(number, {}))
        self.changes = Changes()
        self.failures: list[Failure] = []
        self.applied: list[tuple[RequestState, HistoryEntry]] = []
        self.published: list[tuple[int, list[Outgoing]]] = []

    def run(self, group: Iterable[tuple[int, Item]]) -> None:
        for index, item in group:
            kept, mark = self.state, self._mark()
            try:
                self._one(index, item)
                if self.check is not None and self.state is not None and self.state is not kept:
                    self._check(self.check, self.state)
            except Exception as error:  # noqa: BLE001 - one record must not stop the others; the loop sorts and counts it
                self.state = kept
                self._rewind(mark)
                self.failures.append(Failure(item.record, error))
                self._note(dead_letter(item.record, self.number), item.position)

    def _lists(self) -> "tuple[list[Any], ...]":
        changes = self.changes
        return changes.forgotten, changes.redactions, changes.orphans, changes.outcomes, self.applied, self.published

    def _mark(self) -> tuple[int, ...]:
        return tuple(map(len, self._lists()))

    def _rewind(self, mark: tuple[int, ...]) -> None:
        for some, length in zip(self._lists(), mark, strict=True):
            del some[length:]

    def _note(self, record: DeadLettered, position: LogPosition) -> None:
        if self.state is not None:
            self.state = note_dead_letter(self.state, record, position) or self.state

    @staticmethod
    def _check(check: Callable[[RequestState], bytes], state: RequestState) -> None:
        try:
            check(state)
        except Exception as error:  # noqa: BLE001 - the driver has several, and an overflow is none of them
            raise PoisonError("unstorable", type(error).__name__) from None

    def _one(self, index: int, item: Item) -> None:
        event = item.event
        if isinstance(event, DeadLettered):
            self._note(event, item.position)
            return
        result = apply(self.state, event, item.position, Known(self.archived, self.orphans))
        entry: HistoryEntry | Orphan
        match result:
            case Applied(state=state, entry=entry):
                self.state = state
                self.applied.append((state, entry))
                self._effects(result, item)
                self._publish(index, item, entry, result.derived)
            case Refused(state=state, entry=entry):
                self.state = state
                self.applied.append((state, entry))
            case Orphaned(orphan=entry):
                self.orphans[entry.event_id] = entry
                self.changes.orphans.append(entry)
                self._publish(index, item, entry, result.derived)
            case Repeated(entry=entry):
                if result.redacted:
                    self._redact(event, item.position, result.redacted)
                self._publish(index, item, entry, result.derived)
            case Doubled(entry=entry):
                pass
        if event.actor.kind in _AWAITING:
            self.changes.outcomes.append(_outcome(self.number, entry))

    def _effects(self, result: Applied, item: Item) -> None:
        if result.forgotten:
            self.changes.forgotten.append((self.number, result.forgotten))
        if result.redacted and not isinstance(item.event, DeadLettered):
            self._redact(item.event, item.position, result.redacted)

    def _redact(self, event: RequestEvent, position: LogPosition, scope: tuple[RedactionScope, ...]) -> None:
        self.changes.redactions.append(Redaction(event.event_id, self.number, event.occurred_at, position, scope))

    def _publish(self, index: int, item: Item, entry: HistoryEntry | Orphan, derived: tuple[RequestEvent, ...]) -> None:
        headers = tuple(header for header in item.record.headers if header[0] in TRACE_HEADERS) if item.record.headers else ()
        outgoing: list[Outgoing] = []
        if isinstance(entry, HistoryEntry) and self.state is not None:
            update = announcement(self.state, entry)
            if update is not None:
                outgoing.append(Outgoing(REQUEST_UPDATED.name, self.number.encode(), update.encode(), headers))
        outgoing += [Outgoing(REQUEST_EVENTS.name, caused.key.encode(), caused.encode(), headers) for caused in derived]
        if outgoing:
            self.published.append((index, outgoing))

    def settle(self, encode: Callable[[RequestState], bytes]) -> None:
        """The one write of the request, its old entries moved out when it has grown large."""
        if self.state is None or self.state is self.before:
            return
        named = {scope.event_id for redaction in self.changes.redactions for scope in redaction.scope}
        state, moving = split(self.state, size_bytes=0, staying=named)
        if moving:
            encode(self.state)  # what moves is stored too, and shows here whether it can be
        encoded = encode(state)
        state, heavy = split(state, size_bytes=len(encoded), staying=named)
        if heavy:
            encoded = encode(state)
        self.state = state
        self.changes.archived = [(self.number, entry) for entry in (*moving, *heavy)]
        self.changes.requests = [RequestWrite(state, encoded, self.before.revision if self.before else None)]

    def add_to(self, folded: Folded, published: list[tuple[int, list[Outgoing]]]) -> None:
        changes = folded.changes
        changes.requests += self.changes.requests
        changes.archived += self.changes.archived
        changes.forgotten += self.changes.forgotten
        changes.redactions += self.changes.redactions
        changes.orphans += self.changes.orphans
        changes.outcomes += self.changes.outcomes
        folded.failures += self.failures
        folded.applied += self.applied
        published += self.published


_AWAITING: Final = frozenset({ActorKind.STAFF, ActorKind.INTEGRATOR})
"""Who waits for what became of their change."""


def _outcome(number: str, entry: HistoryEntry | Orphan) -> EventOutcome:
    if isinstance(entry, Orphan):
        outcome = Outcome.REFUSED if entry.refusal else Outcome.APPLIED
        return EventOutcome(entry.event_id, number, outcome, 0, 0, entry.refusal, entry.request_digest)
    return EventOutcome(entry.event_id, number, entry.outcome, entry.revision, entry.version, entry.refusal, entry.request_digest)
