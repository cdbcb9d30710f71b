"""Lists by the JSON API: filters, search, order, pages."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts import Attention, DetailedStatus, Place, ServiceRequestChanged, ServiceRequestCreated, Text
from shared.town.catalogue import load_catalogue
from support.examples import NOW
from support.logs import creation, number_of, report_of, staff_head
from support.tracker_site import NOON, Site
from tracker.api.models import RequestList

LIST = "/api/v1/requests"
WATER = load_catalogue().services["OTHER"].as_service()
NAMES = ("a", "b", "c", "d")


def of(name: str, at: datetime = NOW, **changes: object) -> ServiceRequestCreated:
    event = creation(name, **{"received_at": at, "answer_due_datetime": None, **changes})
    return event.model_copy(update={"occurred_at": at})


def change(name: str, version: int = 1, **fields: Any) -> ServiceRequestChanged:  # noqa: ANN401 - fields of any type
    return ServiceRequestChanged(**staff_head(name, str(fields)), expected_version=version, **fields)


async def found(site: Site, *, staff: bool = True, **params: str) -> list[str]:
    """Names of what a list holds, in its order."""
    answer = await (site.staff if staff else site.get)(LIST, **params)
    assert answer.status_code == 200, answer.text
    RequestList.model_validate_json(answer.content)
    names = {number_of(name): name for name in (*NAMES, "private", "old")}
    return [names[item["service_request_id"]] for item in answer.json()["items"]]


@pytest.fixture
async def filled(site: Site) -> Site:
    """Four public requests an hour apart, the newest last, and a private one."""
    hour = timedelta(hours=1)
    await site.add(
        of("a", NOW, place=Place(lat=35.79, long=-78.78), description=Text(content="A Pothole near the creek")),
        of("b", NOW + hour, service=WATER, attention=(Attention.EMERGENCY, Attention.NO_PLACE), answer_due_datetime=NOON - hour),
        of("c", NOW + 2 * hour, place=Place(lat=35.0, long=-79.5), attention=(Attention.NO_PLACE,), answer_due_datetime=NOON + hour),
        of("d", NOW + 3 * hour),
        of("private", NOW + 4 * hour, is_private=True),
        change("b", assignee="crew-7", detailed_status=DetailedStatus.IN_PROGRESS),
        change("d", detailed_status=DetailedStatus.RESOLVED),
    )
    return site


FILTERS = [
    ({}, "d c b a"),
    ({"status": "open"}, "c b a"),
    ({"status": "closed"}, "d"),
    ({"status": "open,closed"}, "d c b a"),
    ({"detailed_status": "received"}, "c a"),
    ({"service_code": "OTHER"}, "b"),
    ({"service_code": "OTHER,ST-POTHOLE"}, "d c b a"),
    ({"service_code": "NOT-THERE"}, ""),
    ({"requested_after": "2026-03-02T15:30:00Z"}, "d c b"),
    ({"requested_after": "2026-03-02T15:30:00Z", "requested_before": "2026-03-02T16:30:00Z"}, "c b"),
    ({"updated_before": "2026-03-02T15:00:00Z"}, "a"),
    ({"bbox": "-78.9,35.7,-78.7,35.9"}, "a"),
    ({"bbox": "-78.78,35.79,-78.78,35.79"}, "a"),
    ({"bbox": "-180,-90,180,90"}, "c a"),
    ({"q": "POTHOLE creek"}, "a"),
    ({"q": "creek moon"}, ""),
    ({"sort": "requested_datetime"}, "a b c d"),
    ({"sort": "updated_datetime", "status": "open"}, "a b c"),
    ({"limit": "2"}, "d c"),
]


@pytest.mark.parametrize(("params", "names"), FILTERS, ids=[str(params) for params, _ in FILTERS])
async def test_what_the_public_finds(filled: Site, params: dict[str, str], names: str) -> None:
    """Never a private request."""
    assert await found(filled, staff=False, **params) == names.split()


STAFF_FILTERS = [
    ({}, "b private d c a"),
    ({"sort": "-requested_datetime"}, "private d c b a"),
    ({"assignee": "crew-7"}, "b"),
    ({"unassigned": "true"}, "private d c a"),
    ({"unassigned": "false"}, "b private d c a"),
    ({"attention": "emergency"}, "b"),
    ({"attention": "emergency,no_place"}, "b c"),
    ({"needs_attention": "true"}, "b c"),
    ({"overdue": "true"}, "b"),
    ({"q": "b@example.org"}, "b"),
]


@pytest.mark.parametrize(("params", "names"), STAFF_FILTERS, ids=[str(params) for params, _ in STAFF_FILTERS])
async def test_what_staff_find(filled: Site, params: dict[str, str], names: str) -> None:
    """Private ones too, by who works on them, by why somebody should look, by what is late, by whoever wrote."""
    assert await found(filled, **params) == names.split()


async def test_the_public_does_not_find_people(filled: Site) -> None:
    """An address that staff find by is no word of the public's search."""
    assert await found(filled, staff=False, q="example") == []


