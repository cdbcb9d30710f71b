"""Settings of intake-web: the doors, the limits of what strangers may send, the spool."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from intake_web.bodies import BodyLimits
from intake_web.forms import FormLimits
from intake_web.limits import Network, Rate, networks
from intake_web.photos import PhotoLimits
from shared.settings import KafkaSettings, KeySettings, LongSecret, MongoSettings, OperationsSettings, Settings, TownSettings

MEBIBYTE = 1024 * 1024


class SpoolSettings(Settings):
    """Where accepted reports wait while Kafka or MongoDB is away: all that ``cary311 intake-web spool`` needs to know."""

    spool_path: Path = Path(".local/intake-web/spool.sqlite")
    """The spool's file; its folder is made. It must survive the process, and the pod."""
    spool_max_bytes: Annotated[int, Field(ge=MEBIBYTE)] = 1024 * MEBIBYTE
    """Full by size: 503."""
    spool_max_age_seconds: Annotated[float, Field(gt=0)] = 72 * 3600.0
    """Full by age: when the oldest entry has waited so long, somebody has to look before more is promised."""


class IntakeWebSettings(KafkaSettings, MongoSettings, TownSettings, OperationsSettings, KeySettings, SpoolSettings):
    """Everything that intake-web reads from its environment."""

    portal_host: str = "127.0.0.1"
    """Where the portal listens; 0.0.0.0 in a pod."""
    portal_port: Annotated[int, Field(ge=0, le=65_535)] = 8_311
    """0: any free port (tests)."""
    public_base_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")] = "http://127.0.0.1:8311"
    """The one address of the system as residents and integrators see it, without a slash at its end."""
    tracker_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")] = "http://127.0.0.1:8312"
    """Where the tracker's HTTP is, without a slash at its end."""
    tracker_timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    """How long the tracker may take for an answer that is passed through."""
    tracker_connections: Annotated[int, Field(ge=1, le=1_000)] = 50
    """Answers passed through at the same time; more wait."""
    already_reported_timeout_seconds: Annotated[float, Field(gt=0, le=10)] = 1.0
    """How long a resident may wait to be told what is reported already; then the form goes on without."""
    receipt_secret: LongSecret
    """Signs receipts; at least 32 bytes; the same in every intake-web process."""

    publish_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 1.0
    """How long a resident waits for Kafka before the report is spooled."""
    photo_store_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a resident waits for the photos to be stored before the report is spooled with them."""

    max_photos: Annotated[int, Field(ge=0, le=20)] = 5
    """Photos with one report."""
    max_photo_bytes: Annotated[int, Field(ge=1024, le=100 * MEBIBYTE)] = 10 * MEBIBYTE
    """Of each photo as it is sent."""
    max_photo_pixels: Annotated[int, Field(ge=10_000, le=200_000_000)] = 64_000_000
    """Width times height; telephones of today reach 48 million."""
    max_photo_edge_pixels: Annotated[int, Field(ge=100, le=20_000)] = 2_560
    """Larger photos are shrunk to this."""
    photo_worker_processes: Annotated[int, Field(ge=1, le=32)] = 1
    """Processes that decode photos."""
    photo_worker_memory_bytes: Annotated[int, Field(ge=256 * MEBIBYTE)] = 2048 * MEBIBYTE
    """Address space of each."""

    map_tile_url: str | None = None
    """Template of the map's tiles, e.g. ``https://tiles.example/{z}/{x}/{y}.png``; none: no map, words are enough."""
    map_attribution: str = ""
    """Who must be named under the map."""
    map_center_lat: Annotated[float, Field(ge=-90, le=90)] = 35.7915
    """Where the map opens: degrees north."""
    map_center_long: Annotated[float, Field(ge=-180, le=180)] = -78.7811
    """Where the map opens: degrees east."""

    max_json_bytes: Annotated[int, Field(ge=1024, le=16 * MEBIBYTE)] = 256 * 1024
    """Of a report as JSON."""
    body_seconds: Annotated[float, Field(gt=0)] = 20.0
    """How long a body without files may take to arrive."""
    upload_seconds: Annotated[float, Field(gt=0)] = 180.0
    """How long a form with photos may take: five photos over a slow mobile connection."""
    body_idle_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How long a body may pause."""
    head_seconds: Annotated[float, Field(gt=0)] = 10.0
    """How long a request's head may take to arrive."""
    max_connections: Annotated[int, Field(ge=10)] = 1_000
    """Connections and requests under way at once; more are answered 503."""

    trusted_proxies: str = ""
    """Comma list of networks (CIDR) whose ``X-Forwarded-For`` is believed; empty: none."""
    anonymous_burst: Annotated[int, Field(ge=1)] = 30
    """Reports that one address may send at once, without a key."""
    anonymous_per_minute: Annotated[float, Field(gt=0)] = 20.0
    """And how many it may send in the long run."""
    keyed_burst: Annotated[int, Field(ge=1)] = 1_000
    """The same for the holder of a key."""
    keyed_per_minute: Annotated[float, Field(gt=0)] = 6_000.0
    """The same for the holder of a key."""
    access_log: bool = False
    """Write a line for every request; off in production, where metrics count them."""

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, names: str) -> str:
        try:
            networks(names.split(","))
        except ValueError:
            msg = "must be a comma list of networks such as 10.0.0.0/8"
            raise ValueError(msg) from None
        return names

    @property
    def proxies(self) -> tuple[Network, ...]:
        """``trusted_proxies`` as networks."""
        return networks(self.trusted_proxies.split(","))

    @property
    def is_https(self) -> bool:
        """Residents reach us by https (TLS ends at the gateway)."""
        return self.public_base_url.startswith("https:")

    @property
    def json_limits(self) -> BodyLimits:
        """Of a body without files."""
        return BodyLimits(max_bytes=self.max_json_bytes, seconds=self.body_seconds, idle_seconds=self.body_idle_seconds)

    @property
    def form_limits(self) -> FormLimits:
        """Of a form with photos."""
        whole = BodyLimits(
            max_bytes=self.max_photos * self.max_photo_bytes + 2 * MEBIBYTE,
            seconds=self.upload_seconds,
            idle_seconds=self.body_idle_seconds,
        )
        return FormLimits(body=whole, max_upload_bytes=self.max_photo_bytes, max_uploads=self.max_photos)

    @property
    def photo_limits(self) -> PhotoLimits:
        """Of photos."""
        return PhotoLimits(
            max_photos=self.max_photos,
            max_bytes=self.max_photo_bytes,
            max_pixels=self.max_photo_pixels,
            max_edge_pixels=self.max_photo_edge_pixels,
            worker_processes=self.photo_worker_processes,
            worker_memory_bytes=self.photo_worker_memory_bytes,
        )

    @property
    def anonymous_rate(self) -> Rate:
        """Of an address without a key."""
        return Rate(self.anonymous_burst, self.anonymous_per_minute)

    @property
    def keyed_rate(self) -> Rate:
        """Of a key."""
        return Rate(self.keyed_burst, self.keyed_per_minute)
