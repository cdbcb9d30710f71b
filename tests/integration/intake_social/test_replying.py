"""The outbox on a real store and a network in memory: a request gets one public reply, whatever breaks, or an advocate is asked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from intake_social.answering import Answering, ReplyRules
from intake_social.noting import Noting, NotingRules
from intake_social.posts import Conversation, Net, Page, Post, Refusal
from intake_social.replying import Replying, ReplyingRules
from intake_social.settling import Settling, Stores
from intake_social.source import SourceAwayError, SourceLimitedError, SourceStoppedError
from intake_social.store import conversations as conversations_store
from intake_social.store import ledger as ledger_store
from intake_social.store import outbox as outbox_store
from intake_social.store.connection import Connection
from intake_social.store.conversations import Conversations
from intake_social.store.ledger import Entry, Ledger
from intake_social.store.outbox import Outbox
from intake_social.store.watch import Watch
from shared.contracts import (
    Attention,
    Channel,
    DeliveryOutcome,
    DeliveryRecorded,
    Place,
    ReplyAddress,
    ServiceRequestUpdated,
    Status,
    decode_event,
)
from shared.errors import PoisonError
from shared.identity import submission_id
from shared.kafka.records import Record
from shared.outbox import OUTBOX
from shared.settings import MongoSettings
from shared.tracking_number import display, tracking_number
from support.examples import FULL_MESSAGES, SECRET
from support.fake_kafka import FakeKafka, FakePublisher
from support.servers import unique
from support.social_announced import created
from support.social_source import Clock, FakeSource
from support.social_stores import RULES, Memory, spending, written
from support.town_rules import RULES as NORMALIZING
from support.town_rules import TOWN as TOWN_RULES
from support.x_posts import AUTHOR, NOW, STRANGER

LEASE = timedelta(minutes=2)


class Files:
    """The attachment store, of which only deleting is asked."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    async def delete(self, file_ids: object) -> None:
        self.deleted += file_ids  # type: ignore[operator]


@dataclass
class Desk:
    """Everything around the outbox; the clock moves when a test says so."""

    clock: Clock
    source: FakeSource
    ledger: Ledger
    answering: Answering
    kafka: FakeKafka
    files: Files
    memory: Memory
    connection: Connection
    replying: Replying = field(init=False)

    def replying_from(self, outbox: Outbox) -> Replying:
        """The task, with shares that a test can use up."""
        rules = ReplyingRules(per_conversation=3, per_author=2, per_day=6, lease=LEASE)
        spends = spending(self.memory, self.clock, monthly_budget=1.0)
        noting_rules = NotingRules(channel=Channel.X, tracking_secret=SECRET)
        noting = Noting(outbox, self.ledger, FakePublisher(self.kafka), noting_rules, self.clock)
        return Replying(outbox, self.source, noting, spends, rules=rules, clock=self.clock)

    def post(self, serial: int = 1, **changes: object) -> Post:
        """A post to us that lies on the network."""
        return self.source.write(written(self.clock(), serial, **changes), nets=[Net.TAGS])

    async def announce(self, post: Post, **changes: object) -> ServiceRequestUpdated:
        """Its request was made; the ledger knows the post."""
        identity = submission_id(Channel.X, post.id)
        number = tracking_number(SECRET, identity)
        entry = Entry(identity, number, self.clock(), post.author_id, written_at=post.written_at)
        await self.ledger.store([entry], self.clock() + timedelta(days=30))
        told = created(post.id, self.clock(), post.conversation_id, **changes)
        await self.answering([record(told)])
        return told

    async def settle(self, post: Post) -> None:
        """It is taken, as the way in does."""
        stores = Stores(self.ledger, self.memory, self.memory, FakePublisher(self.kafka))
        await Settling(RULES, stores, self.source.look_up, self.clock).settle(Net.TAGS, Page((post,)))

    async def all_due(self) -> None:
        while await self.replying.step():
            pass

    @property
    def deliveries(self) -> list[DeliveryRecorded]:
        """What the log says, repeats under the same id once."""
        events = [decode_event(record.value) for record in self.kafka.records("request.events.v1")]
        return list({event.event_id: event for event in events if isinstance(event, DeliveryRecorded)}.values())

    @property
    def outcomes(self) -> list[tuple[DeliveryOutcome, str | None]]:
        return [(delivery.outcome, delivery.detail) for delivery in self.deliveries]

    async def documents(self) -> list[dict[str, object]]:
        return [document async for document in self.connection.collection(OUTBOX).find().sort("_id", 1)]


