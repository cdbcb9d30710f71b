"""What the serve role is made of, opened by ``serve_app`` or by a test, and handed to every resource."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.contracts import Attachment, Nature
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import Catalogue
from shared.town.promises import Owed, owed
from shared.town.town import Town
from tracker.auth import Gate
from tracker.bodies import BodyLimits
from tracker.changes import Rules
from tracker.settings import ServeSettings
from tracker.state import RequestState
from tracker.store.ports import RequestStore
from tracker.writing import Writing

PHONE_DIGITS = 10


class Files(Protocol):
    """Where the files of submissions are; ``shared.attachments`` plays it."""

    async def get(self, file_id: str) -> tuple[Attachment, bytes] | None:
        """A file with its content; None where there is none (any more).

        Raises:
            TransientError: the store is away.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that answers need."""

    settings: ServeSettings
    store: RequestStore
    writing: Writing
    gate: Gate
    rules: Rules
    catalogue: Catalogue
    town: Town
    files: Files
    clock: Callable[[], datetime]

    @property
    def body_limits(self) -> BodyLimits:
        """Of a change."""
        return BodyLimits(max_bytes=self.settings.tracker_body_bytes, seconds=self.settings.tracker_body_seconds)


def rules_of(catalogue: Catalogue, town: Town, calendar: BusinessCalendar) -> Rules:
    """What the checks of a change need of the town's data."""
    services = catalogue.services
    published = (phone["number"] for phone in town.phones.model_dump().values())

    def owed_now(nature: Nature, state: RequestState, code: str, now: datetime) -> Owed:
        """The answer counts from when the resident wrote, the work from when it is known to be some."""
        days = services[code].expected_business_days if code in services else catalogue.general.expected_business_days
        written, begun = (
            owed(nature, state.report.channel, at, days, town.answer_business_days, calendar) for at in (state.requested_datetime, now)
        )
        return Owed(written.answer_due, begun.work_due)

    digits = ("".join(symbol for symbol in number if symbol.isdigit()) for number in published)
    return Rules(
        service=lambda code: services[code].as_service() if code in services else None,
        private_services=frozenset(code for code, service in services.items() if service.is_private),
        owed=owed_now,
        town_numbers=frozenset(number for number in digits if len(number) == PHONE_DIGITS),
    )
