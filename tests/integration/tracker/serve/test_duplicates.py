"""Possible duplicates: which requests are told to whom, and what of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts import Attention, DetailedStatus, Place, RedactionScope, ServiceRequestChanged, ServiceRequestCreated
from shared.contracts import ServiceRequestRedacted as Redacted
from shared.pii import masked
from shared.town.catalogue import load_catalogue
from support.examples import NOW, POTHOLE
from support.logs import creation, merge, number_of, staff_head
from support.tracker_site import NOON, Site
from tracker.api.models import PossibleDuplicates

ASKED = "/api/v1/requests/possible-duplicates"
SERVICES = load_catalogue().services
LIGHT = SERVICES["ST-LIGHT"].as_service()
BILL = SERVICES["UTIL-BILL"].as_service()
HERE = Place(lat=35.79, long=-78.78)
MARK = "zzmarkzz"
NAMES = ("near", "far", "edge", "light", "done", "old", "same", "words", "private", "bill", "itself")


def of(name: str, at: datetime = NOW, **changes: object) -> ServiceRequestCreated:
    place = changes.get("place")
    words = place.address if isinstance(place, Place) else None
    event = creation(name, **{"received_at": at, "address_public": words, **changes})
    return event.model_copy(update={"occurred_at": at})


async def told(site: Site, *, staff: bool = False, **params: str) -> list[dict[str, Any]]:
    """What is answered, as it must be by its model."""
    answer = await (site.staff if staff else site.get)(ASKED, **({"service_code": "ST-POTHOLE"} | params))
    assert answer.status_code == 200, answer.text
    PossibleDuplicates.model_validate_json(answer.content)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def names(items: list[dict[str, Any]]) -> list[str]:
    known = {number_of(name): name for name in NAMES}
    return [known[item["service_request_id"]] for item in items]


@pytest.fixture
async def filled(site: Site) -> Site:
    """Around one point: near and far, another service, closed, old, private; and at an address without a point."""
    hour = timedelta(hours=1)
    await site.add(
        of("near", NOW, place=Place(lat=35.7901, long=-78.78, address="300 N Academy St")),
        of("edge", NOW + hour, place=Place(lat=35.79044, long=-78.78)),
        of("far", NOW + hour, place=Place(lat=35.7906, long=-78.78)),
        of("light", NOW, place=HERE, service=LIGHT),
        of("done", NOW, place=HERE),
        ServiceRequestChanged(**staff_head("done", "1"), expected_version=1, detailed_status=DetailedStatus.RESOLVED),
        of("old", NOON - timedelta(days=31), place=HERE),
        of("private", NOW, place=Place(lat=35.79, long=-78.78, address="300 N Academy St"), is_private=True),
        of("words", NOW + 2 * hour, place=Place(address="300 n. Academy  ST")),
    )
    return site


async def test_what_is_near_open_recent_and_of_the_service(filled: Site) -> None:
    """Newest first. Nothing of another service, closed, a month old, private or seventy metres away."""
    items = await told(filled, lat="35.79", long="-78.78")
    assert names(items) == ["edge", "near"]
    assert [item["distance_metres"] for item in items] == [49, 11]
    assert [item["age_days"] for item in items] == [1, 1]


async def test_the_same_address_in_any_writing(filled: Site) -> None:
    """Case, punctuation and blanks do not matter, and no point is needed; a point beside it adds what is near."""
    assert names(await told(filled, address="300 N ACADEMY St.")) == ["words", "near"]
    assert names(await told(filled, address="300 N Academy St", lat="35.79", long="-78.78")) == ["words", "edge", "near"]
    assert await told(filled, address="301 N Academy St") == []


async def test_one_house_in_two_spellings(site: Site) -> None:
    """By the postal form that the normalizer wrote; whoever asks may write it out."""
    await site.add(of("near", place=Place(address="300 N Academy St, Cary NC", normalized_address="300 N ACADEMY ST")))
    assert names(await told(site, address="300 North Academy Street")) == ["near"]
    assert await told(site, address="300 South Academy Street") == []


async def test_only_what_is_needed_to_know_it_again_is_told(filled: Site) -> None:
    """Number, service, when, where in its public words, how far it is: no description, no channel, nobody."""
    near = (await told(filled, lat="35.79", long="-78.78"))[-1]
    assert near == {
        "service_request_id": number_of("near"),
        "tracking_number": near["tracking_number"],
        "status": "open",
        "detailed_status": "received",
        "is_private": False,
        "requested_datetime": "2026-03-02T14:30:00.000Z",
        "age_days": 1,
        "service": POTHOLE.model_dump(),
        "address": "300 N Academy St",
        "distance_metres": 11,
    }


async def test_nobody_finds_out_who_lives_where(site: Site) -> None:
    """A masked name in an address is neither told nor found by asking for it: everybody's masked name reads the same."""
    words = f"{MARK}@example.org, 1 Invented Lane"
    await site.add(of("near", place=Place(address=words), address_public=masked(words)))
    (item,) = await told(site, address="somebody@example.org, 1 Invented Lane")
    assert item["address"] == masked(words) != words
    assert await told(site, address=f"{MARK} example org 1 Invented Lane") == []


