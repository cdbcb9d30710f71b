"""What an operator does with dead letters, on a broker: look, put back, park, discard; nothing lost, nothing told of residents."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from shared.cli import build
from shared.contracts import DeadLetterDecision, decode_decision
from shared.errors import Cary311Error, PoisonError
from shared.kafka.broker import KafkaDeadLetters, KafkaLog, KafkaPublisher, ensure_topics
from shared.kafka.records import Record
from shared.kafka.topics import DEAD_LETTER_DECIDED, DEAD_LETTER_MAX_BYTES, NORMALIZER_GROUP, SUBMISSION_RECEIVED
from shared.settings import KafkaSettings
from support.examples import submission
from support.servers import unique

LETTERS = SUBMISSION_RECEIVED.dead_letters(NORMALIZER_GROUP)
Run = Callable[..., Result]


@pytest.fixture
def run(kafka_settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, on the session's broker."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - as the command itself

    for name in ("kafka_bootstrap_servers", "kafka_partitions", "kafka_replication_factor", "kafka_min_insync_replicas"):
        monkeypatch.setenv(name.upper(), str(getattr(kafka_settings, name)))
    monkeypatch.setenv("CARY311_OPERATOR", "grace")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(build(entry_points(group="cary311.commands"), arguments), list(arguments))

    return call


async def letter(settings: KafkaSettings, value: bytes, offset: int = 7, *, partition: int = 2, headers: bool = True) -> str:
    """A dead letter; what an operator calls it."""
    await ensure_topics(settings)
    publisher = await KafkaPublisher.start(settings, "test")
    trace = (("traceparent", b"00-aaaa"),) if headers else ()
    record = Record(SUBMISSION_RECEIVED.name, partition, offset, b"7KQ4M2XD9RTB", value, 1_700_000_000_000, trace)
    async with KafkaLog(settings, LETTERS) as log:
        before = await log.end_offsets()
    try:
        await KafkaDeadLetters(publisher, NORMALIZER_GROUP).put(record, PoisonError("invalid_message", "text=missing"), attempts=3)
    finally:
        await publisher.close()
    return f"{LETTERS}/{partition}/{before[partition]}"


async def records(settings: KafkaSettings, topic: str) -> list[Record]:
    async with KafkaLog(settings, topic) as log:
        return [record async for batch in log.read() for record in batch]


async def off_loop(run: Run, *arguments: str) -> Result:
    """The command has an event loop of its own."""
    import asyncio  # noqa: PLC0415

    return await asyncio.to_thread(run, *arguments)


async def test_a_dead_letter_is_listed_shown_and_goes_back_as_it_was(kafka_settings: KafkaSettings, run: Run) -> None:
    """Back in its topic and partition lie the same key, value and trace, and none of the reasons; the list has it no more."""
    text = f"my number is 919-555-0123 {unique('text')}"
    name = await letter(kafka_settings, json.dumps({"kind": "SubmissionReceived", "schema_version": 1, "text": text}).encode())

    listed = await off_loop(run, "dead-letters", "list", "--group", NORMALIZER_GROUP, "--limit", "1000")
    assert f"{name}  " in listed.stdout
    assert "invalid_message  text=missing" in listed.stdout
    shown = await off_loop(run, "dead-letters", "show", name)
    assert "kind: SubmissionReceived" in shown.stdout
    assert f"text: text of {len(text)} characters" in shown.stdout
    assert "919-555" not in listed.stdout + shown.stdout

    done = await off_loop(run, "dead-letters", "replay", name)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "1 replayed")
    (back,) = [record for record in await records(kafka_settings, SUBMISSION_RECEIVED.name) if text.encode() in (record.value or b"")]
    assert (back.partition, back.key, back.headers) == (2, b"7KQ4M2XD9RTB", (("traceparent", b"00-aaaa"),))
    assert name not in (await off_loop(run, "dead-letters", "list", "--limit", "1000")).stdout
    assert f"{name}  " in (await off_loop(run, "dead-letters", "list", "--all", "--limit", "1000")).stdout


@pytest.mark.parametrize("decision", [DeadLetterDecision.PARKED, DeadLetterDecision.DISCARDED])
async def test_what_was_decided_is_on_record(kafka_settings: KafkaSettings, run: Run, decision: DeadLetterDecision) -> None:
    """Who, when and why, in a topic of its own; a later decision holds."""
    name = await letter(kafka_settings, b"no message")
    command = {DeadLetterDecision.PARKED: "park", DeadLetterDecision.DISCARDED: "discard"}[decision]
    done = await off_loop(run, "dead-letters", command, name, "--because", "the adapter is repaired")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, f"1 {decision}")

    shown = json.loads((await off_loop(run, "dead-letters", "show", name, "--json")).stdout.splitlines()[-1])
    assert (shown["decision"], shown["decided_by"], shown["because"]) == (decision, "grace", "the adapter is repaired")
    decisions = [decode_decision(record.value) for record in await records(kafka_settings, DEAD_LETTER_DECIDED.name)]
    assert [f"{one.topic}/{one.partition}/{one.offset}" for one in decisions].count(name) == 1
    await off_loop(run, "dead-letters", "replay", name)
    shown = json.loads((await off_loop(run, "dead-letters", "show", name, "--json")).stdout.splitlines()[-1])
    assert shown["decision"] == DeadLetterDecision.REPLAYED


async def test_all_of_one_reason_go_back_at_once(kafka_settings: KafkaSettings, run: Run) -> None:
    """After a repair nobody wants to name a hundred."""
    mark = unique("all")
    names = [await letter(kafka_settings, f'{{"text": "{mark}"}}'.encode(), partition=partition) for partition in range(3)]
    done = await off_loop(run, "dead-letters", "replay", "--group", NORMALIZER_GROUP, "--reason", "invalid_message")
    assert done.exit_code == 0
    assert int(re.findall(r"(\d+) replayed", done.stdout)[0]) >= len(names)
    back = [record for record in await records(kafka_settings, SUBMISSION_RECEIVED.name) if mark.encode() in (record.value or b"")]
    assert sorted(record.partition for record in back) == [0, 1, 2]


async def test_what_no_topic_takes_is_not_put_back(kafka_settings: KafkaSettings, run: Run) -> None:
    """It stays open until somebody discards it."""
    name = await letter(kafka_settings, b"x" * (DEAD_LETTER_MAX_BYTES + 1), offset=1_000_000)
    done = await off_loop(run, "dead-letters", "replay", name)
    assert done.exit_code == 1
    assert "is larger than its topic takes" in done.stderr
    assert name in (await off_loop(run, "dead-letters", "list", "--limit", "1000")).stdout


async def test_a_wrong_name_is_a_sentence(kafka_settings: KafkaSettings, run: Run) -> None:
    """And changes nothing."""
    await ensure_topics(kafka_settings)
    for wrong, sentence in (("nonsense", "is no name of a dead letter"), (f"{LETTERS}/0/999999", "there is no dead letter")):
        done = await off_loop(run, "dead-letters", "discard", wrong, "--because", "x")
        assert isinstance(done.exception, Cary311Error)
        assert sentence in str(done.exception)


async def test_the_lag_of_every_group_is_told(kafka_settings: KafkaSettings, run: Run) -> None:
    """In records and in seconds; a group that never worked says so."""
    before = json.loads((await off_loop(run, "lag", "--json")).stdout)
    publisher = await KafkaPublisher.start(kafka_settings, "test")
    from shared.kafka.records import Outgoing  # noqa: PLC0415

    try:
        message = submission()
        await publisher.publish([Outgoing(SUBMISSION_RECEIVED.name, message.key.encode(), message.encode())])
    finally:
        await publisher.close()
    after = json.loads((await off_loop(run, "lag", "--json")).stdout)
    (old,) = [one for one in before if one["group"] == NORMALIZER_GROUP]
    (new,) = [one for one in after if one["group"] == NORMALIZER_GROUP]
    assert new["records"] > old["records"]
    assert new["seconds"] > timedelta(0).total_seconds()
    assert "was never at work" in (await off_loop(run, "lag")).stdout or new["has_committed"]
