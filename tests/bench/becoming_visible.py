"""From "accepted" until anybody can look it up, one report at a time, against the sum of the bare hops on the same engines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean, median
from typing import Any

from bench.figures import InvalidMeasurementError, Row, Target
from bench.place import Place
from bench.processes import run_module
from shared.kafka.broker import ensure_topics
from shared.kafka.topics import REQUEST_UPDATED, SUBMISSION_RECEIVED, TopicSpec
from support.servers import unique

REPORTS = 60
SERVICES = ("intake-web", "normalizer", "tracker-project", "tracker-serve")
HOPS = ("first_road_ms", "second_road_ms", "store_ms", "look_up_ms")
GOAL = Target(1.25, is_ceiling=True)
TAIL_GOAL = Target(5, is_ceiling=True)


async def becoming_visible(place: Place) -> list[Row]:
    """Two lines."""
    topic = unique("hops")
    await ensure_topics(place.kafka, (TopicSpec(topic, timedelta(days=1)),))
    ports = place.stack.given.ports
    spec = {"items": min(place.plan.count(REPORTS), REPORTS), "topic": topic, "portal_port": ports.portal, "tracker_port": ports.tracker}
    before = await place.count(SUBMISSION_RECEIVED.name), await place.count(REQUEST_UPDATED.name)
    await place.start(*SERVICES)
    try:
        rounds = await _rounds(place, spec)
    finally:
        await place.stop(*SERVICES)
    accepted, announced = await place.count(SUBMISSION_RECEIVED.name) - before[0], await place.count(REQUEST_UPDATED.name) - before[1]
    if accepted != announced:
        raise InvalidMeasurementError(f"{accepted} reports were accepted, {announced} announced")
    return _rows(rounds)


@dataclass(frozen=True, slots=True)
class Round:
    """The whole way, and the hops right before and right after it; milliseconds."""

    p50_ms: float
    p99_ms: float
    hops_ms: tuple[float, ...]

    @property
    def sum_ms(self) -> float:
        """Of the hops' medians."""
        return sum(self.hops_ms)


async def _rounds(place: Place, spec: Mapping[str, Any]) -> list[Round]:
    first = await run_module("bench.latency", {**spec, "what": "whole", "items": 1}, place.environment)

    async def hops() -> list[float]:
        found = await run_module("bench.latency", {**spec, "what": "hops", "number": first["number"]}, place.environment)
        return [found[name] for name in HOPS]

    rounds, before, count = [], await hops(), max(place.plan.rounds, 1)
    for number in range(count):
        whole = await run_module("bench.latency", {**spec, "what": "whole"}, place.environment)
        after = await hops() if place.plan.rounds else before
        one = Round(whole["p50_ms"], whole["p99_ms"], tuple(map(fmean, zip(before, after, strict=True))))
        rounds.append(one)
        place.say(f"round {number + 1}/{count}  visible after {one.p50_ms:.1f} ms, hops {_written(one.hops_ms)} ms")
        before = after
    return rounds


def _rows(rounds: list[Round]) -> list[Row]:
    p50, p99 = median(one.p50_ms for one in rounds), median(one.p99_ms for one in rounds)
    hops = [median(values) for values in zip(*(one.hops_ms for one in rounds), strict=True)]
    return [
        Row(
            "accepted until visible, p50, low load",
            "sum of the bare hops",
            [one.p50_ms / one.sum_ms for one in rounds],
            f"{p50:.1f} ms",
            f"{_written(hops)} ms",
            GOAL,
        ),
        Row("the same, p99", "its p50", [one.p99_ms / one.p50_ms for one in rounds], f"{p99:.1f} ms", f"{p50:.1f} ms", TAIL_GOAL),
    ]


def _written(hops: Iterable[float]) -> str:
    return " + ".join(f"{hop:.1f}" for hop in hops)
