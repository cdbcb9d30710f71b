"""Records that nobody can read lie in front of good ones, on every topic that has a consumer, on the whole running system."""

import json
from datetime import UTC, datetime

import pytest

from shared.contracts import Channel, SubmissionReceived
from shared.identity import submission_id
from shared.kafka.records import Record
from shared.kafka.topics import REQUEST_EVENTS, REQUEST_UPDATED, SUBMISSION_RECEIVED, TOPICS, Topic, partition_for
from shared.tracking_number import tracking_number
from support.servers import unique
from support.system import System
from support.system_oracle import Oracle
from support.system_poison import Poison, careless_producer, plant, poison

KINDS = {SUBMISSION_RECEIVED: "SubmissionReceived", REQUEST_EVENTS: "ServiceRequestCreated", REQUEST_UPDATED: "ServiceRequestUpdated"}
CONSUMED = [topic for topic in TOPICS if topic.consumers]
Planted = dict[tuple[int, int], tuple[str, Poison]]


def a_submission(system: System, name: str) -> SubmissionReceived:
    """One that an adapter of this system could have published."""
    identity = submission_id(Channel.EMAIL, f"<{name}@example.org>")
    return SubmissionReceived(
        submission_id=identity,
        service_request_id=tracking_number(system.stack.given.credentials.tracking_number_secret.encode(), identity),
        channel=Channel.EMAIL,
        received_at=datetime.now(UTC),
        text="There is a deep pothole.",
    )


async def reports_in_every_partition(system: System) -> list[str]:
    """Numbers of new reports, so many that every partition of every topic has at least one."""
    numbers: list[str] = []
    everywhere = set(range(system.kafka_settings.kafka_partitions))
    while {partition_for(number.encode(), len(everywhere)) for number in numbers} != everywhere:
        numbers.append(await system.reported("There is a deep pothole."))
    return numbers


@pytest.mark.parametrize("topic", CONSUMED, ids=lambda topic: topic.name)
async def test_poison_is_put_aside_and_what_is_behind_it_arrives(system: System, topic: Topic) -> None:
    """Every kind of it ends as a dead letter that says why; the good records behind it arrive; nothing else is put aside."""
    oracle, groups = await Oracle.begin(system), system.groups(topic)
    before = {group: await system.ends(topic.dead_letters(group)) for group in groups}
    in_front = await reports_in_every_partition(system)
    for number in in_front:
        await system.visible(number)
    planted = await planted_poison(system, topic, in_front)
    behind = await reports_in_every_partition(system)
    for number in behind:
        await system.visible(number)

    assert groups
    assert await oracle.objections([*in_front, *behind], dead_letters=len(planted) * len(groups)) == []
    for group in groups:
        letters = await system.records(topic.dead_letters(group), before[group])
        found = {(int(told["partition"]), int(told["offset"])): told["reason"] for told in map(reason_headers, letters)}
        assert found == {position: dead.reason for position, (_, dead) in planted.items()}
        for letter in letters:
            check(letter, topic, group, planted)


async def planted_poison(system: System, topic: Topic, numbers: list[str]) -> Planted:
    """Poison in turn under the keys of requests that exist, and with a key that fits nothing."""
    name = unique("poison")
    submission = a_submission(system, name)
    kinds = list(poison({**json.loads(submission.encode()), "kind": KINDS[topic]}).items())
    planted: Planted = {}
    async with careless_producer(system) as producer:
        for ordinal, (named, dead) in enumerate(kinds):
            key = numbers[ordinal % len(numbers)].encode()
            planted[await plant(producer, topic.name, key, dead.value, [("odd", None), ("traceparent", b"\xff")])] = (named, dead)
        planted[await plant(producer, topic.name, b"\xff\x00 no number", kinds[0][1].value)] = kinds[0]
    return planted


def reason_headers(letter: Record) -> dict[str, str]:
    return {name.removeprefix("dead-letter-"): value.decode() for name, value in letter.headers if name.startswith("dead-letter-")}


def check(letter: Record, topic: Topic, group: str, planted: Planted) -> None:
    """The record itself goes along unchanged; what is too large is referred to."""
    told = reason_headers(letter)
    assert (told["topic"], told["group"], told["attempts"]) == (topic.name, group, "1")
    named, dead = planted[int(told["partition"]), int(told["offset"])]
    if dead.is_by_reference:
        assert told["by-reference"] == "true"
        assert json.loads(letter.value or b"")["size_bytes"] == len(dead.value or b"")
    else:
        assert (letter.value or b"") == (dead.value or b""), named
        assert told["had-value"] == str(dead.value is not None).lower()


async def test_an_unreadable_event_calls_attention_to_its_request(system: System) -> None:
    """Bad bytes and somebody else's event under its key: staff see both in its history and find it in their list; the public does not."""
    oracle = await Oracle.begin(system)
    number, other = await system.reported("There is a deep pothole."), await system.reported("A branch lies on the path.")
    await system.visible(number)
    await system.visible(other)
    created = [record for record in await system.records(REQUEST_EVENTS.name) if record.key == other.encode()]
    async with careless_producer(system) as producer:
        await plant(producer, REQUEST_EVENTS.name, number.encode(), b"{")
        await plant(producer, REQUEST_EVENTS.name, number.encode(), created[0].value)
    await system.quiet()

    seen = (await system.look_up(number, is_staff=True)).json()
    assert seen["staff"]["attention"].count("dead_letter") == 1
    listed = await system.client.get(
        f"{system.tracker}/api/v1/requests", params={"attention": "dead_letter", "limit": "200"}, headers=system.staff
    )
    assert number in {item["service_request_id"] for item in listed.json()["items"]}
    history = f"{system.tracker}/api/v1/requests/{number}/history"
    entries = (await system.client.get(history, headers=system.staff)).json()["items"]
    assert [entry["kind"] for entry in entries].count("RecordDeadLettered") == 2
    assert "RecordDeadLettered" not in (await system.client.get(history)).text
    assert await oracle.objections([number, other], dead_letters=2) == []


async def test_a_submission_under_a_wrong_key_is_nobodys_loss(system: System) -> None:
    """What an adapter wrote under another key than its own is a request under its own number; odd headers do not stop it."""
    oracle = await Oracle.begin(system)
    submission = a_submission(system, unique("astray"))
    async with careless_producer(system) as producer:
        await plant(
            producer,
            SUBMISSION_RECEIVED.name,
            b"\xfe wrong",
            submission.encode(),
            [("traceparent", None), ("", b""), ("traceparent", b"\xff")],
        )
    await system.visible(submission.service_request_id)
    assert await oracle.objections([submission.service_request_id]) == []
