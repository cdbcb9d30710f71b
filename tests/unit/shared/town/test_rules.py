"""The catalogue's rules: what they fit, that no text stops them, and that the quick way finds what the slow one finds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ConfigurationError
from shared.town.catalogue import load_catalogue
from shared.town.folding import fold
from shared.town.phrasings import load_phrasings
from shared.town.rules import MAX_CHARACTERS, RuleScorer, WeightedPattern, pattern_fault

PHRASINGS = load_phrasings(load_catalogue())
SCORER = PHRASINGS.scorer()
EXAMPLES = [example for service in PHRASINGS.services.values() for example in (*service.examples.en, *service.examples.es)]
WORDS = sorted({word for example in EXAMPLES for word in example.split()})


def scored(text: str, *patterns: str | tuple[str, float]) -> float | None:
    rules = [WeightedPattern(one, 1.0) if isinstance(one, str) else WeightedPattern(*one) for one in patterns]
    said = RuleScorer({"A": rules})(text).get("A")
    return said.score if said else None


def scores(scorer: RuleScorer, text: str) -> dict[str, float]:
    return {code: said.score for code, said in scorer(text).items()}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÁRBOL  caído\n¡año!", "arbol caido ano!"),
        ("The street-light isn't working", "the street light isnt working"),
        ("it\u2019s at 5:30 p.m., $20", "its at 5:30 p.m., $20"),
        ("Kudos 👏 #311Cary", "kudos #311cary"),
        ("路灯坏了", ""),
        ("", ""),
    ],
)
def test_text_is_compared_without_what_people_set_differently(text: str, folded: str) -> None:
    """Case, accents, apostrophes, hyphens, emoji, blanks."""
    assert fold(text) == folded


@given(st.text())
def test_folded_text_is_ascii_and_stays_as_it_is(text: str) -> None:
    """One blank between words, none at the ends, no capital; folding again changes nothing."""
    folded = fold(text)
    assert folded.isascii()
    assert folded == fold(folded) == " ".join(folded.split()).lower()


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("leak", "It is LEAKING!", "a bleak day"),
        (r"lights?\b", "the lights", "lightning"),
        (r"lights?\b .{0,20}out\b", "lights on our road are out", "lights are outside"),
        (r"lights?\b .{0,20}out\b", "light out", "the light at the corner of Main and Second has been out"),
        ("arbol caido", "Árbol caído", "árbol"),
        ("hasnt", "hasn't moved", "has not moved"),
        ("(dogs?|cats?) .{0,9}loose", "cats on the loose", "loose cats"),
    ],
)
def test_a_pattern_begins_at_a_word_and_ends_anywhere(pattern: str, fits: str, fits_not: str) -> None:
    """A gap is as long as it says, in letters."""
    assert scored(fits, pattern) == 1.0
    assert scored(fits_not, pattern) is None


def test_weights_of_the_rules_that_fit_are_added() -> None:
    """Each once however often it fits, those against the service too."""
    assert scored("light light out", ("light", 2.0), ("out", 0.5), ("traffic", 4.0)) == 2.5
    assert scored("traffic light", ("light", 2.0), ("traffic", -3.0)) == -1.0


def test_a_score_names_the_phrases_that_fitted() -> None:
    """The heaviest first; only those that speak for the service."""
    rules = [WeightedPattern("out", 1.0), WeightedPattern("street .{0,10}lights?", 3.0), WeightedPattern("day", -1.0)]
    said = RuleScorer({"A": rules})("The street's lights are out all day")["A"]
    assert said.phrases == ("streets lights", "out")
    assert set(said.rules) == set(rules)


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join), st.binary().map(lambda raw: raw.decode("latin-1")))
)
def test_any_text_can_be_scored(text: str) -> None:
    """Never an error; only services of the catalogue, always the same."""
    found = scores(SCORER, text)
    assert found.keys() <= PHRASINGS.services.keys()
    assert found == scores(SCORER, text)


def test_the_automaton_finds_what_python_finds() -> None:
    """Python's own engine, rule by rule, says the same of every tenth example; a piece that is missed would silence its rule."""
    expressions = [
        (code, _in_python(rule.pattern), rule.weight) for code, service in PHRASINGS.services.items() for rule in service.rules.both
    ]
    for text in EXAMPLES[::10]:
        expected: dict[str, float] = {}
        for code, expression, weight in expressions:
            if expression.search(fold(text)):
                expected[code] = expected.get(code, 0.0) + weight
        assert scores(SCORER, text) == expected, text


def _in_python(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\.\{0,\d+\})", pattern)
    return re.compile("".join(part if number % 2 else rf"\b(?:{part.strip()})" for number, part in enumerate(parts)), re.ASCII)


def test_an_automaton_without_memory_silences_no_rule() -> None:
    """RE2 then finds nothing at all; every rule is tried by itself."""

    class Exhausted:
        def Match(self, _text: bytes) -> None:  # noqa: N802 - RE2's name
            return None

    scorer = PHRASINGS.scorer()
    scorer._automaton = Exhausted()
    for text in EXAMPLES[::100]:
        assert scores(scorer, text) == scores(SCORER, text)


def test_more_rules_than_the_automaton_holds_are_refused() -> None:
    """At start, with a sentence."""
    with pytest.raises(ConfigurationError, match="more than the 100 bytes"):
        RuleScorer({"A": [WeightedPattern("pothole", 1.0)]}, automaton_bytes=100)


@pytest.mark.parametrize("text", ["a" * 1_000_000, "light " * 200_000, "no water trash " * 70_000, "́" * 1_000_000, "'" * 1_000_000])
def test_a_megabyte_costs_no_more_than_its_beginning(text: str) -> None:
    """What lies beyond the limit is not even folded, so it cannot matter."""
    assert scores(SCORER, text) == scores(SCORER, text[:MAX_CHARACTERS])
    assert SCORER("x " * MAX_CHARACTERS + "pothole") == {}


def test_a_pattern_that_backtracks_elsewhere_is_linear_here() -> None:
    """Python's own engine would need longer than the universe has for this pair."""
    assert scored("a" * 3_000, "(aa?)+(a+)+b") is None


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("(light", "missing )"),
        ("light(?=s)", "invalid perl operator"),
        (r"(li)\1ght", "invalid escape sequence"),
        ("(light .{0,20}out)", "a gap stands outside of parentheses"),
        ("light|lamp .{0,20}out", "put these into parentheses"),
        (".{0,20}light", "fits everything"),
        ("(light)?", "fits everything"),
        (r"\w", "fits everything, or a single letter"),
        ("árbol", "without accents"),
        ("Light", "lower case"),
        ("isn't", "apostrophes"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_told(pattern: str, sentence: str) -> None:
    """What is wrong with it, in the words of whoever has to repair it."""
    assert sentence in (pattern_fault(pattern) or "")
    with pytest.raises(ConfigurationError, match="service A: the pattern"):
        RuleScorer({"A": [WeightedPattern(pattern, 1.0)]})
