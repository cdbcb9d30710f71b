"""Cursors: where a reader of a list left off, as an opaque word that can be kept for ever. Pure.

A cursor names the last item it has seen by its place in the order (a moment and a number), so pages neither repeat nor skip
when requests arrive between two calls. It grants nothing, so it is validated, not signed: whoever makes one up reads the same
list from another place.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.tracking_number import LENGTH, InvalidNumber, parse_tracking_number

_LAYOUT: Final = struct.Struct(f">Bq{LENGTH}s")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_MAX_CHARACTERS: Final = 64


class Sort(StrEnum):
    """Orders that a list can have; ``-`` is newest first."""

    NEWEST_REQUESTED = "-requested_datetime"
    OLDEST_REQUESTED = "requested_datetime"
    NEWEST_UPDATED = "-updated_datetime"
    OLDEST_UPDATED = "updated_datetime"
    EMERGENCIES_FIRST = "emergencies"
    """Open emergencies, then all else, each newest first."""

    @property
    def field(self) -> str:
        """The field ordered by; equal moments are ordered by number."""
        return "requested_datetime" if self is Sort.EMERGENCIES_FIRST else self.value.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Newest first."""
        return self is Sort.EMERGENCIES_FIRST or self.value.startswith("-")


_SORTS: Final = tuple(Sort)
_AMONG_EMERGENCIES: Final = 0x80
"""Set in the order's byte where the last item seen was one of the emergencies that come first."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the last item seen."""

    sort: Sort
    moment: datetime
    service_request_id: str
    is_among_emergencies: bool = False
    """Of ``EMERGENCIES_FIRST``: the others are still to come."""


def write_cursor(cursor: Cursor) -> str:
    """The cursor as a word for a URL."""
    milliseconds = (cursor.moment - _EPOCH) // timedelta(milliseconds=1)
    order = _SORTS.index(cursor.sort) | (_AMONG_EMERGENCIES if cursor.is_among_emergencies else 0)
    packed = _LAYOUT.pack(order, milliseconds, cursor.service_request_id.encode("ascii"))
    return base64.urlsafe_b64encode(packed).decode("ascii")


def read_cursor(word: str) -> Cursor | None:
    """The cursor in a word; None where it is not one that we could have written."""
    if len(word) > _MAX_CHARACTERS:
        return None
    try:
        order, milliseconds, number = _LAYOUT.unpack(base64.b64decode(word.encode("ascii"), altchars=b"-_", validate=True))
        written = number.decode("ascii")
    except (binascii.Error, struct.error, UnicodeError):
        return None
    ordinal, is_among_emergencies = order & ~_AMONG_EMERGENCIES, bool(order & _AMONG_EMERGENCIES)
    if ordinal >= len(_SORTS) or not 0 <= milliseconds <= _LATEST:
        return None
    if is_among_emergencies and _SORTS[ordinal] is not Sort.EMERGENCIES_FIRST:
        return None
    parsed = parse_tracking_number(written)
    if isinstance(parsed, InvalidNumber) or parsed != written:
        return None
    return Cursor(_SORTS[ordinal], _EPOCH + timedelta(milliseconds=milliseconds), written, is_among_emergencies)
