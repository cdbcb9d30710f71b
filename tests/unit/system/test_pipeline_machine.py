"""The whole road in memory: submissions, follow-ups and staff changes through normalizers and projections that crash, lose races,
are dealt other partitions and read everything again, in any order. At the end nothing is lost and nothing is there twice.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from prometheus_client import CollectorRegistry

from normalizer.handler import converter
from shared.contracts import Channel, ClaimProof, CommentAdded, Person, ReplyAddress, Text, ThreadClaim, decode_update
from shared.identity import caller_event_id, derived_event_id
from shared.kafka.broker.dead_letters import KafkaDeadLetters
from shared.kafka.consumer import ConsumerLoop, per_record
from shared.kafka.holding import Holds
from shared.kafka.ports import Handler
from shared.kafka.records import Outgoing
from shared.kafka.topics import NORMALIZER_GROUP, PROJECTION_GROUP, REQUEST_EVENTS, REQUEST_UPDATED, SUBMISSION_RECEIVED
from shared.kafka.watching import LoopWatch
from shared.observability.metrics import Metrics
from support.examples import NOW, STAFF
from support.fake_kafka import FakeKafka, FakePublisher, FakeRecordSource
from support.fake_requests import FakeProjectionStore, projection
from support.submissions import plain
from support.town_rules import RULES
from tracker.state import Outcome

STEPS = ("orphans", "requests", "clearing", "outcomes", "positions")
ALWAYS_THE_SAME = ("normalizer", "projection")
METRICS = Metrics(CollectorRegistry())


class Member:
    """One process of a service. A crash of it is a member that is gone and one that begins where its group committed."""

    def __init__(self, road: "Road", kind: str) -> None:
        self.kind = kind
        topic, group = {
            "normalizer": (SUBMISSION_RECEIVED.name, NORMALIZER_GROUP),
            "projection": (REQUEST_EVENTS.name, PROJECTION_GROUP),
        }[kind]
        self.source = FakeRecordSource(road.kafka, [topic], group)
        self.publisher = FakePublisher(road.kafka)
        handler: Handler = per_record(converter(RULES, METRICS)) if kind == "normalizer" else projection(road.store)
        self.loop = ConsumerLoop(
            self.source,
            handler,
            self.publisher,
            KafkaDeadLetters(self.publisher, group),
            group=group,
            max_records=3,
            holds=Holds(first_gap_seconds=0.0, longest_gap_seconds=0.0),
            watch=LoopWatch(group, METRICS),
        )

    async def turn(self) -> None:
        """One round of its loop."""
        batch = await self.loop._poll()
        if batch:
            await self.loop._settle(batch)


class Road(RuleBasedStateMachine):
    """Everything between the intake's acknowledgement and the announcement."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.kafka = FakeKafka(partitions=2)
        self.store = FakeProjectionStore()
        self.outside = FakePublisher(self.kafka)
        self.members: list[Member] = []
        self.accepted: dict[str, str] = {}
        """Number by name, of reports and follow-ups."""
        self.follow_ups: set[str] = set()
        self.comments: set[str] = set()

    @initialize()
    def begin(self) -> None:
        for kind in ALWAYS_THE_SAME:
            self.members.append(Member(self, kind))
        self.submit(list("abc"))

    @rule(names=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8))
    def submit(self, names: list[str]) -> None:
        """Reports; one that comes twice was acknowledged and spooled both."""
        for name in names:
            submission = plain(name, text=f"report {name}", channel=Channel.EMAIL, **_written_by(name))
            self._publish(Outgoing(SUBMISSION_RECEIVED.name, submission.key.encode(), submission.encode()))
            self.accepted[name] = submission.service_request_id

    @precondition(lambda self: self.accepted)
    @rule(data=st.data(), stranger=st.booleans())
    def follow_up(self, data: st.DataObject, stranger: bool) -> None:  # noqa: FBT001 - hypothesis gives arguments by name
        """The reporter writes again, or somebody else who names the number."""
        about = data.draw(st.sampled_from(sorted(name for name in self.accepted if len(name) == 1)))
        name = f"{about}-again-{'stranger' if stranger else 'reporter'}"
        claim = ThreadClaim(service_request_id=self.accepted[about], proof=ClaimProof.TAG)
        submission = plain(name, text=f"still {about}", channel=Channel.EMAIL, claim=claim, **_written_by("x" if stranger else about))
        self._publish(Outgoing(SUBMISSION_RECEIVED.name, submission.key.encode(), submission.encode()))
        self.accepted[name] = submission.service_request_id
        self.follow_ups.add(name)

    @precondition(lambda self: self.accepted)
    @rule(data=st.data(), key=st.sampled_from("pq"))
    def comment(self, data: st.DataObject, key: str) -> None:
        """Staff write a comment, perhaps once more under the same key, perhaps before the request is there."""
        name = data.draw(st.sampled_from(sorted(name for name in self.accepted if len(name) == 1)))
        number = self.accepted[name]
        event = CommentAdded(
            event_id=caller_event_id(number, "advocate-1", "change", key),
            service_request_id=number,
            occurred_at=NOW + timedelta(hours=1),
            actor=STAFF,
            text=Text(content=f"about {name}"),
            is_public=True,
        )
        self._publish(Outgoing(REQUEST_EVENTS.name, event.key.encode(), event.encode()))
        self.comments.add(str(event.event_id))

    @rule(turns=st.lists(st.integers(0, 4), min_size=1, max_size=8))
    def work(self, turns: list[int]) -> None:
        """Members do a round each, in this order."""
        for member in turns:
            self._run(self.members[member % len(self.members)].turn())

    @rule(member=st.integers(0, 4), dies_after=st.integers(0, 3), step=st.sampled_from((None, *STEPS)), is_commit_lost=st.booleans())
    def trouble(self, member: int, dies_after: int, step: str | None, is_commit_lost: bool) -> None:  # noqa: FBT001 - as above
        """A member's next publish is written in part, its next commit may not be taken, the next write of the store may die."""
        troubled = self.members[member % len(self.members)]
        troubled.publisher.dies_after = dies_after
        troubled.source.fails_to_commit = int(is_commit_lost)
        self.store.fails_at = step
        self._run(troubled.turn())

    @rule(kind=st.sampled_from(ALWAYS_THE_SAME))
    def join(self, kind: str) -> None:
        """One more process: partitions are dealt anew."""
        if len(self.members) < 5:
            self.members.append(Member(self, kind))

    @rule(member=st.integers(0, 4))
    def crash(self, member: int) -> None:
        """A process is gone, and another begins."""
        gone = self.members.pop(member % len(self.members))
        self._run(gone.source.close())
        self.members.append(Member(self, gone.kind))

    @rule(back=st.integers(1, 4))
    def read_again(self, back: int) -> None:
        """Groups are set back: everything comes again."""
        for where in self.kafka.committed:
            self.kafka.committed[where] = max(0, self.kafka.committed[where] - back)
        for group in (NORMALIZER_GROUP, PROJECTION_GROUP):
            self.kafka.rebalance(group)

    def _publish(self, record: Outgoing) -> None:
        self._run(self.outside.publish([record]))

    def _run(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        self.runner.run(work)

    def teardown(self) -> None:
        """Let everybody finish, then compare what was accepted with what is there."""
        try:
            self._run(self._finish())
            self._compare()
        finally:
            self.runner.close()

    async def _finish(self) -> None:
        self.store.fails_at = None
        for _ in range(400):
            for member in self.members:
                member.publisher.dies_after = None
                await member.turn()
            lags = [await member.source.lag() for member in self.members]
            if not any(behind for lag in lags for behind in lag.values()):
                return
        held = [(member.kind, member.source.assignment(), len(member.loop._holds), await member.source.lag()) for member in self.members]
        raise AssertionError(f"never came to rest: {held}")

    def _compare(self) -> None:
        assert not any(partition.topic.endswith(".dlt") and log for partition, log in self.kafka.logs.items())
        states = {number: self.store.state(number) for number in self.store.requests}
        holders = Counter(str(entry.event_id) for state in states.values() for entry in state.history)
        for name, number in self.accepted.items():
            submission = plain(name, channel=Channel.EMAIL).submission_id
            created = holders[str(derived_event_id(submission, "ServiceRequestCreated"))]
            followed = holders[str(derived_event_id(submission, "FollowUpReceived"))]
            if name in self.follow_ups:
                assert created + followed == 1, name  # a request of its own, or an entry of the one it is about
            else:
                assert (created, number in states) == (1, True), name
        self._compare_announcements(states)

    def _compare_announcements(self, states: dict[str, Any]) -> None:
        found: dict[str, set[bytes]] = {}
        for record in self.kafka.records(REQUEST_UPDATED.name):
            update = decode_update(record.value)
            found.setdefault(str(update.event_id), set()).add(record.value or b"")
        applied = {
            str(entry.event_id)
            for state in states.values()
            for entry in state.history
            if entry.outcome is Outcome.APPLIED and entry.position is not None
        }
        assert set(found) == applied
        assert all(len(versions) == 1 for versions in found.values()), "announced again, but not byte for byte the same"


def _written_by(name: str) -> dict[str, object]:
    address = f"{name}@example.org"
    return {
        "place": None,
        "service_code": None,
        "reporter": Person(email=address),
        "reply_addresses": (ReplyAddress(channel=Channel.EMAIL, address=address),),
    }


TestRoad = Road.TestCase
TestRoad.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
