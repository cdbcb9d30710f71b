"""ETags, conditions and keys of changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.api.conditions import etag, expected_versions, idempotency_key, is_unchanged
from tracker.api.problems import Problem, ProblemKind

VERSIONS = st.integers(1, 999_999_999)


@given(VERSIONS, VERSIONS, st.booleans())
def test_our_own_tag_allows_exactly_its_version(version: int, revision: int, is_staff: bool) -> None:  # noqa: FBT001 - hypothesis fills it
    """What an answer said in ``ETag`` can be sent back as it is."""
    expected = expected_versions(etag(version, revision, is_staff=is_staff))
    assert expected.allows(version)
    assert not expected.allows(version + 1)


@pytest.mark.parametrize("written", ['"3-7"', 'W/"3-7"', "3", '"3"', '"3-9-s"', '"1-1", "3-7"'])
def test_spellings_of_a_version(written: str) -> None:
    """A tag, a weak one, the bare version, a list."""
    assert expected_versions(written).allows(3)
    assert not expected_versions(written).allows(4)


def test_a_star_allows_any_version() -> None:
    """Whoever sends it says so."""
    assert expected_versions("*").allows(99)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (None, ProblemKind.IF_MATCH),
        ("  ", ProblemKind.IF_MATCH),
        ('"abc"', ProblemKind.MALFORMED),
        ('"3-7", x', ProblemKind.MALFORMED),
        ("9" * 600, ProblemKind.MALFORMED),
    ],
)
def test_what_is_no_condition(written: str | None, kind: ProblemKind) -> None:
    """Missing is 428, unreadable 400."""
    with pytest.raises(Problem) as refused:
        expected_versions(written)
    assert refused.value.kind is kind.value


@pytest.mark.parametrize(
    ("if_none_match", "unchanged"),
    [(None, False), ("", False), ('"1-1"', True), ('W/"1-1"', True), ('"0-0", "1-1"', True), ("*", True), ('"1-2"', False)],
)
def test_what_the_reader_has(if_none_match: str | None, *, unchanged: bool) -> None:
    """Weak comparison (RFC 9110, 13.1.2)."""
    assert is_unchanged(if_none_match, '"1-1"') is unchanged


@pytest.mark.parametrize("key", ["a", "x" * 255, "with blanks inside", "!~"])
def test_keys(key: str) -> None:
    """1 to 255 printable ASCII characters, as they are."""
    assert idempotency_key(key) == key
    assert idempotency_key(None) is None


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "caf\u00e9", "a\tb", "a\x7f"])
def test_what_is_no_key(key: str) -> None:
    """400."""
    with pytest.raises(Problem) as refused:
        idempotency_key(key)
    assert refused.value.kind is ProblemKind.MALFORMED.value
