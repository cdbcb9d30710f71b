"""Settings of intake-social: what belongs to us, how often it is asked for, what it may cost."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from intake_social.x.settings import XSettings
from shared.settings import KafkaSettings, MongoSettings, OperationsSettings, Settings, TownSettings

MEBIBYTE: Final = 1024 * 1024


class SweepingSettings(Settings):
    """Posts in, whatever the network."""

    intake_social_database: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,38}$")] = "intake_social"
    """The MongoDB database of this service alone."""
    social_hashtags: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^\w{1,100}$")], ...], Field(max_length=20)] = (
        "311Cary",
        "Cary311",
    )
    """JSON list of hashtags without their sign; upper and lower case are the same."""
    social_poll_seconds: Annotated[float, Field(gt=0, le=3_600)] = 60.0
    """Between two sweeps."""
    social_conversation_seconds: Annotated[float, Field(gt=0, le=1_200)] = 600.0
    """Between two looks for what authors write on, without a tag, in the conversations of their open requests."""
    social_overlap_seconds: Annotated[float, Field(ge=60, le=86_400)] = 3_600.0
    """How far a sweep reaches back behind the one before: posts that are found so late are still taken."""
    social_first_start: Literal["new", "all"] = "new"
    """Whether a first start takes only what is posted from then on, or everything that the network still shows."""
    social_sweep_age_limit_seconds: Annotated[float, Field(gt=0)] = 1_800.0
    """Without a whole sweep for so long the service is not ready; limits of the network may keep us waiting for 15 minutes."""
    social_lease_seconds: Annotated[float, Field(ge=1, le=600)] = 30.0
    """How long the work stays with an instance that is silent; another one then takes over."""
    social_read_dollars: Annotated[float, Field(ge=0)] = 0.005
    """What the network charges for one post that is read."""
    social_monthly_budget_dollars: Annotated[float, Field(gt=0)] | None = None
    """Of the calendar month (UTC). Over it sweeps come ten times as rarely, and a reply every ten minutes; none: no limit."""
    social_ledger_days: Annotated[int, Field(ge=30, le=36_500)] = 1_095
    """How long it is known which request a post belongs to."""
    social_recheck_seconds: Annotated[float, Field(ge=1, le=72_000)] = 43_200.0
    """Between two looks for a post of an open request. What is gone has to go here within 24 hours, and the network is asked twice."""
    raw_post_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    """How long posts are kept as the network gave them."""


class ReplySettings(Settings):
    """Public replies, whatever the network."""

    social_reply_dollars: Annotated[float, Field(ge=0)] = 0.015
    """What the network charges for one reply without a link."""
    social_reply_lease_seconds: Annotated[float, Field(ge=1, le=3_600)] = 120.0
    """A reply in hand for so long was left by an instance that died: longer than the network takes to show what was posted."""
    social_reply_age_limit_hours: Annotated[float, Field(ge=1, le=168)] = 48.0
    """What is older an advocate answers."""
    social_replies_per_conversation: Annotated[int, Field(ge=1, le=1_000)] = 5
    """In a day. Beyond, an advocate answers."""
    social_replies_per_author: Annotated[int, Field(ge=1, le=1_000)] = 5
    """In a day. Beyond, an advocate answers."""
    social_replies_per_day: Annotated[int, Field(ge=1, le=100_000)] = 300
    """More in all wait: something is wrong."""
    social_outbox_days: Annotated[int, Field(ge=8, le=3_650)] = 90
    """How long it is known what became of a reply: longer than announcements are kept, so that none is written twice."""


class PhotoSettings(Settings):
    """Photos of posts."""

    social_photo_origins: tuple[Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+$")], ...] = ("https://pbs.twimg.com",)
    """JSON list of where photos are fetched from, and from nowhere else: scheme, host, and the port where it is not the usual one."""
    social_photo_max_bytes: Annotated[int, Field(ge=64 * 1024, le=64 * MEBIBYTE)] = 15 * MEBIBYTE
    """Of one photo."""
    social_photo_seconds: Annotated[float, Field(gt=0, le=120)] = 15.0
    """How long fetching one may take."""
    photo_worker_processes: Annotated[int, Field(ge=1, le=32)] = 1
    """Processes that decode photos."""
    photo_worker_memory_bytes: Annotated[int, Field(ge=256 * MEBIBYTE)] = 2048 * MEBIBYTE
    """Address space of each."""
    max_photo_pixels: Annotated[int, Field(ge=10_000, le=200_000_000)] = 64_000_000
    """Width times height; telephones of today reach 48 million."""
    max_photo_edge_pixels: Annotated[int, Field(ge=100, le=20_000)] = 2_560
    """Larger photos are shrunk to this."""


class IntakeSocialSettings(
    KafkaSettings, MongoSettings, TownSettings, OperationsSettings, SweepingSettings, ReplySettings, PhotoSettings, XSettings
):
    """Everything that intake-social reads from its environment."""

    @model_validator(mode="after")
    def _knows_its_own_account(self) -> Self:
        if self.x_consumer_key is not None and not self.x_account_ids:
            msg = "X_ACCOUNT_IDS must name the account that replies: its own posts are never submissions"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _outlasts_a_request(self) -> Self:
        if self.social_reply_lease_seconds <= self.x_request_seconds:
            msg = "SOCIAL_REPLY_LEASE_SECONDS must be more than X_REQUEST_SECONDS: or a reply would be looked for while it is written"
            raise ValueError(msg)
        return self
