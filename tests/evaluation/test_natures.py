"""The rules of natures against texts labelled by hand: neither a question nor a request is often taken for something else."""

import operator
from collections import Counter
from pathlib import Path

import pytest

from normalizer.training.labelled import LabelledText, read_labelled
from normalizer.training.natures import Kind, shares, tell
from shared.contracts import Nature
from shared.town.catalogue import load_catalogue
from shared.town.emergencies import load_emergencies
from shared.town.natures import load_natures

FOLDER = Path(__file__).parent


def texts(name: str) -> list[LabelledText]:
    return read_labelled(FOLDER / name, load_catalogue().services)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("natures.jsonl", {Nature.INQUIRY: (0.95, 0.95), Nature.SERVICE_REQUEST: (0.95, 0.95), Nature.NEITHER: (0.95, 0.95)}),
        # Nobody repaired anything by these: what is to be expected of texts that were never seen.
        ("texts.jsonl", {Nature.INQUIRY: (0.75, 0.70), Nature.SERVICE_REQUEST: (0.92, 0.94), Nature.NEITHER: (0.75, 0.65)}),
    ],
)
def test_each_kind_is_told(name: str, least: dict[Nature, tuple[float, float]]) -> None:
    """Precision and recall do not fall behind what was reached."""
    kinds = tell(texts(name), load_natures(), load_emergencies())
    found = {nature: shares(kinds, nature) for nature in Nature}
    assert {nature: found[nature] for nature in Nature if any(map(operator.lt, found[nature], least[nature]))} == {}


def test_an_emergency_is_never_a_question_or_neither() -> None:
    """Of all labelled texts."""
    emergencies = load_emergencies()
    alarming = [one for name in ("natures.jsonl", "texts.jsonl") for one in texts(name) if emergencies.find(one.text)]
    assert alarming
    assert {kind.taken for kind in tell(alarming, load_natures(), emergencies)} == {Nature.SERVICE_REQUEST}


def test_the_set_is_wide_enough() -> None:
    """Each kind in numbers that a share can be told of, a fifth in Spanish, and no text twice."""
    rows = texts("natures.jsonl")
    counts = Counter(row.kind for row in rows)
    assert len(rows) >= 200
    assert min(counts[nature] for nature in Nature) >= 50
    assert len({row.text.casefold() for row in rows}) == len(rows)


def test_shares_are_precision_and_recall() -> None:
    """Two of three that were taken for it are right, two of four that are it were found; of nothing 0."""
    inquiry, request = Nature.INQUIRY, Nature.SERVICE_REQUEST
    kinds = [Kind(inquiry, inquiry)] * 2 + [Kind(request, inquiry)] + [Kind(inquiry, request)] * 2
    assert shares(kinds, inquiry) == (2 / 3, 0.5)
    assert shares(kinds, Nature.NEITHER) == (0.0, 0.0)
