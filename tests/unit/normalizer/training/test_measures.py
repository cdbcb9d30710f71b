"""The figures of `make evaluate`, on answers of which each can be worked out by hand."""

import pytest

from normalizer.training.measures import (
    MEASURES,
    Answer,
    calibration_error,
    confusions,
    decidable,
    decided,
    macro,
    measure,
    precision,
    top_1,
    top_3,
)


def said(*candidates: str, accept: str = "A", confidence: float = 0.5, is_decided: bool = False) -> Answer:
    return Answer(tuple(accept.split()), candidates, confidence, is_decided)


def test_one_right_code_of_several_is_right() -> None:
    """A leaning sign is a sign or a tree's."""
    answers = [said("B", accept="A B"), said("C", "A"), said("C", "D", "E", "A"), said()]
    assert top_1(answers) == 0.25
    assert top_3(answers) == 0.5


def test_a_rare_service_counts_as_much_as_a_frequent_one() -> None:
    """In the macro figure."""
    answers = [said("A")] * 9 + [said("A", accept="B")]
    assert top_1(answers) == 0.9
    assert macro(answers) == 0.5


def test_the_calibration_error_is_how_far_confidence_lies_from_truth() -> None:
    """Half of them right at a confidence of 0.9, all right at 1."""
    assert calibration_error([said("A", confidence=0.9), said("B", confidence=0.9)]) == pytest.approx(0.4)
    assert calibration_error([said("A", confidence=1.0)]) == 0


def test_what_could_be_decided_is_the_longest_sure_beginning() -> None:
    """Nineteen right of twenty are enough; equal confidences are taken together; the general service decides nothing."""
    sure = [said("A", confidence=0.9)] * 19
    assert decidable([*sure, said("B", confidence=0.8)]) == 1
    assert decidable([*sure, said("B", confidence=0.8), said("B", confidence=0.7)]) == pytest.approx(20 / 21)
    assert decidable([said("A", confidence=0.9), said("B", confidence=0.9)]) == 0
    assert decidable([said("OTHER", accept="OTHER", confidence=1.0)]) == 0


def test_what_is_decided_is_counted_apart() -> None:
    """With the bounds of the town."""
    answers = [said("A", is_decided=True), said("B", is_decided=True), said("A"), said("B")]
    assert (decided(answers), precision(answers)) == (0.5, 0.5)


def test_intervals_hold_the_figure_and_are_always_the_same() -> None:
    """The seed is fixed."""
    answers = [said("A", confidence=0.7, is_decided=True)] * 30 + [said("B", confidence=0.6)] * 10
    found = measure(answers, resamples=50)
    assert found == measure(answers, resamples=50)
    assert set(found) == set(MEASURES)
    assert found["top-1"].low < found["top-1"].value == 0.75 < found["top-1"].high


def test_confusions_are_pairs() -> None:
    """The most frequent first, then by name."""
    answers = [said("B"), said("B"), said("C"), said("A"), said("A", accept="D")]
    assert confusions(answers, 2) == [(("A", "B"), 2), (("A", "C"), 1)]
