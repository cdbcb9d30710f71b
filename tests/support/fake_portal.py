"""The portal on parts that play their roles in memory: the real pages, catalogue, town and rules, no Kafka, no tracker."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake_web.bodies import BodyLimits, BodyRefusedError
from intake_web.draft import Draft, Photo
from intake_web.forms import FormLimits, Upload
from intake_web.intake import Accepted, Caller
from intake_web.limits import Verdict
from intake_web.messages import FieldError
from intake_web.photos import Processed
from intake_web.portal.desk import ReportDesk
from intake_web.portal.ports import Portal, PortalOptions
from intake_web.portal.routes import build_portal
from intake_web.receipts import Receipt, Receipts
from intake_web.refusals import Refusals
from shared.contracts import Emergency, Nature
from shared.errors import SpoolFullError, TransientError
from shared.identity import content_digest, submission_id
from shared.pictures.pool import looks_like_photo
from shared.town.calendar import BusinessCalendar
from shared.town.holidays import load_holidays
from shared.town.town import load_town
from shared.tracking_number import display, tracking_number
from support.intake_web import the_emergencies, the_natures, the_town

SECRET = b"an invented secret of thirty-two bytes or more"
BASE_URL = "http://311.example"
ZONE = ZoneInfo("America/New_York")
HOLIDAYS = load_holidays(load_town())
TUESDAY_NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
"""Advocates are at their desks."""
SATURDAY_NIGHT = datetime(2026, 3, 8, 2, 30, tzinfo=UTC)
"""They are not, in the town's zone."""


@dataclass
class FakeIntake:
    """Accepts like the real one: the same key and content give the same number."""

    clock: Any
    drafts: dict[str, Draft] = field(default_factory=dict)
    calls: int = 0
    is_full: bool = False
    receipts: Receipts = field(default_factory=lambda: Receipts(SECRET))

    async def accept(self, draft: Draft, *, caller: Caller, native_id: str | None) -> Accepted:
        self.calls += 1
        if self.is_full:
            raise SpoolFullError("bytes", retry_after_seconds=30)
        identity = submission_id(caller.channel, f"{native_id}\x1f{draft.digest()}")
        number = tracking_number(SECRET, identity)
        self.drafts.setdefault(number, draft)
        now = self.clock()
        found = the_emergencies().find(draft.description)
        nature = the_natures().tell(draft.description, is_emergency=found is not None, is_chosen=bool(draft.service_code)).nature
        receipt = self.receipts.sign(Receipt(number, now, draft.service_code, found.emergency if found else None, nature=nature))
        return Accepted(number, display(number), f"{BASE_URL}/requests/{display(number)}", receipt, now, is_spooled=False)


class FakeDarkroom:
    """Takes what looks like a photo as it is."""

    async def develop(self, uploads: Sequence[Upload], *, field: str = "photos") -> tuple[Processed, ...] | FieldError:
        photos = []
        for upload in uploads:
            data = await upload.read()
            if not looks_like_photo(data[:16]):
                return FieldError(field, "invalid", "photo_type")
            digest = content_digest(data)
            photo = Photo(data=data, media_type="image/jpeg", sha256=digest, width_pixels=1, height_pixels=1, upload_digest=upload.digest)
            photos.append(Processed(photo, None))
        return tuple(photos)


