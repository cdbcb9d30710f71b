"""The outbox on a real store and a real SMTP server: each answer goes out once, whatever breaks, and what became of it is recorded."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from intake_email.answering import Answering
from intake_email.answers.wording import CREATED, FOLLOW_UP, Rules, texts
from intake_email.reply import Sender
from intake_email.sending import GIVES_UP_AFTER, LEASE, Sending, SendingRules
from intake_email.smtp import Relay, Server
from intake_email.store import outbox as outbox_store
from intake_email.store.connection import Connection
from intake_email.store.outbox import EntryState, Outbox
from shared.contracts import Channel, DeliveryOutcome, DeliveryRecorded, ServiceRequestUpdated, decode_event
from shared.errors import PoisonError, TransientError
from shared.kafka.records import Record
from shared.observability.metrics import METRICS
from shared.outbox import OUTBOX
from shared.settings import MongoSettings
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import load_catalogue
from support.examples import FULL_MESSAGES, NOW, REPLY
from support.fake_kafka import FakeKafka, FakePublisher
from support.servers import unique
from support.smtp_sink import SmtpSink, smtp_sink
from support.town_rules import RULES, TOWN

SENDER = Sender("311@example.org", "Cary 311", b"an invented secret of 32 bytes..")
WORDS = Rules(TOWN, load_catalogue(None, TOWN), BusinessCalendar(RULES.calendar.timezone), "https://311.example.org")


@dataclass
class FakeSentFolder:
    """Where copies go."""

    copies: list[bytes] = field(default_factory=list)
    is_down: bool = False

    async def keep(self, content: bytes) -> None:
        if self.is_down:
            raise TransientError("imap", "away")
        self.copies.append(content)

    async def holds(self, message_id: str) -> bool:
        return any(message_id.encode() in copy for copy in self.copies)


@dataclass
class FakeOriginals:
    """What is kept of the mails that came in."""

    forgotten: list[UUID] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    encrypted_events: frozenset[UUID] = frozenset()

    async def encrypted(self, event_ids: Collection[UUID]) -> frozenset[UUID]:
        return self.encrypted_events.intersection(event_ids)

    async def forget(self, submission_ids: object, file_ids: object) -> None:
        self.forgotten += submission_ids  # type: ignore[operator]
        self.files += file_ids  # type: ignore[operator]


@dataclass
class Desk:
    """Everything around the outbox; ``now`` is a clock that a test turns."""

    outbox: Outbox
    sending: Sending
    answering: Answering
    sink: SmtpSink
    sent: FakeSentFolder
    originals: FakeOriginals
    kafka: FakeKafka
    collection: object
    now: datetime = NOW

    @property
    def deliveries(self) -> list[DeliveryRecorded]:
        events = [decode_event(record.value) for record in self.kafka.records("request.events.v1")]
        return [event for event in events if isinstance(event, DeliveryRecorded)]

    async def states(self) -> list[str]:
        return [document["state"] async for document in self.collection.find().sort("_id", 1)]  # type: ignore[attr-defined]


def update(**changes: object) -> ServiceRequestUpdated:
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    return full.model_copy(update={"redacted": (), "redacted_submission_ids": (), "replies": (REPLY,)} | changes)


def record(message: ServiceRequestUpdated, offset: int = 0) -> Record:
    return Record("request.updated.v1", 0, offset, message.key.encode(), message.encode(), 0)


@pytest.fixture
async def desk(mongo_settings: MongoSettings) -> AsyncIterator[Desk]:
    connection = Connection.open(mongo_settings, unique("intake_email"))
    await connection.prepare(outbox_store.INDEXES)
    async with smtp_sink() as sink:
        outbox, sent, originals, kafka = Outbox(connection, keeps=timedelta(days=30)), FakeSentFolder(), FakeOriginals(), FakeKafka()
        relay = Relay(Server("127.0.0.1", sink.port, "none", timeout_seconds=5))
        desk: Desk

        def clock() -> datetime:
            return desk.now

        rules = SendingRules(envelope_from=lambda number: f"311+{number.lower()}@example.org", per_address_and_hour=3, per_hour=5)
        sending = Sending(outbox, relay, sent, FakePublisher(kafka), rules=rules, clock=clock)
        answering = Answering(outbox, originals, SENDER, WORDS, since=NOW - timedelta(hours=1), clock=clock)
        desk = Desk(outbox, sending, answering, sink, sent, originals, kafka, connection.collection(OUTBOX))
        yield desk
    await connection.close()


async def test_an_announcement_becomes_one_mail_however_often_it_comes(desk: Desk) -> None:
    """Redelivered before and after it was sent: one mail, one record of its delivery, a copy in Sent."""
    for offset in range(2):
        await desk.answering([record(update(), offset)])
    while await desk.sending.step():
        pass
    await desk.answering([record(update())])
    assert not await desk.sending.step()
    (mail,) = desk.sink.mails
    (delivery,) = desk.deliveries
    assert mail["To"] == REPLY.address
    assert desk.sink.envelopes[0].mail_from.startswith("311+")
    assert (delivery.outcome, delivery.sent_reference) == (DeliveryOutcome.SENT, mail["Message-ID"])
    assert len(desk.sent.copies) == 1
    document = await desk.collection.find_one({})  # type: ignore[attr-defined]
    assert "recipient" not in document
    assert "content" not in document


async def test_an_encrypted_mail_is_acknowledged_with_the_request_to_send_it_unencrypted(desk: Desk) -> None:
    """What the ledger knows of the mail is in its acknowledgement, and not in what is told later."""
    told = update(event_kind=CREATED, channel=Channel.EMAIL)
    desk.originals.encrypted_events = frozenset({told.event_id})
    later = told.model_copy(update={"event_kind": "CommentAdded", "announcement_id": UUID(int=7), "event_id": UUID(int=7)})
    await desk.answering([record(told), record(later, 1)])
    while await desk.sending.step():
        pass
    bodies = [mail.get_body(("plain",)) for mail in desk.sink.mails]
    asked = texts()[REPLY.language.value]["encrypted"]
    assert sorted(asked in str(body.get_content()) for body in bodies if body) == [False, True]


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.WEB])
async def test_an_encrypted_answer_in_a_thread_is_answered_too(desk: Desk, channel: Channel) -> None:
    """Whatever channel the request came by; another follow-up is not acknowledged, for its author sees the answer."""
    read = update(event_kind=FOLLOW_UP, channel=channel, emergency=None)  # an emergency is answered in any case
    unread = read.model_copy(update={"announcement_id": UUID(int=7), "event_id": UUID(int=7)})
    desk.originals.encrypted_events = frozenset({unread.event_id})
    await desk.answering([record(read), record(unread, 1)])
    while await desk.sending.step():
        pass
    (mail,) = desk.sink.mails
    body = mail.get_body(("plain",))
    assert body is not None
    assert texts()[REPLY.language.value]["encrypted"] in str(body.get_content())


async def test_a_refusal_for_now_is_tried_again_with_growing_gaps_then_given_up(desk: Desk) -> None:
    """4xx for two days; then somebody has to look."""
    desk.sink.recipient_answer = "451 later"
    await desk.answering([record(update())])
    gaps: list[timedelta] = []
    last = desk.now
    while desk.now - NOW < GIVES_UP_AFTER + timedelta(hours=6) and not desk.deliveries:
        if await desk.sending.step():
            gaps.append(desk.now - last)
            last = desk.now
        desk.now += timedelta(minutes=1 if len(gaps) < 3 else 30)
    assert gaps[1] == timedelta(minutes=1)
    assert max(gaps) == timedelta(hours=4)
    assert [(delivery.outcome, delivery.detail) for delivery in desk.deliveries] == [(DeliveryOutcome.FAILED, "451")]


async def test_a_refusal_for_good_is_a_failed_delivery_without_the_servers_words(desk: Desk) -> None:
    """5xx: only the code is kept, because the words quote addresses."""
    desk.sink.recipient_answer = f"550 no such user {REPLY.address}"
    await desk.answering([record(update())])
    await desk.sending.step()
    assert [(delivery.outcome, delivery.detail) for delivery in desk.deliveries] == [(DeliveryOutcome.FAILED, "550")]
    assert await desk.states() == ["failed"]


async def test_a_server_that_is_away_costs_time_only(desk: Desk) -> None:
    """Nothing went out, so it is tried again."""
    desk.sending._server = Relay(Server("127.0.0.1", 1, "none", timeout_seconds=1))
    await desk.answering([record(update())])
    await desk.sending.step()
    assert await desk.states() == ["waiting"]
    desk.sending._server = Relay(Server("127.0.0.1", desk.sink.port, "none", timeout_seconds=5))
    desk.now += timedelta(minutes=2)
    await desk.sending.step()
    assert await desk.states() == ["sent"]


async def test_a_connection_that_breaks_after_the_text_is_never_sent_again_blindly(desk: Desk) -> None:
    """It may have gone out: it is looked up in Sent, and where it is not there, an advocate is asked."""
    desk.sink.hangs_up = True
    await desk.answering([record(update())])
    await desk.sending.step()
    assert await desk.states() == ["claimed"]
    desk.sink.hangs_up = False
    assert not await desk.sending.step()
    desk.now += LEASE + timedelta(seconds=1)
    await desk.sending.step()
    assert desk.sink.envelopes == []
    assert [delivery.outcome for delivery in desk.deliveries] == [DeliveryOutcome.UNKNOWN]
    assert await desk.states() == ["needs_staff"]


async def test_a_process_that_died_after_sending_is_found_out_by_the_copy_in_sent(desk: Desk) -> None:
    """The entry was sent and not marked: no second mail, and the delivery is recorded."""
    await desk.answering([record(update())])
    entry = await desk.outbox.claim(desk.now, LEASE)
    assert entry is not None
    desk.sent.copies.append(entry.content)
    desk.now += LEASE + timedelta(seconds=1)
    await desk.sending.step()
    assert desk.sink.envelopes == []
    assert [delivery.outcome for delivery in desk.deliveries] == [DeliveryOutcome.SENT]


async def test_the_log_is_told_before_the_outbox(desk: Desk) -> None:
    """Kafka away after the mail went out: the entry is looked up later, and the delivery is recorded then, once."""
    await desk.answering([record(update())])
    desk.kafka.is_down = True
    with pytest.raises(TransientError):
        await desk.sending.step()
    desk.kafka.is_down = False
    desk.now += LEASE + timedelta(seconds=1)
    await desk.sending.step()
    assert len(desk.sink.mails) == 1
    assert [delivery.outcome for delivery in desk.deliveries] == [DeliveryOutcome.SENT]


async def test_one_address_gets_its_share_of_an_hour_and_no_more(desk: Desk) -> None:
    """A loop between two machines ends here."""
    for offset in range(5):
        await desk.answering([record(update(announcement_id=UUID(int=offset), event_id=UUID(int=offset)), offset)])
    while await desk.sending.step():
        pass
    assert len(desk.sink.envelopes) == 3
    desk.now += timedelta(hours=1, minutes=1)
    while await desk.sending.step():
        pass
    assert len(desk.sink.envelopes) == 5


async def test_the_breaker_holds_everything_back(desk: Desk) -> None:
    """More in an hour than a town sends in a day: something is wrong, and a person has to look."""
    for offset in range(8):
        to = REPLY.model_copy(update={"address": f"resident{offset}@example.com"})
        await desk.answering([record(update(announcement_id=UUID(int=offset), event_id=UUID(int=offset), replies=(to,)), offset)])
    while await desk.sending.step():
        pass
    assert desk.sending.is_tripped
    assert len(desk.sink.envelopes) == 5


async def test_a_suppressed_address_gets_no_mail(desk: Desk) -> None:
    """It bounced before; the advocate learns that the resident cannot be reached."""
    await desk.answering([record(update())])
    entry = await desk.outbox.claim(desk.now, LEASE)
    assert entry is not None
    await desk.outbox.suppress(entry.address_hash, "bounced", desk.now)
    await desk.outbox.retry(entry, desk.now)
    await desk.sending.step()
    assert desk.sink.envelopes == []
    assert [delivery.detail for delivery in desk.deliveries] == ["suppressed"]


async def test_what_waits_and_what_became_of_it_is_counted(desk: Desk) -> None:
    """Who watches sees how many answers are not over, since when, and how many went out."""
    labels = {"channel": "email"}
    sent = {**labels, "outcome": "sent"}
    before = METRICS.registry.get_sample_value("cary311_answers_total", sent) or 0
    await desk.answering([record(update())])
    desk.now += timedelta(minutes=5)
    (await desk.outbox.backlog()).tell(Channel.EMAIL, desk.now)
    assert METRICS.registry.get_sample_value("cary311_answers_waiting", labels) == 1
    assert (METRICS.registry.get_sample_value("cary311_oldest_unanswered_seconds", labels) or 0) >= 300
    await desk.sending.step()
    (await desk.outbox.backlog()).tell(Channel.EMAIL, desk.now)
    assert METRICS.registry.get_sample_value("cary311_answers_waiting", labels) == 0
    assert METRICS.registry.get_sample_value("cary311_oldest_unanswered_seconds", labels) == 0
    assert METRICS.registry.get_sample_value("cary311_answers_total", sent) == before + 1


async def test_a_redaction_takes_back_what_has_not_gone_out(desk: Desk) -> None:
    """Waiting texts, raw mails and files of the request are deleted."""
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    await desk.answering([record(update())])
    told = full.model_copy(update={"event_kind": "ServiceRequestRedacted", "replies": (), "announcement_id": UUID(int=9)})
    await desk.answering([record(told, 1)])
    assert not await desk.sending.step()
    assert await desk.states() == [EntryState.REDACTED]
    assert desk.originals.forgotten == list(full.redacted_submission_ids)
    assert desk.originals.files == [file for scope in full.redacted for file in scope.file_ids]


async def test_a_first_start_answers_nothing_older_than_itself(desk: Desk) -> None:
    """A new group reads a week of announcements; nobody gets a week of mail."""
    await desk.answering([record(update(occurred_at=datetime(2026, 1, 1, tzinfo=UTC)))])
    assert await desk.states() == []


async def test_what_is_no_announcement_is_put_aside_and_the_rest_goes_on(desk: Desk) -> None:
    """Poison does not keep residents from their answers."""
    handled = await desk.answering([Record("request.updated.v1", 0, 0, b"k", b"{}", 0), record(update(), 1)])
    assert [type(failure.error) for failure in handled.failures] == [PoisonError]
    assert await desk.states() == ["waiting"]
