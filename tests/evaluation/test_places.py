"""Places in texts labelled by hand: found where there is one, in the right words and the right form, and nowhere else."""

import json
from pathlib import Path
from typing import Any

from normalizer.pipeline.place_in_text import find_place
from normalizer.pipeline.words import Texts
from shared.contracts import Text
from shared.pii import find_personal_data

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "places.jsonl").read_text(encoding="utf-8").splitlines()
]
MIN_RECALL, MIN_PRECISION = 0.98, 0.98
"""What is reached on texts that the rules have been repaired by; ``README.md`` has what was reached before."""


def found(text: str) -> tuple[str, str | None] | None:
    """The words and the normalised address, as the normalizer sees a description."""
    texts = Texts(subject=None, description=Text(content=text, personal=find_personal_data(text)), quoted=None, decisions=())
    place = find_place(texts, is_continued=False)
    return (place[0], place[1].normalized) if place else None


def test_places_are_found_and_only_they() -> None:
    """A wrong place is worse than none: an advocate, or a crew, goes there."""
    wanted = {row["text"]: (row["words"], row["normalized"]) for row in ROWS if row["words"]}
    got = {row["text"]: place for row in ROWS if (place := found(row["text"]))}
    right = [text for text, place in got.items() if wanted.get(text) == place]
    wrong = {text: place for text, place in got.items() if wanted.get(text) != place}
    missed = wanted.keys() - set(right)
    assert len(right) >= MIN_RECALL * len(wanted), missed
    assert len(right) >= MIN_PRECISION * len(got), wrong


def test_the_measure_is_sound() -> None:
    """Both languages, near misses in number, no text twice, and the words of a place stand in its text."""
    assert len({row["text"] for row in ROWS}) == len(ROWS)
    assert sum(row["words"] is None for row in ROWS) >= 60
    assert sum(row["language"] == "es" for row in ROWS) >= 25
    assert [row for row in ROWS if row["words"] and row["words"] not in row["text"]] == []
