"""Logistic regression with an L2 penalty, in its dual form: what is learnt is a weight of each text for each class.

There are far fewer texts than features, so the dual is small. Full gradients from zero, with Nesterov's acceleration: no chance in it.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""64 bits: with 32 the order in which threads add would show in the weights that are kept."""

Product = Callable[[Matrix], Matrix]
"""What the inner products of all texts with all texts, times some columns, are."""

ITERATIONS: Final = 120
"""Enough for three digits; the weights are rounded to about as many."""
POWER_STEPS: Final = 30
SAFETY: Final = 1.05
"""The power method finds the largest eigenvalue from below."""
CURVATURE: Final = 0.5
"""At most that of the softmax."""


def fit(product: Product, labels: NDArray[np.int64], classes: int, penalty: float) -> Matrix:
    """Dual weights, texts by classes: a text's scores are its similarities to the texts times these.

    Args:
        product: multiplies with the similarities of every text to every text (their inner products).
        labels: the class of each text.
        classes: how many there are.
        penalty: of the squared weights.
    """
    texts = len(labels)
    truth = np.zeros((texts, classes))
    truth[np.arange(texts), labels] = 1
    step = 1 / (CURVATURE * _largest_eigenvalue(product, texts) / texts + penalty)
    weights: Matrix = np.zeros((texts, classes))
    ahead = weights
    momentum = 1.0
    for _ in range(ITERATIONS):
        gradient = (probabilities(product(ahead)) - truth) / texts + penalty * ahead
        following = ahead - step * gradient
        faster = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
        ahead = following + (momentum - 1) / faster * (following - weights)
        weights, momentum = following, faster
    return weights


def probabilities(scores: Matrix) -> Matrix:
    """The softmax of each row."""
    weights: Matrix = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Matrix = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _largest_eigenvalue(product: Product, texts: int) -> float:
    vector: Matrix = np.full((texts, 1), 1 / math.sqrt(texts))
    length = 1.0
    for _ in range(POWER_STEPS):
        vector = product(vector)
        length = float(np.linalg.norm(vector)) or 1.0
        vector /= length
    return length * SAFETY
