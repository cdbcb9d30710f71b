"""Cursors: what we write we read, and nothing that we did not write raises."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from support.examples import NUMBER, OTHER_NUMBER
from tracker.cursors import Cursor, Sort, read_cursor, write_cursor

LATEST = 253_370_764_800_000
"""Milliseconds up to the year 9999."""
MOMENTS = st.integers(0, LATEST).map(lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds))
CURSORS = st.builds(Cursor, st.sampled_from(Sort), MOMENTS, st.sampled_from((NUMBER, OTHER_NUMBER)))


@given(CURSORS)
def test_a_cursor_comes_back(cursor: Cursor) -> None:
    """To the millisecond, which is all that the store keeps, and in letters that an address may hold."""
    word = write_cursor(cursor)
    assert read_cursor(word) == cursor
    assert word.replace("-", "").replace("_", "").rstrip("=").isalnum()


@given(st.text(max_size=100))
def test_any_text_is_a_cursor_of_ours_or_none(text: str) -> None:
    """Made-up words are refused, and what is accepted is exactly what we would write."""
    found = read_cursor(text)
    assert found is None or write_cursor(found) == text


@given(CURSORS, st.integers(0, 27), st.characters(codec="ascii"))
def test_a_changed_cursor_grants_nothing(cursor: Cursor, place: int, symbol: str) -> None:
    """It is refused, or names another place in the same list."""
    word = write_cursor(cursor)
    changed = word[:place] + symbol + word[place + 1 :]
    found = read_cursor(changed)
    assert found is None or isinstance(found.moment, datetime)


def test_only_one_order_has_emergencies_in_front() -> None:
    """A cursor of another order that says it lies among them is made up."""
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    assert read_cursor(write_cursor(Cursor(Sort.OLDEST_UPDATED, moment, NUMBER, is_among_emergencies=True))) is None
    among = Cursor(Sort.EMERGENCIES_FIRST, moment, NUMBER, is_among_emergencies=True)
    assert read_cursor(write_cursor(among)) == among
