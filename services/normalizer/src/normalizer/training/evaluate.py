"""Measures the classifier as the pipeline uses it: the text cleaned, personal data masked, the town's bounds."""

import time
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.table import Table

from normalizer.pipeline.service import Bounds, Classifier, decides, public_words
from normalizer.pipeline.words import Words, find_personal
from normalizer.training.labelled import LabelledText
from normalizer.training.measures import Answer, Measured, confusions
from shared.cleaning import clean_line, clean_text

MAX_CHARACTERS: Final = 40_000
MAX_CONFUSIONS: Final = 25
LOWER_IS_BETTER: Final = frozenset({"calibration error"})


class Answered(NamedTuple):
    """What was said of all texts, and what it cost."""

    answers: Sequence[Answer]
    cpu_us: float
    """Microseconds a text, of the classifier alone."""


def seen(one: LabelledText) -> str:
    """The text as the classifier sees it."""
    description, _ = clean_text(one.text, max_characters=MAX_CHARACTERS)
    subject = clean_line(one.subject, max_characters=1_000) if one.subject else ""
    return public_words(find_personal(Words(subject, description, "", 0, 0)))


def answer(texts: Iterable[LabelledText], classify: Classifier, bounds: Bounds) -> Answered:
    """Ask the classifier about every text."""
    shown = [(one, seen(one)) for one in texts]
    began = time.process_time()
    guesses = [classify(text) for _, text in shown]
    cost = time.process_time() - began
    answers = [
        Answer(one.accept, tuple(candidate.service_code for candidate in guess.candidates), guess.best.confidence, decides(guess, bounds))
        for (one, _), guess in zip(shown, guesses, strict=True)
    ]
    return Answered(answers, cost / max(1, len(shown)) * 1_000_000)


def figures_table(title: str, columns: dict[str, dict[str, Measured]]) -> Table:
    """The figures of one or more measurements side by side."""
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    for name in columns:
        table.add_column(name, justify="right")
    for figure in next(iter(columns.values())):
        shown = [f"{found[figure].value:.3f} ({found[figure].low:.3f} - {found[figure].high:.3f})" for found in columns.values()]
        table.add_row(figure + (" (low is good)" if figure in LOWER_IS_BETTER else ""), *shown)
    return table


def confusion_table(answers: Sequence[Answer]) -> Table:
    """What was taken for what."""
    table = Table(title="Taken for another, the most frequent first", title_justify="left")
    for heading in ("right", "taken for"):
        table.add_column(heading)
    table.add_column("texts", justify="right")
    for (right, taken), count in confusions(answers, MAX_CONFUSIONS):
        table.add_row(right, taken, str(count))
    return table
