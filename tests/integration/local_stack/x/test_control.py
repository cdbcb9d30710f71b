"""The other side of the network: writing as anybody, by JSON and on the page."""

import base64
from datetime import timedelta

import httpx
import pytest

from support.x_stand_in import PAT, TOWN, RunningX, photo


async def test_anybody_writes(x: RunningX, client: httpx.AsyncClient) -> None:
    """With photos, an account of its own, a place, late for search; edited, withheld, deleted."""
    place = next(iter(x.app.network.places))
    given = {
        "username": "Somebody_New",
        "text": "A hole #311Cary",
        "photos": [{"base64": base64.b64encode(photo()).decode(), "alt_text": "A hole"}],
        "place_id": place,
        "point": [-78.78, 35.79],
        "found_after_seconds": 120,
        "at": (x.clock.now - timedelta(minutes=1)).isoformat(),
    }
    written = (await client.post("/stand-in/posts", json=given)).json()
    post = x.app.network.posts[written["id"]]
    assert x.app.network.accounts[post.author_id].username == "Somebody_New"
    assert post.found_from == x.clock.now + timedelta(minutes=1)
    again = (await client.post("/stand-in/posts", json={"username": "somebody_new", "text": "b", "reply_to": post.id})).json()
    assert (again["author_id"], again["conversation_id"]) == (post.author_id, post.id)
    edited = (await client.put(f"/stand-in/posts/{post.id}", json={"text": "c"})).json()
    assert x.app.network.history(post) == [post.id, edited["id"]]
    assert (await client.put(f"/stand-in/posts/{post.id}/withheld", json={"country_codes": ["US"]})).status_code == 204
    assert x.app.network.withheld_in(post) == ("US",)
    assert (await client.delete(f"/stand-in/posts/{post.id}")).status_code == 204
    assert x.app.network.there(edited["id"]) is None


async def test_what_stands_below_a_post_is_told(x: RunningX, client: httpx.AsyncClient) -> None:
    """The oldest first, and only what answers that post."""
    root = x.writes("A hole", ago=timedelta(minutes=5))
    ours = x.writes("Your number", TOWN, parent_id=root.id, ago=timedelta(minutes=3))
    later = x.writes("Me too", parent_id=root.id, ago=timedelta(minutes=2))
    x.writes("Thank you", parent_id=ours.id, ago=timedelta(minutes=1))
    below = (await client.get(f"/stand-in/posts/{root.id}/replies")).json()
    assert below == [
        {"id": ours.id, "username": TOWN.username, "text": "@pat_example Your number"},
        {"id": later.id, "username": PAT.username, "text": "Me too"},
    ]
    assert (await client.get("/stand-in/posts/404/replies")).json() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "a", "wrong": 1}, "wrong"),
        ({"username": "a", "reply_to": "404"}, "404"),
        ({"username": "a", "place_id": "nowhere"}, "nowhere"),
        ({"username": "a", "photos": [{"base64": "eA=="}]}, "no photo"),
        ({"username": "a", "photos": [{"base64": "x"}]}, ""),
        ({"username": "a", "photos": [{"base64": "é"}]}, ""),
        ({"username": "a", "point": [-78.78, 135]}, "point"),
    ],
)
async def test_what_cannot_be_written_is_said(client: httpx.AsyncClient, given: dict[str, object], said: str) -> None:
    """400 and a sentence."""
    answer = await client.post("/stand-in/posts", json=given)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    for method, path in (("PUT", ""), ("DELETE", ""), ("PUT", "/withheld")):
        body = {"country_codes": []} if path else {"text": "a"}
        assert (await client.request(method, f"/stand-in/posts/404{path}", json=body)).status_code == 404


async def test_the_page_writes_answers_changes_and_deletes(x: RunningX, client: httpx.AsyncClient) -> None:
    """A newcomer needs nothing else; what is shown is escaped."""
    assert "Nothing yet" in (await client.get("/")).text
    answer = await client.post(
        "/", data={"username": "@Sam_1", "text": "<i>A hole</i>\r\n#311Cary", "alt_text": 'A "hole"'}, files={"photo": photo()}
    )
    post_id = answer.headers["location"].removeprefix("/#p")
    assert x.app.network.posts[post_id].text == "<i>A hole</i>\n#311Cary"
    page = (await client.get("/")).text
    assert "&lt;i&gt;A hole" in page
    assert "<i>A hole" not in page
    assert "A &quot;hole&quot;" in page
    x.writes("Your number is 7KQ4-M2XD-9RTB", TOWN, parent_id=post_id)
    page = (await client.get("/")).text
    assert page.index("A hole") < page.index("7KQ4-M2XD-9RTB")
    await client.post("/", data={"username": PAT.username, "text": "I see it too", "to": post_id})
    await client.post("/", data={"edit": post_id, "text": "Two holes #311Cary"})
    texts = [post.text for post in x.app.network.newest_first()]
    assert set(texts) >= {"@Sam_1 I see it too", "Two holes #311Cary"}
    assert "edited 1 time" in (await client.get(f"/?to={post_id}&edit={post_id}")).text
    await client.post(f"/delete/{post_id}")
    assert "Two holes" not in (await client.get("/")).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"username": "", "text": "a"}, "A name has"),
        ({"username": "a b", "text": "a"}, "A name has"),
        ({"username": "a", "text": " "}, "nothing to post"),
        ({"username": "a", "text": "a" * 25_001}, "at most"),
        ({"username": "a", "text": "a", "to": "404"}, "gone"),
        ({"edit": "404", "text": "a"}, "gone"),
    ],
)
async def test_the_page_says_what_is_wrong(x: RunningX, client: httpx.AsyncClient, typed: dict[str, str], said: str) -> None:
    """And keeps what was typed."""
    answer = await client.post("/", data=typed)
    assert answer.status_code == 400
    assert said in answer.text
    assert x.app.network.posts == {}
    assert f">{typed['text'].strip()}</textarea>" in answer.text


async def test_the_page_refuses_what_is_no_photo(x: RunningX, client: httpx.AsyncClient) -> None:
    """With a sentence."""
    answer = await client.post("/", data={"username": "a", "text": "a"}, files={"photo": b"no photo"})
    assert answer.status_code == 400
    assert "This is no photo" in answer.text
    assert x.app.network.posts == {}
