"""Learns the model: from what the catalogue says, and from advocates' corrections. The same input gives the same bytes.

The three views are learnt apart; how much each counts in the mix is found by cross-validation on the catalogue's own examples, which
were left out of what the views had learnt from at that moment.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.classifier.learning import Labelled, described, digest, exemplified
from normalizer.classifier.model import Knots, Mix, Model
from normalizer.classifier.vectors import UNIT, WordVectors
from normalizer.classifier.words import features, words_of
from normalizer.training.regression import Matrix, fit, log_loss, probabilities
from shared.town.catalogue import Catalogue
from shared.town.phrasings import Phrasings
from shared.town.rules import RuleScorer

FOLDS: Final = 5
PENALTIES: Final = (3e-4, 1e-3)
"""Of the squared weights: of words, of vectors."""
MIN_TEXTS: Final = 2
"""A feature of one text alone teaches nothing that holds elsewhere."""
STEPS: Final = 4_000
"""Of a weight, each side of zero. Far coarser than the last digits of the sums, so that the same is learnt everywhere."""
SIZE_STEP: Final = 0.2
"""Of a feature's rarity: coarse, so that inner products of texts are whole numbers that a float of 32 bits holds exactly."""
COLUMNS_AT_ONCE: Final = 2_048
MIX_STEPS: Final = (2.0, 1.3, 1.1, 1.03)
DIGITS: Final = 3
LEAST_GAIN: Final = 1e-6
MEASURED: Final[Knots] = (
    (0.0, 0.0),
    (0.02, 0.1),
    (0.05, 0.25),
    (0.1, 0.45),
    (0.3, 0.66),
    (0.6, 0.75),
    (0.9, 0.82),
    (0.97, 0.88),
    (0.99, 0.92),
    (0.999, 0.95),
    (1.0, 0.97),
)
"""Strangers' texts are harder than our own examples, so these do not calibrate: measured on texts of other towns, see ADR 0015."""
MIN_CORRECTIONS: Final = 200
"""With fewer, a calibration of their own would be chance."""
TEXTS_OF_A_KNOT: Final = 25

Say = Callable[[str], None]


class Views(NamedTuple):
    """What each view says of some texts: texts by services."""

    rules: Matrix
    words: Matrix
    vectors: Matrix


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
    """Texts by components: whole numbers, of length ``UNIT``."""

    @property
    def alike(self) -> tuple[Matrix, Matrix]:
        """Inner products of texts of length 1: by words, by vectors. Exact but for the division, so the same on every machine."""
        words = (self.words @ self.words.T).astype(np.float64) / (self.lengths[:, None] * self.lengths)
        return words, (self.vectors @ self.vectors.T).astype(np.float64) / UNIT**2


def train(
    catalogue: Catalogue, phrasings: Phrasings, vectors: WordVectors, corrections: Sequence[Labelled] = (), say: Say = print
) -> Model:
    """The model."""
    codes = tuple(catalogue.services)
    base, examples = list(described(catalogue)), [*exemplified(catalogue, phrasings), *corrections]
    say(f"{len(examples)} examples ({len(corrections)} of them corrections), {len(base)} names and keywords, {len(codes)} services")
    material = _material([*base, *examples], codes, vectors)
    alike = material.alike
    labels = material.labels[len(base) :]
    left_out = _left_out(material.labels, alike, _rules_seen(phrasings.scorer(), examples, codes), say)
    mix = best_mix(left_out, labels)
    calibration = calibrate(mixed(left_out, mix), labels, len(corrections))
    say(f"the mix: rules {mix.rules}, words {mix.words}, vectors {mix.vectors}; learning from everything ...")
    word_dual, vector_dual = (fit(view, material.labels, len(codes), penalty) for view, penalty in zip(alike, PENALTIES, strict=True))
    word_scale, word_weights = _in_steps(_by_feature(material, word_dual) * material.sizes[:, None])
    vector_scale, vector_weights = _in_steps(material.vectors.T.astype(np.float64) @ vector_dual / UNIT)
    return Model(
        learnt_from=digest(catalogue, phrasings),
        vectors_version=vectors.version,
        corrections=len(corrections),
        codes=codes,
        features=material.vocabulary,
        mix=mix,
        calibration=calibration,
        word_scale=word_scale,
        vector_scale=vector_scale,
        word_sizes=material.sizes,
        word_weights=word_weights,
        vector_weights=vector_weights,
    )


def _material(texts: Sequence[Labelled], codes: Sequence[str], vectors: WordVectors) -> Material:
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
        np.array([vectors(words) for words in seen], np.float32),
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


def _left_out(labels: NDArray[np.int64], alike: tuple[Matrix, Matrix], rules: Matrix, say: Say) -> Views:
    """What the views say of examples that they had not learnt from."""
    classes, first = rules.shape[1], len(labels) - len(rules)
    fold = np.concatenate([np.full(first, -1), _folds(labels[first:])])
    scores = [np.zeros((len(labels), classes)) for _ in alike]
    for number in range(FOLDS):
        say(f"cross-validation {number + 1} of {FOLDS} ...")
        learnt, left = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        for view, similarities, penalty in zip(scores, alike, PENALTIES, strict=True):
            dual = fit(similarities[np.ix_(learnt, learnt)], labels[learnt], classes, penalty)
            view[left] = similarities[np.ix_(left, learnt)] @ dual
    return Views(rules, scores[0][first:], scores[1][first:])


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


def mixed(views: Views, mix: Mix) -> Matrix:
    """The scores of the log-linear mix."""
    scores: Matrix = mix.rules * views.rules + mix.words * views.words + mix.vectors * views.vectors
    return scores


def best_mix(views: Views, labels: NDArray[np.int64]) -> Mix:
    """The weights of least loss: each in turn tries smaller and smaller steps."""
    mix = Mix(1.0, 1.0, 1.0)
    least = log_loss(mixed(views, mix), labels)
    for step in MIX_STEPS:
        has_improved = True
        while has_improved:
            has_improved = False
            for name, factor in itertools.product(Mix._fields, (step, 1 / step)):
                tried = mix._replace(**{name: round(getattr(mix, name) * factor, DIGITS)})
                loss = log_loss(mixed(views, tried), labels)
                if loss < least - LEAST_GAIN:
                    mix, least, has_improved = tried, loss, True
    return mix


def calibrate(scores: Matrix, labels: NDArray[np.int64], corrections: int) -> Knots:
    """The calibration: from corrections that were left out, which stand last; with few of them, the measured one."""
    if corrections < MIN_CORRECTIONS:
        return MEASURED
    scores, labels = scores[-corrections:], labels[-corrections:]
    return isotonic(probabilities(scores).max(axis=1), scores.argmax(axis=1) == labels)


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
