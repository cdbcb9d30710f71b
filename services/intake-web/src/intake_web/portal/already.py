"""Has it been reported already? What the tracker knows of the same kind at the same place, as a resident may read it.

An offer and no more: whoever reports is never kept waiting for long, never told of a private report, and can always send.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake_web.portal.answers import Answers
from intake_web.portal.ports import Portal
from intake_web.portal.questions import chosen
from intake_web.portal.states import StateWords, words
from intake_web.portal.status_view import moment, text
from shared.cleaning import clean_line
from shared.contracts import Language
from shared.errors import TransientError
from shared.observability.metrics import METRICS
from shared.tracking_number import InvalidNumber, display, parse_tracking_number

MAX_ADDRESS_CHARACTERS = 1_000
"""As many as the tracker reads."""


@dataclass(frozen=True, slots=True)
class KnownReport:
    """An open report that may be about the same thing: enough to know it by, and nothing of who reported it."""

    number: str
    shown_number: str
    service_name: str
    place: str | None
    """In its public words; None where it has only a point."""
    requested: datetime
    state: StateWords


def known_reports(items: Iterable[Mapping[str, Any]], service_name: str) -> tuple[KnownReport, ...]:
    """The tracker's answer for the page. Pure, and tolerant: what is not whole, or private, is left out."""
    return tuple(report for item in items if (report := _known(item, service_name)) is not None)


def _known(item: Mapping[str, Any], service_name: str) -> KnownReport | None:
    number, requested = parse_tracking_number(text(item.get("service_request_id")) or ""), moment(item.get("requested_datetime"))
    if isinstance(number, InvalidNumber) or requested is None or item.get("is_private") is not False:
        return None
    return KnownReport(
        number, display(number), service_name, text(item.get("address")), requested, words(text(item.get("detailed_status")))
    )


def place_of(answers: Answers) -> dict[str, str]:
    """Where it is, as the tracker is asked; empty where nobody has said it yet."""
    place: dict[str, str] = {}
    if address := clean_line(answers.address, max_characters=MAX_ADDRESS_CHARACTERS):
        place["address"] = address
    lat, long = _degrees(answers.lat, 90.0), _degrees(answers.long, 180.0)
    if lat is not None and long is not None:
        place |= {"lat": lat, "long": long}
    return place


def _degrees(typed: str, limit: float) -> str | None:
    try:
        degrees = float(typed[:40])
    except ValueError:
        return None
    return f"{degrees:.6f}" if -limit <= degrees <= limit else None


class AlreadyReported:
    """Asks the tracker."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def find(self, answers: Answers, language: Language) -> tuple[KnownReport, ...] | None:
        """What is known of the same kind at the place; empty while kind or place is open. None: nobody could tell in time."""
        service, place = chosen(self._portal.catalogue, answers.service_code), place_of(answers)
        if service is None or service.is_private or not place:
            return ()
        try:
            async with asyncio.timeout(self._portal.options.already_seconds):
                items = await self._portal.lookup.get_possible_duplicates({"service_code": service.code, **place})
        except (TransientError, TimeoutError):
            METRICS.dependency_failures.labels(dependency="tracker").inc()
            return None
        return known_reports(items, service.name(language))
