"""Where it is: as given, else as the text names it, and whether it lies in the town."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.pipeline.normalize import normalize
from normalizer.pipeline.place_in_text import without_closing
from normalizer.pipeline.rules import Rules
from shared.contracts import (
    Area,
    Attention,
    Channel,
    ClaimProof,
    FollowUpReceived,
    Language,
    Place,
    Report,
    ServiceRequestCreated,
    SubmissionReceived,
    ThreadClaim,
)
from shared.town.boundary import Boundary
from shared.town.town import load_town
from support.submissions import plain
from support.town_rules import RULES

TOWN = load_town()
SQUARE = [(-79.0, 35.0), (-78.0, 35.0), (-78.0, 36.0), (-79.0, 36.0), (-79.0, 35.0)]
BOUNDED = replace(RULES, boundary=Boundary([SQUARE], "0123456789abcdef"))
IN_TEXT = "A deep pothole in front of 123 North Main Street, Cary, NC 27511."
RALEIGH = Area(south=35.7, west=-78.8, north=35.9, east=-78.5)


def report_of(received: SubmissionReceived, rules: Rules = RULES) -> Report:
    outcome = normalize(received, rules)
    assert isinstance(outcome, ServiceRequestCreated | FollowUpReceived)
    return outcome.report


def mail(text: str, **changes: object) -> Report:
    return report_of(plain(channel=Channel.EMAIL, text=text, **({"place": None} | changes)))


def told(report: Report, step: str) -> list[tuple[str, str]]:
    return [(decision.outcome, decision.why) for decision in report.decisions if decision.step == step]


def test_a_place_that_was_not_given_is_found_in_the_text() -> None:
    """In the author's words and in the form that compares; an advocate is told that nobody pointed there."""
    report = mail(IN_TEXT)
    assert report.place == Place(
        address="123 North Main Street, Cary, NC 27511", zipcode="27511", normalized_address="123 N MAIN ST", is_guessed=True
    )
    assert report.address_public == "123 North Main Street, Cary, NC 27511"
    assert report.attention == (Attention.UNSURE_PLACE,)
    assert told(report, "place") == [("found_in_text", "the sender gave none; the text names a house")]


@pytest.mark.parametrize("place", [Place(address="the gate of the park"), Place(lat=35.5, long=-78.5)])
def test_a_place_that_was_given_stands(place: Place) -> None:
    """Whatever the text names."""
    report = mail(IN_TEXT, place=place)
    assert report.place == place
    assert report.attention == ()


def test_a_networks_area_gives_way_to_an_address() -> None:
    """A post says "Raleigh" because its author was there; without an address in the text that is all there is."""
    rough = Place(address="Raleigh, NC", area=RALEIGH)
    found = report_of(plain(channel=Channel.X, text=IN_TEXT, place=rough)).place
    assert found is not None
    assert (found.normalized_address, found.area, found.is_guessed) == ("123 N MAIN ST", RALEIGH, True)
    assert report_of(plain(channel=Channel.X, text="A deep pothole", place=rough)).place == rough


def test_a_given_address_is_normalised_beside_its_words() -> None:
    """And its ZIP code is taken from them."""
    report = report_of(plain(place=Place(address="123 main st. apt 4, cary, NC 27513")))
    assert report.place is not None
    assert (report.place.address, report.place.normalized_address) == ("123 main st. apt 4, cary, NC 27513", "123 MAIN ST")
    assert not report.place.is_guessed
    assert report_of(plain(place=Place(address="Main & Oak", zipcode="27511"))).place == Place(
        address="Main & Oak", zipcode="27511", normalized_address="MAIN & OAK"
    )


def test_a_subject_names_a_place_unless_it_may_be_ours() -> None:
    """After "Re:" it is the subject of an earlier message."""
    claim = ThreadClaim(service_request_id=plain("earlier").service_request_id, proof=ClaimProof.TOKEN)
    assert mail("Please fix it.", subject="Pothole at 12 Oak St").attention == (Attention.UNSURE_PLACE,)
    assert mail("Still there.", subject="Re: Pothole at 12 Oak St", claim=claim).place is None