def record(message: ServiceRequestUpdated, offset: int = 0) -> Record:
    return Record("request.updated.v1", 0, offset, message.key.encode(), message.encode(), 0)


@pytest.fixture
async def desk(mongo_settings: MongoSettings) -> AsyncIterator[Desk]:
    connection = Connection.open(mongo_settings, unique("intake_social"))
    await connection.prepare({**outbox_store.INDEXES, **ledger_store.INDEXES, **conversations_store.INDEXES})
    clock, kafka, files, memory = Clock(), FakeKafka(), Files(), Memory()
    source, ledger, outbox = FakeSource(clock), Ledger(connection), Outbox(connection, keeps=timedelta(days=90))
    rules = ReplyRules(channel=Channel.X, town=TOWN_RULES, calendar=NORMALIZING.calendar, secret=SECRET, since=NOW - timedelta(hours=1))
    answering = Answering(outbox, ledger, Watch(connection), Conversations(connection), files, rules, clock)
    desk = Desk(clock, source, ledger, answering, kafka, files, memory, connection)
    desk.replying = desk.replying_from(outbox)
    yield desk
    await connection._client.drop_database(connection.database.name)
    await connection.close()


async def test_a_request_gets_one_reply_however_often_it_is_announced(desk: Desk) -> None:
    """Redelivered before and after: one reply below the post with the number, one record, and of the resident only digests stay."""
    post = desk.post()
    told = await desk.announce(post)
    await desk.announce(post)
    await desk.all_due()
    await desk.answering([record(told, 1)])
    await desk.announce(post, announcement_id=UUID(int=5))
    await desk.all_due()
    ((replied_to, text),) = desk.source.replies
    assert replied_to == post.id
    assert display(told.service_request_id) in text
    (delivery,) = desk.deliveries
    assert (delivery.outcome, delivery.announcement_id) == (DeliveryOutcome.SENT, told.announcement_id)
    assert delivery.sent_reference == desk.source.posted[-1].post.id
    (document,) = await desk.documents()
    assert not {"post_id", "conversation_id", "author_id", "text"} & document.keys()
    assert post.id not in str(document)
    assert AUTHOR not in str(document)


@pytest.mark.parametrize(
    "changes",
    [
        {"event_kind": "CommentAdded"},
        {"event_kind": "FollowUpReceived"},
        {"replies": (ReplyAddress(channel=Channel.EMAIL, address="resident@example.com"),)},
        {"replies": ()},
        {"occurred_at": NOW - timedelta(hours=2)},
    ],
    ids=str,
)
async def test_nothing_else_is_replied_to(desk: Desk, changes: dict[str, object]) -> None:
    """What comes later is read under the number; mail is another adapter's; a first start answers nothing older than itself."""
    await desk.announce(desk.post(), **changes)
    await desk.all_due()
    assert (desk.source.replies, desk.deliveries) == ([], [])


async def test_a_post_from_before_the_first_start_is_not_replied_to(desk: Desk) -> None:
    """Its request may be new (a first start that takes everything), but nobody hears from us days later."""
    await desk.announce(written(NOW - timedelta(days=3)))
    await desk.all_due()
    assert await desk.documents() == []


@pytest.mark.parametrize("place", [None, Place(lat=35.8, long=-78.8)], ids=repr)
async def test_a_post_with_a_place_is_not_asked_for_it(desk: Desk, place: Place | None) -> None:
    """What the network told of the post is remembered until it is replied to."""
    post = desk.post(place=place)
    await desk.settle(post)
    await desk.announce(post, attention=(Attention.UNSURE_SERVICE,))
    await desk.all_due()
    ((_, text),) = desk.source.replies
    assert ("where it is" in text) is (place is None)


async def test_what_its_author_writes_below_our_reply_belongs_to_the_request(desk: Desk) -> None:
    """We asked for the place: the answer is no new matter, whoever began the conversation."""
    post = desk.post(conversation_id="77")
    told = await desk.announce(post)
    await desk.all_due()
    own = submission_id(Channel.X, desk.source.posted[-1].post.id)
    entry = (await desk.ledger.find([own]))[own]
    assert (entry.belongs_to, entry.author_id) == (told.service_request_id, post.author_id)


