"""Learns the model: from what the catalogue says, and from advocates' corrections. The same input gives the same bytes.

The views are learnt apart. How much each counts is found on texts that they had not learnt from: examples that were left out in turn,
and texts written apart from them.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.classifier.learning import Labelled, described, digest, exemplified
from normalizer.classifier.model import Mix, Model
from normalizer.classifier.views import TextVectors, Views
from normalizer.classifier.words import features, words_of
from normalizer.training.labelled import LabelledText, version_of
from normalizer.training.mixing import UNCALIBRATED, Judged, best_mix, calibrate
from normalizer.training.regression import Matrix, fit
from shared.town.catalogue import Catalogue
from shared.town.phrasings import Phrasings
from shared.town.rules import RuleScorer

FOLDS: Final = 5
PENALTIES: Final = (3e-5, 1e-4)
"""Of the squared weights: of words, of vectors."""
MIN_TEXTS: Final = 2
"""A feature of one text alone teaches nothing that holds elsewhere."""
STEPS: Final = 4_000
"""Of a weight, each side of zero. Far coarser than the last digits of the sums, so that the same is learnt everywhere."""
SIZE_STEP: Final = 0.2
"""Of a feature's rarity: coarse, so that inner products of texts are whole numbers that a float of 32 bits holds exactly."""
COLUMNS_AT_ONCE: Final = 2_048
MIN_CORRECTIONS: Final = 200
"""With fewer, a calibration of their own would be chance."""

Say = Callable[[str], None]


class Material(NamedTuple):
    """All texts that are learnt from, as the views see them: first what describes the services, then the examples."""

    labels: NDArray[np.int64]
    vocabulary: tuple[str, ...]
    sizes: NDArray[np.int16]
    """How much each feature counts: its rarity, in steps."""
    words: NDArray[np.float32]
    """Texts by features, in steps: whole numbers."""
    lengths: Matrix
    """Of the texts, in steps."""
    vectors: NDArray[np.float32]
    """Texts by components: whole numbers."""
    unit: int
    """The length of a vector."""

    @property
    def alike(self) -> Matrix:
        """Inner products of texts of length 1, by words. Exact but for the division, so the same on every machine."""
        alike: Matrix = (self.words @ self.words.T).astype(np.float64) / (self.lengths[:, None] * self.lengths)
        return alike

    @property
    def directions(self) -> Matrix:
        """The vectors of length 1."""
        directions: Matrix = self.vectors.astype(np.float64) / self.unit
        return directions


class Given(NamedTuple):
    """Texts beside the catalogue's."""

    apart: Sequence[LabelledText]
    """Written apart from the phrasings: mix and calibration are found on them, nothing else is learnt from them."""
    corrections: Sequence[Labelled] = ()
    """What advocates corrected."""


def train(catalogue: Catalogue, phrasings: Phrasings, vectors: TextVectors, given: Given, say: Say = print) -> Model:
    """The model."""
    codes, (apart, corrections) = tuple(catalogue.services), given
    base, phrases = list(described(catalogue)), list(exemplified(catalogue, phrasings))
    examples = [*phrases, *corrections]
    say(f"{len(examples)} examples ({len(corrections)} of them corrections), {len(base)} names and keywords, {len(codes)} services")
    material = _material([*base, *examples], codes, vectors)
    model = replace(
        _learnt(material, codes),
        learnt_from=digest(catalogue, phrasings),
        vectors_version=vectors.version,
        apart_version=version_of(apart),
        corrections=len(corrections),
        example_vectors=material.vectors[len(base) :][: len(phrases) if vectors.are_dear else 0].astype(np.int8),
    )
    left_out = _left_out(material, _rules_seen(phrasings.scorer(), examples, codes), say)
    strange = _strange(apart, codes, Views(model, vectors, phrasings))
    mix = best_mix([left_out, strange] if apart else [left_out])
    say(f"the mix: {', '.join(f'{name} {weight}' for name, weight in mix._asdict().items())}")
    is_settled = len(corrections) >= MIN_CORRECTIONS
    return replace(model, mix=mix, calibration=calibrate(mix, _last(left_out, len(corrections)) if is_settled else strange))


def _learnt(material: Material, codes: tuple[str, ...]) -> Model:
    """What each view learns from everything; the rest is not known yet."""
    word_dual, vector_dual = _fit(material.alike, material.directions, material.labels, len(codes))
    word_scale, word_weights = _in_steps(_by_feature(material, word_dual) * material.sizes[:, None])
    vector_scale, vector_weights = _in_steps(material.directions.T @ vector_dual)
    return Model(
        learnt_from="",
        vectors_version="",
        apart_version="",
        corrections=0,
        codes=codes,
        features=material.vocabulary,
        mix=Mix(1.0, 1.0, 1.0, 1.0),
        calibration=UNCALIBRATED,
        word_scale=word_scale,
        vector_scale=vector_scale,
        word_sizes=material.sizes,
        word_weights=word_weights,
        vector_weights=vector_weights,
        example_vectors=np.zeros((0, 0), np.int8),
    )


def _fit(alike: Matrix, directions: Matrix, labels: NDArray[np.int64], classes: int) -> tuple[Matrix, Matrix]:
    """The dual weights by words, and by vectors, which are so short that their inner products need not be written down."""
    for_words, for_vectors = PENALTIES
    return (
        fit(lambda weights: alike @ weights, labels, classes, for_words),
        fit(lambda weights: directions @ (directions.T @ weights), labels, classes, for_vectors),
    )


