"""Text in, services out: rules, words and word vectors, mixed, calibrated, and with the reasons. Pure once it is loaded."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from normalizer.classifier.learning import digest, examples_of
from normalizer.classifier.model import Knots, Model
from normalizer.classifier.vectors import WordVectors
from normalizer.classifier.views import NearestExample, VectorView, WordView
from normalizer.classifier.words import words_of
from shared.contracts import Candidate
from shared.errors import ConfigurationError
from shared.town.catalogue import Catalogue
from shared.town.phrasings import Phrasings

CANDIDATES: Final = 3
"""Shown to an advocate."""
DIGITS: Final = 3
"""Of a confidence: more would claim to know what it does not, and the last ones differ between mathematical libraries."""
MAX_PHRASES: Final = 5
MAX_PHRASE: Final = 200


class Guess(NamedTuple):
    """What a text seems to be about."""

    candidates: tuple[Candidate, ...]
    """The best first, with calibrated confidence: how often such a one is right. Several may be, so they need not add up to 1."""
    phrases: tuple[str, ...]
    """What fitted rules for the first candidate: words of the author."""
    nearest_example: str | None
    """Ours, of the first candidate."""

    @property
    def best(self) -> Candidate:
        """The first candidate."""
        return self.candidates[0]

    @property
    def margin(self) -> float:
        """How far the second candidate lies behind the first."""
        return self.best.confidence - (self.candidates[1].confidence if len(self.candidates) > 1 else 0.0)


class Classifier:
    """The model with the catalogue that it was trained on."""

    def __init__(self, model: Model, vectors: WordVectors, catalogue: Catalogue, phrasings: Phrasings) -> None:
        """Put together.

        Raises:
            ConfigurationError: the model was trained on another catalogue, or sees through other vectors.
        """
        _check(model, vectors, catalogue, phrasings)
        self.version = model.version
        """SHA-256 of the model file."""
        self._codes = model.codes
        self._place = {code: place for place, code in enumerate(model.codes)}
        self._mix = model.mix
        self._calibration = model.calibration
        self._vectors = vectors
        self._rules = phrasings.scorer()
        self._words = WordView(model)
        self._directions = VectorView(model)
        examples = [examples_of(phrasings, code) for code in model.codes]
        self._nearest = NearestExample(examples, [np.array([vectors(words_of(text)) for text in some]) for some in examples])

    def __call__(self, text: str) -> Guess:
        """The services that fit best. Never an error, whatever the text, and in linear time."""
        seen = words_of(text)
        rules, vector = self._rules(text), self._vectors(seen)
        words, directions = self._words(seen), self._directions(vector)
        said = np.zeros(len(self._codes))
        for code, score in rules.items():
            said[self._place[code]] = score.score
        mixed = (self._mix.rules * said + self._mix.words * words + self._mix.vectors * directions).tolist()
        shares = softmax(mixed)
        order = sorted(range(len(mixed)), key=lambda place: (-mixed[place], place))[:CANDIDATES]
        best = self._codes[order[0]]
        return Guess(
            tuple(
                Candidate(service_code=self._codes[place], confidence=round(calibrated(shares[place], self._calibration), DIGITS))
                for place in order
            ),
            tuple(phrase[:MAX_PHRASE] for phrase in rules[best].phrases[:MAX_PHRASES]) if best in rules else (),
            self._nearest(order[0], vector),
        )


def softmax(scores: Sequence[float]) -> list[float]:
    """Probabilities of the scores."""
    highest = max(scores)
    weights = [math.exp(score - highest) for score in scores]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def calibrated(share: float, knots: Knots) -> float:
    """How often a candidate with this share is right: on the line through the knots."""
    place = min(max(bisect_right(knots, (share, math.inf)), 1), len(knots) - 1)
    (low, least), (high, most) = knots[place - 1], knots[place]
    return least + (most - least) * (share - low) / (high - low)


def _check(model: Model, vectors: WordVectors, catalogue: Catalogue, phrasings: Phrasings) -> None:
    if model.learnt_from != digest(catalogue, phrasings):
        raise ConfigurationError("the classifier's model was trained on another catalogue or other phrasings than are in use: make train")
    if model.vectors_version != vectors.version:
        raise ConfigurationError("the classifier's model was trained with other word vectors than are installed: make train")
