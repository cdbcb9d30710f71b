"""X by tweepy: where it goes, what it asks, and how everything that X may answer is sorted."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import cast

import aiohttp
import pytest
from pydantic import SecretStr

from intake_social.posts import Conversation, Found, Net, Page, Refusal, Replied, Window
from intake_social.source import SourceAwayError, SourceLimitedError, SourceStoppedError
from intake_social.x.queries import conversation_queries, query_for
from intake_social.x.settings import XSettings
from intake_social.x.source import XSource
from shared.contracts import WithdrawalReason
from shared.errors import ConfigurationError
from support.x_posts import NOW, TOWN, post, post_id
from support.x_scripted import KEY_NAMES, KEYS, TOKEN, Fault, ScriptedX

WINDOW = Window(NOW - timedelta(hours=1), NOW + timedelta(hours=1))


@pytest.fixture
async def source(server: ScriptedX) -> AsyncIterator[XSource]:
    made = XSource.open(x_settings(server), ("311Cary", "Cary311"))
    yield made
    await made.close()


def x_settings(server: ScriptedX, **changes: object) -> XSettings:
    values = {
        "x_bearer_token": SecretStr(TOKEN),
        "x_api_base": server.base,
        "x_account_ids": (TOWN,),
        "x_request_seconds": 2.0,
        **{name: SecretStr(key) for name, key in zip(KEY_NAMES, KEYS, strict=True)},
    }
    return XSettings(**(values | changes))  # type: ignore[arg-type]  # by name


def some_posts(count: int) -> list[dict[str, object]]:
    moments = [NOW + timedelta(seconds=number) for number in range(count)]
    return [post(post_id(moment), created_at=moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")) for moment in moments]


async def swept(source: XSource, net: Net) -> list[Page]:
    pages = [await source.sweep(net, WINDOW)]
    while (token := pages[-1].next_token) is not None:
        pages.append(await source.sweep(net, WINDOW, token))
    return pages


async def test_what_it_asks(server: ScriptedX, source: XSource) -> None:
    """The server of the setting and no other, the query, whole seconds, and everything that a post is made of."""
    await source.sweep(Net.TAGS, WINDOW)
    (request,) = server.requests
    assert request.host == f"127.0.0.1:{server.port}"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.query["query"] == "(#311Cary OR #Cary311) -is:retweet"
    assert request.query["start_time"] == "2026-09-01T15:00:00Z"
    assert request.query["end_time"] == "2026-09-01T16:59:45Z"
    assert {"note_tweet", "edit_history_tweet_ids", "geo"} <= set(request.query["tweet.fields"].split(","))


@pytest.mark.parametrize("count", [0, 1, 10, 25])
async def test_both_nets_page_by_page(server: ScriptedX, count: int) -> None:
    """All posts once, newest first, whichever way X calls its tokens; a second account is asked behind the first."""
    server.posts, server.mentions = some_posts(count), some_posts(count)
    source = XSource.open(x_settings(server, x_page_posts=10, x_account_ids=("999", TOWN)), ("311Cary",))
    try:
        for net in source.nets:
            found = [found.id for page in await swept(source, net) for found in page.posts]
            assert found == [item["id"] for item in reversed(some_posts(count))]
    finally:
        await source.close()


async def test_look_up(server: ScriptedX, source: XSource) -> None:
    """What is still there; that all are gone is an answer too."""
    server.posts = some_posts(3)
    ids = [str(item["id"]) for item in server.posts]
    assert set(await source.look_up([*ids, "404"])) == set(ids)
    assert await source.look_up(["404"]) == {}
    assert await source.look_up([]) == {}


async def test_reply(server: ScriptedX, source: XSource) -> None:
    """Signed as the town's account, below the post."""
    assert isinstance(await source.reply("7", "Thank you"), Replied)
    assert server.written == [{"reply": {"in_reply_to_tweet_id": "7"}, "text": "Thank you"}]
    assert server.requests[0].headers["Authorization"].startswith("OAuth ")


async def test_what_is_gone(server: ScriptedX, source: XSource) -> None:
    """As X says; an answer that says nothing is none."""
    server.posts = some_posts(2)
    ids = [str(item["id"]) for item in server.posts]
    server.gone["404"] = "resource-not-found"
    assert await source.gone([*ids, "404", "405"]) == {"404": WithdrawalReason.DELETED}
    assert await source.gone(["404"]) == {"404": WithdrawalReason.DELETED}
    for body in (b"{}", b"[]", b"null", b""):
        server.faults.append(Fault(200, body))
        with pytest.raises(SourceAwayError):
            await source.gone(["404"])


async def test_our_own_reply_is_found(server: ScriptedX, source: XSource) -> None:
    """By its author and its parent; somebody else's below the same post is not ours."""
    assert await source.find_reply("7", "7") == Found(None, 0)
    replied = await source.reply("7", "Thank you")
    assert isinstance(replied, Replied)
    assert await source.find_reply("7", "7") == Found(replied.post_id, 1)
    assert server.requests[-1].query["query"] == f"conversation_id:7 (from:{TOWN})"
    assert (await source.find_reply("8", "7")).post_id is None


def test_what_fits(server: ScriptedX) -> None:
    """A reply is of X's length at most."""
    session = cast("aiohttp.ClientSession", None)
    source = XSource(x_settings(server), ("311Cary",), session)
    assert source.fits("a" * 280)
    assert not source.fits("a" * 281)
    assert source.may_reply
    assert not XSource(x_settings(server, **dict.fromkeys(KEY_NAMES)), ("311Cary",), session).may_reply


