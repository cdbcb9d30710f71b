"""The README and the settings name the same variables."""

import re
from pathlib import Path

from intake_web.settings import IntakeWebSettings

README = Path(__file__).parents[3] / "services" / "intake-web" / "README.md"


def test_every_setting_is_in_the_readme_and_nothing_else() -> None:
    """An operator finds each variable there, by its full name or by its family's (``KAFKA_*``)."""
    table = README.read_text(encoding="utf-8").partition("## Settings")[2].partition("## When")[0]
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)(?:\*?)`", table))
    families = tuple(re.findall(r"`([A-Z]+_)\*`", table))
    settings = {name.upper() for name in IntakeWebSettings.model_fields}

    assert {name for name in settings - named if not name.startswith(families)} == set()
    assert {name for name in named - settings if name not in families} == set()
