"""Reconciling finds what is lost and what is there twice, and nothing where all is well."""

from dataclasses import dataclass, replace
from datetime import timedelta

from shared.contracts import (
    Channel,
    ClaimProof,
    RejectionReason,
    RequestEvent,
    SubmissionReceived,
    SubmissionRejected,
    ThreadClaim,
)
from shared.contracts.base import Message
from shared.kafka.records import Outgoing, Record
from support.examples import NOW, submission
from support.fake_logs import FakeLog
from support.fake_requests import record
from support.logs import creation, follow_up, number_of, submission_of
from support.tracker_store import FIRST, FragileConnection, project, store
from tracker.reconciling import Reconciler, Reconciliation

START, END = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
RUN_AT = NOW + timedelta(minutes=30)
STAMP_MS = round(NOW.timestamp() * 1000)


def received(name: str, **changes: object) -> SubmissionReceived:
    """The submission that ``creation(name)`` or ``follow_up(name)`` is made of."""
    own = {"submission_id": submission_of(name), "service_request_id": number_of(name), "channel": Channel.EMAIL}
    return submission(**{**own, **changes})


def claimed(name: str, of: str) -> SubmissionReceived:
    return received(name, claim=ThreadClaim(service_request_id=number_of(of), proof=ClaimProof.TOKEN))


def rejected(name: str) -> SubmissionRejected:
    return SubmissionRejected(
        submission_id=submission_of(name),
        service_request_id=number_of(name),
        channel=Channel.EMAIL,
        reason=RejectionReason.AUTOMATIC,
        rejected_at=NOW,
    )


def logged(*messages: Message) -> FakeLog:
    return FakeLog([Record("topic", 0, offset, b"key", message.encode(), STAMP_MS) for offset, message in enumerate(messages)])


@dataclass(frozen=True)
class Told:
    """What a period's logs say."""

    submissions: FakeLog
    rejections: FakeLog
    updates: FakeLog

    async def reconciled(self, connection: FragileConnection) -> Reconciliation:
        return await Reconciler(connection, self.submissions, self.rejections, self.updates).run(START, END, RUN_AT)


def announced(outgoing: list[Outgoing]) -> FakeLog:
    return FakeLog([Record(one.topic, 0, offset, one.key, one.value, STAMP_MS) for offset, one in enumerate(outgoing)])


async def projected(connection: FragileConnection, *events: RequestEvent) -> list[Outgoing]:
    published = await project(store(connection), [record(event, offset) for offset, event in enumerate(events)])
    return [one for one in published if one.topic == "request.updated.v1"]


async def told(connection: FragileConnection) -> Told:
    """Two requests, one with a further message, a repeat, a rejected message."""
    outgoing = await projected(connection, creation("a"), creation("b"), follow_up("again", "a", sender="a"))
    submissions = logged(received("a"), received("b"), claimed("again", "a"), received("b"), received("out of office"))
    return Told(submissions, logged(rejected("out of office")), announced(outgoing))


async def test_all_is_well(connection: FragileConnection) -> None:
    """Accepted = stored + rejected, stored = announced; repeats are absorbed and counted."""
    result = await (await told(connection)).reconciled(connection)
    assert result.is_whole
    assert (result.accepted, result.repeated, result.rejected, result.stored, result.announced) == (4, 1, 1, 3, 3)
    assert (result.under_way, result.announced_again) == (0, 0)


async def test_a_lost_submission_is_named(connection: FragileConnection) -> None:
    """It lies in the log and nowhere else; its id is told, and not a word of it."""
    here = await told(connection)
    lost = replace(here, submissions=FakeLog([*here.submissions.records, *logged(received("lost")).records]))
    result = await lost.reconciled(connection)
    assert not result.is_whole
    assert (result.not_stored.count, result.not_stored.ids) == (1, [str(submission_of("lost"))])


async def test_a_lost_follow_up_is_named(connection: FragileConnection) -> None:
    """Its request is there, and it is not in the request's history."""
    here = await told(connection)
    await connection.collection(FIRST.requests).update_one(
        {"_id": number_of("a")}, {"$pull": {"history": {"event_id": str(follow_up("again", "a").event_id)}}}
    )
    assert (await here.reconciled(connection)).not_stored.ids == [str(submission_of("again"))]


async def test_what_was_just_received_is_under_way(connection: FragileConnection) -> None:
    """A submission of the last minute is no loss yet."""
    here = await told(connection)
    fresh = received("fresh", received_at=RUN_AT - timedelta(seconds=5))
    result = await replace(here, submissions=FakeLog([*here.submissions.records, *logged(fresh).records])).reconciled(connection)
    assert (result.is_whole, result.under_way) == (True, 1)


async def test_a_double_is_named(connection: FragileConnection) -> None:
    """Two requests were made of one submission: a follow-up here, a request of its own there."""
    outgoing = await projected(connection, creation("a"), follow_up("again", "a", sender="a"), creation("again"))
    here = Told(logged(received("a"), claimed("again", "a")), logged(), announced(outgoing))
    result = await here.reconciled(connection)
    assert (result.is_whole, result.doubled.ids) == (False, [str(submission_of("again"))])


async def test_a_missing_announcement_is_named(connection: FragileConnection) -> None:
    """Stored and not announced: whoever answers never heard of it."""
    here = await told(connection)
    result = await replace(here, updates=FakeLog(here.updates.records[:-1])).reconciled(connection)
    assert not result.is_whole
    assert result.not_announced.ids == [str(follow_up("again", "a").event_id)]


async def test_announcements_that_came_again_are_counted(connection: FragileConnection) -> None:
    """They are routine: consumers drop them by their id."""
    here = await told(connection)
    result = await replace(here, updates=FakeLog([*here.updates.records, *here.updates.records])).reconciled(connection)
    assert (result.is_whole, result.announced_again) == (True, 3)


async def test_only_the_period_counts(connection: FragileConnection) -> None:
    """What was received before or after is somebody else's question; old records are not even read."""
    here = await told(connection)
    outside = logged(received("early", received_at=START - timedelta(seconds=1)), received("late", received_at=END))
    unreadable = [Record("topic", 0, 99, b"key", b"not a message", STAMP_MS), Record("topic", 0, 98, b"key", b"old", 0)]
    result = await replace(here, submissions=FakeLog([*here.submissions.records, *outside.records, *unreadable])).reconciled(connection)
    assert (result.is_whole, result.accepted) == (True, 4)


async def test_a_repeat_of_an_older_submission_needs_no_new_announcement(connection: FragileConnection) -> None:
    """It was stored and announced in its own time; the log of announcements may not reach back so far."""
    old = creation("old").model_copy(update={"occurred_at": START - timedelta(days=9)})
    await projected(connection, old)
    result = await Told(logged(received("old")), logged(), logged()).reconciled(connection)
    assert (result.is_whole, result.stored, result.announced) == (True, 1, 0)