async def test_conversations_of_open_requests_are_known(desk: Desk) -> None:
    """Where the author writes on: looked into while the request is open, and forgotten with its redaction."""
    post = desk.post(conversation_id="77")
    told = await desk.announce(post)
    theirs = Conversation("77", post.author_id)
    conversations = Conversations(desk.connection)
    assert await conversations.open_ones() == [theirs]
    assert await conversations.requests_of([theirs, Conversation("77", STRANGER)]) == {theirs: told.service_request_id}
    later = {"event_kind": "ServiceRequestChanged", "replies": ()}
    await desk.answering([record(told.model_copy(update=later | {"status": Status.CLOSED}), 1)])
    assert await conversations.open_ones() == []
    await desk.answering([record(told.model_copy(update=later | {"status": Status.OPEN}), 2)])
    assert await conversations.open_ones() == [theirs]
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    await desk.answering([record(told.model_copy(update=later | {"redacted": full.redacted}), 3)])
    assert await conversations.requests_of([theirs]) == {}


@pytest.mark.parametrize(
    ("refusal", "changes", "outcome"),
    [
        (Refusal.NOT_PERMITTED, {}, DeliveryOutcome.NOT_PERMITTED),
        (Refusal.NOT_PERMITTED, {"is_restricted": True}, DeliveryOutcome.AUTHOR_RESTRICTED),
        (Refusal.AUTHOR_RESTRICTED, {}, DeliveryOutcome.AUTHOR_RESTRICTED),
        (Refusal.DUPLICATE_FOUND, {}, DeliveryOutcome.DUPLICATE_FOUND),
        (Refusal.GONE, {}, DeliveryOutcome.GONE),
    ],
)
async def test_a_refusal_is_an_outcome(desk: Desk, refusal: Refusal, changes: dict[str, object], outcome: DeliveryOutcome) -> None:
    """Asked once and recorded; an advocate finds it by the request's attention."""
    desk.source.refuses = refusal
    await desk.announce(desk.post(**changes))
    await desk.all_due()
    assert desk.outcomes == [(outcome, None)]


async def test_a_post_that_is_gone_is_told_from_a_forbidden_one(desk: Desk) -> None:
    """X says forbidden to both."""
    desk.source.refuses = Refusal.NOT_PERMITTED
    await desk.announce(written(NOW))
    await desk.all_due()
    assert desk.outcomes == [(DeliveryOutcome.GONE, None)]


async def test_a_refused_double_is_our_own_reply(desk: Desk) -> None:
    """The outbox was lost and begins anew: the network refuses the same text, and the reply is found."""
    post = desk.post()
    await desk.announce(post)
    await desk.all_due()
    await desk.connection.collection(OUTBOX).delete_many({})
    desk.clock.goes_on(minutes=1)
    await desk.announce(post, announcement_id=UUID(int=5))
    await desk.all_due()
    assert len(desk.source.replies) == 1
    assert [outcome for outcome, _ in desk.outcomes] == [DeliveryOutcome.SENT, DeliveryOutcome.DUPLICATE_FOUND]


@pytest.mark.parametrize("error", [SourceAwayError("status 503"), SourceAwayError("TimeoutError")], ids=str)
async def test_where_the_network_breaks_off_after_it_took_the_reply(desk: Desk, error: SourceAwayError) -> None:
    """Nothing is written again before it was looked for, and by then the network shows it."""
    desk.source.breaks_off = error
    await desk.announce(desk.post())
    for _ in range(20):
        await desk.all_due()
        desk.clock.goes_on(seconds=20)
    assert len(desk.source.replies) == 1
    assert desk.outcomes == [(DeliveryOutcome.SENT, None)]


async def test_an_instance_that_was_paused_writes_nothing(desk: Desk) -> None:
    """Its claim ran out meanwhile: whoever took over looks first, and replies."""

    class Paused(Outbox):
        async def sent_beside(self, entry: outbox_store.Entry, since: datetime) -> outbox_store.Sent:
            desk.clock.now += LEASE
            return await super().sent_beside(entry, since)

    await desk.announce(desk.post())
    paused = desk.replying_from(Paused(desk.connection, keeps=timedelta(days=90)))
    assert await paused.step()
    assert desk.source.replies == []
    await desk.all_due()
    assert desk.outcomes == [(DeliveryOutcome.SENT, None)]


