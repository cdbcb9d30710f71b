"""What is no longer there for everybody goes here within a day: on a real store, with a network in memory, and with X behind a server."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from intake_social.posts import Net, Page, Post, UnreadablePost
from intake_social.rechecking import Rechecking, RecheckRules
from intake_social.settling import Settling, Stores
from intake_social.source import SourceAwayError, SourceLimitedError, SourceStoppedError
from intake_social.store import ledger as ledger_store
from intake_social.store.connection import Connection
from intake_social.store.ledger import Ledger
from intake_social.store.watch import Watch
from intake_social.x.parse import withdrawn_in
from shared.contracts import Channel, SourceWithdrawn, WithdrawalReason, decode_event, decode_submission
from shared.errors import TransientError
from shared.identity import submission_id
from shared.kafka.topics import REQUEST_EVENTS, SUBMISSION_RECEIVED
from shared.leases import Lease, Leases
from shared.settings import MongoSettings
from support.fake_kafka import FakeKafka, FakePublisher
from support.servers import unique
from support.social_source import Clock, FakeSource
from support.social_stores import RULES, Memory, spending, written

FAILURES = [SourceAwayError("status 503"), SourceLimitedError(None), SourceStoppedError("credits_spent"), TransientError("kafka")]


@dataclass
class Desk:
    """The watch and everything around it."""

    clock: Clock
    source: FakeSource
    watch: Watch
    ledger: Ledger
    settling: Settling
    rechecking: Rechecking
    kafka: FakeKafka
    memory: Memory
    connection: Connection

    async def taken(self, serial: int = 1, **changes: object) -> Post:
        """A post that became a submission."""
        post = self.source.write(written(self.clock(), serial, **changes))
        await self.settling.settle(Net.TAGS, Page((post,)))
        return post

    async def hours(self, count: int) -> None:
        """So many hours go by, and the task looks often."""
        for _ in range(count):
            await self.rechecking.turn()
            self.clock.goes_on(minutes=59)
            await self.rechecking.turn()
            self.clock.goes_on(minutes=1)

    @property
    def withdrawn(self) -> list[SourceWithdrawn]:
        events = [decode_event(record.value) for record in self.kafka.records(REQUEST_EVENTS.name)]
        return [event for event in events if isinstance(event, SourceWithdrawn)]

    def number_of(self, post: Post) -> str:
        """The request that it was published under."""
        submissions = [decode_submission(record.value) for record in self.kafka.records(SUBMISSION_RECEIVED.name)]
        found = next(one for one in submissions if one.source and one.source.native_id == post.id)
        return found.claim.service_request_id if found.claim else found.service_request_id


@pytest.fixture
async def desk(mongo_settings: MongoSettings) -> AsyncIterator[Desk]:
    connection = Connection.open(mongo_settings, unique("intake_social"))
    await connection.prepare(ledger_store.INDEXES)
    clock, kafka, memory = Clock(), FakeKafka(), Memory()
    source, watch, ledger = FakeSource(clock), Watch(connection), Ledger(connection)
    publisher = FakePublisher(kafka)
    lease = Lease(Leases(connection, "test", clock), "recheck:x", 30.0)
    spends = spending(memory, clock)
    rechecking = Rechecking(watch, source, publisher, spends, lease, rules=RecheckRules(), clock=clock)
    settling = Settling(RULES, Stores(ledger, memory, memory, publisher), source.look_up, clock)
    yield Desk(clock, source, watch, ledger, settling, rechecking, kafka, memory, connection)
    await connection._client.drop_database(connection.database.name)
    await connection.close()


@pytest.mark.parametrize("reason", WithdrawalReason)
async def test_what_is_gone_is_told_within_a_day(desk: Desk, reason: WithdrawalReason) -> None:
    """Once, under the number of its request, after the network has said it twice; the others stay."""
    post = await desk.taken()
    await desk.taken(2)
    await desk.hours(12)
    desk.source.withdrawn[post.id] = reason
    await desk.hours(24)
    (event,) = desk.withdrawn
    assert (event.reason, event.channel, event.submission_id) == (reason, Channel.X, submission_id(Channel.X, post.id))
    assert event.service_request_id == desk.number_of(post)
    await desk.hours(24)
    assert len(desk.withdrawn) == 1


async def test_a_moment_of_confusion_redacts_nothing(desk: Desk) -> None:
    """The network takes everything for gone, once: an hour later it is there, and nothing is told."""
    posts = [await desk.taken(serial) for serial in range(3)]
    await desk.hours(12)
    desk.source.withdrawn = dict.fromkeys((post.id for post in posts), WithdrawalReason.DELETED)
    await desk.rechecking.turn()
    desk.source.withdrawn = {}
    await desk.hours(30)
    assert desk.withdrawn == []


async def test_a_follow_up_that_is_gone(desk: Desk) -> None:
    """The author's reply is withdrawn from the request that it belongs to."""
    root = await desk.taken()
    reply = await desk.taken(2, conversation_id=root.id, parent=None, first_id=root.id)
    desk.source.withdrawn[reply.id] = WithdrawalReason.DELETED
    await desk.hours(24)
    (event,) = desk.withdrawn
    assert event.service_request_id == desk.number_of(root) == desk.number_of(reply)
    assert event.submission_id == submission_id(Channel.X, reply.id)


