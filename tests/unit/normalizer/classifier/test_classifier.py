"""What the classifier says of a text: the same everywhere, of any text, with its reasons."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.classifier.classifier import CANDIDATES, Classifier
from normalizer.classifier.model import load_model
from normalizer.classifier.vectors import UNIT
from normalizer.classifier.words import MAX_WORDS, features, words_of
from normalizer.training.labelled import read_apart, version_of
from shared.errors import ConfigurationError
from shared.town.rules import MAX_CHARACTERS
from support.small_town import small_catalogue, small_phrasings
from support.town_rules import CATALOGUE, CLASSIFY, PHRASINGS, VECTORS

MEGABYTE = 1_000_000
PROC = Path("/proc/self/status")
TEXTS = (
    "The big oak in front of 12 Elm fell over the sidewalk",
    "no recogieron la basura otra vez",
    "STREETLIGHT OUT!!! 3rd nite",
    "\ud800 \U0001f600 \u202e ñandú",
)
PROGRAM = f"""
import json, sys
from normalizer.app import load_classifier
from normalizer.settings import ClassifierSettings
from shared.town.catalogue import load_catalogue
classify = load_classifier(ClassifierSettings(), load_catalogue())
print(json.dumps([str(classify(text)) for text in json.loads({json.dumps(json.dumps(TEXTS))})]))
"""


def test_the_shipped_model_fits_the_shipped_catalogue() -> None:
    """A change of a name, an example or a rule needs ``make train``; without it the service would refuse to start."""
    assert set(load_model().codes) == set(CATALOGUE.services)
    assert load_model().apart_version == version_of(read_apart(CATALOGUE.services))
    assert CLASSIFY.version == load_model().version


def test_a_model_of_another_catalogue_is_refused() -> None:
    """With a sentence that says what to do."""
    with pytest.raises(ConfigurationError, match="trained on another catalogue or other phrasings than are in use: make train"):
        Classifier(load_model(), VECTORS, small_catalogue(), small_phrasings())
    with pytest.raises(ConfigurationError, match="other vectors than are installed: make train"):
        Classifier(replace(load_model(), vectors_version="another"), VECTORS, CATALOGUE, PHRASINGS)


@given(st.text())
@example("\ud800")
@example("\x00")
@example("")
def test_any_text_gets_three_candidates(text: str) -> None:
    """The best first, each service once, with what can be a probability; no text raises."""
    guess = CLASSIFY(text)
    confidences = [candidate.confidence for candidate in guess.candidates]
    assert len({candidate.service_code for candidate in guess.candidates}) == CANDIDATES
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert guess == CLASSIFY(text)


@pytest.mark.parametrize(
    "piece", ["a", "pothole ", "ÁÉ\u0301 ", "\U0001f600", "missed .{0,40}", "aA1-_ \n", "\ud800", "ﷺ", "not picked up "]
)
def test_of_a_megabyte_only_the_beginning_counts(piece: str) -> None:
    """So a text costs no more than its first characters, whatever follows."""
    limit = max(MAX_CHARACTERS, MAX_WORDS * 25)
    assert CLASSIFY(piece * (MEGABYTE // len(piece))) == CLASSIFY((piece * limit)[:limit])


def test_every_process_says_the_same() -> None:
    """Whatever its hash seed and its number of threads: a repeated record gives the same event, byte for byte."""
    said = set()
    for seed, threads in (("0", "1"), ("1", "2")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        said.add(subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True, text=True).stdout)
    assert said == {json.dumps([str(CLASSIFY(text)) for text in TEXTS]) + "\n"}


def test_the_reasons_are_said() -> None:
    """What fitted a rule, and which example of ours is nearest."""
    guess = CLASSIFY("A huge pothole on Maynard Road broke my wheel")
    assert guess.best.service_code == "ST-POTHOLE"
    assert any("pothole" in phrase for phrase in guess.phrases)
    examples = PHRASINGS.services["ST-POTHOLE"].examples
    assert guess.nearest_example in {*examples.en, *examples.es}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("huge pothols everywhere", "ST-POTHOLE"),
        ("my garbege was not pikced up", "SW-MISSED"),
        ("hay un perro muerto en la carretera", "AN-DEAD"),
        ("I would like to dispute my water bill", "UTIL-BILL"),
    ],
)
def test_typing_errors_and_languages_do_not_matter_much(written: str, meant: str) -> None:
    """Pieces of words survive a typing error, and every rule is tried on every text."""
    assert CLASSIFY(written).best.service_code == meant


@given(st.text())
def test_words_are_lower_case_and_few(text: str) -> None:
    """Whatever is written."""
    words = words_of(text)
    assert len(words) <= MAX_WORDS
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words)
    assert all(count >= 1 for count in features(words).values())


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1), max_size=40))
def test_a_vector_is_a_direction_in_whole_numbers(words: list[str]) -> None:
    """So that no order of adding changes it."""
    vector = VECTORS("", words)
    assert all(float(value).is_integer() for value in vector)
    length = float((vector.astype(float) ** 2).sum() ** 0.5)
    assert (length == 0) if not words else abs(length - UNIT) < 16


def test_the_classifier_is_small() -> None:
    """A process that has loaded everything stays below 250 MiB."""
    if not PROC.exists():
        pytest.skip("only Linux says how much a process had at most")
    program = PROGRAM + f"print(open({str(PROC)!r}).read())\n"
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    [most] = [line for line in shown.splitlines() if line.startswith("VmHWM:")]
    assert int(most.split()[1]) < 250 * 1024
