"""The classifier ``full``: through sentence vectors where their packages are installed, else a sentence that says what is missing."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from normalizer.classifier.classifier import Classifier
from normalizer.classifier.model import BUNDLED, from_bytes, load_model, to_bytes
from normalizer.classifier.sentences import COMPONENTS, MOST, UNIT, SentenceVectors, load_sentences
from normalizer.training.train import train
from shared.errors import ConfigurationError
from shared.town.catalogue import load_catalogue
from shared.town.phrasings import load_phrasings
from support.small_town import small_catalogue, small_given, small_phrasings

IS_INSTALLED = find_spec("onnxruntime") is not None
needs_the_extra = pytest.mark.skipif(not IS_INSTALLED, reason="the extra is not installed: pip install -r requirements/normalizer-full.txt")


@pytest.fixture(scope="module")
def vectors() -> SentenceVectors:
    return load_sentences()


@pytest.mark.skipif(IS_INSTALLED, reason="the extra is installed")
def test_without_the_extra_the_start_says_what_is_missing() -> None:
    """Not a stack trace."""
    with pytest.raises(ConfigurationError, match=r"CLASSIFIER=full needs the packages of the extra cary311-normalizer\[full\]"):
        load_sentences()


@needs_the_extra
@pytest.mark.parametrize("text", ["a pothole", "bache", "\ud800 broken", "x" * 100_000, "a " * 50_000])
def test_any_text_has_a_direction(vectors: SentenceVectors, text: str) -> None:
    """In whole numbers, the same each time; eight bits hold each."""
    vector = vectors(text, ["word"])
    assert np.array_equal(vector, np.rint(vector))
    assert np.abs(vector).max() <= MOST
    assert abs(float(np.linalg.norm(vector)) - UNIT) < 16
    assert np.array_equal(vector, vectors(text, ["word"]))


@needs_the_extra
def test_a_text_without_words_has_none(vectors: SentenceVectors) -> None:
    """Nothing speaks for any service then."""
    assert not vectors("???", []).any()
    assert vectors("???", []).shape == (COMPONENTS,)


@needs_the_extra
def test_what_is_learnt_through_them_can_be_used(vectors: SentenceVectors) -> None:
    """The examples' vectors stand in the model, so that a start does not take half a minute; through others it is refused."""
    catalogue, phrasings = small_catalogue(), small_phrasings()
    model = from_bytes(to_bytes(train(catalogue, phrasings, vectors, small_given(), say=lambda _: None)), "model")
    classify = Classifier(model, vectors, catalogue, phrasings)
    guess = classify("the asphalt has a crater that eats tyres")
    assert guess.best.service_code == "ST-POTHOLE"
    assert guess.nearest_example in phrasings.services["ST-POTHOLE"].examples.en
    with pytest.raises(ConfigurationError, match="other vectors than are installed: make train"):
        Classifier(replace(model, vectors_version="another"), vectors, catalogue, phrasings)


@needs_the_extra
def test_the_shipped_model_fits_the_shipped_catalogue(vectors: SentenceVectors) -> None:
    """As the light one does."""
    catalogue = load_catalogue()
    classify = Classifier(load_model(BUNDLED["full"]), vectors, catalogue, load_phrasings(catalogue))
    assert classify("light pole knocked over by a car").best.service_code == "ST-LIGHT"
