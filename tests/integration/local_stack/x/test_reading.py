"""What the stand-in answers who reads, by plain HTTP: as X's documentation has it."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from local_stack.x.limits import LIMITS
from local_stack.x.records import Account
from support.x_stand_in import KEYS, PAT, TOWN, RunningX, photo, plain_client, x_stand_in

Json = dict[str, Any]
SEARCH = "/2/tweets/search/recent"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def got(client: httpx.AsyncClient, path: str, status: int = 200, **query: object) -> Json:
    """The answer to a question; ``__`` stands for a dot."""
    answer = await client.get(path, params={name.replace("__", "."): str(value) for name, value in query.items()})
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


def ids(answer: Json) -> list[str]:
    return [post["id"] for post in answer.get("data", [])]


def second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- search and its window ---


async def test_search_finds_what_fits_newest_first(x: RunningX, client: httpx.AsyncClient) -> None:
    """The query decides; an answer says how much it holds and between which ids."""
    old = x.writes("A pothole #311Cary", ago=2 * HOUR)
    new = x.writes("A lamp #cary311", ago=HOUR)
    x.writes("Nothing for us #Caryville", ago=HOUR)
    found = await got(client, SEARCH, query="(#311Cary OR #Cary311) -is:retweet")
    assert ids(found) == [new.id, old.id]
    assert found["meta"] == {"newest_id": new.id, "oldest_id": old.id, "result_count": 2}
    assert await got(client, SEARCH, query="#nobody") == {"meta": {"result_count": 0}}


async def test_search_reaches_back_seven_days(x: RunningX, client: httpx.AsyncClient) -> None:
    """What is older is for the archive."""
    old, young = x.writes("#a", ago=timedelta(days=8)), x.writes("#a", ago=timedelta(days=6))
    assert ids(await got(client, SEARCH, query="#a")) == [young.id]
    assert ids(await got(client, "/2/tweets/search/all", query="#a")) == [young.id, old.id]


async def test_without_an_end_the_last_half_minute_is_missing(x: RunningX, client: httpx.AsyncClient) -> None:
    """With one it may be ten seconds."""
    post = x.writes("#a", ago=timedelta(seconds=20))
    assert ids(await got(client, SEARCH, query="#a")) == []
    assert ids(await got(client, SEARCH, query="#a", end_time=second(x.clock.now - timedelta(seconds=10)))) == [post.id]


async def test_at_ease_posts_are_found_at_once_and_nobody_asks_too_often(tmp_path: Path) -> None:
    """As ``make run`` has it: its reader waits for the answer."""
    app = {"Authorization": f"Bearer {KEYS.bearer_token}"}
    async with x_stand_in(tmp_path / "x", is_at_ease=True) as x, plain_client(x.base, headers=app) as client:
        post = x.writes("#a", ago=timedelta(seconds=1))
        assert ids(await got(client, SEARCH, query="#a")) == [post.id]
        assert ids(await got(client, SEARCH, query="#a", end_time=second(x.clock.now))) == [post.id]
        answer = await client.get(SEARCH, params={"query": "#a"})
        assert int(answer.headers["x-rate-limit-remaining"]) > 100 * LIMITS["search"][0]


async def test_times_and_ids_bound_a_search(x: RunningX, client: httpx.AsyncClient) -> None:
    """The beginning is included and the end is not; ``since_id`` and ``until_id`` are both excluded."""
    posts = [x.writes("#a", ago=minutes * MINUTE) for minutes in (30, 20, 10)]
    first, middle, last = (post.id for post in posts)
    start, end = (second(post.written_at) for post in (posts[0], posts[2]))
    assert ids(await got(client, SEARCH, query="#a", start_time=start, end_time=end)) == [middle, first]
    assert ids(await got(client, SEARCH, query="#a", since_id=first)) == [last, middle]
    assert ids(await got(client, SEARCH, query="#a", since_id=first, until_id=last)) == [middle]


def refused_windows(now: datetime) -> list[Json]:
    old = second(now - timedelta(days=7, minutes=1))
    return [
        {"start_time": old},
        {"end_time": second(now)},
        {"start_time": second(now - HOUR), "end_time": second(now - 2 * HOUR)},
        {"start_time": second(now - HOUR), "since_id": "9" * 18},
        {"since_id": "1000"},
        {"start_time": "yesterday"},
        {"start_time": "2026-02-30T00:00:00Z"},
        {"max_results": 9},
        {"max_results": 101},
        {"max_results": "many"},
        {"next_token": "old"},
        {"next_token": "0" * 1000},
        {"query": ""},
        {"query": "has:hashtags"},
        {"query": "#" + "a" * 512},
        {"tweet.fields": "wrong"},
        {"expansions": "wrong"},
        {"sort_order": "wrong"},
        {"wrong": "1"},
    ]


@pytest.mark.parametrize("index", range(19))
async def test_what_search_refuses(x: RunningX, client: httpx.AsyncClient, index: int) -> None:
    """400 in X's form, which names the parameter."""
    given = refused_windows(x.clock.now)[index]
    answer = await client.get(SEARCH, params={"query": "#a"} | given)
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["title"] == "Invalid Request"
    assert set(problem["errors"][0]["parameters"]) <= given.keys()


