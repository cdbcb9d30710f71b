"""Measures what tells questions, requests and what is neither apart, as the pipeline uses it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.table import Table

from normalizer.training.evaluate import seen
from normalizer.training.labelled import LabelledText
from shared.contracts import Nature
from shared.town.emergencies import Emergencies
from shared.town.natures import Natures


class Kind(NamedTuple):
    """What a text is, and what it was taken for."""

    right: Nature
    taken: Nature


def tell(texts: Iterable[LabelledText], natures: Natures, emergencies: Emergencies) -> list[Kind]:
    """Every text whose kind is known."""
    return [
        Kind(one.kind, natures.tell(seen(one), is_emergency=emergencies.find(one.text, one.subject) is not None).nature)
        for one in texts
        if one.kind is not None
    ]


def shares(kinds: Sequence[Kind], nature: Nature) -> tuple[float, float]:
    """Precision and recall; 0 where there is nothing to tell them of."""
    counts = Counter(kinds)
    right = counts[Kind(nature, nature)]
    taken, there = sum(kind.taken is nature for kind in kinds), sum(kind.right is nature for kind in kinds)
    return right / taken if taken else 0.0, right / there if there else 0.0


def natures_table(kinds: Sequence[Kind]) -> Table:
    """How often each kind is told, and what it is taken for."""
    table = Table(title=f"Question, request or neither: {len(kinds)} texts", title_justify="left")
    for heading in ("is", "texts", "precision", "recall", *(f"taken for {nature}" for nature in Nature)):
        table.add_column(heading, justify="left" if heading == "is" else "right")
    for nature in Nature:
        precision, recall = shares(kinds, nature)
        taken = [sum(kind == Kind(nature, other) for kind in kinds) for other in Nature]
        table.add_row(nature.value, str(sum(taken)), f"{precision:.3f}", f"{recall:.3f}", *map(str, taken))
    return table
