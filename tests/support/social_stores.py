"""The stores of intake-social in memory, which die where a test says: what was done before stays done."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from intake_social.posts import Conversation, Net, Photo, Post
from intake_social.settling import Rules, Settling, Stores
from intake_social.spending import Prices, Spending, Spent
from intake_social.store.ledger import Entry, Quarantined
from intake_social.sweeping import Sweeping, SweepRules
from intake_social.windows import Cursor
from shared.contracts import Attachment, Channel, SubmissionReceived, decode_submission
from shared.errors import TransientError
from shared.kafka.records import Outgoing
from support.examples import SECRET
from support.social_source import Clock, FakeSource
from support.x_posts import AUTHOR, TOWN, post_id


class KilledError(BaseException):
    """The process died here."""


@dataclass
class Fate:
    """Counts the steps; at the one that is told, the process dies before or after it."""

    dies_at: int | None = None
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            raise KilledError


@dataclass
class Memory:
    """MongoDB and Kafka, in memory. Every write is two steps: one may die before it and behind it."""

    fate: Fate = field(default_factory=Fate)
    entries: dict[UUID, Entry] = field(default_factory=dict)
    raws: dict[UUID, bytes] = field(default_factory=dict)
    quarantined: dict[UUID, Quarantined] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    conversations: dict[Conversation, str] = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)
    records: list[Outgoing] = field(default_factory=list)
    photos: dict[UUID, Sequence[Photo]] = field(default_factory=dict)
    is_kafka_down: bool = False

    async def find(self, ids: Iterable[UUID]) -> dict[UUID, Entry]:
        return {identity: self.entries[identity] for identity in ids if identity in self.entries}

    async def store(self, entries: Sequence[Entry], expires_at: datetime) -> dict[UUID, Entry]:
        for entry in entries:
            self.fate.step()
            self.entries.setdefault(entry.submission_id, entry)
            self.fate.step()
        return {entry.submission_id: self.entries[entry.submission_id] for entry in entries}

    async def keep_raw(self, raws: Mapping[UUID, bytes], expires_at: datetime) -> None:
        self.fate.step()
        self.raws |= {identity: raw for identity, raw in raws.items() if identity not in self.raws}

    async def keep_quarantined(self, items: Sequence[Quarantined], expires_at: datetime) -> None:
        self.fate.step()
        self.quarantined |= {item.submission_id: item for item in items}

    async def note_published(self, ids: Sequence[UUID]) -> None:
        for identity in ids:
            self.fate.step()
            self.entries[identity] = replace(self.entries[identity], is_published=True)

    async def get(self, name: str) -> Cursor | None:
        return self.cursors.get(name)

    async def put(self, name: str, cursor: Cursor) -> None:
        self.fate.step()
        known = self.cursors.get(name, cursor)
        self.cursors[name] = Cursor(known.started_at, known.began_at, max(known.swept_until, cursor.swept_until))
        self.fate.step()

    async def add(self, month: str, more: Spent) -> Spent:
        self.spent = Spent(self.spent.posts + more.posts, self.spent.replies + more.replies)
        return self.spent

    async def publish(self, records: Sequence[Outgoing]) -> None:
        if self.is_kafka_down:
            raise TransientError("kafka", "away")
        for record in records:
            self.fate.step()
            self.records.append(record)
            self.fate.step()

    async def attach(self, submission_id: UUID, photos: Sequence[Photo]) -> list[Attachment]:
        self.photos[submission_id] = photos
        return []

    async def requests_of(self, conversations: Collection[Conversation]) -> dict[Conversation, str]:
        return {one: self.conversations[one] for one in conversations if one in self.conversations}

    async def open_ones(self) -> list[Conversation]:
        return list(self.conversations)

    @property
    def submissions(self) -> list[SubmissionReceived]:
        """What Kafka has, repeats included."""
        return [decode_submission(record.value) for record in self.records]

    @property
    def settled(self) -> dict[UUID, SubmissionReceived]:
        """What the normalizer makes of it: repeats are absorbed by identity."""
        first: dict[UUID, SubmissionReceived] = {}
        for submission in self.submissions:
            first.setdefault(submission.submission_id, submission)
        return first


RULES = Rules(channel=Channel.X, hashtags=("311Cary", "Cary311"), own_account_ids=frozenset({TOWN}), tracking_secret=SECRET)


def sweeping(
    memory: Memory,
    source: FakeSource,
    clock: Clock,
    net: Net = Net.TAGS,
    *,
    overlap: timedelta = timedelta(hours=1),
    takes_everything: bool = False,
    spends: Spending | None = None,
) -> Sweeping:
    """A net with everything around it, as a fresh process has it."""
    settling = Settling(RULES, Stores(memory, memory, memory, memory), source.look_up, clock)
    return Sweeping(
        net, source, settling, memory, memory.open_ones, spends or spending(memory, clock), SweepRules(overlap, takes_everything), clock
    )


def spending(memory: Memory, clock: Clock, monthly_budget: float | None = None) -> Spending:
    """What the network costs, at the prices of 2026."""
    return Spending(Channel.X, memory, Prices(post=0.005, reply=0.015, monthly_budget=monthly_budget), clock)


def written(moment: datetime, serial: int = 0, **changes: object) -> Post:
    """A post to us, of a moment."""
    native_id = post_id(moment, serial)
    values: dict[str, object] = {
        "id": native_id,
        "author_id": AUTHOR,
        "written_at": moment,
        "text": f"Post {native_id} #311Cary",
        "hashtags": frozenset({"311cary"}),
        "conversation_id": native_id,
        "first_id": native_id,
        "raw": b"{}",
    }
    return Post(**(values | changes))  # type: ignore[arg-type]  # by name
