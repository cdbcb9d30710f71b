"""What is reported already, between the form and the tracker: what is asked, and what becomes of odd answers."""

from pathlib import Path

import httpx
import pytest

from shared.tracking_number import display
from support.intake_web import World, intake_world

URL = "/portal/already"
ASKED = "/api/v1/requests/possible-duplicates"
HOLE = {"lang": "en", "service_code": "ST-POTHOLE", "address": "Invented Lane 1", "lat": "35.79", "long": "-78.78"}
NUMBER = "7KQ4M2XD9RTB"
ITEM = {
    "service_request_id": NUMBER,
    "detailed_status": "in_progress",
    "is_private": False,
    "requested_datetime": "2026-03-01T17:00:00.000Z",
    "service": {"code": "ST-POTHOLE", "name": "Pothole or road surface"},
    "address": "Invented Lane 1",
}


async def test_the_tracker_is_asked_once_and_without_a_key(world: World) -> None:
    """For what the public may know, of the kind and the place and of nothing else that stands in the form."""
    world.tracker.answers[ASKED] = httpx.Response(200, json={"items": [ITEM]})
    answer = await world.http.post(URL, data=HOLE | {"description": "Ada Example is cross", "email": "ada@example.org"})

    assert answer.status_code == 200
    assert display(NUMBER) in answer.text
    assert "Reported 2 days ago · Work under way" in answer.text
    [asked] = world.tracker.asked
    assert (asked.method, asked.url.path) == ("GET", ASKED)
    assert dict(asked.url.params) == {
        "service_code": "ST-POTHOLE",
        "address": "Invented Lane 1",
        "lat": "35.790000",
        "long": "-78.780000",
    }
    assert "authorization" not in asked.headers


ODD = [
    httpx.Response(200, json={"items": "none"}),
    httpx.Response(200, json=[ITEM]),
    httpx.Response(200, json={"items": [NUMBER]}),
    httpx.Response(200, content=b"not JSON"),
    httpx.Response(404, json={"title": "an older tracker takes it for a number"}),
    httpx.Response(422, json={"title": "not valid"}),
    httpx.Response(503, headers={"Retry-After": "5"}),
]


@pytest.mark.parametrize("answer", ODD, ids=lambda answer: f"{answer.status_code} {answer.content[:20]!r}")
async def test_an_odd_answer_is_no_answer(world: World, answer: httpx.Response) -> None:
    """The form is told that nobody can tell, without a page and without a word."""
    world.tracker.answers[ASKED] = answer
    told = await world.http.post(URL, data=HOLE)
    assert (told.status_code, told.content) == (503, b"")


async def test_a_slow_tracker_is_waited_for_no_longer_than_is_set(tmp_path: Path) -> None:
    """A resident's patience is a setting of its own, far below what passing an answer through may take."""
    async with intake_world(tmp_path, already_reported_timeout_seconds=0.05) as world:
        world.tracker.seconds = 60.0
        assert (await world.http.post(URL, data=HOLE)).status_code == 503


@pytest.mark.parametrize("body", [b"\xff\xfe", b"lat=" + b"9" * 10_000, b"address=" + b"%00" * 500, b"&&&===", b""])
async def test_any_body_is_answered(world: World, body: bytes) -> None:
    """Nothing that is sent there is an error of ours."""
    answer = await world.http.post(URL, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code < 500
    assert world.tracker.asked == []
