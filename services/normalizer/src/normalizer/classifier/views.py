"""Four views of a text: the catalogue's rules, its words, the vectors of its pieces, and the example that it is most like.

Sums are of whole numbers that the type holds exactly, so no order of adding and no processor changes a figure.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from normalizer.classifier.learning import examples_of
from normalizer.classifier.model import Mix, Model
from normalizer.classifier.vectors import Vector
from normalizer.classifier.words import REMEMBERED_WORDS, neighbours, of_word, words_of
from shared.town.phrasings import Phrasings
from shared.town.rules import RuleScore

product = partial(np.einsum, optimize=False)
"""Not ``@``, which wakes other threads for a product that takes microseconds."""
Scores = NDArray[np.float64]
"""For each service of the model, in its order."""


LOOKED_AT: Final = 5
"""Services whose examples are compared with a text: the best by the other views. The rest cannot win by them, and all of them would
cost more than all other steps."""


class TextVectors(Protocol):
    """Says which direction a text has."""

    @property
    def version(self) -> str:
        """Of what it goes by, in hexadecimal."""

    @property
    def unit(self) -> int:
        """The length of a vector. The product of two is at most its square, which a float of 32 bits holds exactly."""

    @property
    def are_dear(self) -> bool:
        """Whether those of all examples take too long at a start, and are kept in the model."""

    def __call__(self, text: str, words: Sequence[str], /) -> Vector:
        """The direction of a text with these words, in whole numbers; zeros where there are none."""


class Seen(NamedTuple):
    """What the views say of a text."""

    scores: Mix[Scores]
    """Of each view."""
    rules: Mapping[str, RuleScore]
    """Which rules fitted, by service code."""
    nearest: Mapping[int, str]
    """The most similar example of each service that was looked at, by its place in the model."""


class Views:
    """All of them, on one model and the phrasings that it was learnt from."""

    def __init__(self, model: Model, vectors: TextVectors, phrasings: Phrasings) -> None:
        self._mix = model.mix
        self._place = {code: place for place, code in enumerate(model.codes)}
        self._vectors = vectors
        self._rules = phrasings.scorer()
        self._words = WordView(model)
        self._directions = VectorView(model, vectors.unit)
        examples = [examples_of(phrasings, code) for code in model.codes]
        self._examples = ExampleView(examples, _directions_of(examples, model, vectors), vectors.unit)

    def __call__(self, text: str) -> Seen:
        """What they say. Never an error, whatever the text, and in linear time."""
        words, rules = words_of(text), self._rules(text)
        vector = self._vectors(text, words)
        said = np.zeros(len(self._place))
        for code, score in rules.items():
            said[self._place[code]] = score.score
        scores = Mix(rules=said, words=self._words(words), vectors=self._directions(vector), examples=np.zeros(len(said)))
        likely = np.argsort(-mix_up(self._mix, scores), kind="stable")[:LOOKED_AT]
        likeness, nearest = self._examples(vector, likely.tolist())
        return Seen(scores._replace(examples=likeness), rules, nearest)


def mix_up(mix: Mix[float], scores: Mix[Scores]) -> Scores:
    """The scores of all views together, added in one order everywhere."""
    mixed = np.zeros_like(scores.rules)
    for weight, said in zip(mix, scores, strict=True):
        mixed += weight * said
    return mixed


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

    def __init__(self, model: Model, unit: int) -> None:
        self._weights = model.vector_weights.astype(np.float64)
        self._scale = model.vector_scale / unit

    def __call__(self, vector: Vector) -> Scores:
        """What the vector says."""
        # A product of whole numbers below 2^11 and 2^15, 256 of them added: exact in 53 bits, in any order.
        scores: Scores = product("i,ij->j", vector.astype(np.float64), self._weights) * self._scale
        return scores


class ExampleView:
    """How much a text is like the most similar phrasing of a service: the cosine between their directions."""

    def __init__(self, examples: Sequence[Sequence[str]], directions: Sequence[NDArray[np.float32]], unit: int) -> None:
        """Put together.

        Args:
            examples: the phrasings of each service, one or more.
            directions: theirs.
            unit: the length of each.
        """
        self._examples = examples
        self._directions = directions
        self._square = unit**2

    def __call__(self, vector: Vector, services: Sequence[int]) -> tuple[Scores, dict[int, str]]:
        """For these services, by their place in the model; and what is most similar. The others are like the least of them."""
        if not vector.any():
            return np.zeros(len(self._examples)), {}
        found, nearest = {}, {}
        for service in services:
            # Whole numbers, and so are all sums on the way: exact in any order.
            alike = product("ij,j->i", self._directions[service], vector)
            best = int(alike.argmax())
            found[service], nearest[service] = float(alike[best]) / self._square, self._examples[service][best]
        scores = np.full(len(self._examples), min(found.values()))
        scores[list(found)] = list(found.values())
        return scores, nearest


def _directions_of(examples: Sequence[Sequence[str]], model: Model, vectors: TextVectors) -> list[NDArray[np.float32]]:
    """The directions of the phrasings: from the model where they are dear, else looked at now."""
    if not len(model.example_vectors):
        return [np.array([vectors(text, words_of(text)) for text in some], np.float32) for some in examples]
    ends = np.cumsum([len(some) for some in examples])
    return np.split(model.example_vectors.astype(np.float32), ends[:-1])