async def test_where_the_network_shows_our_reply_late(desk: Desk) -> None:
    """Later than we are patient: written again it is refused, and an advocate looks; there is still one reply."""
    desk.source.breaks_off, desk.source.shows_after = SourceAwayError("status 503"), timedelta(hours=1)
    await desk.announce(desk.post())
    for _ in range(20):
        await desk.all_due()
        desk.clock.goes_on(seconds=20)
    assert len(desk.source.replies) == 1
    assert desk.outcomes == [(DeliveryOutcome.NOT_PERMITTED, None)]


async def test_where_the_network_is_away_the_reply_comes_later(desk: Desk) -> None:
    """Looked for and written when it is back; while it is away it is not asked for every reply that waits."""
    desk.source.fails = lambda _: SourceAwayError("status 503")
    for serial, author in enumerate(("1", "2", "3"), 1):
        await desk.announce(desk.post(serial, author_id=author))
    for _ in range(180):
        await desk.all_due()
        desk.clock.goes_on(seconds=10)
    assert desk.source.calls < 20
    desk.source.fails = lambda _: None
    for _ in range(60):
        await desk.all_due()
        desk.clock.goes_on(seconds=10)
    assert len(desk.source.replies) == 3
    assert desk.outcomes == [(DeliveryOutcome.SENT, None)] * 3


async def test_a_limit_is_waited_for(desk: Desk) -> None:
    """Until the moment that the network names, and nothing is asked before."""
    until = NOW + timedelta(minutes=10)
    desk.source.fails = lambda _: SourceLimitedError(until)
    await desk.announce(desk.post())
    await desk.all_due()
    desk.source.fails = lambda _: None
    desk.clock.goes_on(minutes=9)
    await desk.all_due()
    assert desk.source.replies == []
    desk.clock.goes_on(minutes=2)
    await desk.all_due()
    assert desk.outcomes == [(DeliveryOutcome.SENT, None)]


@pytest.mark.parametrize("reason", ["unauthorized", "credits_spent"])
async def test_where_only_a_person_can_help(desk: Desk, reason: str) -> None:
    """It says so, looks once an hour, and goes on where somebody has helped."""
    desk.source.fails = lambda _: SourceStoppedError(reason)
    await desk.announce(desk.post())
    for _ in range(60):
        await desk.all_due()
        desk.clock.goes_on(minutes=1)
    assert desk.source.calls == 1
    assert desk.replying.complaint() == f"the network stopped us ({reason}); a person must act"
    desk.source.fails = lambda _: None
    desk.clock.goes_on(minutes=1)
    await desk.all_due()
    assert desk.outcomes == [(DeliveryOutcome.SENT, None)]
    assert desk.replying.complaint() is None


async def test_what_is_too_old_is_an_advocates(desk: Desk) -> None:
    """Two days later "we have your report" only annoys."""
    desk.source.fails = lambda what: SourceStoppedError("unauthorized") if what == "reply" else None
    await desk.announce(desk.post())
    for _ in range(50):
        await desk.all_due()
        desk.clock.goes_on(hours=1)
    assert desk.outcomes == [(DeliveryOutcome.NEEDS_STAFF, "too_late")]


async def test_what_cannot_be_looked_up_for_long_is_an_advocates(desk: Desk) -> None:
    """Nobody knows whether the reply is there."""
    desk.source.breaks_off = SourceAwayError("status 503")
    await desk.announce(desk.post())
    await desk.all_due()
    desk.source.fails = lambda _: SourceAwayError("status 503")
    for _ in range(50):
        desk.clock.goes_on(hours=1)
        await desk.all_due()
    assert desk.outcomes == [(DeliveryOutcome.UNKNOWN, "not_looked_up")]


async def test_where_looking_is_forbidden_an_advocate_looks(desk: Desk) -> None:
    """A plan without search: what is in doubt is a person's at once, and the others are replied to."""
    desk.source.breaks_off = SourceAwayError("status 503")
    await desk.announce(desk.post())
    await desk.all_due()
    desk.source.fails = lambda what: SourceStoppedError("forbidden") if what == "find_reply" else None
    desk.clock.goes_on(minutes=3)
    await desk.announce(desk.post(2, author_id=STRANGER))
    await desk.all_due()
    assert desk.outcomes == [(DeliveryOutcome.UNKNOWN, "not_looked_up"), (DeliveryOutcome.SENT, None)]


async def test_read_only_leaves_every_post_to_an_advocate(desk: Desk) -> None:
    """At once, and the network is asked nothing."""
    desk.source.may_reply = False
    await desk.announce(desk.post())
    await desk.all_due()
    assert (desk.outcomes, desk.source.calls) == ([(DeliveryOutcome.NOT_PERMITTED, "read_only")], 0)


