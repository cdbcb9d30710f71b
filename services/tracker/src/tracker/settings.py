"""The tracker's own settings, of both roles."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from shared.settings import CalendarSettings, KafkaSettings, KeySettings, MongoSettings, OperationsSettings, Settings


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


class ServeSettings(KafkaSettings, MongoSettings, OperationsSettings, KeySettings, CalendarSettings, StoreSettings):
    """The ``serve`` role. The secret that tracking numbers are derived with is not among them: reading needs none."""

    tracker_host: str = "127.0.0.1"
    """Where the tracker listens; 0.0.0.0 in a pod."""
    tracker_port: Annotated[int, Field(ge=0, le=65_535)] = 8_312
    """0: any free port (tests)."""
    public_base_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")] = "http://127.0.0.1:8311"
    """The one address of the system as residents and integrators see it, without a slash at its end."""

    jurisdiction_id: str = "carync.gov"
    """Open311's name of this endpoint's jurisdiction."""
    discovery_contact: str | None = None
    """GeoReport's discovery: whom integrators ask; None: the town's 311 page, telephone and e-mail address."""
    discovery_key_service: str | None = None
    """GeoReport's discovery: how to get a key; None: by asking the contact."""
    discovery_test_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = None
    """GeoReport's discovery: the test endpoint; None: the production one stands for both."""
    discovery_changeset: AwareDatetime = datetime(2026, 1, 1, tzinfo=UTC)
    """GeoReport's discovery: when the endpoints last changed; never in the future."""

    tracker_wait_seconds: Annotated[float, Field(ge=0, le=60)] = 3.0
    """How long the caller of a change waits to see it done; then the answer is 202."""
    tracker_page_items: Annotated[int, Field(ge=1, le=1_000)] = 50
    """Requests on a page of a list, where the caller names no limit."""
    tracker_max_page_items: Annotated[int, Field(ge=1, le=1_000)] = 200
    """And the largest limit that a caller may name."""
    tracker_duplicate_metres: Annotated[float, Field(gt=0, le=5_000)] = 50.0
    """A request of the same service so near may be about the same thing: about the length of a few houses."""
    tracker_duplicate_days: Annotated[int, Field(ge=1, le=366)] = 30
    """And so many days apart at most."""
    tracker_duplicate_items: Annotated[int, Field(ge=1, le=20)] = 5
    """How many possible duplicates are told: a person is to look at each."""
    tracker_body_bytes: Annotated[int, Field(ge=1_024, le=16 * 1024 * 1024)] = 512 * 1024
    """Of a change; the longest order to redact has half of it."""
    tracker_body_seconds: Annotated[float, Field(gt=0, le=300)] = 15.0
    """How long a body may take to arrive."""
    tracker_max_connections: Annotated[int, Field(ge=10)] = 1_000
    """Connections and requests under way at once; more are answered 503."""

    @model_validator(mode="after")
    def _pages_fit(self) -> Self:
        if self.tracker_page_items > self.tracker_max_page_items:
            msg = "TRACKER_PAGE_ITEMS must not exceed TRACKER_MAX_PAGE_ITEMS"
            raise ValueError(msg)
        return self