@pytest.mark.parametrize(
    "text",
    [
        "The light is out.\n\nThank you,\nPat Example\n8 Somewhere Ct\nCary, NC 27513",
        "The light is out.\nRegards\n8 Somewhere Ct",
        "La luz no funciona.\n\nSaludos,\nRosa Ejemplo\n31 Nowhere Ln",
        "The light is out.\n\nPat Example\n8 Somewhere Ct\n919-555-0101",
        "The light is out.\n\nPat Example, Example Realty\npat@example.org\n500 Somewhere Dr Suite 2",
    ],
)
def test_the_address_that_somebody_signs_with_is_not_the_place(text: str) -> None:
    """It says where they live or work."""
    assert mail(text).place is None
    assert Attention.NO_PLACE in mail(text).attention


def test_what_is_quoted_names_no_place() -> None:
    """Somebody else wrote it, or it was answered."""
    assert mail("It is still dark.", quoted_text="> I live at 8 Somewhere Ct").place is None


def test_words_below_a_farewell_that_say_something_count() -> None:
    """Thanks come early, too."""
    report = mail("Thanks,\nbut the light that I mean stands in front of 12 Cedar Ln, and it is still out.")
    assert report.place is not None
    assert report.place.normalized_address == "12 CEDAR LN"


def test_a_telephone_number_is_no_house() -> None:
    """What is personal data is not looked at."""
    report = mail("Call 919 555 0123 Maple Street is dark")
    assert report.address_public is None or "0123" not in report.address_public
    assert report.place is None or "0123" not in (report.place.normalized_address or "")


def test_what_a_private_text_names_is_never_public() -> None:
    """Not even when the request is made public later; staff see it."""
    report = mail("The bill of 12 Walnut St, Cary, NC 27511 is too high.", service_code="UTIL-BILL")
    assert report.is_private
    assert report.place is not None
    assert report.place.normalized_address == "12 WALNUT ST"
    assert (report.address_public, report.place.zipcode) == (None, None)


@pytest.mark.parametrize(("lat", "long", "is_outside"), [(35.5, -78.5, False), (35.5, -77.9, True), (36.1, -78.5, True)])
@pytest.mark.parametrize("language", Language)
def test_outside_the_boundary_a_request_is_kept_and_told_whom_to_ask(
    lat: float, long: float, language: Language, *, is_outside: bool
) -> None:
    """In the resident's language; an advocate sees it."""
    report = report_of(plain(place=Place(lat=lat, long=long), language=language), BOUNDED)
    assert (Attention.OUTSIDE_TOWN in report.attention) is is_outside
    assert (TOWN.outside_town(language) in (report.service_notice or "")) is is_outside
    assert bool(told(report, "boundary")) is is_outside


def test_without_a_boundary_no_place_is_outside() -> None:
    """And words lie nowhere that we know of."""
    assert report_of(plain(place=Place(lat=-35.0, long=100.0))).attention == ()
    assert report_of(plain(place=Place(address="1 Main St, Raleigh, NC")), BOUNDED).attention == ()


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_and_any_place_are_located(text: str, address: str) -> None:
    """Never an error; what is guessed says so."""
    report = report_of(plain(channel=Channel.PHONE, text=text, place=Place(address=address) if address else None))
    assert report.place is None or report.place.is_guessed is (Attention.UNSURE_PLACE in report.attention)


@given(st.text(alphabet=st.sampled_from("ab \n,.\u25a0-"), max_size=200))
def test_what_is_left_above_a_closing_is_how_the_text_begins(text: str) -> None:
    """Nothing is rewritten, and without a closing nothing goes."""
    assert text.startswith(without_closing(text))
