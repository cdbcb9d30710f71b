"""Who may write what by the stand-in: signatures, rules, limits. The signatures are oauthlib's, not our own."""

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from oauthlib.oauth1 import Client as Signer

from local_stack.x.records import Account
from support.x_stand_in import KEYS, PAT, PAT_ACCESS, TOWN, TOWN_ACCESS, RunningX, photo, plain_client, x_stand_in

POSTS = "/2/tweets"
USER = {"Authorization": f"Bearer {TOWN_ACCESS.user_token}"}


def signed(url: str, method: str = "POST", *, at: float, **changes: Any) -> str:  # noqa: ANN401 - of the signer
    """The header of a signature by the town's account."""
    values = {
        "client_key": KEYS.consumer_key,
        "client_secret": KEYS.consumer_secret,
        "resource_owner_key": TOWN_ACCESS.access_token,
        "resource_owner_secret": TOWN_ACCESS.access_token_secret,
        "timestamp": str(int(at)),
    }
    _, headers, _ = Signer(**(values | changes)).sign(url, method)
    return str(headers["Authorization"])


async def posted(client: httpx.AsyncClient, authorization: str | None = None, **body: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    """The answer to a creation by the town."""
    headers = {"Authorization": authorization} if authorization is not None else USER
    return await client.post(POSTS, json=body, headers=headers)


# --- who it is ---


@pytest.mark.parametrize("base", ["https://api.twitter.com", "https://api.x.com", None])
async def test_a_signature_over_any_name_of_x_is_believed(x: RunningX, client: httpx.AsyncClient, base: str | None) -> None:
    """Clients sign the address that they think they ask."""
    header = signed(f"{base or x.base}{POSTS}", at=x.clock.now.timestamp())
    answer = await posted(client, header, text="Good morning")
    assert answer.status_code == 201, answer.text
    (post,) = x.app.network.newest_first()
    assert (post.id, post.author_id, post.text) == (answer.json()["data"]["id"], TOWN.id, "Good morning")


async def test_a_signature_covers_the_query(x: RunningX, client: httpx.AsyncClient) -> None:
    """Colons, spaces and signs beyond ASCII included."""
    asked = (
        f"{POSTS}/search/recent?query=%23a%20%C3%B1&start_time={(x.clock.now - timedelta(hours=1)).strftime('%Y-%m-%dT%H%%3A%M%%3A%SZ')}"
    )
    now = x.clock.now.timestamp()
    header = signed(f"https://api.twitter.com{asked}", "GET", at=now)
    assert (await client.get(asked, headers={"Authorization": header})).status_code == 200
    header = signed(f"https://api.twitter.com{asked}", "GET", at=now)
    assert (await client.get(asked.replace("%C3%B1", "n"), headers={"Authorization": header})).status_code == 401


WRONG: dict[str, Callable[[float], str]] = {
    "none": lambda _: "",
    "unknown bearer": lambda _: "Bearer unknown",
    "other kind": lambda _: "Basic eDp5",
    "wrong secret": lambda now: signed(f"https://api.x.com{POSTS}", at=now, client_secret="other"),
    "wrong token": lambda now: signed(f"https://api.x.com{POSTS}", at=now, resource_owner_key="other"),
    "wrong method": lambda now: signed(f"https://api.x.com{POSTS}", "GET", at=now),
    "other host": lambda now: signed(f"https://example.org{POSTS}", at=now),
    "too old": lambda now: signed(f"https://api.x.com{POSTS}", at=now - 301),
    "too young": lambda now: signed(f"https://api.x.com{POSTS}", at=now + 301),
    "no time": lambda now: signed(f"https://api.x.com{POSTS}", at=now, timestamp="soon"),
    "plain text": lambda now: signed(f"https://api.x.com{POSTS}", at=now, signature_method="PLAINTEXT"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_who_is_not_believed(x: RunningX, client: httpx.AsyncClient, wrong: str) -> None:
    """401, and nothing is written."""
    answer = await posted(client, WRONG[wrong](x.clock.now.timestamp()), text="Good morning")
    assert answer.status_code == 401
    assert answer.json()["title"] == "Unauthorized"
    assert x.app.network.posts == {}


async def test_a_signature_is_used_once(x: RunningX, client: httpx.AsyncClient) -> None:
    """Whoever overhears one gains nothing."""
    header = signed(f"https://api.x.com{POSTS}", at=x.clock.now.timestamp())
    assert (await posted(client, header, text="One")).status_code == 201
    assert (await posted(client, header, text="Two")).status_code == 401
    assert len(x.app.network.posts) == 1


async def test_an_app_alone_writes_nothing(x: RunningX, client: httpx.AsyncClient) -> None:
    """403: it is known, but is no account; nor has it a self."""
    app = {"Authorization": f"Bearer {KEYS.bearer_token}"}
    post = x.writes("a")
    for method, path in (("POST", POSTS), ("DELETE", f"{POSTS}/{post.id}"), ("GET", "/2/users/me")):
        answer = await client.request(method, path, headers=app, json={"text": "a"} if method == "POST" else None)
        assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication")
    assert (await client.get("/2/users/me", headers=USER)).json()["data"]["username"] == "cary311"


# --- what may be written ---


async def test_a_reply_to_who_named_us(x: RunningX, client: httpx.AsyncClient) -> None:
    """It is in the conversation, and names whom it answers."""
    root = x.writes("Dear @cary311, a pothole #311Cary")
    answer = await posted(client, text="We have it", reply={"in_reply_to_tweet_id": root.id})
    assert answer.json()["data"]["text"] == "@pat_example We have it"
    reply = x.app.network.posts[answer.json()["data"]["id"]]
    assert (reply.conversation_id, reply.parent_id) == (root.id, root.id)


async def test_self_serve_plans_answer_only_who_named_or_quoted_the_account(x: RunningX, client: httpx.AsyncClient) -> None:
    """A tag alone is no summons; a quotation of ours is one, and so is an answer to ours."""
    tagged = x.writes("A pothole #311Cary")
    ours = x.writes("Good morning", TOWN)
    quoting = x.writes("How about potholes? #311Cary", quoted_id=ours.id)
    answering = x.writes("And potholes?", parent_id=ours.id)
    statuses = [
        (await posted(client, text=f"Number {number}", reply={"in_reply_to_tweet_id": post.id})).status_code
        for number, post in enumerate((tagged, quoting, answering, ours))
    ]
    assert statuses == [403, 201, 201, 201]


async def test_larger_plans_answer_anybody(tmp_path: Path) -> None:
    """As before February 2026; whoever restricts replies is still heard."""
    async with x_stand_in(tmp_path / "x", answers_anybody=True) as x, plain_client(x.base) as client:
        tagged, closed = x.writes("A pothole #311Cary"), x.writes("Leave me alone", reply_settings="mentionedUsers")
        assert (await posted(client, text="One", reply={"in_reply_to_tweet_id": tagged.id})).status_code == 201
        refused = await posted(client, text="Two", reply={"in_reply_to_tweet_id": closed.id})
        assert refused.status_code == 403
        assert "restricted" in refused.json()["detail"]


async def test_the_same_words_twice_are_refused(x: RunningX, client: httpx.AsyncClient) -> None:
    """403 as X does, for a day; a reply's name is part of its words, so that each author may be told the same once."""
    other = Account(id="1002", username="sam_example", name="Sam")
    x.app.network.keep(other)
    first, again, others = (x.writes(f"@cary311 {number}", author) for number, author in enumerate((PAT, PAT, other)))

    async def says_to(parent: str) -> int:
        return (await posted(client, text="We have it", reply={"in_reply_to_tweet_id": parent})).status_code

    assert [await says_to(post.id) for post in (first, first, again, others)] == [201, 403, 403, 201]
    assert [(await posted(client, text="Hello")).status_code for _ in range(2)] == [201, 403]
    x.clock.goes_on(days=1, minutes=1)
    answer = await posted(client, text="Hello")
    assert answer.status_code == 201
    assert (await client.delete(f"{POSTS}/{answer.json()['data']['id']}", headers=USER)).json() == {"data": {"deleted": True}}
    assert (await posted(client, text="Hello")).status_code == 201  # what was deleted stands in nobody's way


async def test_a_deleted_post_cannot_be_answered(x: RunningX, client: httpx.AsyncClient) -> None:
    """403, as X does; nor one that never was."""
    gone = x.writes("@cary311 a")
    x.app.network.delete(gone)
    for post_id in (gone.id, "404"):
        answer = await posted(client, text="a", reply={"in_reply_to_tweet_id": post_id})
        assert answer.status_code == 403
        assert "deleted" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 280, 201),
        ("a" * 281, 403),
        ("漢" * 140, 201),
        ("漢" * 141, 403),
        ("https://example.org/" + "a" * 400, 201),
        ("", 400),
        (" ", 400),
    ],
    ids=range(7),
)
async def test_how_long_a_post_is(x: RunningX, client: httpx.AsyncClient, text: str, status: int) -> None:
    """Weighted as X does: a link is 23, signs of some scripts are two."""
    assert (await posted(client, text=text)).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b'{"text": 7}',
        b'{"wrong": 1}',
        b'{"text": "\\ud800"}',
        b"[" * 100_000,
        b'{"reply": {}}',
        b'{"text": "a", "media": {"media_ids": ["1"]}}',
    ],
    ids=range(11),
)
async def test_a_body_that_is_none(x: RunningX, client: httpx.AsyncClient, body: bytes) -> None:
    """400, with a title."""
    answer = await client.post(POSTS, content=body, headers=USER | {"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["title"] in {"Invalid Request", "Bad Request"}
    assert x.app.network.posts == {}


async def test_an_edit_by_the_api(x: RunningX, client: httpx.AsyncClient) -> None:
    """Five times within half an hour, one's own latest version only."""
    post = (await posted(client, text="0")).json()["data"]["id"]
    first = post
    for number in range(1, 6):
        answer = await posted(client, text=str(number), edit_options={"previous_post_id": post})
        assert answer.status_code == 201
        post = answer.json()["data"]["id"]
    assert answer.json()["data"]["edit_history_tweet_ids"][0] == first
    assert len(answer.json()["data"]["edit_history_tweet_ids"]) == 6
    assert (await posted(client, text="6", edit_options={"previous_post_id": post})).status_code == 403
    late = (await posted(client, text="late")).json()["data"]["id"]
    x.clock.goes_on(minutes=31)
    assert (await posted(client, text="later", edit_options={"previous_post_id": late})).status_code == 403
    assert (await posted(client, text="not ours", edit_options={"previous_post_id": x.writes("a").id})).status_code == 403


async def test_only_ones_own_posts_are_deleted(x: RunningX, client: httpx.AsyncClient) -> None:
    """403 for another's, 404 for none."""
    assert (await client.delete(f"{POSTS}/{x.writes('a').id}", headers=USER)).status_code == 403
    assert (await client.delete(f"{POSTS}/404", headers=USER)).status_code == 404


async def test_a_photo_by_the_api(x: RunningX, client: httpx.AsyncClient) -> None:
    """As JSON or as a form, described, and shown by a post."""
    encoded = base64.b64encode(photo()).decode()
    by_json = await client.post("/2/media/upload", json={"media": encoded, "media_category": "tweet_image"}, headers=USER)
    by_form = await client.post("/2/media/upload", files={"media": photo()}, data={"media_category": "tweet_image"}, headers=USER)
    photo_ids = [answer.json()["data"]["id"] for answer in (by_json, by_form)]
    described = {"id": photo_ids[0], "metadata": {"alt_text": {"text": "A hole"}}}
    assert (await client.post("/2/media/metadata", json=described, headers=USER)).status_code == 200
    answer = await posted(client, text="See", media={"media_ids": photo_ids})
    post = x.app.network.posts[answer.json()["data"]["id"]]
    assert [x.app.network.photos[key].alt_text for key in post.photo_keys] == ["A hole", None]
    for wrong in ("x", "é", base64.b64encode(b"no photo").decode()):
        assert (await client.post("/2/media/upload", json={"media": wrong}, headers=USER)).status_code == 400


# --- how often ---


async def test_every_answer_tells_what_is_left(x: RunningX, client: httpx.AsyncClient) -> None:
    """Per endpoint and caller, in windows of a quarter of an hour; then 429, and after the window as before."""
    x.app.limits.changed["posts"] = 2
    ask = "/2/tweets?ids=1"
    answers = [await client.get(ask) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-rate-limit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["x-rate-limit-limit"] for answer in answers} == {"2"}
    reset = int(answers[0].headers["x-rate-limit-reset"])
    assert reset == int(x.clock.now.timestamp()) + 900
    assert answers[2].json()["title"] == "Too Many Requests"
    assert (await client.get(ask, headers={"Authorization": f"Bearer {PAT_ACCESS.user_token}"})).status_code == 200
    refused = await client.get("/2/tweets/search/recent?query=")
    assert (refused.status_code, refused.headers["x-rate-limit-limit"]) == (400, "450")
    x.clock.goes_on(minutes=15)
    assert (await client.get(ask)).headers["x-rate-limit-remaining"] == "1"
