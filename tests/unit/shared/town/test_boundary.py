"""The town's boundary: what lies inside, and what a file must be."""

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import ConfigurationError
from shared.town.boundary import Boundary, load_boundary

SQUARE = [[-79.0, 35.0], [-78.0, 35.0], [-78.0, 36.0], [-79.0, 36.0], [-79.0, 35.0]]
HOLE = [[-78.6, 35.4], [-78.4, 35.4], [-78.4, 35.6], [-78.6, 35.6], [-78.6, 35.4]]
FAR = [[10.0, 10.0], [11.0, 10.0], [10.5, 11.0], [10.0, 10.0]]
LOCAL = Path(__file__).parents[4] / "deploy" / "local" / "town-boundary.geojson"
IN_THE_SQUARE, IN_THE_HOLE, IN_THE_TRIANGLE, OUTSIDE = (35.2, -78.9), (35.5, -78.5), (10.3, 10.5), (35.5, -77.5)


def loaded(folder: Path, content: object) -> Boundary:
    path = folder / "boundary.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    boundary = load_boundary(path)
    assert boundary is not None
    return boundary


POLYGON = {"type": "Polygon", "coordinates": [SQUARE, HOLE]}
MULTI = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [FAR]]}


@pytest.mark.parametrize(
    "content",
    [
        MULTI,
        {"type": "Feature", "properties": {"name": "x"}, "geometry": MULTI},
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "geometry": shape} for shape in (POLYGON, {"type": "Polygon", "coordinates": [FAR]})],
        },
    ],
    ids=["geometry", "feature", "collection"],
)
def test_every_kind_of_area_is_read(tmp_path: Path, content: object) -> None:
    """Several areas, one with a hole."""
    boundary = loaded(tmp_path, content)
    assert boundary.contains(*IN_THE_SQUARE)
    assert boundary.contains(*IN_THE_TRIANGLE)
    assert not boundary.contains(*IN_THE_HOLE)
    assert not boundary.contains(*OUTSIDE)


def test_without_a_file_there_is_no_boundary() -> None:
    """Then no place is outside."""
    assert load_boundary(None) is None


def test_the_boundary_of_make_run_has_the_town_hall_and_not_the_next_town() -> None:
    """Roughly Cary."""
    boundary = load_boundary(LOCAL)
    assert boundary is not None
    assert boundary.contains(35.7881, -78.7812)
    assert not boundary.contains(35.7796, -78.6382)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "boundary.geojson is not valid JSON"),
        ("[]", "boundary.geojson must be a GeoJSON object"),
        ({"type": "Point", "coordinates": [1, 2]}, "boundary.geojson must be a FeatureCollection, Feature, Polygon or MultiPolygon"),
        ({"type": "Feature", "geometry": None}, "boundary.geojson: geometry must be a GeoJSON object"),
        ({"type": "Polygon", "coordinates": []}, "boundary.geojson: coordinates must be a list, and not an empty one"),
        ({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, "boundary.geojson: coordinates[0] must be a ring"),
        (
            {"type": "Polygon", "coordinates": [[[35.0, -79.0], [36, -91], [36, -78], [35.0, -79.0]]]},
            "coordinates[0][1] must be a longitude",
        ),
        ({"type": "Polygon", "coordinates": [[[10**400, 1], [1, 2], [2, 2], [0, 0]]]}, "coordinates[0][0] must be a longitude"),
        ({"type": "Polygon", "coordinates": [[["a", 1], [1, 2], [2, 2], [0, 0]]]}, "coordinates[0][0] must be a longitude and a latitude"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1], [1, 2], [2, 2], [0, 0]]]}', "coordinates[0][0] must be a longitude"),
        ("[" * 100_000, "is not valid JSON"),
    ],
)
def test_a_wrong_file_stops_the_start_with_a_sentence(tmp_path: Path, content: object, sentence: str) -> None:
    """It names the file, where in it, and what is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, content)
    assert sentence in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """By its name, not its path."""
    with pytest.raises(ConfigurationError, match=r"^gone\.geojson cannot be read: FileNotFoundError$"):
        load_boundary(tmp_path / "gone.geojson")


DEGREES = st.floats(-60, 60)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5) | st.sampled_from(["Polygon", "Feature"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "coordinates", "geometry", "features"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(content=JSON)
def test_any_json_is_a_boundary_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: object) -> None:
    """Never a stack trace."""
    try:
        loaded(tmp_path_factory.mktemp("any"), content)
    except ConfigurationError as error:
        assert "boundary.geojson" in str(error)  # noqa: PT017 - either way is right


@given(st.integers(3, 40), st.floats(0.1, 50), DEGREES, DEGREES, st.booleans())
def test_a_convex_polygon_contains_what_lies_left_of_all_its_edges(
    corners: int,
    radius: float,
    lat: float,
    long: float,
    is_reversed: bool,  # noqa: FBT001 - drawn
) -> None:
    """Told by cross products, which count no crossings; and the direction of a ring does not matter."""
    turns = [2 * math.pi * corner / corners for corner in range(corners)]
    ring = [(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]
    ring.append(ring[0])
    sides = [(b[0] - a[0]) * (lat - a[1]) - (b[1] - a[1]) * (long - a[0]) for a, b in pairwise(ring)]
    assume(min(map(abs, sides)) > 1e-6)
    boundary = Boundary([ring[::-1] if is_reversed else ring], "v")
    assert boundary.contains(lat, long) is all(side > 0 for side in sides)


@given(st.lists(st.tuples(DEGREES, DEGREES), min_size=3, max_size=60), DEGREES, DEGREES)
def test_bands_change_nothing(corners: list[tuple[float, float]], lat: float, long: float) -> None:
    """Any polygon, however it crosses itself, is told as by looking at every edge."""
    ring = [*corners, corners[0]]
    crossings = 0
    for (west, south), (east, north) in pairwise(ring):
        if (south > lat) != (north > lat):
            crossings += long < west + (lat - south) / (north - south) * (east - west)
    assert Boundary([ring], "v").contains(lat, long) is (crossings % 2 == 1)
