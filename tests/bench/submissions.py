"""Invented submissions as the intake publishes them, and their events as the normalizer does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench import material
from normalizer.app import load_rules
from normalizer.pipeline.normalize import normalize
from normalizer.settings import RulesSettings
from shared.contracts import Channel, Language, ReplyAddress, SubmissionReceived
from shared.identity import submission_id
from shared.kafka.records import Outgoing, Record
from shared.kafka.topics import REQUEST_EVENTS, partition_for
from shared.tracking_number import tracking_number

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
PERSON = ("first_name", "last_name", "email", "phone")


def submissions(count: int, secret: bytes) -> Iterator[SubmissionReceived]:
    """So many, each a second after the one before."""
    for number in range(count):
        report = material.report(number)
        identity = submission_id(Channel.API, f"bench\x1f{number}")
        reply = ReplyAddress(channel=Channel.EMAIL, address=str(report["email"]), language=Language.EN) if "email" in report else None
        yield SubmissionReceived.model_validate(
            {
                "submission_id": identity,
                "service_request_id": tracking_number(secret, identity),
                "channel": Channel.API,
                "received_at": NOON + timedelta(seconds=number),
                "text": report["description"],
                "service_code": report.get("service_code"),
                "place": {name: report[name] for name in ("address", "lat", "long")},
                "reporter": {name: report[name] for name in PERSON} if reply else None,
                "reply_addresses": (reply,) if reply else (),
            }
        )


def outgoing(submission: SubmissionReceived, topic: str) -> Outgoing:
    """The record of a submission, with a trace as every one has."""
    identity = submission.submission_id.hex
    trace = f"00-{identity}-{identity[16:]}-01".encode()
    return Outgoing(topic, submission.key.encode(), submission.encode(), (("traceparent", trace),))


def events(count: int, settings: RulesSettings, partitions: int) -> list[Record]:
    """So many creations, as they lie in Kafka."""
    rules, ends = load_rules(settings), [0] * partitions
    records: list[Record] = []
    for submission in submissions(count, settings.tracking_number_secret.get_secret_value()):
        event = normalize(submission, rules)
        key = event.key.encode()
        partition = partition_for(key, partitions)
        moment_ms = round(submission.received_at.timestamp() * 1_000)
        records.append(Record(REQUEST_EVENTS.name, partition, ends[partition], key, event.encode(), moment_ms))
        ends[partition] += 1
    return records
