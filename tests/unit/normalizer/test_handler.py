"""A record in, its event out."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from normalizer.handler import converter
from shared.contracts import Channel, ClaimProof, Place, SubmissionReceived, ThreadClaim, decode_event, decode_rejected
from shared.errors import Cary311Error, ConfigurationError, NewerContractError, PoisonError
from shared.kafka.records import Headers, Record
from shared.kafka.topics import MAX_SUBMISSION_BYTES, REQUEST_EVENTS, SUBMISSION_RECEIVED, SUBMISSION_REJECTED
from shared.observability.metrics import Metrics
from support.examples import PHOTO
from support.submissions import plain
from support.town_rules import RULES


def record(value: bytes | None, *, key: bytes | None = b"key", headers: Headers = ()) -> Record:
    return Record(SUBMISSION_RECEIVED.name, partition=0, offset=1, key=key, value=value, timestamp_ms=0, headers=headers)


def fresh_metrics() -> Metrics:
    return Metrics(CollectorRegistry())


CONVERT = converter(RULES, fresh_metrics())


def test_a_submission_becomes_one_event_under_the_same_key() -> None:
    """The key is the submission's own, so that everything about a request lies in one partition."""
    received = plain()
    [outgoing] = CONVERT(record(received.encode()))
    assert outgoing.topic == REQUEST_EVENTS.name
    assert outgoing.key == received.service_request_id.encode()
    assert decode_event(outgoing.value).service_request_id == received.service_request_id


def test_a_follow_up_lies_under_the_claimed_request() -> None:
    """Whatever key the record came with."""
    claim = ThreadClaim(service_request_id=plain("earlier").service_request_id, proof=ClaimProof.TAG)
    [outgoing] = CONVERT(record(plain(channel=Channel.EMAIL, claim=claim).encode(), key=None))
    assert outgoing.key == claim.service_request_id.encode()


def test_a_rejection_is_a_record_too() -> None:
    """A channel may tell it; the submission is settled by it."""
    [outgoing] = CONVERT(record(plain(channel=Channel.EMAIL, is_automatic=True).encode()))
    assert outgoing.topic == SUBMISSION_REJECTED.name
    assert decode_rejected(outgoing.value).reason == "automatic"


def test_the_trace_travels_on_and_nothing_else_does() -> None:
    """Nobody has looked at what a foreign header holds."""
    trace = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    [outgoing] = CONVERT(record(plain().encode(), headers=(("x-foreign", b"ada@example.org"), trace)))
    assert outgoing.headers == (trace,)
    [outgoing] = CONVERT(record(plain().encode()))
    assert outgoing.headers == ()


def test_outcomes_are_counted_by_channel() -> None:
    """Accepted equals created plus followed up plus rejected: an alert compares them."""
    metrics = fresh_metrics()
    convert = converter(RULES, metrics)
    for received in (plain(), plain("two"), plain("three", channel=Channel.EMAIL, is_automatic=True)):
        convert(record(received.encode()))

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"cary311_{name}_total", labels)

    assert value("submissions_normalized", channel="web", outcome="created") == 2
    assert value("submissions_normalized", channel="email", outcome="rejected") == 1
    assert value("submissions_rejected", channel="email", reason="automatic") == 1


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'"text"',
        b"{}",
        b"[" * 10_000,
        plain().encode().replace(b"SubmissionReceived", b"Sub mission"),
    ],
)
def test_what_is_no_submission_is_poison(value: bytes | None) -> None:
    """It can never be handled; the next record can."""
    with pytest.raises(PoisonError):
        CONVERT(record(value))


@pytest.mark.parametrize("field", ["submission_id", "service_request_id", "channel", "received_at"])
def test_a_missing_field_is_named_and_nothing_of_the_data_is_quoted(field: str) -> None:
    """Errors end up in headers and logs."""
    fields = json.loads(plain(text="ada@example.org").encode())
    del fields[field]
    with pytest.raises(PoisonError, match=field) as caught:
        CONVERT(record(json.dumps(fields).encode()))
    assert "ada@example.org" not in str(caught.value)


def test_a_newer_submission_waits_for_its_reader() -> None:
    """Consumers are deployed before producers; the record is read then."""
    with pytest.raises(NewerContractError):
        CONVERT(record(plain().encode().replace(b'"schema_version":1', b'"schema_version":2')))


def test_unknown_fields_do_not_travel_on() -> None:
    """Records are serialised from the validated model, never passed through."""
    fields = json.loads(plain().encode()) | {"note_to_self": "ada@example.org"}
    [outgoing] = CONVERT(record(json.dumps(fields).encode()))
    assert b"note_to_self" not in outgoing.value


def test_another_secret_stops_the_loop() -> None:
    """It is neither the record's fault nor a passing one: an operator must act."""
    convert = converter(replace(RULES, tracking_number_secret=b"another secret of the same length.."), fresh_metrics())
    with pytest.raises(ConfigurationError):
        convert(record(plain().encode()))


def test_a_redelivered_record_gives_the_same_bytes() -> None:
    """So that the projection knows the second as the first."""
    value = plain(text="Call 919-555-0123").encode()
    assert CONVERT(record(value)) == CONVERT(record(value)._replace(offset=99, partition=3))


def filled(texts: str) -> SubmissionReceived:
    """As full as the contract allows."""
    return plain(
        subject="a@b.co " * 142,
        place=Place(address="a@b.co " * 142, address_id="\u0958" * 1_000),
        attachments=(PHOTO.model_copy(update={"alt_text": "\U0001f573" * 300}),) * 50,
        channel=Channel.EMAIL,
        service_code=None,
        text=texts,
        quoted_text=texts,
    )


@pytest.mark.parametrize("unit", ["a@b.co ", "\U0001d160", "\u0958", '"\\', "\n\n", "919-555-0123 ", "\U0001f573"])
def test_the_largest_submission_fits_its_event(unit: str) -> None:
    """Masks, decisions and composed letters make an event larger than its submission, never larger than its topic takes."""
    for length in (40_000, 13_333):
        texts = unit * (length // len(unit))
        received = filled(texts)
        value = received.encode()
        if len(value) <= MAX_SUBMISSION_BYTES:
            [outgoing] = CONVERT(record(value))
            assert len(outgoing.value) <= REQUEST_EVENTS.max_bytes
            decode_event(outgoing.value)


@given(st.binary() | st.builds(json.dumps, st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists)).map(str.encode))
def test_any_bytes_are_poison_or_newer_but_never_a_bug(value: bytes) -> None:
    """A bug counts against a limit that stops the service; no stranger may reach it."""
    with pytest.raises(Cary311Error):
        CONVERT(record(value))


@given(st.sampled_from(sorted(SubmissionReceived.model_fields)), st.none() | st.integers() | st.text() | st.lists(st.text(), max_size=3))
def test_a_submission_with_one_field_gone_wild_is_handled_or_poison(field: str, value: object) -> None:
    """Whatever stands in a field, only an error of ours comes out."""
    fields = json.loads(plain().encode()) | {field: value}
    try:
        [outgoing] = CONVERT(record(json.dumps(fields).encode()))
    except Cary311Error as error:
        assert isinstance(error, PoisonError | NewerContractError | ConfigurationError)  # noqa: PT017 - either way is right
    else:
        decode_event(outgoing.value)
