"""How residents speak of the services: complete, and of a piece with the catalogue; and what is wrong with a file is told."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.cli import GROUP, build, run
from shared.contracts import Language
from shared.errors import ConfigurationError
from shared.town.catalogue import Catalogue, load_catalogue
from shared.town.checking import are_many, astray, overlaps, silent_rules
from shared.town.phrasings import BUNDLED, MIN_EXAMPLES, Phrasings, load_phrasings

CATALOGUE = load_catalogue()
PHRASINGS = load_phrasings(CATALOGUE)


def test_every_service_has_phrasings_in_both_languages() -> None:
    """In the catalogue's order, eight examples and a rule at least."""
    assert list(PHRASINGS.services) == list(CATALOGUE.services)
    for service in PHRASINGS.services.values():
        assert all(len(service.examples(language)) >= MIN_EXAMPLES for language in Language)
        assert service.rules.en
        assert service.rules.es


def test_nothing_is_wrong_with_the_bundled_phrasings() -> None:
    """Each rule has an example, services can be told apart, and by the rules alone most examples are their service's."""
    assert list(overlaps(CATALOGUE, PHRASINGS)) == []
    assert list(silent_rules(PHRASINGS)) == []
    assert not are_many(list(astray(PHRASINGS)), PHRASINGS)


def test_examples_hold_no_personal_data() -> None:
    """They are our own: no number to call, no address to write to."""
    text = BUNDLED.read_text()
    assert "@" not in text
    assert "555-" not in text


CODES = ("ST-POTHOLE", "OTHER")


def catalogue(tmp_path: Path) -> Catalogue:
    words = {"en": "word", "es": "palabra"}
    entry = {"name": words, "description": words, "group": "all", "department": "desk_311", "expected_business_days": 3}
    services = [{**entry, "code": code, "keywords": {"en": [code], "es": [code]}} for code in CODES]
    file = tmp_path / "catalogue.yaml"
    file.write_text(yaml.safe_dump({"groups": {"all": words}, "services": services}))
    return load_catalogue(file)


def said(code: str) -> dict[str, Any]:
    word = {"ST-POTHOLE": "pothole", "OTHER": "question"}[code]
    return {
        "examples": {language: [f"{word} {language} {number}" for number in range(MIN_EXAMPLES)] for language in ("en", "es")},
        "rules": {"en": [{"pattern": f"{word} en", "weight": 2}], "es": [{"pattern": f"{word} es", "weight": 2}]},
    }


def loaded(tmp_path: Path, content: object) -> Phrasings:
    file = tmp_path / "ours.yaml"
    file.write_text(yaml.safe_dump(content))
    return load_phrasings(catalogue(tmp_path), file)


def test_phrasings_of_ones_own_are_read(tmp_path: Path) -> None:
    """They decide; another content is another version."""
    phrasings = loaded(tmp_path, {code: said(code) for code in CODES})
    assert phrasings.scorer()("A pothole, en la calle") == {}
    assert phrasings.scorer()("A Pothole en la calle")["ST-POTHOLE"].score == 2.0
    assert phrasings.version != PHRASINGS.version


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "must hold examples and rules by service code"),
        ({"OTHER": said("OTHER")}, "without phrasings: ST-POTHOLE"),
        ({**{code: said(code) for code in CODES}, "NEW": said("OTHER")}, "does not have: NEW"),
    ],
)
def test_phrasings_and_catalogue_have_the_same_services(tmp_path: Path, content: object, sentence: str) -> None:
    """A service without examples would never be found; one that is not there, found and refused."""
    with pytest.raises(ConfigurationError, match=r"ours\.yaml") as caught:
        loaded(tmp_path, content)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("examples", "es"), ["uno", "dos"], "service OTHER: examples.es: Tuple should have at least 8 items"),
        (("examples", "en", 0), "  ", "service OTHER: examples.en.0"),
        (("examples", "en", 0), "...", "'...' holds no words"),
        (("examples", "en", 0), "Question EN  1", "'question en 1' stands at OTHER, too"),
        (("examples", "es", 3), "Pothole en 1", "'Pothole en 1' stands at ST-POTHOLE, too"),
        (("rules", "en"), [], "service OTHER: rules.en"),
        (("rules", "es", 0, "pattern"), "question en", "the pattern 'question en' stands there twice"),
        (("rules", "en", 0, "pattern"), "(question", "the pattern '(question' is no regular expression"),
        (("rules", "en", 0, "weight"), 0, "weighs nothing"),
        (("rules", "en", 0, "weight"), 11, "rules.en.0.weight"),
        (("rules", "en", 0, "weigth"), 1, "rules.en.0.weigth"),
    ],
)
def test_a_mistake_stops_the_start_with_a_sentence(tmp_path: Path, path: tuple[str | int, ...], value: object, sentence: str) -> None:
    """It names the file, the service and what is wrong."""
    content = {code: said(code) for code in CODES}
    place: Any = content["OTHER"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ConfigurationError, match=r"ours\.yaml") as caught:
        loaded(tmp_path, content)
    assert sentence in str(caught.value)


def test_what_is_valid_and_still_wrong_is_found(tmp_path: Path) -> None:
    """A shared pattern, examples all but equal, a rule that fits nothing, an example that another service's rules take."""
    content = {code: said(code) for code in CODES}
    content["ST-POTHOLE"]["rules"]["en"] += [{"pattern": "question es", "weight": 3}, {"pattern": "crater", "weight": -1}]
    content["ST-POTHOLE"]["examples"]["en"][0] = "a question about the big hole here"
    content["OTHER"]["examples"]["en"][0] = "a question about the big hole there"
    phrasings = loaded(tmp_path, content)
    assert {finding.what for finding in overlaps(catalogue(tmp_path), phrasings)} == {
        "the pattern 'question es' is ST-POTHOLE's, too",
        "'a question about the big hole there' is much like ST-POTHOLE's 'a question about the big hole here'",
    }
    assert [finding.what for finding in silent_rules(phrasings)] == [
        "'question es' (+3) fits no example",
        "'crater' (-1) fits no example of another service",
    ]
    assert {finding.what for finding in astray(phrasings)} == {
        f"'question es {number}': ST-POTHOLE 3, OTHER 2" for number in range(MIN_EXAMPLES)
    }
    assert are_many(list(astray(phrasings)), phrasings)


def test_the_command_tells_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 where nothing is to be looked at, 1 where something is, 2 where a file is wrong."""
    plugins = list(entry_points(group=GROUP, name="catalogue"))

    def check(*arguments: str) -> int:
        return run(build(plugins, ["catalogue"]), ["catalogue", "check", *arguments])

    assert check() == 0
    assert "Overlaps: none" in capsys.readouterr().out

    content = {code: said(code) for code in CODES}
    content["OTHER"]["rules"]["en"].append({"pattern": "crater", "weight": 1})
    loaded(tmp_path, content)
    ours = ("--catalogue", str(tmp_path / "catalogue.yaml"), "--phrasings", str(tmp_path / "ours.yaml"))
    assert check(*ours) == 1
    assert "OTHER         'crater' (+1) fits no example" in capsys.readouterr().out

    (tmp_path / "ours.yaml").write_text("[")
    assert check(*ours) == 2
    assert "ours.yaml is not valid YAML" in capsys.readouterr().err
