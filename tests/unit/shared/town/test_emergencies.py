"""The recogniser of emergencies: its rules are data, it takes any text, and no text makes it slow."""

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import Emergency
from shared.errors import ConfigurationError
from shared.town.emergencies import BUNDLED, MAX_CHARACTERS, Emergencies, Found, load_emergencies

RULES = load_emergencies()
SMALL = {
    "words": {"person": "man woman"},
    "harmless": {"en": ["fire hydrant"]},
    "elsewhere": {"en": ["last week"]},
    "now": {"en": ["right now"]},
    "rules": [
        {
            "name": "fire", "emergency": "life_safety",
            "phrases": {"en": ["on fire", "$person ..2 burning"], "es": ["fuego"]}, "unless": {"en": ["grill"]},
        },
        {"name": "main", "emergency": "water_sewer", "phrases": {"en": ["main broke", "^ flood $"]}},
    ],
}  # fmt: skip


def written(folder: Path, **changes: object) -> Path:
    path = folder / "emergencies.yaml"
    path.write_text(yaml.safe_dump({**SMALL, **changes}))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Emergencies:
    return load_emergencies(written(tmp_path))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The house is ON FIRE!", "fire"),
        ("¡Fuégo!", "fire"),
        ("the house is on fiiiire", "fire"),
        ("a man who is burning", "fire"),
        ("a man, and then four words burning", None),
        ("a man left. burning leaves", None),
        ("on the fire", None),
        ("The fire hydrant on fire hydrant street", None),
        ("it was on fire last week", None),
        ("it was on fire last week, and is right now", "fire"),
        ("it was on fire. Last week we had rain", "fire"),
        ("the grill is on fire", None),
        ("The main broke", "main"),
        ("main broke and the house is on fire", "fire"),
        ("Flood", "main"),
        ("flood plain", None),
        ("", None),
    ],
)
def test_a_rule_holds_where_nothing_in_its_sentence_undoes_it(small: Emergencies, text: str, rule: str | None) -> None:
    """Case, accents and drawn-out letters change nothing; the first rule of the file counts."""
    found = small.find(text)
    assert (found.rule if found else None) == rule


def test_the_subject_counts_too(small: Emergencies) -> None:
    """What a mail's subject alone says."""
    assert small.find("Please come to 12 Elm", "House on fire") == Found(Emergency.LIFE_SAFETY, "fire", "on fire")
    assert small.find("fire at noon", "Meet me on") is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rules": []}, "emergencies.yaml: rules"),
        ({"wrods": {}}, "wrods"),
        ({"words": {"person": "a-b"}}, "words: 'a-b' is no word"),
        ({"rules": [SMALL["rules"][0], SMALL["rules"][0]]}, "two rules have the same name"),  # type: ignore[index]
        ({"rules": [{"name": "x", "emergency": "flood", "phrases": {"en": ["y"]}}]}, "emergency"),
        ({"rules": [{"name": "x", "emergency": "life_safety", "phrases": {}}]}, "rule x: it has no phrases"),
        ({"rules": [{"name": "x", "emergency": "life_safety", "phrases": {"en": ["$people fire"]}}]}, "rule x: phrase '$people fire'"),
        ({"rules": [{"name": "x", "emergency": "life_safety", "phrases": {"en": ["a ..99 b"]}}]}, "a gap has 1 to 20 words"),
        ({"rules": [{"name": "x", "emergency": "life_safety", "phrases": {"en": ["a? .."]}}]}, "it needs a word that must be there"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_stops_the_start_with_a_sentence(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    """It names the rule and the phrase, and no resident ever meets it."""
    with pytest.raises(ConfigurationError) as caught:
        load_emergencies(written(tmp_path, **changes))
    assert sentence in str(caught.value)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    """Missing, or not a mapping."""
    for content in (None, "- a\n"):
        path = tmp_path / "emergencies.yaml"
        if content:
            path.write_text(content)
        with pytest.raises(ConfigurationError, match=r"emergencies\.yaml"):
            load_emergencies(path)


def test_every_phrase_of_the_town_is_an_expression() -> None:
    """Expressions are compiled when they are first needed: none may fail then."""
    for _, phrase in RULES._phrases:
        assert phrase.expression.pattern
    RULES.find("the house was on fire last week")
    assert len(RULES.version) == 64
    assert BUNDLED.exists()


@given(st.text(max_size=400), st.text(max_size=40))
def test_any_text_is_taken(text: str, subject: str) -> None:
    """It never fails, and says the same again."""
    assert RULES.find(text, subject) == RULES.find(text, subject)


@given(st.lists(st.sampled_from("my house is on fire last week not gun . water main broke no help ! man hit by car".split()), max_size=60))  # noqa: SIM905
def test_any_order_of_telling_words_is_taken(words: list[str]) -> None:
    """Phrases that meet halfway fail no more than others."""
    RULES.find(" ".join(words))


@pytest.mark.parametrize(
    "piece",
    ["fire ", "yesterday fire at my house ", "water no main broke ", "man woman kid child ", ". ", "\ufdfa", "'", "e\u0301\u0301", "a"],
)
def test_time_does_not_grow_with_a_hostile_text(piece: str) -> None:
    """Only its first part is read, and no repetition is unbounded: a hundred times more takes no longer."""
    RULES.find(piece * 1_000)
    started = time.process_time()
    RULES.find(piece * (100 * MAX_CHARACTERS // len(piece)))
    assert time.process_time() - started < 5
