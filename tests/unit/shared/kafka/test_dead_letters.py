"""A dead letter says why without saying what: headers hold classes, paths and positions."""

from hypothesis import given
from hypothesis import strategies as st

from shared.errors import PoisonError
from shared.kafka.broker.dead_letters import dead_letter
from shared.kafka.records import Record
from shared.kafka.topics import DEAD_LETTER_MAX_BYTES

bodies = st.none() | st.binary(max_size=200)
headers = st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=50)), max_size=5).map(tuple)


@given(bodies, bodies, headers, st.integers(0, 47), st.integers(0, 2**40))
def test_a_record_goes_along_unchanged(
    key: bytes | None, value: bytes | None, given_headers: tuple[tuple[str, bytes], ...], partition: int, offset: int
) -> None:
    """Key, value, headers and partition are the original's; what a null was shows in the headers."""
    letter = dead_letter(
        Record("work", partition, offset, key, value, 7, given_headers), PoisonError("invalid_message"), "group", attempts=2
    )
    told = dict(letter.headers[len(given_headers) :])
    assert (letter.key, letter.value, letter.partition) == (key or b"", value or b"", partition)
    assert letter.headers[: len(given_headers)] == given_headers
    assert (told["dead-letter-had-key"], told["dead-letter-had-value"]) == (
        str(key is not None).lower().encode(),
        str(value is not None).lower().encode(),
    )
    assert (told["dead-letter-offset"], told["dead-letter-attempts"]) == (str(offset).encode(), b"2")
    assert letter.topic == "work.group.dlt"


def test_a_bug_names_its_class_and_never_its_message() -> None:
    """The message of an unforeseen exception may quote what a resident wrote."""
    letter = dead_letter(Record("work", 0, 0, b"k", b"v", 0), ValueError("ada@example.org"), "group", attempts=1)
    assert b"ada@example.org" not in b"".join(content for _, content in letter.headers)
    assert dict(letter.headers)["dead-letter-detail"] == b"ValueError"


@given(st.sampled_from(["key", "value", "header"]))
def test_what_no_topic_takes_is_put_aside_by_reference(large: str) -> None:
    """Whichever part makes it too large; the reference itself is small."""
    huge = b"x" * (DEAD_LETTER_MAX_BYTES + 1)
    record = Record(
        "work", 4, 9, huge if large == "key" else b"k", huge if large == "value" else b"v", 0, (("h", huge if large == "header" else b""),)
    )
    letter = dead_letter(record, PoisonError("not_a_message"), "group", attempts=1)
    assert len(letter.key) + len(letter.value) + sum(len(content) for _, content in letter.headers) < 2_000
    assert dict(letter.headers)["dead-letter-by-reference"] == b"true"
    assert letter.partition == 4
