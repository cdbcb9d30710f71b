"""X's ids: they grow with time, so that one says when its post was written and ``since_id`` is a point in time.

Source: the "snowflake" scheme that Twitter published: milliseconds since its epoch in the upper bits, worker and sequence in the
lower 22.
"""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
LOWER_BITS = 22
MILLISECOND = timedelta(milliseconds=1)


def first_id_at(moment: datetime) -> int:
    """The smallest id of this millisecond."""
    return (moment - EPOCH) // MILLISECOND << LOWER_BITS


def written_at(post_id: int) -> datetime:
    """When the post of this id was written, to the millisecond."""
    return EPOCH + (post_id >> LOWER_BITS) * MILLISECOND


def next_id(moment: datetime, last: int) -> int:
    """The id of a post of now: greater than the last one, even when the clock has gone back."""
    return max(first_id_at(moment), last + 1)
