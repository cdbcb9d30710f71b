"""What is learnt: the same from the same, byte for byte, and how much each view counts."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from normalizer.classifier.classifier import Classifier, calibrated
from normalizer.classifier.learning import Labelled
from normalizer.classifier.model import Mix, from_bytes, to_bytes
from normalizer.classifier.vectors import load_vectors
from normalizer.training.labelled import read_apart
from normalizer.training.mixing import MIN_TEXTS, UNCALIBRATED, Judged, best_mix, calibrate, isotonic
from normalizer.training.regression import fit, probabilities
from normalizer.training.train import train
from shared.town.catalogue import load_catalogue
from support.small_town import learnt, small_catalogue, small_given, small_phrasings

TESTS = Path(__file__).parents[3]


def test_the_same_is_learnt_byte_for_byte() -> None:
    """By every process, whatever its hash seed and its number of threads."""
    files = {learnt()}
    for number in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": number, "OPENBLAS_NUM_THREADS": number, "PYTHONPATH": str(TESTS)}
        files.add(subprocess.run([sys.executable, "-m", "support.small_town"], env=environment, check=True, capture_output=True).stdout)
    assert len(files) == 1


def test_what_is_learnt_can_be_used() -> None:
    """On the catalogue that it was learnt from."""
    classify = Classifier(from_bytes(learnt(), "model"), load_vectors(), small_catalogue(), small_phrasings())
    assert classify("a pothole in the road").best.service_code == "ST-POTHOLE"
    assert classify("ein Baum").candidates  # whatever it is


def test_corrections_are_learnt() -> None:
    """What advocates corrected often enough is known from then on, and the model says how many it has learnt from."""
    catalogue, phrasings, vectors = small_catalogue(), small_phrasings(), load_vectors()
    corrections = [Labelled(f"the glorpulator hums again {number}", "TREE") for number in range(20)]
    before = Classifier(from_bytes(learnt(), "model"), vectors, catalogue, phrasings)("glorpulator hums").best
    model = train(catalogue, phrasings, vectors, small_given()._replace(corrections=corrections), say=lambda _: None)
    after = Classifier(from_bytes(to_bytes(model), "model"), vectors, catalogue, phrasings)("glorpulator hums").best
    assert model.corrections == len(corrections)
    assert after.service_code == "TREE"
    assert before.service_code != "TREE" or after.confidence > before.confidence


def test_the_regression_tells_classes_apart() -> None:
    """Two clouds of points, and the probabilities of each."""
    points = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], np.float32)
    labels = np.array([0, 0, 1, 1])
    weights = points.T @ fit(lambda weights: points @ (points.T @ weights), labels, 2, 1e-3)
    assert probabilities(points @ weights).argmax(axis=1).tolist() == labels.tolist()
    assert probabilities(points @ weights).max(axis=1).min() > 0.8


def test_a_view_that_knows_nothing_counts_little() -> None:
    """The mix trusts what explained the texts that were left out."""
    labels = np.arange(40) % 4
    knows, misleads, nothing = np.eye(4)[labels], np.eye(4)[(labels + 1) % 4], np.zeros((40, 4))
    mix = best_mix([Judged(Mix(knows, misleads, nothing, nothing), np.eye(4, dtype=np.bool_)[labels])])
    assert mix.words < 0.5 < mix.rules


def test_any_right_answer_will_do() -> None:
    """A view that says one of several right services is believed, whichever it says."""
    labels = np.arange(40) % 4
    both = np.eye(4, dtype=np.bool_)[labels] | np.eye(4, dtype=np.bool_)[(labels + 1) % 4]
    second, nothing = np.eye(4)[(labels + 1) % 4], np.zeros((40, 4))
    assert best_mix([Judged(Mix(second, nothing, nothing, nothing), both)]).rules > 2


def test_few_texts_do_not_calibrate() -> None:
    """Theirs would be chance; enough of them do, and what they contradict is less sure from then on."""
    labels, mix = np.arange(MIN_TEXTS) % 4, Mix(1.0, 1.0, 1.0, 1.0)
    half_wrong = np.where(np.arange(len(labels)) % 2, (labels + 1) % 4, labels)

    def judged(right: NDArray[np.int64]) -> Judged:
        nothing = np.zeros((len(labels), 4))
        return Judged(Mix(5 * np.eye(4)[labels], nothing, nothing, nothing), np.eye(4, dtype=np.bool_)[right])

    few = Judged(Mix(*(scores[1:] for scores in judged(labels).scores)), judged(labels).right[1:])
    assert calibrate(mix, few) == UNCALIBRATED
    assert calibrate(mix, judged(labels))[-1] == (1.0, 1.0)
    assert calibrate(mix, judged(half_wrong))[-1] == (1.0, 0.5)


def test_texts_apart_are_about_every_service_of_the_catalogue() -> None:
    """So that no service is without a say in the calibration; and none of them is an example."""
    whole = load_catalogue()
    assert {text.accept[0] for text in read_apart(whole.services)} == set(whole.services)
    assert {text.accept[0] for text in read_apart(small_catalogue().services)} == set(small_catalogue().services)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=300))
def test_a_calibration_never_falls(answers: list[tuple[float, bool]]) -> None:
    """From share 0 to share 1, whatever was right: a better candidate is never called less sure."""
    knots = isotonic(np.array([share for share, _ in answers]), np.array([right for _, right in answers]))
    shares, confidences = zip(*knots, strict=True)
    assert (shares[0], shares[-1]) == (0, 1)
    assert list(shares) == sorted(set(shares))
    assert list(confidences) == sorted(confidences)
    for share, confidence in knots:
        assert calibrated(share, knots) == pytest.approx(confidence)
    assert all(0 <= calibrated(share, knots) <= 1 for share, _ in answers)