# --- pages ---


@pytest.mark.parametrize("count", [0, 9, 10, 11, 20, 35])
@pytest.mark.parametrize("name", ["next_token", "pagination_token"])
async def test_pages_give_everything_once_in_both_directions(x: RunningX, client: httpx.AsyncClient, count: int, name: str) -> None:
    """Forwards to an end and back to the first page, by either name of the token; a full last page promises no other."""
    written = [x.writes("#a", ago=HOUR - timedelta(seconds=number)).id for number in range(count)]
    pages = [await got(client, SEARCH, query="#a")]
    while token := pages[-1]["meta"].get("next_token"):
        pages.append(await got(client, SEARCH, query="#a", **{name: token}))
    assert [post for page in pages for post in ids(page)] == written[::-1]
    assert len(pages) == max(1, -(-count // 10))
    back = pages[-1:]
    while token := back[-1]["meta"].get("previous_token"):
        back.append(await got(client, SEARCH, query="#a", **{name: token}))
    assert [ids(page) for page in back[::-1]] == [ids(page) for page in pages]


async def test_posts_that_come_between_pages_move_nothing(x: RunningX, client: httpx.AsyncClient) -> None:
    """A token is a place among the posts, not a number of them."""
    written = [x.writes("#a", ago=HOUR - timedelta(seconds=number)).id for number in range(20)]
    first = await got(client, SEARCH, query="#a")
    newer = [x.writes("#a", ago=MINUTE).id for _ in range(3)]
    second_page = await got(client, SEARCH, query="#a", next_token=first["meta"]["next_token"])
    assert ids(first) + ids(second_page) == written[::-1]
    newest = await got(client, SEARCH, query="#a", next_token=second_page["meta"]["previous_token"])
    assert ids(newest) == ids(first)
    assert ids(await got(client, SEARCH, query="#a", next_token=newest["meta"]["previous_token"])) == newer[::-1]


async def test_a_token_belongs_to_its_question(x: RunningX, client: httpx.AsyncClient) -> None:
    """Another query's is refused."""
    for number in range(11):
        x.writes("#a #b", ago=MINUTE * (number + 1))
    token = (await got(client, SEARCH, query="#a"))["meta"]["next_token"]
    await got(client, SEARCH, 400, query="#b", next_token=token)
    await got(client, f"/2/users/{PAT.id}/tweets", 400, pagination_token=token)


# --- the shape of a post ---


async def test_a_post_has_three_fields_unless_more_are_asked_for(x: RunningX, client: httpx.AsyncClient) -> None:
    """Id, text and history; then whatever was asked for and is there."""
    post = x.writes("A pothole #311Cary", ago=HOUR)
    assert (await got(client, f"/2/tweets/{post.id}"))["data"] == {
        "id": post.id,
        "text": "A pothole #311Cary",
        "edit_history_tweet_ids": [post.id],
    }
    data = (await got(client, f"/2/tweets/{post.id}", tweet__fields="author_id,created_at,conversation_id,lang,geo,note_tweet"))["data"]
    assert data["author_id"] == PAT.id
    assert data["created_at"] == post.written_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert data.keys() == {"id", "text", "edit_history_tweet_ids", "author_id", "created_at", "conversation_id", "lang"}


async def test_entities_fit_the_escaped_text(x: RunningX, client: httpx.AsyncClient) -> None:
    """Offsets count code points of the text as it is answered, and links are short in it."""
    post = x.writes("<b> 🕳️ & @cary311 #311Cary @nobody https://example.org/a?b=1&c=2. ＃Cary", ago=HOUR)  # noqa: RUF001 - a sign
    data = (await got(client, f"/2/tweets/{post.id}", tweet__fields="entities"))["data"]
    text, entities = data["text"], data["entities"]
    assert text.startswith("&lt;b&gt; 🕳️ &amp; @cary311 #311Cary @nobody https://t.co/")

    def marked(name: str) -> list[str]:
        return [text[one["start"] : one["end"]] for one in entities[name]]

    assert marked("hashtags") == ["#311Cary", "＃Cary"]  # noqa: RUF001 - as above
    assert [one["tag"] for one in entities["hashtags"]] == ["311Cary", "Cary"]
    assert marked("mentions") == ["@cary311"]
    assert entities["mentions"][0]["id"] == TOWN.id
    assert marked("urls") == [entities["urls"][0]["url"]]
    assert entities["urls"][0]["expanded_url"] == "https://example.org/a?b=1&c=2"


async def test_a_long_text_has_a_note(x: RunningX, client: httpx.AsyncClient) -> None:
    """The text is cut where it has 280 characters; the note has all of it."""
    words = "The pothole grows every day. " * 20 + "#311Cary"
    post = x.writes(words, ago=HOUR)
    data = (await got(client, f"/2/tweets/{post.id}", tweet__fields="note_tweet,entities"))["data"]
    assert len(data["text"]) <= 280
    (link,) = data["entities"]["urls"]
    assert data["text"].endswith(f"… {link['url']}")
    assert link["expanded_url"] == f"https://x.com/pat_example/status/{post.id}"
    assert data["note_tweet"]["text"] == words
    assert data["note_tweet"]["entities"]["hashtags"][0]["tag"] == "311Cary"
    assert ids(await got(client, SEARCH, query="#311Cary")) == [post.id]


async def test_what_is_expanded_stands_beside(x: RunningX, client: httpx.AsyncClient) -> None:
    """Authors, photos, places and the posts referred to: each once, with the fields that were asked for."""
    shown = x.app.photos.add(photo(), "A hole")
    place = next(iter(x.app.network.places))
    root = x.writes("A pothole", ago=HOUR, photo_keys=(shown.key,), place_id=place)
    reply = x.writes("Which road?", TOWN, ago=HOUR / 2, parent_id=root.id)
    answer = await got(
        client,
        "/2/tweets",
        ids=f"{root.id},{reply.id}",
        expansions="author_id,attachments.media_keys,geo.place_id,referenced_tweets.id,in_reply_to_user_id",
        media__fields="url,alt_text,width,height",
        place__fields="geo",
        user__fields="protected",
    )
    assert answer["data"][1]["referenced_tweets"] == [{"type": "replied_to", "id": root.id}]
    assert answer["data"][1]["text"] == "@pat_example Which road?"
    includes = answer["includes"]
    assert {user["id"] for user in includes["users"]} == {PAT.id, TOWN.id}
    assert [post["id"] for post in includes["tweets"]] == [root.id]
    (media,) = includes["media"]
    assert (media["alt_text"], media["width"], media["height"], media["type"]) == ("A hole", 8, 6, "photo")
    assert includes["places"][0]["geo"]["bbox"] == [-78.95, 35.63, -78.7, 35.87]
    bytes_of_it = await client.get(media["url"])
    assert bytes_of_it.content == photo()
    assert bytes_of_it.headers["content-type"] == "image/jpeg"
    data = (await got(client, f"/2/tweets/{root.id}", tweet__fields="entities,display_text_range"))["data"]
    assert data["entities"]["urls"][0]["media_key"] == shown.key
    assert data["display_text_range"] == [0, len("A pothole")]
    data = (await got(client, f"/2/tweets/{reply.id}", tweet__fields="display_text_range,public_metrics"))["data"]
    assert data["display_text_range"] == [len("@pat_example "), len("@pat_example Which road?")]
    assert (await client.get(f"{x.base}/media/../log.jsonl")).status_code == 404


# --- what is there, and for whom ---


async def test_a_look_up_says_what_is_missing(x: RunningX, client: httpx.AsyncClient) -> None:
    """Deleted, never there, or not for everybody: in ``errors``, and the answer is 200."""
    there, gone = x.writes("a"), x.writes("b")
    hidden_account = Account(id="1003", username="hidden", name="Hidden", is_protected=True)
    x.app.network.keep(hidden_account)
    hidden = x.writes("#c", hidden_account)
    x.app.network.delete(gone)
    answer = await got(client, "/2/tweets", ids=f"{there.id},{gone.id},404,{hidden.id}")
    assert ids(answer) == [there.id]
    assert [(one["resource_id"], one["title"]) for one in answer["errors"]] == [
        (gone.id, "Not Found Error"),
        ("404", "Not Found Error"),
        (hidden.id, "Authorization Error"),
    ]
    assert "data" not in await got(client, f"/2/tweets/{gone.id}")
    x.clock.goes_on(minutes=1)
    assert ids(await got(client, SEARCH, query="#c")) == []
    await got(client, "/2/tweets", 400, ids=",".join(map(str, range(101))))
    await got(client, "/2/tweets", 400, ids="x")
    await got(client, "/2/tweets", 400)


async def test_an_edit_is_a_version_with_an_id_of_its_own(x: RunningX, client: httpx.AsyncClient) -> None:
    """Search finds the latest one alone; a look-up finds each, and each tells the whole history."""
    first = x.writes("A pothole #311Cary", ago=2 * MINUTE)
    second_one = x.app.network.edit(first, "A pothole on Maynard Road #311Cary")
    x.clock.goes_on(minutes=1)
    found = await got(client, SEARCH, query="#311Cary")
    assert ids(found) == [second_one.id]
    assert found["data"][0]["edit_history_tweet_ids"] == [first.id, second_one.id]
    answer = await got(client, "/2/tweets", ids=f"{first.id},{second_one.id}", tweet__fields="conversation_id")
    assert [post["text"] for post in answer["data"]] == [first.text, second_one.text]
    assert {post["conversation_id"] for post in answer["data"]} == {first.id}
    x.app.network.delete(second_one)
    assert "data" not in await got(client, "/2/tweets", ids=f"{first.id},{second_one.id}")


async def test_a_post_may_be_indexed_late(x: RunningX, client: httpx.AsyncClient) -> None:
    """A look-up finds it at once, search later; by its id it is as old as it is."""
    late = x.writes("#a", ago=MINUTE, found_after=timedelta(minutes=3))
    x.writes("#a", ago=MINUTE)
    assert len(ids(await got(client, SEARCH, query="#a"))) == 1
    assert (await got(client, f"/2/tweets/{late.id}"))["data"]["id"] == late.id
    x.clock.goes_on(minutes=2)
    assert late.id in ids(await got(client, SEARCH, query="#a"))


async def test_withheld_posts_say_so(x: RunningX, client: httpx.AsyncClient) -> None:
    """With the countries."""
    post = x.writes("a")
    x.app.network.withhold(post, ("US",))
    data = (await got(client, f"/2/tweets/{post.id}", tweet__fields="withheld"))["data"]
    assert data["withheld"] == {"copyright": False, "country_codes": ["US"], "scope": "tweet"}


async def test_mentions_are_named_and_answered(x: RunningX, client: httpx.AsyncClient) -> None:
    """In any capitals; an answer names whom it answers; seven days do not matter."""
    named = x.writes("Dear @CARY311, a pothole", ago=timedelta(days=30))
    ours = x.writes("Thank you", TOWN, ago=HOUR, parent_id=named.id)
    answered = x.writes("It is on Maynard Road", ago=MINUTE, parent_id=ours.id)
    x.writes("someone@cary311x is no mention", ago=MINUTE)
    found = await got(client, f"/2/users/{TOWN.id}/mentions")
    assert ids(found) == [answered.id, named.id]
    since = second(x.clock.now - HOUR)
    assert ids(await got(client, f"/2/users/{TOWN.id}/mentions", start_time=since)) == [answered.id]
    assert ids(await got(client, f"/2/users/{TOWN.id}/tweets")) == [ours.id]
    await got(client, "/2/users/404/mentions", 404)
    await got(client, f"/2/users/{TOWN.id}/mentions", 400, max_results=4)


async def test_users_by_id_by_name_and_several(x: RunningX, client: httpx.AsyncClient) -> None:
    """And who is missing."""
    assert (await got(client, f"/2/users/{TOWN.id}"))["data"] == {"id": TOWN.id, "name": TOWN.name, "username": "cary311"}
    assert (await got(client, "/2/users/by/username/Pat_Example"))["data"]["id"] == PAT.id
    assert [user["id"] for user in (await got(client, "/2/users", ids=f"{PAT.id},{TOWN.id}"))["data"]] == [PAT.id, TOWN.id]
    answer = await got(client, "/2/users/by", usernames="cary311,nobody", user__fields="protected")
    assert answer["data"][0]["protected"] is False
    assert answer["errors"][0]["resource_id"] == "nobody"
    assert "data" not in await got(client, "/2/users/by/username/nobody")


async def test_what_is_no_endpoint(client: httpx.AsyncClient) -> None:
    """Is said in X's form."""
    assert (await got(client, "/2/nothing", 404))["title"] == "Not Found"
    assert (await client.put("/2/tweets")).status_code == 405


PATHS = (
    "search/recent",
    "search/all",
    "",
    "/{}",
    "users/{}",
    "users/{}/mentions",
    "users/{}/tweets",
    "users",
    "users/by",
    "users/by/username/{}",
)
NAMES = (
    "query", "max_results", "next_token", "pagination_token", "start_time", "end_time", "since_id", "until_id", "tweet.fields",
    "post.fields", "expansions", "user.fields", "media.fields", "place.fields", "poll.fields", "ids",
    "usernames", "sort_order", "exclude", "wrong",
)  # fmt: skip
VALUES = (
    "", "0", "-1", "9" * 19, "1" * 40, TOWN.id, "é", "\0", "%", ",", "a,b", "author_id", "created_at", "()", '"', "-", "a OR", "from:",
    "((((a", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-28T08:00:00.123Z", "AAAA", "v0v0v0v0",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_any_question_has_an_answer(x: RunningX, client: httpx.AsyncClient, seed: int) -> None:
    """Sense or nonsense: 200, or a refusal in X's form; never 500."""
    x.app.limits.changed |= dict.fromkeys(LIMITS, 10_000)
    for number in range(12):
        x.writes(f"@cary311 {number} #a", ago=MINUTE * (number + 1))
    chance = random.Random(seed)
    for _ in range(150):
        path = chance.choice(PATHS).format(quote(chance.choice(VALUES), safe=""))
        path = f"/2/{path}" if path.startswith("users") else f"/2/tweets/{path}".rstrip("/")
        query = {chance.choice(NAMES): chance.choice(VALUES) for _ in range(chance.randint(0, 3))}
        answer = await client.get(path, params=query)
        assert answer.status_code in {200, 307, 400, 404}, (path, query)
        assert answer.status_code == 307 or isinstance(answer.json(), dict)
