"""A wrong setting stops the start with a sentence."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from normalizer.app import load_rules
from normalizer.pipeline.rules import Rules
from normalizer.settings import NormalizerSettings
from shared.errors import ConfigurationError
from support.examples import SECRET


def settings(changes: Mapping[str, object] | None = None) -> NormalizerSettings:
    return NormalizerSettings.model_validate({"tracking_number_secret": SECRET.decode(), **(changes or {})})


@pytest.fixture(scope="module")
def rules() -> Rules:
    """Without further settings."""
    return load_rules(settings())


def test_the_town_comes_with_the_package(rules: Rules) -> None:
    """Without further settings the service knows the town's services, hours and promises."""
    assert rules.catalogue.general.code == "OTHER"
    assert rules.answer_business_days == 1
    assert rules.tracking_number_secret == SECRET


@pytest.mark.parametrize("name", ["town_file", "catalogue_file", "town_holidays_file"])
def test_a_file_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    """Before the first record is read."""
    with pytest.raises(ConfigurationError, match=r"missing\.yaml cannot be read"):
        load_rules(settings({name: tmp_path / "missing.yaml"}))


def test_the_secret_is_never_shown(rules: Rules) -> None:
    """Not by a traceback, not by a log of the rules."""
    assert SECRET.decode() not in repr(rules)
    assert SECRET.decode() not in repr(settings())
