"""The composition root: everything that intake-web is made of, opened in order and closed in reverse."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from intake_web.door import Door, Rates
from intake_web.drain import Drain
from intake_web.forgetting import Forgetting
from intake_web.intake import Accepting, Intake
from intake_web.parts import Parts
from intake_web.photos import Darkroom
from intake_web.receipts import Receipts
from intake_web.server import Server, serve, server_config
from intake_web.settings import IntakeWebSettings
from intake_web.tracker_client import TrackerClient
from shared.announcements import Following, joins
from shared.api_keys import KeyRing
from shared.attachments import AttachmentStore
from shared.kafka.broker import KafkaPublisher
from shared.kafka.topics import INTAKE_WEB_GROUP
from shared.lifecycle import Closers
from shared.observability.health import HealthServer
from shared.settings import load
from shared.spool import Spool
from shared.town.boundary import load_boundary
from shared.town.calendar import load_calendar
from shared.town.catalogue import load_catalogue
from shared.town.emergencies import load_emergencies
from shared.town.natures import load_natures
from shared.town.town import load_town

SERVICE: Final = "intake-web"
DRAIN_SECONDS: Final = 1.0
"""How long a stop lets the drain finish its batch."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Assembled:
    """What was opened."""

    parts: Parts
    drain: Drain
    spool: Spool
    attachments: AttachmentStore
    publisher: KafkaPublisher


async def main(stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set, then finish what is in hand.

    Raises:
        ConfigurationError: a setting is wrong or an address is taken.
    """
    settings = load(IntakeWebSettings)
    async with Closers() as closers:
        assembled = await assemble(settings, closers)
        server = Server(server_config(assembled.parts))
        drain_stop = asyncio.Event()
        draining = asyncio.create_task(assembled.drain.run(drain_stop), name="drain")

        async def end_drain() -> None:
            drain_stop.set()
            await asyncio.wait({draining}, timeout=DRAIN_SECONDS)
            draining.cancel()  # it waits for what is away: its entries stay in the spool, and a late copy only doubles
            await asyncio.wait({draining})

        closers.add("drain", end_drain)
        following = Following(joins(settings, INTAKE_WEB_GROUP), assembled.publisher, INTAKE_WEB_GROUP)
        forgetting = asyncio.create_task(following.run(Forgetting(assembled.attachments), drain_stop), name="forgetting")

        async def end_forgetting() -> None:
            drain_stop.set()
            await forgetting

        closers.add("forgetting", end_forgetting)
        health = HealthServer(
            settings,
            checks={"server": lambda: None if server.started else "not listening yet", "spool": lambda: _spool_check(assembled)},
            liveness={
                "drain": lambda: "the spool is not being emptied" if draining.done() else None,
                "forgetting": lambda: "redactions do not reach the photos" if forgetting.done() else None,
            },
        )
        await health.start()
        closers.add("health", health.close)
        await serve(server, stop, settings)


async def assemble(settings: IntakeWebSettings, closers: Closers) -> Assembled:
    """Open everything; nothing here waits for Kafka, MongoDB or the tracker."""
    spool = Spool(settings.spool_path, max_bytes=settings.spool_max_bytes, max_age_seconds=settings.spool_max_age_seconds)
    await spool.open()
    closers.add("spool", spool.close)
    attachments = await AttachmentStore.connect(settings)
    closers.add("attachments", attachments.close)
    publisher = await KafkaPublisher.start(settings, client_id=SERVICE)
    closers.add("publisher", publisher.close)
    darkroom = Darkroom(settings.photo_limits)
    await darkroom.start()
    closers.add("darkroom", darkroom.close)
    tracker = TrackerClient(
        settings.tracker_url, timeout_seconds=settings.tracker_timeout_seconds, max_connections=settings.tracker_connections
    )
    closers.add("tracker", tracker.close)
    receipts = Receipts(settings.receipt_secret.get_secret_value())
    emergencies = load_emergencies(settings.emergencies_file)
    accepting = Accepting(
        tracking_number_secret=settings.tracking_number_secret.get_secret_value(),
        receipts=receipts,
        public_base_url=settings.public_base_url,
        emergencies=emergencies,
        boundary=load_boundary(settings.town_boundary_file),
        natures=load_natures(settings.natures_file),
        clock=_now,
        monotonic=time.monotonic,
        publish_seconds=settings.publish_timeout_seconds,
        photos_seconds=settings.photo_store_timeout_seconds,
    )
    rates = Rates(anonymous=settings.anonymous_rate, keyed=settings.keyed_rate)
    town = load_town(settings.town_file)
    parts = Parts(
        settings=settings,
        intake=Intake(publisher, attachments, spool, accepting),
        catalogue=load_catalogue(settings.catalogue_file, town),
        town=town,
        emergencies=emergencies,
        calendar=load_calendar(settings),
        door=Door(KeyRing(settings.api_keys), rates, proxies=settings.proxies, clock=_now, monotonic=time.monotonic),
        darkroom=darkroom,
        tracker=tracker,
        receipts=receipts,
        clock=_now,
        new_form_key=lambda: secrets.token_urlsafe(18),
    )
    return Assembled(parts, Drain(spool, publisher, attachments, clock=_now), spool, attachments, publisher)


def _spool_check(assembled: Assembled) -> str | None:
    share = assembled.spool.bytes_used() / assembled.parts.settings.spool_max_bytes
    return "the spool is full" if share >= 1 else None
