"""The tracker's own settings, of both roles."""

from typing import Annotated

from pydantic import Field

from shared.settings import Settings


class StoreSettings(Settings):
    """Where the tracker keeps what it knows."""

    tracker_database: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")] = "tracker"
    """The tracker's own database; nobody else writes it."""
    tracker_outcome_hours: Annotated[float, Field(gt=0, le=24 * 35)] = 24.0
    """How long the outcome of a staff change is kept for a caller that asks again."""


class ProjectSettings(Settings):
    """The ``project`` role."""

    tracker_project_group: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] = "tracker-project"
    """The consumer group; its dead letter topic is named after it."""
    tracker_batch_records: Annotated[int, Field(ge=1, le=5_000)] = 500
    """Events folded into one round of writes."""
