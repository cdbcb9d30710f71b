"""Learns the model: from what the catalogue says, and from advocates' corrections. The same input gives the same bytes.

The three views are learnt apart; how much each counts in the mix is found by cross-validation on the catalogue's own examples, which
were left out of what the views had learnt from at that moment.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.classifier.learning import Labelled, described, digest, exemplified
from normalizer.classifier.model import Mix, Model
from normalizer.classifier.vectors import UNIT, WordVectors
from normalizer.classifier.words import features
from normalizer.training.regression import Matrix, fit, log_loss
from shared.town.catalogue import Catalogue
from shared.town.phrasings import Phrasings
from shared.town.rules import RuleScorer

FOLDS: Final = 5
WORD_PENALTY: Final = 3e-4
VECTOR_PENALTY: Final = 1e-3
MIN_TEXTS: Final = 2
"""A feature of one text alone teaches nothing that holds elsewhere."""
STEPS: Final = 32_000
"""Of a weight, each side of zero: what 16 bits hold."""
SIZE_STEP: Final = 0.01
"""Of a feature's rarity."""
MIX_STEPS: Final = 40

Say = Callable[[str], None]


class Learnt(NamedTuple):
    """What the views learnt from some texts."""

    vocabulary: dict[str, int]
    sizes: Matrix
    word_weights: Matrix
    """Already times the feature's size."""
    vector_weights: Matrix


class Material(NamedTuple):
    """Texts as the views see them."""

    features: Sequence[frozenset[str]]
    vectors: Matrix
    """Of length 1."""
    labels: NDArray[np.int64]


def train(catalogue: Catalogue, phrasings: Phrasings, vectors: WordVectors, corrections: Sequence[Labelled] = (), say: Say = print) -> Model:
    """The model."""
    codes = tuple(catalogue.services)
    base, examples = list(described(catalogue)), [*exemplified(catalogue, phrasings), *corrections]
    say(f"{len(examples)} examples ({len(corrections)} corrections) and {len(base)} words and descriptions of {len(codes)} services")
    known, shown = _seen(base, codes, vectors), _seen(examples, codes, vectors)
    mix = _mix(known, shown, _by_rules(phrasings.scorer(), examples, codes), len(codes), say)
    say(f"the mix: rules {mix.rules}, words {mix.words}, vectors {mix.vectors}")
    learnt = _learn(_together(known, shown, np.arange(len(examples))), len(codes))
    word_scale, word_weights = _in_steps(learnt.word_weights)
    vector_scale, vector_weights = _in_steps(learnt.vector_weights)
    return Model(
        learnt_from=digest(catalogue, phrasings),
        vectors_version=vectors.version,
        corrections=len(corrections),
        codes=codes,
        features=tuple(learnt.vocabulary),
        mix=mix,
        word_scale=word_scale,
        vector_scale=vector_scale,
        word_sizes=np.rint(learnt.sizes / SIZE_STEP).astype(np.int16),
        word_weights=word_weights,
        vector_weights=vector_weights,
    )


def _seen(texts: Sequence[Labelled], codes: Sequence[str], vectors: WordVectors) -> Material:
    place = {code: number for number, code in enumerate(codes)}
    return Material(
        [features(one.text) for one in texts],
        np.array([vectors(one.text) for one in texts], np.float64) / UNIT,
        np.array([place[one.code] for one in texts], np.int64),
    )


def _together(known: Material, shown: Material, places: NDArray[np.int64]) -> Material:
    return Material(
        [*known.features, *(shown.features[place] for place in places)],
        np.concatenate([known.vectors, shown.vectors[places]]),
        np.concatenate([known.labels, shown.labels[places]]),
    )


