"""Settings come from the environment (and files for secrets), are checked at start, and a wrong one stops the start with a sentence."""

import os
import ssl
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretBytes, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from shared.api_keys import ApiKey
from shared.errors import ConfigurationError

MIN_SECRET_BYTES: Final = 32
MAX_FILE_BYTES: Final = 1024 * 1024


def _long_enough(secret: SecretBytes) -> SecretBytes:
    if len(secret.get_secret_value()) < MIN_SECRET_BYTES:
        msg = f"must have at least {MIN_SECRET_BYTES} bytes"
        raise ValueError(msg)
    return secret


LongSecret = Annotated[SecretBytes, AfterValidator(_long_enough)]
"""What others must not be able to guess: a key to sign or to derive with, of ``MIN_SECRET_BYTES`` at least."""


class _FromFiles(PydanticBaseSettingsSource):
    """``NAME_FILE`` names a file whose content is the value of ``NAME``: how orchestrators hand over secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = field_name.upper()
        path = os.environ.get(f"{name}_FILE")
        if not path:
            return None, field_name, False
        if os.environ.get(name):
            raise ConfigurationError(f"wrong settings: {name} and {name}_FILE are both set; set one of them")
        try:
            with Path(path).open("rb") as file:
                content = file.read(MAX_FILE_BYTES).decode("utf-8")
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"wrong settings: {name}_FILE: the file cannot be read ({type(error).__name__})") from None
        return content.rstrip("\r\n"), field_name, self.field_is_complex(field)

    def __call__(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, key, is_complex = self.get_field_value(field, field_name)
            if value is not None:
                values[key] = self._decoded(field_name, field, value) if is_complex else value
        return values

    def _decoded(self, field_name: str, field: FieldInfo, value: str) -> Any:  # noqa: ANN401 - whatever the JSON says; validated next
        try:
            return self.decode_complex_value(field_name, field, value)
        except ValueError:
            raise ConfigurationError(f"wrong settings: {field_name.upper()}_FILE: the content is not JSON") from None


class Settings(BaseSettings):
    """Base of every service's settings: upper-case environment variables or files that ``NAME_FILE`` names; immutable."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True, use_attribute_docstrings=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature; no hidden files decide
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments (tests), then the environment, then the files that it names."""
        return init_settings, env_settings, _FromFiles(settings_cls)


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
    kafka_compression_type: Annotated[str, Field(pattern="^(none|zstd|lz4|gzip)$")] = "none"
    """How produced batches are compressed: none costs the least CPU, zstd the least network and disk."""
    kafka_session_timeout_ms: Annotated[int, Field(ge=6_000, le=300_000)] = 10_000
    """How long a silent member keeps its partitions."""
    kafka_create_topics: bool = True
    """Create missing topics at start; production may leave that to its own tools."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = "PLAINTEXT"
    """PLAINTEXT on one machine, SSL: TLS, SASL_SSL: TLS with a name and a password (SCRAM-SHA-512)."""
    kafka_ca_file: Path | None = None
    """Certificates to trust in the place of the system's. The brokers' are always verified."""
    kafka_sasl_username: str | None = None
    """Who we are, with SASL_SSL."""
    kafka_sasl_password: SecretStr | None = None
    """And the proof; rather in a file."""

    @model_validator(mode="after")
    def _replicas_suffice(self) -> Self:
        if self.kafka_min_insync_replicas > self.kafka_replication_factor:
            msg = "KAFKA_MIN_INSYNC_REPLICAS must not exceed KAFKA_REPLICATION_FACTOR"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _signs_in_or_not(self) -> Self:
        has = (self.kafka_sasl_username is not None, self.kafka_sasl_password is not None)
        if has != (self.kafka_security_protocol == "SASL_SSL",) * 2:
            msg = "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go together with KAFKA_SECURITY_PROTOCOL=SASL_SSL, and with no other"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _knows_whom_to_trust(self) -> Self:
        if self.kafka_ca_file is None:
            return self
        if self.kafka_security_protocol == "PLAINTEXT":
            msg = "KAFKA_CA_FILE needs KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL"
            raise ValueError(msg)
        try:
            self.kafka_tls()
        except OSError as error:  # ssl.SSLError is one
            msg = f"KAFKA_CA_FILE: no certificates can be read from it ({type(error).__name__})"
            raise ValueError(msg) from None
        return self

    def kafka_tls(self) -> ssl.SSLContext | None:
        """How brokers prove who they are, read anew each time; None: they need not, nobody listens on one machine.

        Raises:
            OSError: the file of certificates cannot be read any more.
        """
        if self.kafka_security_protocol == "PLAINTEXT":
            return None
        return ssl.create_default_context(cafile=self.kafka_ca_file)


class MongoSettings(Settings):
    """How to reach MongoDB."""

    mongodb_uri: SecretStr = SecretStr("mongodb://127.0.0.1:27017/")
    """Connection string; may hold a password and is never printed."""
    mongodb_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 3.0
    """How long a call may take until the caller is told 503."""
    attachments_database: str = "attachments"
    """The GridFS database that adapters write and the tracker reads."""


class CatalogueSettings(Settings):
    """Where the town's services and departments stand."""

    town_file: Path | None = None
    """How to reach the town, its hours and its departments; None: the file that comes with the package."""
    catalogue_file: Path | None = None
    """The service catalogue; None: the one that comes with the package."""


class CalendarSettings(CatalogueSettings):
    """When advocates work."""

    town_timezone: str = "America/New_York"
    """IANA name of the town's zone."""
    town_holidays_file: Path | None = None
    """A YAML list of dates (and names) on which advocates do not work, beside the rules of the town's file."""

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


class WordsSettings(CatalogueSettings):
    """By which rules words are understood."""

    emergencies_file: Path | None = None
    """What sounds like an emergency; None: the rules that come with the package."""
    natures_file: Path | None = None
    """What tells a question from a request, and both from what is neither; None: the rules that come with the package."""


class TownSettings(CalendarSettings, WordsSettings):
    """What is the town's own, and never a constant in code."""

    tracking_number_secret: LongSecret
    """Derives tracking numbers; at least 32 bytes; the same in every service, for the life of the system."""
    town_boundary_file: Path | None = None
    """The town's boundary as GeoJSON (RFC 7946: Polygon, MultiPolygon, Feature or FeatureCollection); None: no place is outside."""
    jurisdiction_id: str = "carync.gov"
    """Open311's name of this endpoint's jurisdiction."""


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


class KeySettings(Settings):
    """Who may do what over HTTP, beyond what anybody may."""

    api_keys: tuple[ApiKey, ...] = ()
    """JSON list of keys as ``cary311 keys new`` prints them. Two with one prefix may live at once, for rotation."""


S = TypeVar("S", bound=Settings)


def load(settings: type[S]) -> S:
    """The settings from the environment.

    Raises:
        ConfigurationError: naming each wrong variable and what is wrong with it, never its value.
    """
    try:
        return settings()
    except ValidationError as error:
        raise ConfigurationError("wrong settings: " + "; ".join(_sentences(error))) from None
    except SettingsError as error:
        cause = error.__cause__  # the message names the field; the cause would quote its value
        raise ConfigurationError(f"wrong settings: {error} ({type(cause).__name__}: is it JSON?)") from None


def _sentences(error: ValidationError) -> list[str]:
    items = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{_variable(item['loc'])}: {item['msg'].removeprefix('Value error, ')}" for item in items]


def _variable(path: tuple[int | str, ...]) -> str:
    if not path:
        return "settings"
    return ".".join([str(path[0]).upper(), *(str(step) for step in path[1:])])
