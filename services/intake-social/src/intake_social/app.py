"""The composition root: everything that intake-social is made of, opened in order and closed in reverse.

It starts while MongoDB, Kafka and the network are away, and waits for them. Without a network it is switched off, and says so.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp

from intake_social.outward import Outward
from intake_social.parts import Parts
from intake_social.photos import PhotoFetching, PhotoLimits
from intake_social.polling import Polling, PollingRules
from intake_social.posts import Net
from intake_social.settings import IntakeSocialSettings
from intake_social.settling import Rules, Settling, Stores
from intake_social.source import SocialSource
from intake_social.spending import Prices, Spending
from intake_social.store import conversations, ledger, outbox
from intake_social.store.connection import Connection
from intake_social.store.conversations import Conversations
from intake_social.store.cursors import Cursors
from intake_social.store.ledger import Ledger
from intake_social.store.outbox import Outbox
from intake_social.store.spending import SpendingCounts
from intake_social.store.watch import Watch
from intake_social.sweeping import Sweeping, SweepRules
from intake_social.x.source import XSource
from shared.announcements import joins
from shared.attachments import AttachmentStore
from shared.errors import ConfigurationError
from shared.kafka.broker import KafkaPublisher, ensure_topics
from shared.kafka.ports import Publisher
from shared.kafka.topics import INTAKE_SOCIAL_GROUP
from shared.leases import Lease, Leases
from shared.lifecycle import Closers
from shared.mongodb import Indexes
from shared.observability.health import HealthServer
from shared.observability.logs import logger
from shared.pictures.pool import PicturePool
from shared.settings import load
from shared.waiting import until_available

SERVICE: Final = "intake-social"
STORE_PATIENCE: Final = 2.0
"""Calls to MongoDB carry a page of posts: they may take so many times as long as a look-up."""
SWITCHED_OFF: Final = "switched_off"
INDEXES: Final[Indexes] = {**ledger.INDEXES, **outbox.INDEXES, **conversations.INDEXES}
_log = logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Run the service until ``stop``, as its environment says."""
    await IntakeSocial(load(IntakeSocialSettings)).run(stop)


