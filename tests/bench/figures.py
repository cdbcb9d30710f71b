"""Figures, ratios and verdicts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import fmean, median
from typing import Final

MICROSECONDS: Final = 1_000_000


class InvalidMeasurementError(Exception):
    """A record was lost, an answer was wrong, a process failed: what was measured means nothing. The text says what it was."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One run of one variant."""

    items: int
    cpu_seconds: float
    """Of the process under test and its children alone."""
    wall_seconds: float
    more: Mapping[str, float] = field(default_factory=dict)
    """What else was seen, by name: latencies, the CPU of worker processes."""

    @property
    def cpu_us(self) -> float:
        """CPU microseconds per item."""
        return self.cpu_seconds / self.items * MICROSECONDS

    @property
    def wall_us(self) -> float:
        """Wall microseconds per item."""
        return self.wall_seconds / self.items * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A run of a variant, and the runs of the base right before and right after it."""

    before: Figure
    variant: Figure
    after: Figure

    @property
    def base_us(self) -> float:
        """CPU per item of the base, the mean of both."""
        return fmean((self.before.cpu_us, self.after.cpu_us))

    @property
    def base_wall_us(self) -> float:
        """Likewise, wall time."""
        return fmean((self.before.wall_us, self.after.wall_us))

    @property
    def share(self) -> float:
        """How much of the variant's cost the bare work would have been: 1 where it costs the same, less where it costs more."""
        return self.base_us / self.variant.cpu_us

    @property
    def times(self) -> float:
        """How many times the base's cost the variant's is."""
        return self.variant.cpu_us / self.base_us


class Verdict(Enum):
    """What a target says of a ratio."""

    MET = "met"
    MISSED = "missed"
    NO_TARGET = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio should be."""

    limit: float
    is_ceiling: bool = False
    """At most the limit; else at least."""

    def verdict(self, ratio: float) -> Verdict:
        """Of the median."""
        return Verdict.MET if (ratio <= self.limit if self.is_ceiling else ratio >= self.limit) else Verdict.MISSED

    def __str__(self) -> str:
        return f"{'≤' if self.is_ceiling else '≥'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: work of ours against the same work done bare."""

    name: str
    base: str
    ratios: Sequence[float]
    """One of each round."""
    ours: str
    """What one item costs, in words with units."""
    bare: str
    """Likewise of the base."""
    target: Target | None = None

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return median(self.ratios)

    @property
    def verdict(self) -> Verdict:
        """Whether the target is met."""
        return self.target.verdict(self.ratio) if self.target else Verdict.NO_TARGET


def goal_row(name: str, found: Sequence[float], unit: str, goal: Target) -> Row:
    """A line about a figure that has a goal of its own: the ratio is to the goal, and drifts with the machine."""
    kind = "at most" if goal.is_ceiling else "at least"
    ratios = [one / goal.limit for one in found]
    return Row(name, kind, ratios, f"{median(found):.0f} {unit}", f"{goal.limit:.0f} {unit}", Target(1, goal.is_ceiling))


def cpu_row(name: str, base: str, runs: Sequence[Neighbours], target: Target | None = None, *, as_times: bool = False) -> Row:
    """A line about CPU per item; wall time stands beside it. ``as_times``: how many times the base's cost, instead of its share."""
    ours = _cost(median(run.variant.cpu_us for run in runs), median(run.variant.wall_us for run in runs))
    bare = _cost(median(run.base_us for run in runs), median(run.base_wall_us for run in runs))
    return Row(name, base, [run.times if as_times else run.share for run in runs], ours, bare, target)


def _cost(cpu_us: float, wall_us: float) -> str:
    return f"{cpu_us:.0f} µs CPU, {wall_us:.0f} wall" if cpu_us >= 10 else f"{cpu_us:.1f} µs CPU, {wall_us:.1f} wall"
