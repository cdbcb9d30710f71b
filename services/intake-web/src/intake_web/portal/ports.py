"""What the pages need from the rest of the system, as roles, and what an operator sets for them.

``desk.py`` plays the desk on the real intake; the calendar, the town and the catalogue are ``shared.town``'s own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from starlette.types import Scope

from intake_web.bodies import BodyLimits
from intake_web.forms import FormLimits, Upload
from intake_web.intake import Accepted
from intake_web.limits import Verdict
from intake_web.messages import FieldError
from intake_web.portal.answers import Answers
from intake_web.receipts import Receipt
from shared.contracts import Language
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import Catalogue
from shared.town.emergencies import Emergencies
from shared.town.town import Town


class Desk(Protocol):
    """Takes reports."""

    def mistakes(self, answers: Answers, language: Language) -> tuple[FieldError, ...]:
        """What is wrong with the answers, in the order of the form; empty when they can be sent."""

    async def send(self, answers: Answers, language: Language, photos: Sequence[Upload]) -> Accepted | tuple[FieldError, ...]:
        """Keeps the report, or says what is wrong with it (the photos are looked at only here).

        Raises:
            SpoolFullError: nothing can be kept now.
        """


class ReceiptReader(Protocol):
    """Reads signed receipts (``intake_web.receipts``)."""

    def read_for(self, number: str, token: str | None) -> Receipt | None:
        """The receipt when it is ours and about this number (canonical), else None."""


class Lookup(Protocol):
    """Reads the tracker's public view (``intake_web.tracker_client``)."""

    async def get_request(self, number: str) -> Mapping[str, Any] | None:
        """The public view of a request, None when the tracker does not know it.

        Raises:
            TransientError: the tracker cannot be reached.
        """

    async def get_possible_duplicates(self, sought: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """Open public requests that may be about what is sought (``service_code`` with ``lat`` and ``long``, ``address``, or both).

        Raises:
            TransientError: the tracker cannot be reached.
        """

    async def get_history(self, number: str) -> Sequence[Mapping[str, Any]]:
        """The public history, oldest first; empty when the tracker does not know the number.

        Raises:
            TransientError: the tracker cannot be reached.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalOptions:
    """What an operator sets for the pages."""

    zone: ZoneInfo
    public_base_url: str
    """The one address of the system, without a slash at the end."""
    map_tile_url: str | None = None
    """Template of the map's tiles, e.g. ``https://tiles.example/{z}/{x}/{y}.png``; None: no map, coordinates only."""
    map_attribution: str = ""
    """Who must be named under the map; plain text."""
    map_center: tuple[float, float] = (35.7915, -78.7811)
    """Where the map opens: latitude and longitude in degrees."""
    already_seconds: float = 1.0
    """How long a resident waits to be told what is reported already; then the form goes on without."""
    retry_after_seconds: int = 30
    """What a 503 of the portal asks browsers to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """Everything the pages work with, built once by the composition root."""

    town: Town
    catalogue: Catalogue
    emergencies: Emergencies
    calendar: BusinessCalendar
    desk: Desk
    receipts: ReceiptReader
    lookup: Lookup
    options: PortalOptions
    clock: Callable[[], datetime]
    """The present moment, aware."""
    new_key: Callable[[], str]
    """A form key that nobody can guess."""
    admit: Callable[[Scope], Verdict]
    """May whoever sent this request send one more report?"""
    form_limits: FormLimits
    """Of the report form."""
    text_limits: BodyLimits
    """Of what the browser's module sends without photos."""