@pytest.mark.parametrize(("status", "refusal"), [(403, Refusal.NOT_PERMITTED), (404, Refusal.GONE)])
async def test_a_reply_that_x_does_not_take(server: ScriptedX, source: XSource, status: int, refusal: Refusal) -> None:
    """By its status, whatever it says."""
    server.faults.append(Fault(status, b"<html>No</html>", "text/html"))
    assert await source.reply("7", "Thank you") is refusal


BODIES = [
    (b"", "application/json"),
    (b"<html>", "text/html"),
    (b'{"title": "x", "errors": [{"message": "y"}]}', "application/json"),
    (b"null", "application/json"),
]


@pytest.mark.parametrize("answered", BODIES)
@pytest.mark.parametrize(
    ("status", "reason"), [(401, "unauthorized"), (402, "credits_spent"), (403, "forbidden"), (400, "refused"), (404, "refused")]
)
async def test_what_only_a_person_can_heal(
    server: ScriptedX, source: XSource, status: int, reason: str, answered: tuple[bytes, str]
) -> None:
    """By its status alone: the body may be JSON, HTML or nothing."""
    server.faults.append(Fault(status, *answered))
    with pytest.raises(SourceStoppedError) as caught:
        await source.sweep(Net.TAGS, WINDOW)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(status, body, kind) for status in (500, 502, 503, 504, 408) for body, kind in BODIES),
        *(Fault(200, body, kind) for body, kind in BODIES),
        Fault(200, b'{"data": "x"}'),
        Fault(200, b'{"data": ['),
        Fault(200, b"[" * 100_000),
        Fault(200, b"\xff\xfe"),
        Fault(204),
        Fault(302, headers={"Location": "http://127.0.0.1:1/"}),
        Fault(drops=True),
        Fault(cuts=True),
    ],
    ids=str,
)
async def test_what_time_heals(server: ScriptedX, source: XSource, fault: Fault) -> None:
    """Down, HTML, empty, cut short, dropped, of another shape: nothing was answered, and the same call succeeds later."""
    server.posts = some_posts(1)
    server.faults.append(fault)
    if fault.drops:
        server.faults.append(fault)  # aiohttp tries a dropped connection once more by itself
    with pytest.raises(SourceAwayError):
        await source.sweep(Net.TAGS, WINDOW)
    assert len((await source.sweep(Net.TAGS, WINDOW)).posts) == 1


async def test_a_server_that_hangs(server: ScriptedX) -> None:
    """It costs its time-out."""
    source = XSource.open(x_settings(server, x_request_seconds=0.3), ("311Cary",))
    server.faults.append(Fault(hangs=True))
    try:
        with pytest.raises(SourceAwayError):
            await source.sweep(Net.TAGS, WINDOW)
    finally:
        await source.close()


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"x-rate-limit-reset": "1788278400"}, datetime(2026, 9, 1, 16, 0, tzinfo=UTC)),
        ({}, None),
        ({"x-rate-limit-reset": "soon"}, None),
        ({"x-rate-limit-reset": "9" * 30}, None),
    ],
)
async def test_a_limit(server: ScriptedX, source: XSource, headers: dict[str, str], until: datetime | None) -> None:
    """Until when, if X tells; asked once, for nothing here waits or repeats."""
    server.faults.append(Fault(429, headers=headers))
    with pytest.raises(SourceLimitedError) as caught:
        await source.sweep(Net.TAGS, WINDOW)
    assert caught.value.until == until
    assert len(server.requests) == 1


async def test_a_place_that_x_forgot(server: ScriptedX, source: XSource) -> None:
    """A token that is refused is no reason to call a person: the sweep begins anew."""
    for net, token in ((Net.TAGS, "old"), (Net.MENTIONS, "0:old")):
        server.faults.append(Fault(400))
        with pytest.raises(SourceAwayError) as caught:
            await source.sweep(net, WINDOW, token)
        assert caught.value.lost_place


async def test_no_secret_is_ever_logged(server: ScriptedX, source: XSource, caplog: pytest.LogCaptureFixture) -> None:
    """Not even when everything is logged, and not in what is raised."""
    with caplog.at_level(logging.DEBUG):
        await source.sweep(Net.TAGS, WINDOW)
        await source.reply("7", "Thank you")
        for status in (401, 403, 429, 500):
            server.faults.append(Fault(status, TOKEN.encode()))
            with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
                await source.sweep(Net.TAGS, WINDOW)
            assert TOKEN not in repr(caught.getrepr(chain=True))
    for secret in (TOKEN, *KEYS):
        assert secret not in caplog.text
        assert secret not in repr(x_settings(server))


def test_a_query_that_is_too_long() -> None:
    """X would refuse it for ever: it is said at the start."""
    assert len(query_for(["a" * 100] * 4)) <= 512
    with pytest.raises(ConfigurationError, match="SOCIAL_HASHTAGS"):
        query_for(["a" * 100] * 5)


def test_queries_for_conversations() -> None:
    """Each author's own posts in their conversation, in as few queries as X takes."""
    conversations = [Conversation(f"2{number:018}", f"1{number:018}") for number in range(20)]
    queries = conversation_queries(conversations)
    assert all(len(query) <= 512 for query in queries)
    assert len(queries) == 3
    asked = [part for query in queries for part in query.removeprefix("(").removesuffix(") is:reply").split(" OR ")]
    assert asked == [f"(conversation_id:{one.id} from:{one.author_id})" for one in conversations]
    assert conversation_queries([]) == []


async def test_without_an_account_there_is_one_net(server: ScriptedX) -> None:
    """And without tags the other."""
    for tags, accounts, nets in ((("a",), (), [Net.TAGS]), ((), (TOWN,), [Net.MENTIONS])):
        source = XSource.open(x_settings(server, x_account_ids=accounts), tags)
        assert source.nets == nets
        await source.close()
