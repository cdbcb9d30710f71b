"""What ``make replay`` makes of a file's lines, and how it counts. Pure."""

import json
import math
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NAMESPACE = uuid.UUID("5f0c54ce-2f0a-5a6e-9f5e-1d4b6c1f3a57")
PASSED_ON = ("service_code", "lat", "long", "email", "phone", "first_name", "last_name", "language", "attributes")


@dataclass(frozen=True, slots=True)
class Row:
    """A report to post."""

    line: int
    key: str
    """``Idempotency-Key``: the same row of the same file under the same salt is the same report, however often it is sent."""
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is no report."""

    line: int
    why: str


def read_rows(lines: Iterable[str], salt: str) -> Iterator[Row | BadRow]:
    """One JSON object a line, with ``text``; ``place`` or ``address``, ``lat``, ``long``, ``service_code``, ``id`` … may be there."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(number, line, salt)


def _row(number: int, line: str, salt: str) -> Row | BadRow:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return BadRow(number, "is not JSON")
    if not isinstance(content, dict):
        return BadRow(number, "is not a JSON object")
    text = content.get("text")
    if not isinstance(text, str) or not text.strip():
        return BadRow(number, "has no text")
    place = content.get("place") or content.get("address")
    body = {name: content[name] for name in PASSED_ON if content.get(name) is not None}
    body |= {"description": text} | ({"address": str(place)} if place else {})
    identity = str(content.get("id") or number)
    digest = json.dumps([salt, identity, body], sort_keys=True)
    return Row(number, str(uuid.uuid5(NAMESPACE, digest)), body)


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


@dataclass
class Tally:
    """What became of the rows."""

    rows: int = 0
    bad: list[BadRow] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Line and reason: an answer that no repetition would change."""
    failed: list[tuple[int, str]] = field(default_factory=list)
    """Line and reason: no answer after every attempt."""
    spooled: int = 0
    """Of the accepted, those that waited in the spool."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Tracking number by key of each accepted row."""
    renumbered: int = 0
    """Rows that got two numbers: doubles."""
    accepted_after: list[float] = field(default_factory=list)
    """Seconds from each accepted post to its answer."""
    visible_after: dict[str, float] = field(default_factory=dict)
    """Seconds from the answer to the number's appearance at the tracker."""
    gaps: list[float] = field(default_factory=list)
    """Seconds between two looks for them: how exact that is."""

    def accept(self, key: str, number: str, seconds: float, *, is_spooled: bool) -> None:
        """A row was answered with a number, after so many seconds."""
        self.accepted_after.append(seconds)
        if self.numbers.setdefault(key, number) != number:
            self.renumbered += 1
        self.spooled += is_spooled

    @property
    def accepted(self) -> int:
        """Rows that the intake promised to keep."""
        return len(self.numbers)

    @property
    def shared_numbers(self) -> int:
        """Accepted rows that share another one's number."""
        return self.accepted - len(set(self.numbers.values()))

    @property
    def stored(self) -> int:
        """Accepted rows whose number the tracker knows."""
        return sum(number in self.visible_after for number in self.numbers.values())

    @property
    def lost(self) -> int:
        """Accepted and not stored."""
        return self.accepted - self.stored

    def doubled(self, before: set[str], after: set[str]) -> int:
        """Requests too many: what the store gained beyond the accepted numbers, and rows that got two numbers."""
        return len(after - before - set(self.numbers.values())) + self.renumbered
