"""The projection's work on a batch: read, load, fold, write; the consumer loop then publishes, and only then commits."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from shared.contracts import Channel
from shared.errors import TransientError
from shared.kafka.ports import Handled
from shared.kafka.records import Record
from shared.observability.logs import logger
from shared.observability.metrics import METRICS, Metrics
from tracker.batches import Changes, Folded, Item, Loaded
from tracker.folding import fold
from tracker.reading import read, settled_positions
from tracker.redaction import CREATED
from tracker.state import Outcome, RequestState

_log = logger(__name__)

MAX_RACES: Final = 5
"""Lost races in a row for one batch; two projections fight over a partition for one rebalance only."""

Encode = Callable[[RequestState], bytes]
Clock = Callable[[], datetime]


class ProjectionStore(Protocol):
    """Where the projection keeps requests. ``store.writer`` plays it on MongoDB, a fake in memory.

    Raises:
        TransientError: the store is away; nothing may be committed, the same batch comes again.
    """

    async def load(self, items: Sequence[Item]) -> Loaded:
        """What is there of everything that the items name."""

    async def write(self, changes: Changes) -> bool:
        """Make the changes durable. False: somebody else wrote one of the requests meanwhile; load and fold again."""


class Projection:
    """The handler of the group ``tracker-project``: events in, requests in the store, announcements and derived events out.

    ``metrics`` None: a rebuild, in which nothing new happens.
    """

    def __init__(self, store: ProjectionStore, encode: Encode, clock: Clock, *, metrics: Metrics | None = METRICS) -> None:
        self._store = store
        self._encode = encode
        self._clock = clock
        self._metrics = metrics

    async def __call__(self, records: Sequence[Record]) -> Handled:
        """Store what the records say. Idempotent: the same records again store nothing and publish the same bytes."""
        items, failures = read(records)
        positions = settled_positions(records, failures)
        if not positions:
            return Handled((), failures)
        folded = await self._settle(items, positions)
        if self._metrics is not None:
            self._count(folded, self._metrics)
        return Handled(folded.outgoing, [*failures, *folded.failures])

    async def _settle(self, items: Sequence[Item], positions: dict[int, int]) -> Folded:
        for _ in range(MAX_RACES):
            loaded = await self._store.load(items)
            folded = fold(items, loaded, self._encode)
            folded.changes.positions = positions
            if await self._store.write(folded.changes):
                return folded
            _log.info("write_race_lost", requests=len(folded.changes.requests))
        raise TransientError("mongodb", "another projection keeps writing the same requests")

    def _count(self, folded: Folded, metrics: Metrics) -> None:
        """Only what was not here before: a redelivery is not stored twice."""
        now = self._clock()
        kinds: Counter[tuple[Channel, str, Outcome]] = Counter()
        waited: dict[Channel, list[float]] = {}
        for state, entry in folded.applied:
            channel = state.report.channel
            kinds[channel, entry.kind, entry.outcome] += 1
            if entry.kind == CREATED:
                waited.setdefault(channel, []).append((now - state.report.received_at).total_seconds())
        for (channel, kind, outcome), count in kinds.items():
            metrics.events_stored.labels(channel.value, kind, outcome.value).inc(count)
        for channel, ages in waited.items():
            visible = metrics.visible_seconds.labels(channel.value)
            for seconds in ages:
                visible.observe(max(seconds, 0.0))
