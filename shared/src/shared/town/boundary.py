"""The town's boundary: GeoJSON (RFC 7946) in, "is this point inside?" out. By our own ray casting.

A point is inside where a ray from it crosses the boundary an odd number of times, holes included (the even-odd rule). Edges lie in
horizontal bands, so that only those at the point's own height are looked at, however finely the boundary is drawn.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NoReturn

from shared.contracts import Place
from shared.errors import ConfigurationError

BANDS: Final = 512
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
"""A county's boundary, drawn to the foot, has one."""
MIN_POSITIONS: Final = 4
"""Of a ring: a triangle, closed (RFC 7946, section 3.1.6)."""

Position = tuple[float, float]
"""Longitude and latitude, as GeoJSON has them; degrees in WGS 84."""
_Edge = tuple[float, float, float, float]


class Boundary:
    """One or several areas, with or without holes."""

    def __init__(self, rings: Iterable[Sequence[Position]], version: str) -> None:
        """Sorts the edges into bands.

        Args:
            rings: closed, of polygons that do not overlap.
            version: of the file, for decisions.
        """
        self.version = version
        """SHA-256 of the file, in hexadecimal."""
        edges = [(*one, *other) for ring in rings for one, other in pairwise(ring)]
        self._south = min(min(edge[1], edge[3]) for edge in edges)
        self._north = max(max(edge[1], edge[3]) for edge in edges)
        self._bands: list[list[_Edge]] = [[] for _ in range(BANDS)]
        for edge in edges:
            low, high = sorted((edge[1], edge[3]))
            for band in range(self._band(low), self._band(high) + 1):
                self._bands[band].append(edge)

    def _band(self, lat: float) -> int:
        share = (lat - self._south) / ((self._north - self._south) or 1.0)
        return min(BANDS - 1, max(0, int(share * BANDS)))

    def contains(self, lat: float, long: float) -> bool:
        """Whether the point (degrees) lies inside; what lies exactly on the line may be told either way."""
        if not self._south <= lat <= self._north:
            return False
        is_inside = False
        for west, south, east, north in self._bands[self._band(lat)]:
            if (south > lat) != (north > lat) and long < west + (lat - south) / (north - south) * (east - west):
                is_inside = not is_inside
        return is_inside


def is_outside(boundary: Boundary | None, place: Place | None) -> bool:
    """Whether the place's point lies outside. No boundary has no outside; a place in words lies nowhere that we know of."""
    point = place.point if place else None
    return boundary is not None and point is not None and not boundary.contains(*point)


def load_boundary(path: Path | None) -> Boundary | None:
    """The boundary from its file; None where none is set: then no place is outside.

    Raises:
        ConfigurationError: naming the file, where in it, and what is wrong there.
    """
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {type(error).__name__}") from None
    if len(data) > MAX_FILE_BYTES:
        raise ConfigurationError(f"{path.name} is larger than {MAX_FILE_BYTES} bytes: a boundary needs less")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{path.name} is not valid JSON") from None
    rings = list(_rings(content, path.name))
    if not rings:
        raise ConfigurationError(f"{path.name} holds no Polygon and no MultiPolygon")
    return Boundary(rings, hashlib.sha256(data).hexdigest())


def _rings(value: object, where: str) -> Iterator[list[Position]]:
    """Every ring of a GeoJSON object of any of the four kinds that have areas."""
    item = value if isinstance(value, Mapping) else _wrong(where, "must be a GeoJSON object")
    match item.get("type"):
        case "FeatureCollection":
            for number, feature in enumerate(_items(item.get("features"), f"{where}: features")):
                yield from _rings(feature, f"{where}: features[{number}]")
        case "Feature":
            yield from _rings(item.get("geometry"), f"{where}: geometry")
        case "Polygon":
            yield from _polygon(item.get("coordinates"), f"{where}: coordinates")
        case "MultiPolygon":
            for number, polygon in enumerate(_items(item.get("coordinates"), f"{where}: coordinates")):
                yield from _polygon(polygon, f"{where}: coordinates[{number}]")
        case _:
            _wrong(where, "must be a FeatureCollection, Feature, Polygon or MultiPolygon")


def _polygon(value: object, where: str) -> Iterator[list[Position]]:
    for number, positions in enumerate(_items(value, where)):
        at = f"{where}[{number}]"
        ring = [_position(position, f"{at}[{place}]") for place, position in enumerate(_items(positions, at))]
        if len(ring) < MIN_POSITIONS or ring[0] != ring[-1]:
            _wrong(at, "must be a ring: four positions or more, the last the same as the first")
        yield ring


def _position(value: object, where: str) -> Position:
    parts = _items(value, where)
    if len(parts) < 2 or not all(isinstance(part, int | float) and not isinstance(part, bool) for part in parts[:2]):  # noqa: PLR2004 - two coordinates
        _wrong(where, "must be a longitude and a latitude")
    long, lat = parts[:2]
    if not (-180 <= long <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - degrees; NaN is in no range
        _wrong(where, "must be a longitude from -180 to 180 and a latitude from -90 to 90, in this order (RFC 7946)")
    return float(long), float(lat)


def _items(value: object, where: str) -> list[Any]:
    return value if isinstance(value, list) and value else _wrong(where, "must be a list, and not an empty one")


def _wrong(where: str, what: str) -> NoReturn:
    raise ConfigurationError(f"{where} {what}")
