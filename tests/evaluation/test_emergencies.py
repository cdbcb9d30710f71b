"""The rules of emergencies against texts labelled by hand: none missed, few false alarms."""

import json
from pathlib import Path

import pytest

from shared.contracts import Emergency
from shared.town.emergencies import load_emergencies
from support.labelled_texts import read_labelled

RULES = load_emergencies()
LABELS = {"911": Emergency.LIFE_SAFETY, "water": Emergency.WATER_SEWER, "none": None}
MAX_FALSE_ALARMS = 0.03
"""Of the texts that are none; the issue's own bound."""


def more_texts() -> list[tuple[str, Emergency | None]]:
    """Further emergencies and what sounds like them, in all the ways that came to mind."""
    lines = (Path(__file__).parent / "emergencies.jsonl").read_text().splitlines()
    return [(row["text"], LABELS[row["emergency"]]) for row in map(json.loads, lines)]


SETS = {"texts": [(row.text, row.expected_emergency) for row in read_labelled()], "emergencies": more_texts()}


def told(text: str) -> Emergency | None:
    found = RULES.find(text)
    return found.emergency if found else None


@pytest.mark.parametrize("name", SETS)
def test_no_emergency_is_missed(name: str) -> None:
    """Each is told to phone, and to dial the number that helps."""
    assert [text for text, emergency in SETS[name] if emergency and told(text) is not emergency] == []


@pytest.mark.parametrize("name", SETS)
def test_false_alarms_are_few(name: str) -> None:
    """Also where every text without an emergency was written to sound like one."""
    harmless = [text for text, emergency in SETS[name] if emergency is None]
    alarms = [text for text in harmless if told(text)]
    assert len(alarms) <= MAX_FALSE_ALARMS * len(harmless), alarms


def test_labels_do_not_contradict_each_other() -> None:
    """A text that stands in both files has one label, and none stands twice."""
    labels: dict[str, set[Emergency | None]] = {}
    for text, emergency in SETS["texts"] + SETS["emergencies"]:
        labels.setdefault(text.casefold(), set()).add(emergency)
    assert [text for text, found in labels.items() if len(found) > 1] == []
    assert len({text.casefold() for text, _ in SETS["emergencies"]}) == len(SETS["emergencies"])
