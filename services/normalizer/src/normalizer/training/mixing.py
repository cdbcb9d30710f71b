"""How much each view counts, and how often a share of the mix is right: found on texts that the views had not learnt from.

Two kinds of them say different things. Examples that were left out are many, but rules were written beside them and what is like them
was learnt. Texts apart (``apart.jsonl``), which nothing was written for and no view learns, are few and hard. Both count
the same.
"""

import itertools
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.classifier.model import Knots, Mix
from normalizer.classifier.views import mix_up
from normalizer.training.regression import Matrix, probabilities

STEPS: Final = (2.0, 1.3, 1.1, 1.03)
DIGITS: Final = 3
LEAST_GAIN: Final = 1e-6
TEXTS_OF_A_KNOT: Final = 25
MIN_TEXTS: Final = 100
"""With fewer that are right or wrong, a calibration would be chance."""
UNCALIBRATED: Final[Knots] = ((0.0, 0.0), (1.0, 1.0))


class Judged(NamedTuple):
    """Texts as the views see them, and what is right."""

    scores: Mix[Matrix]
    """Of each view: texts by services."""
    right: NDArray[np.bool_]
    """Texts by services: which an advocate would call right."""


def best_mix(judged: Sequence[Judged]) -> Mix[float]:
    """The weights of least loss on all kinds of texts together: each in turn tries smaller and smaller steps."""
    mix = Mix(1.0, 1.0, 1.0, 1.0)
    least = _loss(mix, judged)
    for step in STEPS:
        has_improved = True
        while has_improved:
            has_improved = False
            for name, factor in itertools.product(Mix._fields, (step, 1 / step)):
                tried = mix._replace(**{name: round(getattr(mix, name) * factor, DIGITS)})
                loss = _loss(tried, judged)
                if loss < least - LEAST_GAIN:
                    mix, least, has_improved = tried, loss, True
    return mix


def _loss(mix: Mix[float], judged: Sequence[Judged]) -> float:
    """The mean of minus the logarithm of what the right services have together."""
    losses = [-np.log(np.maximum((shares_of(mix, some) * some.right).sum(axis=1), np.finfo(np.float64).tiny)).mean() for some in judged]
    return float(np.mean(losses))


def shares_of(mix: Mix[float], judged: Judged) -> Matrix:
    """Of the softmax: texts by services."""
    return probabilities(mix_up(mix, judged.scores))


def calibrate(mix: Mix[float], judged: Judged) -> Knots:
    """How often the best candidate is right, by its share."""
    if len(judged.right) < MIN_TEXTS:
        return UNCALIBRATED
    shares = shares_of(mix, judged)
    best = shares.argmax(axis=1)
    return isotonic(shares.max(axis=1), judged.right[np.arange(len(best)), best])


def isotonic(shares: Matrix, rights: NDArray[np.bool_]) -> Knots:
    """How often candidates with such shares are right, as a line that never falls: neighbours that would make it fall are put together."""
    order = np.argsort(shares, kind="stable")
    parts = np.array_split(order, max(1, len(order) // TEXTS_OF_A_KNOT))
    pools: list[NDArray[np.int64]] = []
    for part in parts:
        pool = part
        while pools and rights[pools[-1]].mean() >= rights[pool].mean():
            pool = np.concatenate([pools.pop(), pool])
        pools.append(pool)
    found = [(round(float(shares[pool].mean()), DIGITS), round(float(rights[pool].mean()), DIGITS)) for pool in pools]
    inner = {share: confidence for share, confidence in found if 0 < share < 1}
    return ((0.0, 0.0), *sorted(inner.items()), (1.0, found[-1][1]))