def _learn(material: Material, classes: int) -> Learnt:
    counts = Counter(feature for some in material.features for feature in some)
    vocabulary = {feature: row for row, feature in enumerate(sorted(feature for feature, count in counts.items() if count >= MIN_TEXTS))}
    texts = len(material.features)
    rarity = np.array([1 + math.log((1 + texts) / (1 + counts[feature])) for feature in vocabulary])
    sizes = np.rint(rarity / SIZE_STEP) * SIZE_STEP
    matrix = _matrix(material.features, vocabulary, sizes)
    word_dual = fit((matrix @ matrix.T).astype(np.float64), material.labels, classes, WORD_PENALTY)
    vector_dual = fit(material.vectors @ material.vectors.T, material.labels, classes, VECTOR_PENALTY)
    return Learnt(vocabulary, sizes, (matrix.T @ word_dual) * sizes[:, None] / SIZE_STEP, material.vectors.T @ vector_dual)


def _matrix(some: Sequence[frozenset[str]], vocabulary: dict[str, int], sizes: Matrix) -> Matrix:
    """Texts by features, of length 1."""
    matrix = np.zeros((len(some), len(vocabulary)))
    for row, found in enumerate(some):
        columns = [vocabulary[feature] for feature in found if feature in vocabulary]
        matrix[row, columns] = sizes[columns]
    lengths = np.sqrt((matrix**2).sum(axis=1, keepdims=True))
    return matrix / np.where(lengths, lengths, 1)


def _in_steps(weights: Matrix) -> tuple[float, NDArray[np.int16]]:
    """The size of a step, and the weights in steps. A score is the same for all classes but for what tells them apart."""
    centred = weights - weights.mean(axis=1, keepdims=True)
    step = float(np.abs(centred).max() / STEPS)
    step = float(f"{step:.4e}") or 1.0
    return step, np.clip(np.rint(centred / step), -STEPS - 1, STEPS + 1).astype(np.int16)


def _by_rules(scorer: RuleScorer, texts: Sequence[Labelled], codes: Sequence[str]) -> Matrix:
    scores = np.zeros((len(texts), len(codes)))
    for row, one in enumerate(texts):
        said = scorer(one.text)
        scores[row] = [said[code].score if code in said else 0.0 for code in codes]
    return scores


def _mix(known: Material, shown: Material, rules: Matrix, classes: int, say: Say) -> Mix:
    """The weights of the views under which texts that none of them had learnt from are explained best."""
    fold = _folds(shown.labels)
    words, directions = np.zeros_like(rules), np.zeros_like(rules)
    for number in range(FOLDS):
        say(f"cross-validation {number + 1} of {FOLDS} ...")
        learnt = _learn(_together(known, shown, np.flatnonzero(fold != number)), classes)
        left = np.flatnonzero(fold == number)
        matrix = _matrix([shown.features[place] for place in left], learnt.vocabulary, learnt.sizes)
        words[left] = matrix @ (learnt.word_weights * SIZE_STEP / learnt.sizes[:, None])
        directions[left] = shown.vectors[left] @ learnt.vector_weights
    return best_mix(rules, words, directions, shown.labels)


def _folds(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold of each text: those of a service are dealt out in turn."""
    fold, dealt = np.zeros(len(labels), np.int64), Counter[int]()
    for place, label in enumerate(labels.tolist()):
        fold[place] = dealt[label] % FOLDS
        dealt[label] += 1
    return fold


def best_mix(rules: Matrix, words: Matrix, directions: Matrix, labels: NDArray[np.int64]) -> Mix:
    """The weights of least loss: each in turn tries smaller and smaller steps."""
    mix, steps = [1.0, 1.0, 1.0], [2.0, 1.4, 1.2, 1.1, 1.05]

    def loss(weights: Sequence[float]) -> float:
        return log_loss(weights[0] * rules + weights[1] * words + weights[2] * directions, labels)

    least = loss(mix)
    for step in steps:
        for _, place, factor in itertools.product(range(MIX_STEPS), range(len(mix)), (step, 1 / step)):
            tried = [weight * factor if number == place else weight for number, weight in enumerate(mix)]
            if (found := loss(tried)) < least - 1e-9:
                mix, least = tried, found
    return Mix(*(round(weight, 3) for weight in mix))