class IntakeSocial:
    """One process of the service. Tests bring a publisher and a source of their own, or put something between the parts (``adapt``)."""

    def __init__(
        self,
        settings: IntakeSocialSettings,
        publisher: Publisher | None = None,
        source: SocialSource | None = None,
        adapt: Callable[[Parts], Parts] = lambda parts: parts,
    ) -> None:
        self._settings = settings
        self._publisher = publisher
        self._source = source
        self._adapt = adapt
        self._polling: Polling | None = None
        self._outward: Outward | None = None
        self._spending: Spending | None = None
        self._mode = SWITCHED_OFF if source is None and settings.x_bearer_token is None else "starting"
        """What the service is to do: nothing, take posts and leave replies to people, or reply too."""
        self.health: HealthServer | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then finish what is in hand.

        Raises:
            ConfigurationError: a setting is wrong or the health port is taken.
        """
        async with Closers() as closers:
            checks = {"posts": self._complaint, "replies": self._complaint_about_replies}
            self.health = HealthServer(self._settings, checks, facts=self.facts)
            await self.health.start()
            closers.add("health", self.health.close)
            source = self._source or source_of(self._settings, closers)
            if source is None:
                _log.info("social_posts_are_switched_off")
                await stop.wait()
                return
            parts = self._adapt(await assemble(self._settings, closers, source, self._publisher))
            spending = spending_of(parts)
            self._outward = Outward(parts, spending, _now)
            if await until_available(stop, lambda: _prepare(parts)) is None:
                return
            self._spending, self._polling = spending, polling_of(parts, spending)
            self._mode = "on" if source.may_reply else "read_only"
            _log.info("intake_social_runs", nets=len(source.nets), mode=self._mode)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._polling.run(stop))
                group.create_task(self._outward.run(stop))

    def _complaint(self) -> str | None:
        if self._mode == SWITCHED_OFF:
            return None
        return self._polling.complaint() if self._polling else "it waits for MongoDB or Kafka"

    def _complaint_about_replies(self) -> str | None:
        return self._outward.complaint() if self._outward else None

    def facts(self) -> Mapping[str, object]:
        """For the health page."""
        told = [part.facts() for part in (self._polling, self._outward, self._spending) if part is not None]
        return {"mode": self._mode} | {name: value for facts in told for name, value in facts.items()}


def source_of(settings: IntakeSocialSettings, closers: Closers) -> SocialSource | None:
    """The network; None where none is configured."""
    if settings.x_bearer_token is None:
        return None
    source = XSource.open(settings, settings.social_hashtags)
    closers.add("x", source.close)
    if not source.nets:
        raise ConfigurationError("wrong settings: SOCIAL_HASHTAGS and X_ACCOUNT_IDS are both empty, so that nothing would be taken")
    return source


async def assemble(settings: IntakeSocialSettings, closers: Closers, source: SocialSource, publisher: Publisher | None = None) -> Parts:
    """Open everything; nothing here waits for MongoDB, Kafka or the network."""
    connection = Connection.open(settings, settings.intake_social_database, patience=STORE_PATIENCE)
    closers.add("mongodb", connection.close)
    attachments = await AttachmentStore.connect(settings)
    closers.add("attachments", attachments.close)
    if publisher is None:
        kafka = await KafkaPublisher.start(settings, client_id=SERVICE)
        closers.add("publisher", kafka.close)
        publisher = kafka
    pictures = PicturePool(settings.photo_worker_processes, settings.photo_worker_memory_bytes)
    closers.add("pictures", pictures.close)  # started by the first photo: most posts have none
    session = aiohttp.ClientSession(trust_env=False)
    closers.add("photos", session.close)
    limits = PhotoLimits(
        origins=frozenset(settings.social_photo_origins),
        max_bytes=settings.social_photo_max_bytes,
        seconds=settings.social_photo_seconds,
        max_pixels=settings.max_photo_pixels,
        max_edge_pixels=settings.max_photo_edge_pixels,
    )
    return Parts(
        settings=settings,
        connection=connection,
        ledger=Ledger(connection),
        cursors=Cursors(connection),
        leases=Leases(connection, secrets.token_hex(8), _now),
        publisher=publisher,
        photos=PhotoFetching(session, attachments, pictures, limits),
        source=source,
        spending=SpendingCounts(connection),
        outbox=Outbox(connection, keeps=timedelta(days=settings.social_outbox_days)),
        watch=Watch(connection),
        conversations=Conversations(connection),
        attachments=attachments,
        join=joins(settings, INTAKE_SOCIAL_GROUP),
    )


def spending_of(parts: Parts) -> Spending:
    """What the source costs."""
    settings = parts.settings
    prices = Prices(
        post=settings.social_read_dollars, reply=settings.social_reply_dollars, monthly_budget=settings.social_monthly_budget_dollars
    )
    return Spending(parts.source.channel, parts.spending, prices, _now)


def settling_of(parts: Parts, clock: Callable[[], datetime] = _now) -> Settling:
    """What becomes of the source's posts."""
    settings, source = parts.settings, parts.source
    rules = Rules(
        channel=source.channel,
        hashtags=settings.social_hashtags,
        own_account_ids=frozenset(settings.x_account_ids),
        tracking_secret=settings.tracking_number_secret.get_secret_value(),
        ledger_days=settings.social_ledger_days,
        raw_post_days=settings.raw_post_days,
        recheck_after=timedelta(seconds=settings.social_recheck_seconds),
    )
    return Settling(rules, Stores(parts.ledger, parts.conversations, parts.photos, parts.publisher), source.look_up, clock)


def polling_of(parts: Parts, spending: Spending, clock: Callable[[], datetime] = _now) -> Polling:
    """The poller of the source."""
    settings, source, settling = parts.settings, parts.source, settling_of(parts, clock)
    sweep_rules = SweepRules(timedelta(seconds=settings.social_overlap_seconds), settings.social_first_start == "all")
    sweepings = [
        Sweeping(net, source, settling, parts.cursors, parts.conversations.open_ones, spending, sweep_rules, clock)
        for net in (*source.nets, Net.CONVERSATIONS)
    ]
    polling_rules = PollingRules(
        poll_seconds=settings.social_poll_seconds,
        age_limit_seconds=settings.social_sweep_age_limit_seconds,
        conversation_seconds=settings.social_conversation_seconds,
    )
    lease = Lease(parts.leases, f"sweep:{source.channel}", settings.social_lease_seconds)
    return Polling(source.channel, sweepings, lease, spending, polling_rules, clock)


async def _prepare(parts: Parts) -> bool:
    await parts.connection.prepare(INDEXES)
    if parts.settings.kafka_create_topics:
        await ensure_topics(parts.settings)
    return True
