"""Derived identifiers: golden vectors, because a change would double every request that is sent again."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import Channel
from shared.identity import NAMESPACE, announcement_id, caller_event_id, content_digest, derived_event_id, submission_id


def test_golden_vectors() -> None:
    """These ids are stored in Kafka and MongoDB. If this fails, the code is wrong, not the test."""
    submission = submission_id(Channel.WEB, "form-key:abc")
    assert submission == UUID("7c9a7b01-e7a8-5eb8-8602-27ad5e0895ae")
    assert derived_event_id(submission, "ServiceRequestCreated") == UUID("4fd9934f-fe17-5bd8-b645-5641ff064d6f")
    assert caller_event_id("7KQ4M2XD9RTB", "desk-1", "CommentAdded", "key-1") == UUID("c63006d1-2051-5369-88b4-eaee6361dd7e")
    assert caller_event_id("7KQ4M2XD9RTB", "desk-1", "CommentAdded", "key-1", 1) == UUID("4b611937-5567-5649-8b9d-7c0bdb56c45a")
    assert announcement_id(submission) == UUID("465a2a9e-4a7d-5bb7-9918-aaf8bb7a0750")
    assert content_digest(b"a", b"bc") == "3fafa1cf2f19a7c1129beb20cf0983f73a489a221fc0dd2f16d1be292d089205"


@given(st.sampled_from(Channel), st.text())
def test_the_same_message_has_the_same_id(channel: Channel, native_id: str) -> None:
    """A submission's id is the standard's uuid5 of channel and native id."""
    assert submission_id(channel, native_id) == uuid5(NAMESPACE, f"{channel.value}:{native_id}")


@given(st.text(alphabet=st.characters()))
def test_any_native_id_has_an_id(native_id: str) -> None:
    """A message id that somebody filled with broken characters still gets an id, and another than its repaired form."""
    repaired = native_id.encode("utf-8", "replace").decode()
    assert (submission_id(Channel.EMAIL, native_id) == submission_id(Channel.EMAIL, repaired)) == (native_id == repaired)


def test_channels_do_not_meet() -> None:
    """The same native id on two channels is two submissions."""
    assert len({submission_id(channel, "1") for channel in Channel}) == len(Channel)


@given(st.lists(st.binary(max_size=5), max_size=5), st.lists(st.binary(max_size=5), max_size=5))
def test_a_digest_knows_where_its_parts_end(left: list[bytes], right: list[bytes]) -> None:
    """The same bytes cut in another way are other content."""
    assert (content_digest(*left) == content_digest(*right)) == (left == right)


@given(st.text(), st.text(), st.integers(0, 9), st.integers(0, 9))
def test_a_callers_keys_do_not_meet(key: str, other: str, ordinal: int, other_ordinal: int) -> None:
    """Whatever a caller puts into an Idempotency-Key, another key or ordinal is another event."""
    same = caller_event_id("7KQ4M2XD9RTB", "desk", "CommentAdded", key, ordinal) == caller_event_id(
        "7KQ4M2XD9RTB", "desk", "CommentAdded", other, other_ordinal
    )
    assert same == ((key, ordinal) == (other, other_ordinal))
