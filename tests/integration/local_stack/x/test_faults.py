"""What goes wrong on demand, as a plain client sees it."""

import asyncio
import json

import httpx
import pytest

from local_stack.x.faults import Fault
from support.x_stand_in import TOWN_ACCESS, RunningX

ASK = "/2/tweets?ids=1"


@pytest.mark.parametrize("status", [401, 402, 403, 429, 500, 502, 503, 504, 599])
async def test_a_status_with_the_body_of_x(x: RunningX, client: httpx.AsyncClient, status: int) -> None:
    """Once, then all is well again."""
    x.app.faults.add(Fault(status=status, headers={"X-Rate-Limit-Reset": "1788278400"}))
    answer = await client.get(ASK)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["x-rate-limit-reset"] == "1788278400"
    assert (await client.get(ASK)).status_code == 200


async def test_html_and_nothing(x: RunningX, client: httpx.AsyncClient) -> None:
    """Of any status."""
    x.app.faults.add(Fault(status=503, body="html"), Fault(status=200, body="empty"))
    html, empty = await client.get(ASK), await client.get(ASK)
    assert (html.status_code, html.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert (empty.status_code, empty.content) == (200, b"")


@pytest.mark.parametrize("body", ["truncated", "none"])
async def test_a_connection_that_ends(x: RunningX, client: httpx.AsyncClient, body: str) -> None:
    """Within the answer, or before it; the next one works."""
    x.app.faults.add(Fault(status=200, body=body))  # type: ignore[arg-type]  # of the list above
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await client.get(ASK)
    assert (await client.get(ASK)).status_code == 200


@pytest.mark.parametrize("body", ["problem", "none"])
async def test_an_answer_that_is_lost(x: RunningX, client: httpx.AsyncClient, body: str) -> None:
    """The post is there, and its author does not know: who tries again is told that it is a duplicate."""
    x.app.faults.add(Fault(body=body, is_after=True, method="POST"))  # type: ignore[arg-type]  # of the list above
    user = {"Authorization": f"Bearer {TOWN_ACCESS.user_token}"}
    try:
        assert (await client.post("/2/tweets", json={"text": "Hello"}, headers=user)).status_code == 503
    except (httpx.RemoteProtocolError, httpx.ReadError):
        assert body == "none"
    assert [post.text for post in x.app.network.posts.values()] == ["Hello"]
    assert (await client.post("/2/tweets", json={"text": "Hello"}, headers=user)).status_code == 403


async def test_a_delay(x: RunningX, client: httpx.AsyncClient) -> None:
    """The answer is late; others are not."""
    x.app.faults.add(Fault(delay_seconds=0.2, passes=True))
    late = asyncio.create_task(client.get(ASK))
    while not x.app.seen:  # noqa: ASYNC110 - it tells no other way
        await asyncio.sleep(0.001)
    assert (await client.get(ASK)).status_code == 200
    assert not late.done()
    assert (await late).status_code == 200


async def test_a_fault_hits_what_it_is_for(x: RunningX, client: httpx.AsyncClient) -> None:
    """By method and path, so often as it says, in their order; the page is never hit."""
    scripted = [{"path": "/2/users", "status": 500, "times": 2}, {"status": 503}]
    assert (await client.post("/stand-in/faults", content=json.dumps(scripted))).status_code == 200
    assert (await client.get("/")).status_code == 200
    statuses = [(await client.get(path)).status_code for path in ("/2/users/1", ASK, "/2/users/1", "/2/users/1", ASK)]
    assert statuses == [500, 503, 500, 200, 200]
    await client.post("/stand-in/faults", content='[{"status": 500}]')
    assert (await client.request("DELETE", "/stand-in/faults")).json() == []
    assert (await client.get(ASK)).status_code == 200
    assert (await client.post("/stand-in/faults", content='[{"status": 7}]')).status_code == 400


async def test_a_fault_of_writing_does_not_hit_reading(x: RunningX, client: httpx.AsyncClient) -> None:
    """It waits for what it is for."""
    x.app.faults.add(Fault(method="POST"))
    assert (await client.get(ASK)).status_code == 200
    assert (await client.post("/2/tweets", json={})).status_code == 503


async def test_what_was_asked_is_remembered(x: RunningX, client: httpx.AsyncClient) -> None:
    """Without who asked."""
    await client.get(ASK)
    (seen,) = x.app.seen
    assert (seen.method, seen.path, seen.query) == ("GET", "/2/tweets", "ids=1")
