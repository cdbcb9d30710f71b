"""What the doors of intake-web share, built once in ``app.py``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from intake_web.door import Door
from intake_web.intake import Intake
from intake_web.photos import Darkroom
from intake_web.receipts import Receipts
from intake_web.settings import IntakeWebSettings
from intake_web.tracker_client import TrackerClient
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import Catalogue
from shared.town.emergencies import Emergencies
from shared.town.town import Town


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one process."""

    settings: IntakeWebSettings
    intake: Intake
    catalogue: Catalogue
    town: Town
    emergencies: Emergencies
    calendar: BusinessCalendar
    door: Door
    darkroom: Darkroom
    tracker: TrackerClient
    receipts: Receipts
    clock: Callable[[], datetime]
    """The present moment, aware."""
    new_form_key: Callable[[], str]
    """A form key that nobody can guess."""
