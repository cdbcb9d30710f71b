"""Invented events of a request's life, and a log that the projection reads: derived events go back into it, as in Kafka."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.contracts import (
    Channel,
    ClaimProof,
    FollowUpReceived,
    MarkedDuplicate,
    Person,
    ReplyAddress,
    Report,
    RequestEvent,
    ServiceRequestCreated,
    ServiceRequestUpdated,
    Text,
    ThreadClaim,
    decode_update,
)
from shared.identity import caller_event_id, derived_event_id, submission_id
from shared.kafka.records import Outgoing, Record
from shared.tracking_number import tracking_number
from support.examples import NOW, POTHOLE, RESIDENT, SECRET, STAFF
from support.fake_requests import FakeProjectionStore, projection, record, relogged


def number_of(name: str) -> str:
    """The tracking number of the submission called ``name``."""
    return tracking_number(SECRET, submission_of(name))


def submission_of(name: str) -> UUID:
    """The id of the submission called ``name``."""
    return submission_id(Channel.EMAIL, f"<{name}@example.org>")


def report_of(name: str, *, sender: str | None = None, **changes: object) -> Report:
    """An e-mail from ``sender``, called ``name``."""
    address = f"{sender or name}@example.org"
    plain = Report(
        submission_id=submission_of(name),
        service_request_id=number_of(name),
        channel=Channel.EMAIL,
        received_at=NOW,
        description=Text(content=f"A pothole, says {sender or name}."),
        service=POTHOLE,
        reporter=Person(email=address),
        reply_addresses=(ReplyAddress(channel=Channel.EMAIL, address=address, references=(f"<{name}@example.org>",)),),
        answer_due_datetime=NOW + timedelta(days=1),
    )
    return plain.model_copy(update=changes)


def creation(name: str, **changes: object) -> ServiceRequestCreated:
    """The request that the submission called ``name`` becomes."""
    return ServiceRequestCreated(
        event_id=derived_event_id(submission_of(name), "ServiceRequestCreated"),
        service_request_id=number_of(name),
        occurred_at=NOW,
        actor=RESIDENT,
        report=report_of(name).model_copy(update=changes),
    )


def follow_up(
    name: str, to: str, *, sender: str | None = None, proof: ClaimProof = ClaimProof.TOKEN, **changes: object
) -> FollowUpReceived:
    """A message called ``name`` that claims to belong to the request ``to``."""
    return FollowUpReceived(
        event_id=derived_event_id(submission_of(name), "FollowUpReceived"),
        service_request_id=number_of(to),
        occurred_at=NOW + timedelta(hours=1),
        actor=RESIDENT,
        report=report_of(name, sender=sender, **changes),
        claim=ThreadClaim(service_request_id=number_of(to), proof=proof),
    )


def merge(name: str, into: str, version: int = 1) -> MarkedDuplicate:
    """Staff say that ``name`` is about the same as ``into``."""
    return MarkedDuplicate(**staff_head(name, f"merge {into} {version}"), expected_version=version, duplicate_of=number_of(into))


def staff_head(name: str, key: str) -> dict[str, Any]:
    """What every staff event about ``name`` has."""
    number = number_of(name)
    event_id = caller_event_id(number, "s", "merge", key)
    return {"event_id": event_id, "service_request_id": number, "occurred_at": NOW + timedelta(hours=1), "actor": STAFF}


class Log:
    """One partition with everything, and what was published of it."""

    def __init__(self, store: FakeProjectionStore | None = None) -> None:
        self.store = store or FakeProjectionStore()
        self.records: list[Record] = []
        self.outgoing: list[Outgoing] = []
        self.failures: list[Any] = []

    async def add(self, *events: RequestEvent) -> list[Outgoing]:
        """Append events and project them and whatever they cause, until nothing is caused any more."""
        published: list[Outgoing] = []
        batch = [record(event, len(self.records) + place) for place, event in enumerate(events)]
        while batch:
            self.records += batch
            handled = await projection(self.store)(batch)
            self.failures += handled.failures
            published += handled.outgoing
            batch = relogged(handled.outgoing, len(self.records))
        self.outgoing += published
        return published

    async def replay(self, cuts: Sequence[int]) -> list[Outgoing]:
        """Project the whole log again into the same store, in batches of these lengths (repeated as needed)."""
        published: list[Outgoing] = []
        start, turn = 0, 0
        while start < len(self.records):
            length = cuts[turn % len(cuts)]
            handled = await projection(self.store)(self.records[start : start + length])
            published += handled.outgoing
            start, turn = start + length, turn + 1
        return published


def updates(outgoing: Sequence[Outgoing]) -> list[ServiceRequestUpdated]:
    """The announcements among what was published."""
    return [decode_update(one.value) for one in outgoing if one.topic == "request.updated.v1"]
