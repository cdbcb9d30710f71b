"""What callers write in addresses and forms → values; None where it is no such thing. Pure."""

import math
import re
from datetime import UTC, datetime
from typing import Final

from tracker.store.queries import Bounds

_MOMENT: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d{1,9})?\s*(?P<zone>Z|[+\- ]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_DEGREES: Final = re.compile(r"\s*[+-]?\d{1,3}(?:\.\d{0,20})?\s*", re.ASCII)
_MAX_DEGREES_CHARACTERS: Final = 40
_POINT_NUMBERS: Final = 4
_MAX_DIGITS: Final = 18
"""Of a number that fits into 64 bits."""


def read_moment(written: str) -> datetime | None:
    """A date as clients write it: ``Z``, an offset (also with its ``+`` turned into a blank), fractions (cut), no zone (UTC)."""
    match = _MOMENT.fullmatch(written[:64])
    if not match:
        return None
    zone = (match["zone"] or "Z").upper().replace(" ", "+")
    try:
        return datetime.fromisoformat(f"{match['day']}T{match['time'] or '00:00:00'}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_bounds(written: str) -> Bounds | None:
    """``west,south,east,north`` in degrees, not turned around."""
    parts = written[:200].split(",")
    if len(parts) != _POINT_NUMBERS or not all(_DEGREES.fullmatch(part) for part in parts):
        return None
    west, south, east, north = (float(part) for part in parts)
    if not all(map(math.isfinite, (west, south, east, north))):
        return None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004 - degrees
        return None
    return Bounds(west, south, east, north)


def read_degrees(written: str, limit: float) -> float | None:
    """Degrees within ± ``limit``."""
    degrees = float(written) if len(written) <= _MAX_DEGREES_CHARACTERS and _DEGREES.fullmatch(written) else math.inf
    return degrees if abs(degrees) <= limit else None


def read_whole(written: str) -> int | None:
    """A whole number from 0, in ASCII digits."""
    if not (written.isascii() and written.isdigit() and len(written) <= _MAX_DIGITS):
        return None
    return int(written)