async def test_a_number_finds_its_request(filled: Site) -> None:
    """In any spelling; a private one is found by staff alone."""
    assert await found(filled, q=number_of("a").lower()) == ["a"]
    assert await found(filled, staff=False, q=number_of("a")) == ["a"]
    assert await found(filled, q=number_of("private")) == ["private"]
    assert await found(filled, staff=False, q=number_of("private")) == []


@pytest.mark.parametrize("sort", ["-requested_datetime", "requested_datetime", "-updated_datetime", "updated_datetime"])
@pytest.mark.parametrize("staff", [True, False])
async def test_pages_hold_everything_once(site: Site, sort: str, *, staff: bool) -> None:
    """Also where many have the same moment; the last page says that it is the last."""
    numbers = [f"n{place}" for place in range(23)]
    await site.add(*(of(name, NOW + timedelta(minutes=place // 7)) for place, name in enumerate(numbers)))
    seen, params = [], {"sort": sort, "limit": "5"}
    while True:
        page = (await (site.staff if staff else site.get)(LIST, **params)).json()
        seen += [item["service_request_id"] for item in page["items"]]
        if not page["has_more"]:
            break
        params = {"cursor": page["next_cursor"], "limit": "5"}
    assert sorted(seen) == sorted(map(number_of, numbers))
    assert len(seen) == 23


async def test_pages_hold_everything_once_while_others_arrive(site: Site) -> None:
    """Nothing that was there is repeated or skipped, whatever comes in between."""
    await site.add(*(of(f"n{place}", NOW + timedelta(seconds=place)) for place in range(40)))

    async def arrive() -> None:
        for place in range(40, 120, 5):
            await site.add(*(of(f"n{one}", NOW + timedelta(seconds=one)) for one in range(place, place + 5)))

    arriving = asyncio.create_task(arrive())
    seen, params = [], {"limit": "3"}
    while True:
        page = (await site.get(LIST, **params)).json()
        seen += [item["service_request_id"] for item in page["items"]]
        if not page["has_more"]:
            break
        params = {"cursor": page["next_cursor"], "limit": "3"}
    await arriving
    assert len(set(seen)) == len(seen)
    assert {number_of(f"n{place}") for place in range(40)} <= set(seen)


async def test_a_kept_cursor_asks_for_what_is_new(site: Site) -> None:
    """The end of a list in ascending order is a place to go on from, also when nothing is new."""
    await site.add(of("a"))
    end = (await site.get(LIST, sort="requested_datetime")).json()
    nothing = (await site.get(LIST, cursor=end["next_cursor"])).json()
    assert nothing == {"items": [], "has_more": False, "next_cursor": end["next_cursor"]}
    await site.add(of("b", NOW + timedelta(hours=1)))
    assert await found(site, staff=False, cursor=nothing["next_cursor"]) == ["b"]


async def test_an_empty_list_has_no_place_yet(site: Site) -> None:
    """And no null."""
    assert (await site.get(LIST)).json() == {"items": [], "has_more": False}


async def test_what_staff_list_has_no_history_in_it(site: Site) -> None:
    """A page stays small however long its requests' lives are."""
    await site.add(creation("a", description=report_of("a").description))
    item = (await site.staff(LIST)).json()["items"][0]
    assert item["staff"]["report"]["reporter"]["email"] == "a@example.org"
    assert "history" not in item


async def test_open_emergencies_stand_first_for_staff(site: Site) -> None:
    """Whatever came since, on every page, with every filter, until somebody has looked or it is closed; the public sees no difference."""
    emergency = (Attention.EMERGENCY,)
    await site.add(
        *(of(name, NOW + timedelta(hours=place), attention=emergency if name in "ab" else ()) for place, name in enumerate(NAMES))
    )
    assert await found(site) == ["b", "a", "d", "c"]
    assert await found(site, status="open", service_code="ST-POTHOLE") == ["b", "a", "d", "c"]
    assert await found(site, sort="-requested_datetime") == ["d", "c", "b", "a"]
    assert await found(site, staff=False) == ["d", "c", "b", "a"]

    seen, params = [], {"limit": "1"}
    while True:
        page = (await site.staff(LIST, **params)).json()
        seen += [item["service_request_id"] for item in page["items"]]
        if not page["has_more"]:
            break
        params = {"limit": "1", "cursor": page["next_cursor"]}
    assert seen == [number_of(name) for name in "badc"]

    await site.add(change("b", attention_resolved=emergency), change("a", detailed_status=DetailedStatus.RESOLVED))
    assert await found(site) == ["d", "c", "b", "a"]
