"""What whoever hands a report in is told at once, by the clock and by what it is."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from intake_web.telling import told_at_once
from shared.contracts import Emergency, Language
from support.town_rules import RULES, TOWN

ZONE = ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=ZONE)
EVE = datetime(2026, 11, 25, 20, 0, tzinfo=ZONE)
"""Of Thanksgiving."""


@dataclass(frozen=True)
class Report:
    received_at: datetime
    emergency: Emergency | None = None
    is_outside_town: bool = False


def told(at: datetime, emergency: Emergency | None = None, language: Language = Language.EN) -> str:
    return told_at_once(Report(at, emergency), language, TOWN, RULES.calendar) or ""


def test_in_hours_only_an_emergency_is_told_something() -> None:
    """There is nothing else to say at once."""
    assert told(NOON) == ""
    assert told(NOON, Emergency.LIFE_SAFETY) == TOWN.told_at_once(Emergency.LIFE_SAFETY, Language.EN)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (Language.EN, "Our desk is closed now. Because of Thanksgiving it opens on Monday, November 30, at 7:00 a.m."),
        (
            Language.ES,
            "Nuestra oficina está cerrada en este momento. Por el Día de Acción de Gracias, abre el lunes 30 de noviembre a las 7:00 a. m.",
        ),
    ],
)
def test_after_hours_it_depends_on_what_it_is(language: Language, sentence: str) -> None:
    """Everybody is told when the desk opens, after 911 where that is meant; a water or sewer emergency only whom to phone now."""
    assert told(EVE, language=language) == sentence
    assert told(EVE, Emergency.LIFE_SAFETY, language).endswith(sentence)
    assert "911" in told(EVE, Emergency.LIFE_SAFETY, language)
    assert told(EVE, Emergency.WATER_SEWER, language) == TOWN.told_at_once(Emergency.WATER_SEWER, language)