async def test_private_requests_are_told_to_staff_alone(filled: Site) -> None:
    """By their address, for staff; the public gets the answer that it would get without them, for a private service, too."""
    assert "private" in names(await told(filled, staff=True, address="300 N Academy St"))
    await filled.add(of("bill", place=HERE, service=BILL, is_private=False))
    assert names(await told(filled, staff=True, service_code="UTIL-BILL", lat="35.79", long="-78.78")) == ["bill"]
    assert await told(filled, service_code="UTIL-BILL", lat="35.79", long="-78.78") == []


async def test_what_was_redacted_is_no_place_any_more(filled: Site) -> None:
    """A cleared place is found neither by its point nor by its words."""
    scope = RedactionScope(event_id=of("near").event_id, fields=("place",))
    await filled.add(Redacted(**staff_head("near", "2"), scope=(scope,), reason="asked for"))
    assert names(await told(filled, address="300 N Academy St", lat="35.79", long="-78.78")) == ["words", "edge"]


async def test_an_advocate_sees_what_could_be_merged(filled: Site) -> None:
    """Computed when it is read: not the request itself, within days of its own and not of today, and gone once it is merged."""
    path = f"/api/v1/requests/{number_of('near')}/possible-duplicates"
    assert names((await filled.staff(path)).json()["items"]) == ["words", "edge", "private", "old"]
    of_old = (await filled.staff(f"/api/v1/requests/{number_of('old')}/possible-duplicates")).json()["items"]
    assert names(of_old) == ["edge", "near"]
    await filled.add(merge("edge", "near"))
    assert names((await filled.staff(path)).json()["items"]) == ["words", "private", "old"]
    of_edge = (await filled.staff(f"/api/v1/requests/{number_of('edge')}/possible-duplicates")).json()["items"]
    assert number_of("near") not in [item["service_request_id"] for item in of_edge]  # it is followed there already
    near = await filled.staff(f"/api/v1/requests/{number_of('near')}")
    assert near.json()["staff"]["followers"] == [number_of("edge")]


async def test_of_a_request_only_staff_may_ask(filled: Site) -> None:
    """Else a private request would tell its place by its neighbours."""
    path = f"/api/v1/requests/{number_of('private')}/possible-duplicates"
    assert (await filled.get(path)).status_code == 401
    assert (await filled.staff(path)).status_code == 200
    assert (await filled.staff(f"/api/v1/requests/{number_of('unheard of')}/possible-duplicates")).status_code == 404
    assert (await filled.staff(path, limit="5")).status_code == 422


async def test_what_a_resident_said_is_in_the_staff_view(site: Site) -> None:
    """The number that they named, and a reason to look; the advocate's merge settles it."""
    event = of("itself", attention=(Attention.POSSIBLE_DUPLICATE,)).model_copy(update={"mentions": number_of("near")})
    await site.add(of("near"), event)
    asked = await site.staff("/api/v1/requests", attention="possible_duplicate")
    (item,) = asked.json()["items"]
    assert item["staff"]["mentions"] == number_of("near")
    await site.add(merge("itself", "near"))
    assert (await site.staff("/api/v1/requests", attention="possible_duplicate")).json()["items"] == []


async def test_a_few_are_enough(site: Site) -> None:
    """However many there are."""
    many = [of(f"n{place}", NOW + timedelta(minutes=place), place=HERE) for place in range(12)]
    await site.add(*many)
    items = await told(site, lat="35.79", long="-78.78")
    assert [item["service_request_id"] for item in items] == [number_of(f"n{place}") for place in (11, 10, 9, 8, 7)]


WRONG = [
    ({"lat": "35.79", "long": "-78.78", "service_code": ""}, "service_code"),
    ({"service_code": "x" * 65, "address": "here"}, "service_code"),
    ({}, "address"),
    ({"lat": "35.79"}, "long"),
    ({"long": "-78.78"}, "lat"),
    ({"lat": "91", "long": "0"}, "lat"),
    ({"lat": "NaN", "long": "0"}, "lat"),
    ({"lat": "0", "long": f"{MARK}"}, "long"),
    ({"address": "x" * 1001}, "address"),
    ({"address": "here", "radius": "9"}, "radius"),
]


@pytest.mark.parametrize(("params", "field"), WRONG, ids=[str(params)[:60] for params, _ in WRONG])
async def test_a_wrong_question_is_answered_clearly(site: Site, params: dict[str, str], field: str) -> None:
    """The parameter is named, what was sent is not repeated."""
    answer = await site.get(ASKED, **({"service_code": "ST-POTHOLE"} | params))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert MARK not in answer.text