@dataclass
class FakeLookup:
    """The tracker's public view as far as a test has written it."""

    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    histories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    """Possible duplicates of whatever is sought."""
    sought: list[dict[str, str]] = field(default_factory=list)
    is_down: bool = False
    seconds: float = 0.0
    """How long the tracker takes to say what is reported already."""

    async def get_request(self, number: str) -> Mapping[str, Any] | None:
        if self.is_down:
            raise TransientError("tracker")
        return self.requests.get(number)

    async def get_possible_duplicates(self, sought: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        self.sought.append(dict(sought))
        await asyncio.sleep(self.seconds)
        if self.is_down:
            raise TransientError("tracker")
        return self.duplicates

    def know(self, number: str, at: datetime, **values: Any) -> None:  # noqa: ANN401 - JSON
        """An open report that may be the same as what is about to be reported."""
        moment = at.isoformat().replace("+00:00", "Z")
        known = {"service_request_id": number, "is_private": False, "detailed_status": "received", "requested_datetime": moment}
        self.duplicates.append(known | values)

    async def get_history(self, number: str) -> Sequence[Mapping[str, Any]]:
        if self.is_down:
            raise TransientError("tracker")
        return self.histories.get(number, [])

    def tell(self, number: str, detailed_status: str, at: datetime, *, text: str | None = None, **values: Any) -> None:  # noqa: ANN401 - JSON
        """The request is now like this, and an entry of its history says so."""
        is_closed = detailed_status in {"resolved", "answered", "duplicate", "not_ours", "no_action"}
        moment = at.isoformat().replace("+00:00", "Z")
        known = self.requests.setdefault(number, {"service_request_id": number, "is_private": False, "requested_datetime": moment})
        known |= {"status": "closed" if is_closed else "open", "detailed_status": detailed_status, "updated_datetime": moment, **values}
        history = self.histories.setdefault(number, [])
        kind = "ServiceRequestChanged" if history else "ServiceRequestCreated"
        entry = {"kind": kind, "occurred_at": moment, "detailed_status": detailed_status, "text": text}
        history.append({name: value for name, value in entry.items() if value is not None})


@dataclass
class FakeClock:
    """A clock that a test sets."""

    now: datetime = TUESDAY_NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class PortalForTests:
    """The app and what a test may turn in it."""

    app: ASGIApp
    intake: FakeIntake
    lookup: FakeLookup
    clock: Any
    receipts: Receipts
    portal: Portal
    admitted: dict[str, bool]

    def receipt(
        self,
        number: str,
        service_code: str | None = None,
        nature: Nature = Nature.SERVICE_REQUEST,
        emergency: Emergency | None = None,
    ) -> str:
        return self.receipts.sign(Receipt(number, self.clock(), service_code, emergency, nature=nature))


def a_number(seed: str = "a report") -> str:
    """A valid tracking number, canonical."""
    from shared.contracts import Channel  # noqa: PLC0415 - only here

    return tracking_number(SECRET, submission_id(Channel.WEB, seed))


class _WithPolicy:
    """Sets the policy on every answer, as the service's own middleware does."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.policy = policy.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", self.policy)]
            await send(message)

        await self.app(scope, receive, send_with)


def make_portal(clock: Any = None, **options: Any) -> PortalForTests:  # noqa: ANN401 - a clock is any callable
    """The portal with fakes behind it."""
    clock = clock or FakeClock()
    town, catalogue = the_town()
    intake, lookup, receipts, admitted = FakeIntake(clock), FakeLookup(), Receipts(SECRET), {"all": True}
    keys = iter(range(1_000_000))
    portal = Portal(
        town=town,
        catalogue=catalogue,
        emergencies=the_emergencies(),
        calendar=BusinessCalendar(ZONE, HOLIDAYS, holiday_name=HOLIDAYS.name_of),
        desk=ReportDesk(catalogue, intake, FakeDarkroom()),
        receipts=receipts,
        lookup=lookup,
        options=PortalOptions(zone=ZONE, public_base_url=BASE_URL, **options),
        clock=clock,
        new_key=lambda: f"key-{next(keys)}",
        admit=lambda _scope: Verdict(admitted["all"], 30, 29, 60),
        form_limits=FormLimits(
            body=BodyLimits(max_bytes=12_000_000, seconds=30, idle_seconds=10), max_upload_bytes=2_000_000, max_uploads=5
        ),
        text_limits=BodyLimits(max_bytes=256_000, seconds=10, idle_seconds=5),
    )
    built = build_portal(portal)

    refusals = Refusals(built.failures)
    handlers = {HTTPException: refusals.on_http_exception, BodyRefusedError: refusals.on_refused_body}
    app = Starlette(routes=list(built.routes), exception_handlers=handlers)
    app.router.redirect_slashes = False
    return PortalForTests(_WithPolicy(app, built.content_security_policy), intake, lookup, clock, receipts, portal, admitted)
