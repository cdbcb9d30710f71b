"""intake-web in one process for tests: the real app, spool and photo workers around a Kafka, a MongoDB and a tracker in memory."""

import asyncio
import functools
import io
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from PIL import Image
from pydantic import SecretBytes
from starlette.types import ASGIApp

from intake_web.app import build_app
from intake_web.door import Door, Rates
from intake_web.drain import Drain, Patience
from intake_web.intake import Accepting, Intake
from intake_web.parts import Parts
from intake_web.photos import Darkroom
from intake_web.receipts import Receipts
from intake_web.settings import IntakeWebSettings
from intake_web.tracker_client import TrackerClient
from shared.api_keys import ApiKey, KeyRing, Scope, new_key
from shared.contracts import Attachment, SubmissionReceived, decode_submission
from shared.errors import TransientError
from shared.kafka.records import Outgoing
from shared.spool import Spool
from shared.town.boundary import load_boundary
from shared.town.calendar import load_calendar
from shared.town.catalogue import Catalogue, load_catalogue
from shared.town.emergencies import Emergencies, load_emergencies
from shared.town.natures import Natures, load_natures
from shared.town.town import Town, load_town

SECRET = b"an invented secret of 32 bytes.."
NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
"""Tuesday noon in Cary."""


class SwitchablePublisher:
    """A Kafka that can be away: refusing at once, or never acknowledging."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.is_down = False
        self.is_frozen = False
        self.deadlines: list[float | None] = []

    async def publish(self, records: Sequence[Outgoing], *, timeout_seconds: float | None = None) -> None:
        self.deadlines.append(timeout_seconds)
        if self.is_frozen:
            await asyncio.sleep(timeout_seconds or 3600)
            raise TransientError("kafka", "not acknowledged in time")
        if self.is_down:
            raise TransientError("kafka", "away")
        self.records += records

    @property
    def submissions(self) -> list[SubmissionReceived]:
        return [decode_submission(record.value) for record in self.records]


class SwitchableAttachments:
    """An attachment store in memory that can be away."""

    def __init__(self) -> None:
        self.files: dict[tuple[UUID, str], tuple[Attachment, bytes]] = {}
        self.is_down = False
        self._ids = itertools.count(1)

    async def put(  # noqa: PLR0917 - the store's own signature
        self,
        submission_id: UUID,
        sha256: str,
        media_type: str,
        data: bytes,
        width_pixels: int | None = None,
        height_pixels: int | None = None,
    ) -> Attachment:
        if self.is_down:
            raise TransientError("mongodb", "away")
        if (submission_id, sha256) not in self.files:
            attachment = Attachment(
                file_id=f"{next(self._ids):032x}",
                sha256=sha256,
                media_type=media_type,
                size_bytes=len(data),
                width_pixels=width_pixels,
                height_pixels=height_pixels,
            )
            self.files[submission_id, sha256] = (attachment, data)
        return self.files[submission_id, sha256][0]


class FakeTracker:
    """Answers what a test puts in; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, httpx.Response] = {}
        self.is_down = False
        self.seconds = 0.0
        """How long it takes to answer."""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        await asyncio.sleep(self.seconds)
        if self.is_down:
            raise httpx.ConnectError("away")
        answer = self.answers.get(request.url.path, httpx.Response(404, json=[{"code": 404, "description": "not found"}]))
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))


