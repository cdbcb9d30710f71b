"""Three views of a text: what its words, and what the vectors of its pieces say for each service; the rules are the catalogue's.

Sums are of whole numbers that the type holds exactly, so no order of adding and no processor changes a figure.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from normalizer.classifier.model import Model
from normalizer.classifier.vectors import UNIT, Vector
from normalizer.classifier.words import REMEMBERED_WORDS, neighbours, of_word

Scores = NDArray[np.float64]
"""For each service of the model, in its order."""


class WordView:
    """Logistic regression on the features of a text; unknown ones do not count."""

    def __init__(self, model: Model) -> None:
        self._rows = {feature: row for row, feature in enumerate(model.features)}
        # What a feature says for each service, and in the last column the square of its size.
        squares = model.word_sizes.astype(np.int64) ** 2
        self._said = np.column_stack([model.word_weights.astype(np.int32), squares.astype(np.int32)])
        self._scale = model.word_scale
        self._nothing = np.zeros(len(model.codes))
        # A few thousand words make most of what people write, and adding up what one holds costs more than all the rest.
        self._of_word = lru_cache(REMEMBERED_WORDS)(self._add_up)

    def __call__(self, words: Sequence[str]) -> Scores:
        """What the words say; nothing for any service where none is known."""
        if not words:
            return self._nothing
        known = self._rows
        pairs = [row for pair in neighbours(words) if (row := known.get(pair)) is not None]
        sums = np.add.reduce([self._of_word(word) for word in set(words)], dtype=np.int64)
        if pairs:
            sums += self._said[pairs].sum(axis=0, dtype=np.int64)
        square = int(sums[-1])
        return sums[:-1] * (self._scale / math.sqrt(square)) if square else self._nothing

    def _add_up(self, word: str) -> NDArray[np.int64]:
        rows = [row for feature in of_word(word) if (row := self._rows.get(feature)) is not None]
        sums: NDArray[np.int64] = self._said[rows].sum(axis=0, dtype=np.int64)
        return sums


class VectorView:
    """Logistic regression on the direction of a text."""

    def __init__(self, model: Model) -> None:
        self._weights = model.vector_weights.astype(np.float64)
        self._scale = model.vector_scale / UNIT

    def __call__(self, vector: Vector) -> Scores:
        """What the vector says."""
        # A product of whole numbers below 2^11 and 2^15, 256 of them added: exact in 53 bits, in any order.
        scores: Scores = (vector.astype(np.float64) @ self._weights) * self._scale
        return scores


class NearestExample:
    """Which phrasing of a service a text is most like."""

    def __init__(self, examples: Sequence[Sequence[str]], vectors: Sequence[NDArray[np.float32]]) -> None:
        self._examples = examples
        self._vectors = vectors

    def __call__(self, service: int, vector: Vector) -> str | None:
        """The nearest phrasing of the service with this place in the model; None: the service has none, or the text no direction."""
        examples = self._examples[service]
        if not examples or not vector.any():
            return None
        # Both have the length UNIT, whose square a float of 32 bits holds exactly.
        return examples[int(np.argmax(self._vectors[service] @ vector))]
