"""Possible duplicates, as far as no store is needed: what is asked, how far apart, which addresses are one."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import Place, Status
from support.logs import Log, creation, number_of
from tracker.duplicates import Alike, Point, Sought, duplicate_view, found_in, metres_between, questions, sought_for
from tracker.store.queries import EARTH_METRES, Circle, Period
from tracker.terms import MAX_ADDRESS_KEY_CHARACTERS, address_keys

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
ALIKE = Alike(metres=50.0, days=30, items=5)
POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
SAME = [
    ("300 N Academy St", "300 n. academy st."),
    ("300 N Academy St", "  300\tN  ACADEMY,  ST "),
    ("Parque del Niño", "parque del nino"),
    ("Creek behind the 3rd court", "creek, behind the 3rd court!"),
]
OTHERS = [("300 N Academy St", "301 N Academy St"), ("1 Elm St", "11 Elm St"), ("Elm St 1", "1 Elm St")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_address_in_two_writings(one: str, other: str) -> None:
    """Case, accents, punctuation and blanks say nothing of the place."""
    assert address_keys(one) == address_keys(other) != ()


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_two_addresses(one: str, other: str) -> None:
    """Another number, another house."""
    assert address_keys(one) != address_keys(other)


@given(st.text(max_size=2_000))
def test_any_words_have_one_key_or_none(words: str) -> None:
    """Never an error, never an empty key or a long one; twice the same words are one."""
    keys = address_keys(words, None, words)
    assert len(keys) <= 1
    assert all(0 < len(key) <= MAX_ADDRESS_KEY_CHARACTERS and key == key.strip() for key in keys)


@given(POINTS, POINTS)
def test_the_way_there_is_as_long_as_the_way_back(one: Point, other: Point) -> None:
    """Whatever two points: no distance is negative, or longer than half around the earth."""
    assert metres_between(one, one) == 0
    assert metres_between(one, other) == pytest.approx(metres_between(other, one))
    assert 0 <= metres_between(one, other) <= math.pi * EARTH_METRES + 1


def test_known_distances() -> None:
    """A thousandth of a degree to the north is a hundred and eleven metres, to the east, in Cary, ninety."""
    assert metres_between((35.79, -78.78), (35.791, -78.78)) == pytest.approx(111.3, abs=0.1)
    assert metres_between((35.79, -78.78), (35.79, -78.779)) == pytest.approx(90.3, abs=0.1)
    assert metres_between((0.0, 179.9999), (0.0, -179.9999)) == pytest.approx(22.3, abs=0.1)  # across the date line


def test_a_question_for_each_way_to_be_the_same_place() -> None:
    """Near, at the address, both, neither; all of the same service, open, within days, and public unless staff ask."""
    sought = Sought(service_code="ST-POTHOLE", point=(35.79, -78.78), address_keys=("a",), received_at=NOW)
    near, same = questions(sought, ALIKE)
    assert (near.near, near.address_keys) == (Circle(35.79, -78.78, 50.0), ())
    assert (same.near, same.address_keys) == (None, ("a",))
    for query in (near, same):
        assert query.service_codes == ("ST-POTHOLE",)
        assert query.statuses == (Status.OPEN,)
        assert query.requested == Period(NOW - timedelta(days=30), NOW + timedelta(days=30))
        assert not query.includes_private
        assert query.limit == 5
    assert questions(Sought(service_code="ST-POTHOLE", received_at=NOW), ALIKE) == ()


async def test_the_answers_are_one_short_list() -> None:
    """Each request once, the request itself not at all, newest first, no more than asked for."""
    log = Log()
    await log.add(*(creation(name, received_at=NOW - timedelta(hours=place)) for place, name in enumerate("abcd")))
    a, b, c, d = (log.store.state(number_of(name)) for name in "abcd")
    sought = sought_for(a)
    found = found_in([[c, b, a], [d, b]], sought, Alike(metres=50.0, days=30, items=2))
    assert [state.service_request_id for state in found] == [number_of("b"), number_of("c")]
    assert found_in([], sought, ALIKE) == []


async def test_what_has_no_point_has_no_distance() -> None:
    """Nothing is null: what is unknown is absent; a clock that runs behind gives no negative age."""
    log = Log()
    await log.add(creation("a", place=Place(address="Bond Park")), creation("b", place=Place(lat=35.79, long=-78.78), received_at=NOW))
    a, b = (log.store.state(number_of(name)) for name in "ab")
    assert "distance_metres" not in duplicate_view(a, sought_for(b), now=NOW)
    assert "distance_metres" not in duplicate_view(b, sought_for(a), now=NOW)
    view = duplicate_view(b, sought_for(b), now=NOW - timedelta(hours=1))
    assert (view["distance_metres"], view["age_days"]) == (0, 0)