async def test_what_could_not_be_read_is_looked_for_too(desk: Desk) -> None:
    """Its bytes are kept as well."""
    odd = UnreadablePost("77", "author_id", b"{}", "https://x.com/i/web/status/77")
    await desk.settling.settle(Net.TAGS, Page((), (odd, UnreadablePost("a" * 64, "id", b"[]"))))
    desk.source.withdrawn["77"] = WithdrawalReason.DELETED
    await desk.hours(24)
    (event,) = desk.withdrawn
    await desk.ledger.forget([event.submission_id])
    assert await desk.connection.collection(ledger_store.QUARANTINE).count_documents({}) == 1


async def test_posts_of_closed_requests_are_left_alone(desk: Desk) -> None:
    """Looking costs money; opened again they are looked for again."""
    post = await desk.taken()
    number = desk.number_of(post)
    await desk.watch.closed([number])
    desk.source.withdrawn[post.id] = WithdrawalReason.DELETED
    await desk.hours(30)
    assert desk.source.calls == 0
    await desk.watch.opened([number], desk.clock())
    await desk.hours(2)
    assert len(desk.withdrawn) == 1
    await desk.watch.opened([number], desk.clock())
    calls = desk.source.calls
    await desk.hours(24)
    assert desk.source.calls == calls


async def test_a_hundred_at_a_time(desk: Desk) -> None:
    """As many as one look-up takes, until none is due; what it cost is counted."""
    for serial in range(130):
        await desk.taken(serial)
    desk.clock.goes_on(hours=12)
    assert await desk.rechecking.step()
    assert not await desk.rechecking.step()
    assert desk.source.calls == 2
    assert desk.memory.spent.posts == 130


async def test_killed_between_telling_and_noting_it(desk: Desk) -> None:
    """It is told again under the same id, which changes nothing."""
    post = await desk.taken()
    desk.source.withdrawn[post.id] = WithdrawalReason.DELETED
    desk.clock.goes_on(hours=12)
    await desk.rechecking.step()
    desk.clock.goes_on(hours=1)
    before = await desk.connection.collection(ledger_store.SEEN).find_one({})
    await desk.rechecking.step()
    await desk.connection.collection(ledger_store.SEEN).replace_one({"_id": before["_id"]}, before)
    await desk.rechecking.step()
    assert len(desk.withdrawn) == 2
    assert len({event.event_id for event in desk.withdrawn}) == 1


@pytest.mark.parametrize(
    "error",
    FAILURES,
    ids=str,
)
async def test_what_could_not_be_asked_stays_due(desk: Desk, error: Exception) -> None:
    """It is asked later, never at once, and an operator hears of it before the day is over."""
    post = await desk.taken()
    desk.source.withdrawn[post.id] = WithdrawalReason.DELETED
    desk.source.fails = lambda _: error
    desk.clock.goes_on(hours=24)
    assert await desk.rechecking.turn() >= 2
    assert desk.withdrawn == []
    desk.source.fails = lambda _: None
    await desk.hours(2)
    assert len(desk.withdrawn) == 1


PROBLEM = "https://api.twitter.com/2/problems/"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"errors": [{"resource_id": "7", "type": PROBLEM + "resource-not-found"}]}, {"7": WithdrawalReason.DELETED}),
        ({"errors": [{"resource_id": "7", "type": PROBLEM + "not-authorized-for-resource"}]}, {"7": WithdrawalReason.PROTECTED}),
        ({"data": [{"id": "7", "withheld": {"country_codes": ["DE", "US"]}}]}, {"7": WithdrawalReason.WITHHELD}),
        ({"data": [{"id": "7", "withheld": {"copyright": True, "country_codes": ["XY"]}}]}, {"7": WithdrawalReason.WITHHELD}),
        ({"data": [{"id": "7", "withheld": {"country_codes": ["DE"]}}]}, {}),
        ({"data": [{"id": "7"}], "errors": [{"resource_id": "7", "type": PROBLEM + "resource-not-found"}]}, {}),
        ({"errors": [{"resource_id": "8", "type": PROBLEM + "resource-not-found"}]}, {}),
        ({"errors": [{"resource_id": "7", "type": PROBLEM + "something-new"}]}, {}),
        ({"errors": [{"resource_id": "7", "type": None}, None, "x"], "data": [None, {"id": "7", "withheld": {"country_codes": 3}}]}, {}),
        ({"data": []}, {}),
    ],
    ids=str,
)
def test_what_x_says_of_posts_that_are_gone(answer: dict[str, Any], found: dict[str, WithdrawalReason]) -> None:
    """By the type of its problem; what it leaves out without a word may be there."""
    assert withdrawn_in(answer, ["7"]) == found
