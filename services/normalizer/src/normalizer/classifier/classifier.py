"""Text in, services out: rules, words, word vectors and examples, mixed, calibrated, and with the reasons. Pure once it is loaded."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from normalizer.classifier.learning import digest
from normalizer.classifier.model import Knots, Model
from normalizer.classifier.views import TextVectors, Views, mix_up
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

    def __init__(self, model: Model, vectors: TextVectors, catalogue: Catalogue, phrasings: Phrasings) -> None:
        """Put together.

        Raises:
            ConfigurationError: the model was trained on another catalogue, or sees through other vectors.
        """
        _check(model, vectors, catalogue, phrasings)
        self.version = model.version
        """SHA-256 of the model file."""
        self._codes = model.codes
        self._mix = model.mix
        self._calibration = model.calibration
        self._views = Views(model, vectors, phrasings)

    def __call__(self, text: str) -> Guess:
        """The services that fit best. Never an error, whatever the text, and in linear time."""
        seen = self._views(text)
        mixed = mix_up(self._mix, seen.scores).tolist()
        shares = softmax(mixed)
        order = sorted(range(len(mixed)), key=lambda place: (-mixed[place], place))[:CANDIDATES]
        best = self._codes[order[0]]
        return Guess(
            tuple(
                Candidate(service_code=self._codes[place], confidence=round(calibrated(shares[place], self._calibration), DIGITS))
                for place in order
            ),
            tuple(phrase[:MAX_PHRASE] for phrase in seen.rules[best].phrases[:MAX_PHRASES]) if best in seen.rules else (),
            seen.nearest.get(order[0]),
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


def _check(model: Model, vectors: TextVectors, catalogue: Catalogue, phrasings: Phrasings) -> None:
    if model.learnt_from != digest(catalogue, phrasings):
        raise ConfigurationError("the classifier's model was trained on another catalogue or other phrasings than are in use: make train")
    if model.vectors_version != vectors.version:
        raise ConfigurationError("the classifier's model was trained with other vectors than are installed: make train")
