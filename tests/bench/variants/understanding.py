"""Submissions whose service is left to us, normalized in this process: with a classifier and a recogniser of languages, and without."""

from collections.abc import Mapping
from dataclasses import replace
from types import EllipsisType
from typing import Any

from bench.stopwatch import Stopwatch
from bench.submissions import submissions
from normalizer.app import load_rules
from normalizer.classifier.classifier import Guess
from normalizer.pipeline import language
from normalizer.pipeline.normalize import normalize
from normalizer.pipeline.rules import Rules
from normalizer.settings import RulesSettings
from shared.contracts import Candidate, Place
from shared.settings import load
from shared.town.catalogue import GENERAL_CODE

WARM_UP = 200
"""A service that runs has met the usual words."""


class NoClassifier:
    """Knows nothing of any text."""

    version = "none"
    _nothing = Guess((Candidate(service_code=GENERAL_CODE, confidence=0),), (), None)

    def __call__(self, text: str) -> Guess:
        """The general service."""
        return self._nothing


class NoRecogniser:
    """Takes every text for English."""

    version = "none"
    _english = language.Guess("en", 1.0)

    def __call__(self, text: str) -> language.Guess:
        """English."""
        return self._english


async def whole_pipeline(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """All steps."""
    return _timed(load_rules(load(RulesSettings)), spec["items"])


async def bare_pipeline(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """All but those that understand the text."""
    return _timed(replace(load_rules(load(RulesSettings)), classify=NoClassifier(), recogniser=NoRecogniser()), spec["items"])


async def pointed_pipeline(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """All steps, on texts that name a house; the sender pointed to a map, so that nobody looks for it."""
    return _timed(load_rules(load(RulesSettings)), spec["items"], Place(lat=35.79, long=-78.78))


async def searching_pipeline(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """The same texts from senders who gave no place."""
    return _timed(load_rules(load(RulesSettings)), spec["items"], None)


def _timed(rules: Rules, items: int, place: Place | EllipsisType | None = ...) -> Mapping[str, float]:
    """``place``: of every submission, whose text then names a house; without, each has its own."""
    made = [one.model_copy(update={"service_code": None}) for one in submissions(items + WARM_UP, rules.tracking_number_secret)]
    if place is not ...:
        made = [one.model_copy(update={"place": place, "text": f"{one.text} It is at 123 Invented Oak Drive."}) for one in made]
    for submission in made[:WARM_UP]:
        normalize(submission, rules)
    watch = Stopwatch()
    watch.start()
    for submission in made[WARM_UP:]:
        normalize(submission, rules)
    watch.stop()
    return watch.figure(items)
