"""The stand-in's ids grow with time, as X's do."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from local_stack.x.snowflake import first_id_at, next_id, written_at

MOMENTS = st.datetimes(min_value=datetime(2011, 1, 1), max_value=datetime(2070, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def test_a_published_id_tells_its_time() -> None:
    """An id of a real post, whose time is known: the epoch is right to the millisecond."""
    assert written_at(1541815603606036480) == datetime(2022, 6, 28, 16, 7, 40, 105000, tzinfo=UTC)


@given(MOMENTS)
def test_an_id_tells_when_its_post_was_written(moment: datetime) -> None:
    """To the millisecond."""
    assert timedelta() <= moment - written_at(first_id_at(moment)) < timedelta(milliseconds=1)


@given(st.lists(MOMENTS, min_size=2))
def test_ids_grow_whatever_the_clock_does(moments: list[datetime]) -> None:
    """Many posts in a millisecond, and a clock set back, still give ids in the order of writing."""
    ids = [0]
    for moment in moments:
        ids.append(next_id(moment, ids[-1]))
    assert ids == sorted(set(ids))
