"""The shape of a record, for an operator: enough to see what is wrong, and nothing that a resident wrote."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.topics import REQUEST_EVENTS, SUBMISSION_RECEIVED, TOPICS
from shared.outline import MAX_LINES, outline
from support.examples import FULL_MESSAGES

SECRETS = st.text(alphabet="\u0394\u03a8\u03a9", min_size=3, max_size=8)
"""In no name of ours."""
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | SECRETS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(SECRETS | st.sampled_from(["kind", "channel", "report"]), inner, max_size=4)
    ),
)


def test_a_message_is_told_by_its_fields_and_no_text_is() -> None:
    """Kinds and ids stand there, of a text only its length."""
    lines = outline(FULL_MESSAGES["SubmissionReceived"].encode(), SUBMISSION_RECEIVED.name)
    assert "kind: SubmissionReceived" in lines
    assert "channel: email" in lines or "channel: web" in lines
    assert any(line.startswith("text: text of ") for line in lines)
    told = "\n".join(lines)
    for personal in ("Ada", "example.org", "919-555", "pothole", "Academy", "acc-7"):
        assert personal not in told


@given(JSON)
def test_nothing_unknown_is_told(content: Any) -> None:  # noqa: ANN401 - JSON
    """Neither a value nor a name that the contract does not have."""
    told = "\n".join(outline(json.dumps(content, ensure_ascii=False).encode(), REQUEST_EVENTS.name))
    assert not set(told) & set("\u0394\u03a8\u03a9")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "no value"),
        (b"", "empty"),
        (b"call me at 919-555-0123", "no JSON: 23 bytes"),
        (b"\xff\xfe", "no JSON: 2 bytes"),
        (b"[" * 100_000, "no JSON: 100000 bytes"),
        (b'{"kind": "JohnSmith"}', "kind: text of 9 characters"),
        (b'{"John Smith": 1}', "the message: 1 unknown fields"),
        (b'{"service_request_id": "919-555-0123"}', "service_request_id: text of 12 characters"),
        (b'{"schema_version": 9195550123}', "schema_version: number"),
        (b'"John"', "the message: text of 4 characters"),
    ],
)
def test_what_is_no_message_is_told_as_such(value: bytes | None, expected: str) -> None:
    """Hostile or broken, it tells no more than its size and shape."""
    assert outline(value, REQUEST_EVENTS.name) == [expected]


def test_a_huge_message_is_cut() -> None:
    """A screen, not a flood."""
    value = json.dumps({"history": 1, "attachments": [{"size_bytes": 1}] * 100_000}).encode()
    assert len(outline(value, REQUEST_EVENTS.name)) == MAX_LINES + 1


@given(st.binary(max_size=200), st.sampled_from([topic.name for topic in TOPICS]) | st.just("unknown"))
def test_it_never_raises(value: bytes, topic: str) -> None:
    """Whatever lies there."""
    assert outline(value, topic)