@dataclass
class Clockwork:
    """A monotonic clock that a test turns."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class World:
    """intake-web and everything around it."""

    parts: Parts
    app: ASGIApp
    http: httpx.AsyncClient
    kafka: SwitchablePublisher
    mongodb: SwitchableAttachments
    tracker: FakeTracker
    spool: Spool
    drain: Drain
    clockwork: Clockwork
    keys: Mapping[str, str] = field(repr=False)

    @asynccontextmanager
    async def draining(self) -> AsyncIterator[None]:
        """While inside, the spool is being emptied."""
        stop = asyncio.Event()
        task = asyncio.create_task(self.drain.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def drained(self) -> None:
        """Returns once nothing waits in the spool."""
        while self.spool.count():  # noqa: ASYNC110 - the spool tells no other way, and the test has its own time-out
            await asyncio.sleep(0.005)


KEYS: Mapping[str, frozenset[Scope]] = {
    "app-store": frozenset({Scope.OPEN311}),
    "other-app": frozenset({Scope.OPEN311}),
    "advocate-1": frozenset({Scope.PHONE, Scope.STAFF_READ}),
    "reader": frozenset({Scope.STAFF_READ}),
}


def intake_settings(folder: Path, keys: tuple[ApiKey, ...] = (), **changes: Any) -> IntakeWebSettings:  # noqa: ANN401 - settings by name
    """Settings with invented secrets and everything small."""
    values: dict[str, Any] = {
        "tracking_number_secret": SecretBytes(SECRET),
        "receipt_secret": SecretBytes(SECRET[::-1]),
        "public_base_url": "http://311.test",
        "spool_path": folder / "spool.sqlite",
        "api_keys": keys,
        "anonymous_burst": 1_000,
        "body_seconds": 5.0,
        "body_idle_seconds": 5.0,
    }
    return IntakeWebSettings(**(values | changes))


@functools.cache
def the_town() -> tuple[Town, Catalogue]:
    """Read once: nothing changes them, and hundreds of tests want them."""
    town = load_town()
    return town, load_catalogue(None, town)


@functools.cache
def the_emergencies() -> Emergencies:
    """As above."""
    return load_emergencies()


@functools.cache
def the_natures() -> Natures:
    """As above."""
    return load_natures()


@asynccontextmanager
async def intake_world(folder: Path, **changes: Any) -> AsyncIterator[World]:  # noqa: ANN401 - as above
    """A running intake-web; ``changes`` are settings."""
    made = {name: new_key(name, scopes) for name, scopes in KEYS.items()}
    settings = intake_settings(folder, tuple(key for _, key in made.values()), **changes)
    kafka, mongodb, fake_tracker, clockwork = SwitchablePublisher(), SwitchableAttachments(), FakeTracker(), Clockwork()
    spool = Spool(settings.spool_path, max_bytes=settings.spool_max_bytes, max_age_seconds=settings.spool_max_age_seconds)
    await spool.open()
    darkroom = Darkroom(settings.photo_limits)
    tracker = TrackerClient("http://tracker.test", timeout_seconds=2, max_connections=4, transport=httpx.MockTransport(fake_tracker))
    receipts = Receipts(settings.receipt_secret.get_secret_value())
    intake = Intake(
        kafka,
        mongodb,
        spool,
        Accepting(
            tracking_number_secret=SECRET,
            receipts=receipts,
            public_base_url=settings.public_base_url,
            emergencies=the_emergencies(),
            boundary=load_boundary(settings.town_boundary_file),
            natures=the_natures(),
            clock=lambda: NOON,
            monotonic=clockwork,
            publish_seconds=settings.publish_timeout_seconds,
        ),
    )
    rates = Rates(anonymous=settings.anonymous_rate, keyed=settings.keyed_rate)
    town, catalogue = the_town()
    form_keys = itertools.count(1)
    parts = Parts(
        settings=settings,
        intake=intake,
        catalogue=catalogue,
        town=town,
        emergencies=the_emergencies(),
        calendar=load_calendar(settings),
        door=Door(KeyRing(settings.api_keys), rates, proxies=settings.proxies, clock=lambda: NOON, monotonic=clockwork),
        darkroom=darkroom,
        tracker=tracker,
        receipts=receipts,
        clock=lambda: NOON,
        new_form_key=lambda: f"form-key-{next(form_keys)}",
    )
    app = build_app(parts)
    drain = Drain(
        spool, kafka, mongodb, clock=lambda: NOON, patience=Patience(poll_seconds=0.01, first_pause_seconds=0.01, publish_seconds=0.2)
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://311.test") as http:
            yield World(
                parts, app, http, kafka, mongodb, fake_tracker, spool, drain, clockwork, {name: key for name, (key, _) in made.items()}
            )
    finally:
        await darkroom.close()
        await tracker.close()
        await spool.close()


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own options
    """An invented picture: a gradient, so that it does not compress to nothing."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
