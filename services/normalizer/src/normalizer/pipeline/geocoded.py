"""A point for an address: what a geocoder is to be asked, and what becomes of a report when it answers. Pure; the asking is elsewhere."""

from normalizer.geocoding import Point
from normalizer.pipeline.decisions import decision
from normalizer.pipeline.normalize import Normalized
from normalizer.pipeline.place import hold_against, notice
from normalizer.pipeline.rules import Rules
from shared.addresses import Kind, find_address
from shared.contracts import Report, SubmissionRejected


def question(message: Normalized, last_line: str) -> str | None:
    """The address to ask for, with its town; None where there is nothing to ask: no address, a point already, or a private matter.

    Args:
        message: what ``normalize`` made.
        last_line: town and state of an address that names none.
    """
    if isinstance(message, SubmissionRejected):
        return None
    report, place = message.report, message.report.place
    if place is None or place.lat is not None or place.normalized_address is None or report.is_private:
        return None
    found = find_address(place.address or "", is_place=True)
    if found is not None and found.kind is Kind.BLOCK:
        return None
    town = found.city if found is not None and found.city else last_line
    return f"{place.normalized_address}, {town}" + (f" {place.zipcode}" if place.zipcode else "")


def with_point(message: Normalized, point: Point, town: Rules) -> Normalized:
    """The same message with the point, held against the town's boundary."""
    if isinstance(message, SubmissionRejected):
        return message
    return message.model_copy(update={"report": _located(message.report, point, town)})


def _located(report: Report, point: Point, town: Rules) -> Report:
    assert report.place is not None
    place = report.place.model_copy(update={"lat": point.lat, "long": point.long})
    attention, decisions = hold_against(town.boundary, place)
    asked = decision("geocoder", "located", "the geocoder knows the address; nobody pointed there")
    update: dict[str, object] = {
        "place": place,
        "attention": (*report.attention, *attention),
        "decisions": (*report.decisions, asked, *decisions),
    }
    if attention:
        service = town.catalogue.services[report.service.code]
        update["service_notice"] = notice(service, report.language, town.outside_town)
    return report.model_copy(update=update)