async def test_one_author_gets_their_share_of_a_day(desk: Desk) -> None:
    """More is an advocate's; others, and the same author tomorrow, are replied to."""
    for serial in range(3):
        await desk.announce(desk.post(serial))
    await desk.announce(desk.post(9, author_id=STRANGER))
    await desk.all_due()
    assert [outcome for outcome, _ in desk.outcomes].count(DeliveryOutcome.SENT) == 3
    assert (DeliveryOutcome.NEEDS_STAFF, "capped") in desk.outcomes
    desk.clock.goes_on(days=1, seconds=1)
    await desk.announce(desk.post(10))
    await desk.all_due()
    assert len(desk.source.replies) == 4


async def test_one_conversation_gets_its_share_of_a_day(desk: Desk) -> None:
    """A crowd below one post does not get a crowd of replies."""
    for serial in range(5):
        await desk.announce(desk.post(serial, author_id=str(serial), conversation_id="77"))
    await desk.all_due()
    assert len(desk.source.replies) == 3
    assert desk.outcomes.count((DeliveryOutcome.NEEDS_STAFF, "capped")) == 2


async def test_the_breaker_holds_everything_back(desk: Desk) -> None:
    """More in a day than ever: something is wrong, and a person has to look; the rest waits for the next day."""
    for serial in range(8):
        await desk.announce(desk.post(serial, author_id=str(serial)))
    await desk.all_due()
    assert len(desk.source.replies) == 6
    assert desk.replying.complaint() == "more replies than SOCIAL_REPLIES_PER_DAY: the rest wait"
    desk.clock.goes_on(days=1, seconds=1)
    await desk.all_due()
    assert len(desk.source.replies) == 8


async def test_over_the_budget_it_goes_on_slowly(desk: Desk) -> None:
    """What reading and replying cost counts together."""
    desk.memory.spent = replace(desk.memory.spent, posts=200)
    for serial in range(3):
        await desk.announce(desk.post(serial, author_id=str(serial)))
    await desk.all_due()
    assert (len(desk.source.replies), desk.memory.spent.replies) == (1, 1)
    desk.clock.goes_on(minutes=10)
    await desk.all_due()
    assert len(desk.source.replies) == 2


async def test_what_waits_is_told(desk: Desk) -> None:
    """How many, how old the oldest post is, and when the last reply went out."""
    await desk.announce(desk.post())
    desk.clock.goes_on(minutes=5)
    await desk.replying.look()
    assert desk.replying.facts() == {"replies_waiting": 1, "oldest_unanswered_seconds": 300, "seconds_since_reply": None}
    await desk.all_due()
    await desk.replying.look()
    assert desk.replying.facts() == {"replies_waiting": 0, "oldest_unanswered_seconds": 0, "seconds_since_reply": 0}


async def test_a_redaction_takes_back_what_has_not_gone_out(desk: Desk) -> None:
    """Waiting texts, raw posts, who wrote them, and photos are deleted."""
    post = desk.post()
    told = await desk.announce(post)
    identity = submission_id(Channel.X, post.id)
    await desk.ledger.keep_raw({identity: b"{}"}, desk.clock() + timedelta(days=1))
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    gone = {"event_kind": "ServiceRequestRedacted", "redacted": full.redacted, "redacted_submission_ids": (identity,), "replies": ()}
    for _ in range(2):
        await desk.answering([record(told.model_copy(update=gone), 1)])
    await desk.all_due()
    assert desk.source.replies == []
    assert [document["state"] for document in await desk.documents()] == ["redacted"]
    assert await desk.connection.collection("raw_posts").count_documents({}) == 0
    assert (await desk.ledger.find([identity]))[identity].author_id is None
    assert set(desk.files.deleted) == {file for scope in full.redacted for file in scope.file_ids}


async def test_what_is_no_announcement_is_put_aside_and_the_rest_goes_on(desk: Desk) -> None:
    """Poison does not keep residents from their replies."""
    post = desk.post()
    told = created(post.id, NOW)
    handled = await desk.answering([Record("request.updated.v1", 0, 0, b"k", b"{}", 0), record(told, 1)])
    assert [type(failure.error) for failure in handled.failures] == [PoisonError]
    await desk.all_due()
    assert len(desk.source.replies) == 1
