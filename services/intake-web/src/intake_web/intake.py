"""Acceptance: a draft becomes a submission that Kafka has acknowledged or that the spool has on disk, and gets its number.

Identity is derived, so accepting the same report twice does no harm: a retry, a double click, a copy that Kafka acknowledged
after we had given up and spooled, all become one request. That is also why there is no database here. What follows:
the same ``Idempotency-Key`` with other words is another submission (we remember no first one to compare it with), and a
replay is known as such only while this process remembers it.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol, TypeVar
from uuid import UUID

from intake_web.draft import Draft, Photo
from intake_web.receipts import Receipt, Receipts
from shared.attachments import Attachments
from shared.contracts import Actor, Attachment, Channel, Emergency, Nature, Source, SubmissionReceived
from shared.errors import ConfigurationError, TransientError
from shared.identity import submission_id
from shared.kafka.records import Outgoing
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.spool import SpooledPhoto
from shared.submissions import submission_record
from shared.town.boundary import Boundary, is_outside
from shared.town.catalogue import GENERAL_CODE
from shared.town.emergencies import Emergencies
from shared.town.natures import Natures
from shared.tracking_number import display, tracking_number

__all__ = ["Accepted", "Accepting", "Caller", "Draft", "Intake", "Photo", "SpoolDoor", "SubmissionPublisher"]

REMEMBERED_REPLAYS: Final = 10_000
"""Accepted reports with a key that one process remembers: enough for the retries of a minute, a few MB."""

T = TypeVar("T")
_ACCEPTED: Final = {channel: METRICS.submissions_accepted.labels(channel=channel) for channel in Channel}
_log = logger(__name__)


class SubmissionPublisher(Protocol):
    """Kafka, as the intake needs it (``shared.kafka.ports.Publisher`` with a deadline of our own)."""

    async def publish(self, records: Sequence[Outgoing], *, timeout_seconds: float | None = None) -> None:
        """Returns when acknowledged; raises TransientError when it is not in time."""


class SpoolDoor(Protocol):
    """Where submissions wait that cannot go yet."""

    async def add(self, submission: SubmissionReceived, photos: Sequence[SpooledPhoto] = ()) -> None:
        """Returns when it is on disk; raises SpoolFullError."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who hands a report in, and through which door."""

    channel: Channel
    """``web`` (form), ``api`` (JSON API and GeoReport), ``phone`` (typed by an advocate)."""
    id: str = "anonymous"
    """Scope of the caller's idempotency keys: the key's prefix. All anonymous callers are one: a retry after a change of
    network must stay the same report, and the digest keeps different reports apart."""
    actor: Actor | None = None
    """``entered_by``: the advocate's or integrator's key; None for residents."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A report that will not be lost."""

    service_request_id: str
    tracking_number: str
    """As people read it, with hyphens."""
    status_url: str
    """The portal's page about it, with the receipt, so that it answers before the tracker knows the number."""
    receipt: str
    received_at: datetime
    is_spooled: bool
    """It waits on our disk (202) instead of in Kafka (201)."""
    emergency: Emergency | None = None
    """It sounds like one: whoever reported is told at once."""
    is_outside_town: bool = False
    """The point lies outside the town's boundary: whoever reported is told whom to ask."""
    nature: Nature = Nature.SERVICE_REQUEST
    """What it seems to be; the normalizer, which has the same rules, decides."""
    is_replayed: bool = False
    """This process remembers having accepted the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """What acceptance depends on beside its ports: secrets, clock, limits."""

    tracking_number_secret: bytes
    receipts: Receipts
    public_base_url: str
    emergencies: Emergencies
    natures: Natures
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    boundary: Boundary | None = None
    """The town's; None: no place is outside."""
    publish_seconds: float = 1.0
    """How long a resident waits for Kafka's acknowledgement before the report is spooled."""
    photos_seconds: float = 5.0
    """How long a resident waits for all photos to be stored."""
    rest_seconds: float = 2.0
    """After a failure the next reports go to the spool at once for so long, instead of each waiting out the deadline."""


