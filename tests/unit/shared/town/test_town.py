from pathlib import Path

import pytest
import yaml

from shared.contracts import Language
from shared.errors import ConfigurationError
from shared.town.holidays import load_holidays
from shared.town.town import BUNDLED, Town, load_town


def changed(tmp_path: Path, **changes: object) -> Path:
    content = yaml.safe_load(BUNDLED.read_text())
    content.update(changes)
    file = tmp_path / "our-town.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True))
    return file


def test_the_town_can_be_reached_as_it_published() -> None:
    """The numbers, the address and the tags that residents know."""
    town = load_town()
    assert town.phones.advocate.number == "311"
    assert town.phones.advocate.uri == "tel:311"
    assert town.phones.advocate_outside.uri == "tel:+19194694000"
    assert town.phones.water_sewer_emergency_outside.number == "(919) 469-4000"
    assert town.phones.police_non_emergency.number == "(919) 469-4012"
    assert town.phones.emergency.uri == "tel:911"
    assert town.email == "311@carync.gov"
    assert {tag.lower() for tag in town.tags} == {"#311cary", "#cary311"}
    assert town.answer_business_days == 1


def test_every_text_is_there_in_both_languages() -> None:
    """A Spanish page is never half English."""
    town = load_town()
    for text in (town.after_hours, town.emergency_notice, town.public_records_notice, town.hours.text):
        assert text(Language.EN) != text(Language.ES)


def test_an_operator_can_name_another_town(tmp_path: Path) -> None:
    """Nothing of Cary is a constant in code."""
    town = load_town(changed(tmp_path, email="311@example.org"))
    assert town.email == "311@example.org"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "nobody"}, "email"),
        ({"tags": []}, "tags"),
        ({"colour": "blue"}, "colour"),
        ({"hours": {"weekdays": [1], "opens": "07:00", "closes": "06:00", "text": {"en": "x", "es": "x"}}}, "opens must be before closes"),
        ({"hours": {"weekdays": [1], "opens": 420, "closes": "19:00", "text": {"en": "x", "es": "x"}}}, "in quotes"),
        ({"hours": {"weekdays": [], "opens": "07:00", "closes": "19:00", "text": {"en": "x", "es": "x"}}}, "hours.weekdays"),
        ({"web": "carync.gov"}, "web"),
        ({"after_hours": {"en": "only English"}}, "after_hours.es"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start_with_a_sentence(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    """It names the file, the field and what is wrong with it."""
    with pytest.raises(ConfigurationError, match=r"our-town\.yaml") as caught:
        load_town(changed(tmp_path, **changes))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"country": "XX"}, "no rules are known for XX"),
        ({"country": "US", "subdivision": "ZZ"}, "no rules are known for US ZZ"),
        ({"country": "US", "leave_out": ["Boss's Birthday"]}, "which is no holiday there"),
    ],
)
def test_holiday_rules_that_nobody_knows_are_refused(tmp_path: Path, rule: dict[str, object], sentence: str) -> None:
    """A misspelt holiday would otherwise be kept for ever without a word."""
    town = load_town(changed(tmp_path, holidays=rule))
    with pytest.raises(ConfigurationError) as caught:
        load_holidays(town)
    assert sentence in str(caught.value)


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    """An empty file too."""
    file = tmp_path / "our-town.yaml"
    file.write_text("")
    with pytest.raises(ConfigurationError, match="must hold a mapping"):
        load_town(file)


def test_a_town_never_changes_while_it_is_used() -> None:
    """Everybody shares it."""
    assert Town.model_config["frozen"] is True
