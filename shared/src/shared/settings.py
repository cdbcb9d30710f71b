"""Settings come from the environment (and files for secrets), are checked at start, and a wrong one stops the start with a sentence."""

from pathlib import Path
from typing import Annotated, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, SecretBytes, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import ConfigurationError

MIN_SECRET_BYTES = 32


class Settings(BaseSettings):
    """Base of every service's settings: upper-case environment variables, ``*_FILE`` folders by ``SECRETS_DIR``, immutable."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True, use_attribute_docstrings=True)


class KafkaSettings(Settings):
    """How to reach Kafka."""

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    """Comma list of host:port."""
    kafka_partitions: Annotated[int, Field(ge=1, le=1000)] = 48
    """Partitions of each topic; part of the contract, never changed within a topic's version."""
    kafka_replication_factor: Annotated[int, Field(ge=1, le=7)] = 3
    """Replicas of each partition; 1 on a laptop."""
    kafka_min_insync_replicas: Annotated[int, Field(ge=1, le=7)] = 2
    """How many replicas must have a record before it counts as acknowledged."""
    kafka_publish_timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    """How long a publish may wait for acknowledgement before it counts as failed."""
    kafka_session_timeout_ms: Annotated[int, Field(ge=6_000, le=300_000)] = 10_000
    """How long a silent member keeps its partitions."""
    kafka_create_topics: bool = True
    """Create missing topics at start; production may leave that to its own tools."""

    @model_validator(mode="after")
    def _replicas_suffice(self) -> Self:
        if self.kafka_min_insync_replicas > self.kafka_replication_factor:
            msg = "KAFKA_MIN_INSYNC_REPLICAS must not exceed KAFKA_REPLICATION_FACTOR"
            raise ValueError(msg)
        return self


class MongoSettings(Settings):
    """How to reach MongoDB."""

    mongodb_uri: SecretStr = SecretStr("mongodb://127.0.0.1:27017/")
    """Connection string; may hold a password and is never printed."""
    mongodb_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 3.0
    """How long a call may take until the caller is told 503."""
    attachments_database: str = "attachments"
    """The GridFS database that adapters write and the tracker reads."""


class TownSettings(Settings):
    """What is the town's own, and never a constant in code."""

    tracking_number_secret: SecretBytes
    """Derives tracking numbers; at least 32 bytes; the same in every service, for the life of the system."""
    town_timezone: str = "America/New_York"
    """IANA name of the town's zone."""
    town_holidays_file: Path | None = None
    """A YAML list of dates (and names) on which advocates do not work, beside the catalogue's calendar."""
    catalogue_file: Path | None = None
    """The service catalogue; None: the one that comes with the package."""
    jurisdiction_id: str = "carync.gov"
    """Open311's name of this endpoint's jurisdiction."""

    @field_validator("tracking_number_secret")
    @classmethod
    def _long_enough(cls, secret: SecretBytes) -> SecretBytes:
        if len(secret.get_secret_value()) < MIN_SECRET_BYTES:
            msg = f"must have at least {MIN_SECRET_BYTES} bytes"
            raise ValueError(msg)
        return secret

    @field_validator("town_timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            msg = "must be an IANA time zone such as America/New_York"
            raise ValueError(msg) from None
        return name

    @property
    def timezone(self) -> ZoneInfo:
        """The town's zone."""
        return ZoneInfo(self.town_timezone)


class OperationsSettings(Settings):
    """What every process has."""

    health_host: str = "127.0.0.1"
    """Where ``/livez``, ``/readyz`` and ``/metrics`` listen; 0.0.0.0 in a pod."""
    health_port: Annotated[int, Field(ge=0, le=65_535)] = 9_311
    """0: any free port (tests)."""
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_format: Annotated[str, Field(pattern="^(json|text|auto)$")] = "auto"
    """json for machines, text for people, auto: text on a terminal."""
    shutdown_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    """How long a graceful stop may take."""


S = TypeVar("S", bound=Settings)


def load(settings: type[S]) -> S:
    """The settings from the environment.

    Raises:
        ConfigurationError: naming each wrong variable and what is wrong with it, never its value.
    """
    try:
        return settings()
    except ValidationError as error:
        lines = [f"{'.'.join(str(step) for step in item['loc']).upper() or 'settings'}: {item['msg']}" for item in error.errors(include_url=False, include_context=False, include_input=False)]
        raise ConfigurationError("wrong settings: " + "; ".join(lines)) from None
    except OSError as error:
        raise ConfigurationError(f"settings could not be read: {type(error).__name__}") from None