class Intake:
    """Accepts reports."""

    def __init__(self, publisher: SubmissionPublisher, attachments: Attachments, spool: SpoolDoor, accepting: Accepting) -> None:
        self._publisher = publisher
        self._attachments = attachments
        self._spool = spool
        self._with = accepting
        self._remembered: OrderedDict[UUID, Accepted] = OrderedDict()
        self._away_until: dict[str, float] = {}

    async def accept(self, draft: Draft, *, caller: Caller, native_id: str | None, traceparent: str | None = None) -> Accepted:
        """Accept a report once.

        ``native_id`` is the form's key or the ``Idempotency-Key``; the content's digest is joined to it here. None: every call
        is a report of its own.

        Raises:
            SpoolFullError: neither Kafka nor the spool could take it; nothing was accepted (503, Retry-After).
        """
        key = f"{caller.id}\x1f{native_id}\x1f{draft.digest()}" if native_id else os.urandom(16).hex()
        identity = submission_id(caller.channel, key)
        remembered = self._remembered.get(identity)
        if remembered is not None:
            return replace(remembered, is_replayed=True)
        submission = self._submission(identity, draft, caller)
        is_spooled = not await self._sent(submission, draft.photos, traceparent)
        accepted = self._accepted(submission, is_spooled=is_spooled)
        _ACCEPTED[caller.channel].inc()
        if native_id:
            self._remember(identity, accepted)
        return accepted

    def _submission(self, identity: UUID, draft: Draft, caller: Caller) -> SubmissionReceived:
        return SubmissionReceived(
            submission_id=identity,
            service_request_id=tracking_number(self._with.tracking_number_secret, identity),
            channel=caller.channel,
            received_at=self._with.clock(),
            text=draft.description,
            language=draft.language,
            service_code=draft.service_code,
            attributes=draft.attributes,
            place=draft.place,
            reporter=draft.reporter,
            reply_addresses=draft.reply_addresses,
            same_as=draft.same_as,
            entered_by=caller.actor,
            source=Source(url=draft.media_url) if draft.media_url else None,
        )

    async def _sent(self, submission: SubmissionReceived, photos: Sequence[Photo], traceparent: str | None) -> bool:
        """True when Kafka has it, False when the spool has it. What the spool gets is exactly what is still to be done."""
        waiting = tuple(map(spooled_photo, photos))
        try:
            if photos:
                submission = await self._with_photos(submission, waiting)
                waiting = ()
            await self._publish(submission, traceparent)
        except TransientError as error:
            self._rest(error.dependency)
        except ConfigurationError as error:  # e.g. a topic of another size: an operator must act, and the resident need not know
            self._rest("kafka")
            _log.error("publisher_refuses", sentence=str(error))
        except _RestingError:
            pass
        else:
            return True
        await self._spool.add(submission, waiting)
        METRICS.submissions_spooled.labels(channel=submission.channel).inc()
        _log.info("submission_spooled", submission_id=str(submission.submission_id), photos=len(waiting))
        return False

    async def _with_photos(self, submission: SubmissionReceived, photos: Sequence[SpooledPhoto]) -> SubmissionReceived:
        self._refuse_while_away("mongodb")
        stored = await within(self._with.photos_seconds, "mongodb", store_photos(self._attachments, submission.submission_id, photos))
        return submission.model_copy(update={"attachments": stored})

    async def _publish(self, submission: SubmissionReceived, traceparent: str | None) -> None:
        self._refuse_while_away("kafka")
        await self._publisher.publish((submission_record(submission, traceparent),), timeout_seconds=self._with.publish_seconds)

    def _rest(self, dependency: str) -> None:
        self._away_until[dependency] = self._with.monotonic() + self._with.rest_seconds
        METRICS.dependency_failures.labels(dependency=dependency).inc()

    def _refuse_while_away(self, dependency: str) -> None:
        if self._away_until.get(dependency, 0.0) > self._with.monotonic():
            raise _RestingError

    def _accepted(self, submission: SubmissionReceived, *, is_spooled: bool) -> Accepted:
        number = submission.service_request_id
        found = self._with.emergencies.find(submission.text)
        emergency = found.emergency if found else None
        is_chosen = submission.service_code not in {None, GENERAL_CODE}
        nature = self._with.natures.tell(submission.text, is_emergency=emergency is not None, is_chosen=is_chosen).nature
        outside = is_outside(self._with.boundary, submission.place)
        receipt = self._with.receipts.sign(Receipt(number, submission.received_at, submission.service_code, emergency, outside, nature))
        shown = display(number)
        url = f"{self._with.public_base_url}/requests/{shown}?receipt={receipt}"
        return Accepted(number, shown, url, receipt, submission.received_at, is_spooled, emergency, outside, nature)

    def _remember(self, identity: UUID, accepted: Accepted) -> None:
        self._remembered[identity] = accepted
        if len(self._remembered) > REMEMBERED_REPLAYS:
            self._remembered.popitem(last=False)


class _RestingError(Exception):
    """The dependency failed a moment ago; it is given a rest."""


def spooled_photo(photo: Photo) -> SpooledPhoto:
    """As it waits and as it is stored."""
    return SpooledPhoto(photo.sha256, photo.media_type, photo.data, photo.width_pixels, photo.height_pixels)


async def store_photos(attachments: Attachments, submission: UUID, photos: Sequence[SpooledPhoto]) -> tuple[Attachment, ...]:
    """All photos in the attachment store, in their order; raises TransientError."""
    return tuple(
        [
            await attachments.put(submission, photo.sha256, photo.media_type, photo.data, photo.width_pixels, photo.height_pixels)
            for photo in photos
        ]
    )


async def within(seconds: float, dependency: str, work: Awaitable[T]) -> T:
    """What ``work`` returns; raises TransientError for the dependency when it is not done in time."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise TransientError(dependency, "deadline") from None