def _material(texts: Sequence[Labelled], codes: Sequence[str], vectors: TextVectors) -> Material:
    place = {code: number for number, code in enumerate(codes)}
    seen = [words_of(one.text) for one in texts]
    found = [features(words) for words in seen]
    counts = Counter(feature for some in found for feature in some)
    vocabulary = tuple(sorted(feature for feature, count in counts.items() if count >= MIN_TEXTS))
    rarity = np.array([1 + math.log((1 + len(texts)) / (1 + counts[feature])) for feature in vocabulary])
    sizes = np.rint(rarity / SIZE_STEP).astype(np.int16)
    column = {feature: number for number, feature in enumerate(vocabulary)}
    words, squares = np.zeros((len(texts), len(vocabulary)), np.float32), np.zeros(len(texts))
    for row, some in enumerate(found):
        columns = [column[feature] for feature in some if feature in column]
        times = np.array([some[feature] for feature in some if feature in column], np.int64)
        words[row, columns] = sizes[columns] * times
        squares[row] = (sizes[columns].astype(np.int64) ** 2 * times).sum()
    return Material(
        np.array([place[one.code] for one in texts], np.int64),
        vocabulary,
        sizes,
        words,
        np.sqrt(np.maximum(squares, 1)),
        np.array([vectors(one.text, words) for one, words in zip(texts, seen, strict=True)], np.float32),
        vectors.unit,
    )


def _by_feature(material: Material, dual: Matrix) -> Matrix:
    """What each feature weighs. Some columns at a time: all of them in 64 bits would take half a gigabyte."""
    shares = dual / material.lengths[:, None]
    starts = range(0, len(material.vocabulary), COLUMNS_AT_ONCE)
    return np.concatenate([material.words[:, start : start + COLUMNS_AT_ONCE].T.astype(np.float64) @ shares for start in starts])


def _in_steps(weights: Matrix) -> tuple[float, NDArray[np.int16]]:
    """The size of a step, and the weights in steps. What a feature says for all services alike tells none apart, and goes."""
    centred = weights - weights.mean(axis=1, keepdims=True)
    step = float(f"{np.abs(centred).max() / STEPS:.4e}") or 1.0
    return step, np.clip(np.rint(centred / step), -STEPS, STEPS).astype(np.int16)


def _left_out(material: Material, rules: Matrix, say: Say) -> Judged:
    """What the views say of examples that they had not learnt from."""
    labels, alike, directions, classes = material.labels, material.alike, material.directions, rules.shape[1]
    first = len(labels) - len(rules)
    fold = np.concatenate([np.full(first, -1), _folds(labels[first:])])
    words, vectors, examples = (np.zeros((len(labels), classes)) for _ in range(3))
    for number in range(FOLDS):
        say(f"cross-validation {number + 1} of {FOLDS} ...")
        learnt, left = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        word_dual, vector_dual = _fit(alike[np.ix_(learnt, learnt)], directions[learnt], labels[learnt], classes)
        words[left] = alike[np.ix_(left, learnt)] @ word_dual
        vectors[left] = directions[left] @ (directions[learnt].T @ vector_dual)
        shown = learnt[learnt >= first]
        likeness = directions[left] @ directions[shown].T
        for service in range(classes):
            examples[left, service] = likeness[:, labels[shown] == service].max(axis=1, initial=-1.0)
    return Judged(Mix(rules, words[first:], vectors[first:], examples[first:]), np.eye(classes, dtype=np.bool_)[labels[first:]])


def _strange(apart: Sequence[LabelledText], codes: Sequence[str], views: Views) -> Judged:
    """What the views say of texts that no example and no rule was written for."""
    right = np.array([[code in one.accept for code in codes] for one in apart], np.bool_).reshape(len(apart), len(codes))
    seen = [views(f"{one.subject}\n{one.text}".strip()).scores for one in apart]
    return Judged(Mix(*(np.array([getattr(scores, name) for scores in seen]).reshape(right.shape) for name in Mix._fields)), right)


def _last(judged: Judged, count: int) -> Judged:
    return Judged(Mix(*(scores[-count:] for scores in judged.scores)), judged.right[-count:])


def _rules_seen(scorer: RuleScorer, examples: Sequence[Labelled], codes: Sequence[str]) -> Matrix:
    """What the rules say of each example, as if they had been written without its fold.

    Rules were written beside the examples. One that fits examples of a single fold only may have been written for them, and does not
    count for them; else the mix would trust rules more than strangers' texts bear out.
    """
    place = {code: number for number, code in enumerate(codes)}
    fold = _folds(np.array([place[one.code] for one in examples], np.int64)).tolist()
    hits = [[(code, rule) for code, score in scorer(one.text).items() for rule in score.rules] for one in examples]
    seen_in: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number, found in zip(fold, hits, strict=True):
        for code, rule in found:
            seen_in[code, rule.pattern].add(number)
    scores = np.zeros((len(examples), len(codes)))
    for row, (number, found) in enumerate(zip(fold, hits, strict=True)):
        for code, rule in found:
            if seen_in[code, rule.pattern] != {number}:
                scores[row, place[code]] += rule.weight
    return scores


def _folds(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold of each text: those of a service are dealt out in turn."""
    fold, dealt = np.zeros(len(labels), np.int64), Counter[int]()
    for place, label in enumerate(labels.tolist()):
        fold[place] = dealt[label] % FOLDS
        dealt[label] += 1
    return fold
