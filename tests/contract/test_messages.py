"""The messages between the services: what was once written can be read for ever, and nothing else changes unseen."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import Decoder, Message, RequestEvent, Span, Text, decode_event, decode_rejected, decode_submission, decode_update
from shared.contracts.codec import EVENT_KINDS
from shared.contracts.schemas import DECODERS, schema
from shared.contracts.vocabulary import DetailedStatus, PersonalKind
from shared.errors import NewerContractError, PoisonError
from shared.kafka.topics import TOPICS
from support.examples import FULL_MESSAGES

GOLDEN = Path(__file__).parent / "golden" / "messages"
SCHEMAS = Path(__file__).parents[2] / "shared" / "schemas"
TOPIC_OF = {
    "SubmissionReceived": "submission.received.v1",
    "SubmissionRejected": "submission.rejected.v1",
    "ServiceRequestUpdated": "request.updated.v1",
    "DeadLetterDecided": "dead-letter.decided.v1",
}
GOLDEN_FILES = sorted(GOLDEN.glob("*/*.json"))


def decoder(kind: str) -> Decoder[Any]:
    return DECODERS[TOPIC_OF.get(kind, "request.events.v1")]


def test_every_topic_has_a_committed_schema_and_no_schema_is_an_orphan() -> None:
    """Registry, decoders and schema files name the same topics."""
    names = {topic.name for topic in TOPICS}
    assert names == set(DECODERS) == {path.stem for path in SCHEMAS.glob("*.json")}


@pytest.mark.parametrize("topic", sorted(DECODERS))
def test_a_schema_changes_only_together_with_its_file(topic: str) -> None:
    """A contract change is seen in review: run ``make schemas`` and commit the difference."""
    assert schema(topic) == (SCHEMAS / f"{topic}.json").read_text(encoding="utf-8")


def test_every_kind_has_an_example_and_a_golden_file_in_the_present_version() -> None:
    """No kind of event can be added without an example that must parse for ever."""
    kinds = {member.__name__ for member in get_args(get_args(RequestEvent)[0])} | set(TOPIC_OF)
    assert kinds == set(FULL_MESSAGES) == EVENT_KINDS | set(TOPIC_OF)
    assert kinds <= {path.stem for path in GOLDEN_FILES}


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_golden_records_of_every_released_version_parse_for_ever(path: Path) -> None:
    """A record that lies in Kafka or in a snapshot is readable by every later version, with all it said."""
    data = path.read_bytes().strip()
    message = decoder(path.stem)(data)
    assert said(json.loads(data), json.loads(message.encode()))


def said(old: Any, new: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether ``new`` says all that ``old`` says; a field that came later may stand beside it, in any part."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(name in new and said(value, new[name]) for name, value in old.items())
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(said, old, new))
    return bool(old == new)


@pytest.mark.parametrize("kind", sorted(FULL_MESSAGES))
def test_the_newest_golden_file_is_what_is_written_today(kind: str) -> None:
    """The bytes of a message do not change by accident: consumers compare and digest them."""
    newest = [path for path in GOLDEN_FILES if path.stem == kind][-1]
    assert FULL_MESSAGES[kind].encode() == newest.read_bytes().strip()


@pytest.mark.parametrize("kind", sorted(FULL_MESSAGES))
def test_a_message_survives_the_road(kind: str) -> None:
    """Decoding what was encoded gives an equal message and the same bytes again."""
    message = FULL_MESSAGES[kind]
    again = decoder(kind)(message.encode())
    assert again == message
    assert again.encode() == message.encode()


@pytest.mark.parametrize("kind", sorted(FULL_MESSAGES))
def test_readers_ignore_what_they_do_not_know(kind: str) -> None:
    """A newer writer may add fields without breaking an older reader, and they do not travel on."""
    body = json.loads(FULL_MESSAGES[kind].encode()) | {"from_the_future": {"a": 1}}
    assert decoder(kind)(json.dumps(body).encode()).encode() == FULL_MESSAGES[kind].encode()


@pytest.mark.parametrize("kind", sorted(FULL_MESSAGES))
def test_personal_data_is_not_in_the_repr(kind: str) -> None:
    """A message that ends up in a log line by accident tells no name, address or text."""
    shown = repr(FULL_MESSAGES[kind])
    for personal in ("Ada", "ada@example.org", "919-555", "pothole at the gate", "Academy", "acc-7"):
        assert personal not in shown


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (b"", PoisonError),
        (b"not json", PoisonError),
        (b"[]", PoisonError),
        (b"\xff\xfe", PoisonError),
        (b"[" * 200_000, PoisonError),
        (b'{"kind": "ServiceRequestCreated"}', PoisonError),
        (b'{"kind": "ServiceRequestCreated", "schema_version": 0}', PoisonError),
        (b'{"kind": "ServiceRequestCreated", "schema_version": "1"}', PoisonError),
        (b'{"kind": "ServiceRequestCreated", "schema_version": true}', PoisonError),
        (b'{"kind": "ServiceRequestCreated", "schema_version": 1}', PoisonError),
        (b'{"kind": "ServiceRequestCreated", "schema_version": 2}', NewerContractError),
        (b'{"kind": "SomethingNew", "schema_version": 1}', NewerContractError),
        (b'{"kind": "no identifier", "schema_version": 1}', PoisonError),
        (b'{"kind": "SubmissionReceived", "schema_version": 1}', PoisonError),  # of another topic: no deployment makes it right
    ],
)
def test_what_is_wrong_is_poison_and_what_is_newer_waits(value: bytes, error: type[Exception]) -> None:
    """A bad record never blocks, a record of a newer version is never thrown away."""
    with pytest.raises(error):
        decode_event(value)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    """Whatever lies on a topic, reading it ends in a message, poison or a wait."""
    for decode in (decode_submission, decode_rejected, decode_event, decode_update):
        try:
            result: Message = decode(data)
        except (PoisonError, NewerContractError):
            continue
        assert result.encode()


def test_an_error_of_a_record_never_quotes_it() -> None:
    """Dead letter headers and logs hold field paths, never what a resident wrote."""
    body = json.loads(FULL_MESSAGES["SubmissionReceived"].encode()) | {"received_at": "ada@example.org", "language": "Ada Example"}
    with pytest.raises(PoisonError) as caught:
        decode_submission(json.dumps(body).encode())
    assert "Ada" not in str(caught.value)
    assert "ada@" not in str(caught.value)
    assert "received_at" in str(caught.value)


def test_a_public_text_masks_every_span() -> None:
    """All matches are masked, not only the first."""
    text = Text(
        content="call 919-555-0123 or a@b.org now",
        personal=(Span(start=5, end=17, kind=PersonalKind.PHONE), Span(start=21, end=28, kind=PersonalKind.EMAIL)),
    )
    assert text.public == "call [phone] or [email] now"


@pytest.mark.parametrize("span", [(5, 5), (3, 2), (0, 99)])
def test_spans_outside_the_text_are_refused(span: tuple[int, int]) -> None:
    """A wrong span would publish what it was to hide."""
    with pytest.raises(ValueError, match="span"):
        Text(content="short", personal=(Span(start=span[0], end=span[1], kind=PersonalKind.OTHER),))


def test_every_detailed_status_belongs_to_one_of_open311s() -> None:
    """Residents' words and Open311's two states never disagree."""
    assert {status for status in DetailedStatus if status.status == "closed"} == {
        "resolved",
        "answered",
        "duplicate",
        "not_ours",
        "no_action",
    }
