"""How good a classifier is on labelled texts, with intervals. Pure: the same answers always give the same figures."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Final, NamedTuple, TypeVar

from shared.town.catalogue import GENERAL_CODE

PRECISION: Final = 0.95
"""What a decision without an advocate should reach."""
BINS: Final = 10
"""Of the calibration error: equal steps of confidence."""
RESAMPLES: Final = 1_000
SEED: Final = 311
INTERVAL: Final = (0.025, 0.975)
TOP: Final = 3
Item = TypeVar("Item")


class Answer(NamedTuple):
    """What was said of one labelled text."""

    accept: tuple[str, ...]
    """The right codes; the first is what it is counted under."""
    candidates: tuple[str, ...]
    """The codes that were thought of, the best first."""
    confidence: float
    """Of the first."""
    is_decided: bool
    """Whether the service would have decided so without an advocate."""

    @property
    def is_right(self) -> bool:
        """The first candidate is among the right ones."""
        return self.candidates[:1] != () and self.candidates[0] in self.accept


class Measured(NamedTuple):
    """A figure and its 95 % interval, by resampling the texts."""

    value: float
    low: float
    high: float


def top_1(answers: Sequence[Answer]) -> float:
    """The share whose first candidate is right."""
    return _share([answer.is_right for answer in answers])


def top_3(answers: Sequence[Answer]) -> float:
    """The share with a right one among the first three."""
    return _share([not set(answer.accept).isdisjoint(answer.candidates[:TOP]) for answer in answers])


def macro(answers: Sequence[Answer]) -> float:
    """The mean of the services' shares: a rare one counts as much as a frequent one."""
    by_service = defaultdict(list)
    for answer in answers:
        by_service[answer.accept[0]].append(answer.is_right)
    return fmean(_share(rights) for rights in by_service.values()) if by_service else 0.0


def calibration_error(answers: Sequence[Answer]) -> float:
    """The expected calibration error: how far confidence and the share of right ones lie apart, over equal steps of confidence."""
    bins = defaultdict(list)
    for answer in answers:
        bins[min(BINS - 1, int(answer.confidence * BINS))].append(answer)
    apart = (len(some) * abs(fmean(answer.confidence for answer in some) - top_1(some)) for some in bins.values())
    return sum(apart) / len(answers) if answers else 0.0


def decidable(answers: Sequence[Answer]) -> float:
    """The largest share of the most confident ones that are right in 95 of 100. The general service decides nothing."""
    decisions = [answer for answer in answers if answer.candidates[:1] != (GENERAL_CODE,)]
    decisions.sort(key=lambda answer: -answer.confidence)
    right = best = 0
    for count, answer in enumerate(decisions, start=1):
        right += answer.is_right
        is_last_of_its_confidence = count == len(decisions) or decisions[count].confidence < answer.confidence
        if is_last_of_its_confidence and right >= PRECISION * count:
            best = count
    return best / len(answers) if answers else 0.0


def decided(answers: Sequence[Answer]) -> float:
    """The share that the service decides with its threshold."""
    return _share([answer.is_decided for answer in answers])


def precision(answers: Sequence[Answer]) -> float:
    """The share of right ones among those that it decides."""
    return _share([answer.is_right for answer in answers if answer.is_decided])


MEASURES: Final[dict[str, Callable[[Sequence[Answer]], float]]] = {
    "top-1": top_1,
    "top-3": top_3,
    "macro top-1": macro,
    "calibration error": calibration_error,
    "decidable at 95 % precision": decidable,
    "decided with the threshold": decided,
    "precision of these": precision,
}


def measure(answers: Sequence[Answer], resamples: int = RESAMPLES) -> dict[str, Measured]:
    """All figures by name. The intervals come from a fixed seed."""
    chance = random.Random(SEED)  # noqa: S311 - resampling, no secret
    samples = [chance.choices(answers, k=len(answers)) for _ in range(resamples)]
    return {name: _measured(figure, answers, samples) for name, figure in MEASURES.items()}


def measured(figure: Callable[[Sequence[Item]], float], items: Sequence[Item], resamples: int = RESAMPLES) -> Measured:
    """One figure of any items, with its interval from the same fixed seed."""
    chance = random.Random(SEED)  # noqa: S311 - resampling, no secret
    return _measured(figure, items, [chance.choices(items, k=len(items)) for _ in range(resamples)] if items else [])


def _measured(figure: Callable[[Sequence[Item]], float], items: Sequence[Item], samples: Sequence[Sequence[Item]]) -> Measured:
    found = sorted(figure(sample) for sample in samples)
    value = figure(items)
    low, high = (found[int(end * (len(found) - 1))] for end in INTERVAL) if found else (value, value)
    return Measured(value, low, high)


def confusions(answers: Sequence[Answer], limit: int) -> list[tuple[tuple[str, str], int]]:
    """What was taken for what, the most frequent first."""
    pairs = Counter((answer.accept[0], (*answer.candidates, "nothing")[0]) for answer in answers if not answer.is_right)
    return sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0
