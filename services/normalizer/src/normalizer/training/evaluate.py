"""Measures the classifier as the pipeline uses it (text cleaned, personal data masked, the town's bounds), and shows what was measured."""

import time
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.table import Table

from normalizer.pipeline.service import Bounds, Classifier, decides, public_words
from normalizer.pipeline.words import find_personal
from normalizer.training.finding import Findings, words_of
from normalizer.training.labelled import LabelledText
from normalizer.training.measures import Answer, Measured, confusions

MAX_CONFUSIONS: Final = 25
LOWER_IS_BETTER: Final = frozenset({"calibration error"})


class Answered(NamedTuple):
    """What was said of all texts, and what it cost."""

    answers: Sequence[Answer]
    cpu_us: float
    """Microseconds a text, of the classifier alone."""


def seen(one: LabelledText) -> str:
    """The text as the classifier sees it."""
    return public_words(find_personal(words_of(one)))


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
        shown = [_shown(found[figure]) for found in columns.values()]
        table.add_row(figure + (" (low is good)" if figure in LOWER_IS_BETTER else ""), *shown)
    return table


def finding_table(title: str, findings: Findings) -> Table:
    """What was to be found, how much of it was, how much of what was told is right; and how often something was told of nothing."""
    alarms = findings.false_alarms
    caption = f"False alarms: {_shown(alarms)} of {findings.harmless} texts without any" if alarms else None
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    table.add_column("what")
    for heading in ("labelled", "recall", "told", "precision"):
        table.add_column(heading, justify="right")
    for one in findings.rows:
        recall = _shown(one.recall) if one.recall else ""
        told = (str(one.told), _shown(one.precision)) if one.precision else ("", "")
        table.add_row(one.what, str(one.labelled), recall, *told)
    return table


def _shown(figure: Measured) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} - {figure.high:.3f})"


def confusion_table(answers: Sequence[Answer]) -> Table:
    """What was taken for what."""
    table = Table(title="Taken for another, the most frequent first", title_justify="left")
    for heading in ("right", "taken for"):
        table.add_column(heading)
    table.add_column("texts", justify="right")
    for (right, taken), count in confusions(answers, MAX_CONFUSIONS):
        table.add_row(right, taken, str(count))
    return table
