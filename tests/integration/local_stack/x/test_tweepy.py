"""tweepy drives the stand-in: as a library by its own models, and within intake-social's ``XSource``, in both vocabularies."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from tweepy import Forbidden
from tweepy.asynchronous import AsyncClient, AsyncPaginator
from yarl import URL

from intake_social.posts import Net, Refusal, Replied, Window
from intake_social.source import SourceAwayError, SourceLimitedError, SourceStoppedError
from intake_social.x.settings import XSettings
from intake_social.x.source import XSource
from local_stack.x.faults import Fault
from local_stack.x.vocabulary import Vocabulary
from support.x_stand_in import KEYS, PAT, TOWN, TOWN_ACCESS, RunningX, photo, x_stand_in

MINUTE = timedelta(minutes=1)
OLD_NAMES = (Vocabulary.TWEETS, Vocabulary.ASKED)
"""tweepy's models warn of a post without its history, whose new name they do not know."""


@pytest.fixture(params=list(Vocabulary))
async def x(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningX]:
    """In each vocabulary: tweepy asks in the old one."""
    async with x_stand_in(tmp_path / "x", vocabulary=request.param) as running:
        yield running


@pytest.fixture
async def source(x: RunningX) -> AsyncIterator[XSource]:
    """What intake-social asks by."""
    settings = XSettings(
        x_bearer_token=SecretStr(KEYS.bearer_token),
        x_consumer_key=SecretStr(KEYS.consumer_key),
        x_consumer_secret=SecretStr(KEYS.consumer_secret),
        x_access_token=SecretStr(TOWN_ACCESS.access_token),
        x_access_token_secret=SecretStr(TOWN_ACCESS.access_token_secret),
        x_api_base=x.base,
        x_account_ids=(TOWN.id,),
        x_request_seconds=5.0,
        x_page_posts=10,
    )
    made = XSource.open(settings, ("311Cary", "Cary311"))
    yield made
    await made.close()


@pytest.fixture
async def client(x: RunningX) -> AsyncIterator[Any]:
    """Tweepy itself, with its own models."""
    address = URL(x.base)

    async def elsewhere(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        request.url = request.url.with_scheme(address.scheme).with_host("127.0.0.1").with_port(address.port)
        return await handler(request)

    session = aiohttp.ClientSession(middlewares=[elsewhere])
    made = AsyncClient(
        KEYS.bearer_token, KEYS.consumer_key, KEYS.consumer_secret, TOWN_ACCESS.access_token, TOWN_ACCESS.access_token_secret
    )
    made.session = session
    yield made
    await session.close()


def window(x: RunningX) -> Window:
    return Window(x.clock.now - timedelta(hours=2), x.clock.now)


async def swept(x: RunningX, source: XSource, net: Net) -> list[str]:
    """The ids of a whole sweep."""
    found: list[str] = []
    token = None
    while True:
        page = await source.sweep(net, window(x), token)
        assert not page.unreadable
        found += [post.id for post in page.posts]
        token = page.next_token
        if token is None:
            return found


@pytest.mark.parametrize("count", [0, 1, 10, 35])
async def test_our_source_sweeps_both_nets(x: RunningX, source: XSource, count: int) -> None:
    """Everything once, newest first."""
    posts = [x.writes(f"@cary311 {number} #311Cary", ago=MINUTE * (count + 1 - number)).id for number in range(count)]
    for net in (Net.TAGS, Net.MENTIONS):
        assert await swept(x, source, net) == posts[::-1]


async def test_our_source_reads_all_of_a_post(x: RunningX, source: XSource) -> None:
    """Text, tags, mentions, photos, place, parent, quotation, conversation, edits."""
    shown = x.app.photos.add(photo(), "A hole")
    place = next(iter(x.app.network.places))
    ours = x.writes("Good morning", TOWN, ago=40 * MINUTE)
    root = x.writes(
        "Potholes & <lamps> https://example.org/a?b=1&c=2 #311Cary",
        ago=30 * MINUTE,
        photo_keys=(shown.key,),
        place_id=place,
        quoted_id=ours.id,
        lang="es",
    )
    reply = x.writes("It is on Maynard Road #311Cary " + "word " * 80, ago=20 * MINUTE, parent_id=root.id)
    page = await source.sweep(Net.TAGS, window(x))
    answered, asked = page.posts
    assert (asked.id, asked.author_id, asked.written_at) == (root.id, PAT.id, root.written_at)
    assert asked.text == "Potholes & <lamps> https://example.org/a?b=1&c=2 #311Cary"  # X adds the links to quotation and photo
    assert asked.hashtags == {"311cary"}
    assert asked.language.value == "es"
    assert [(one.url, one.alt_text) for one in asked.photos] == [(f"{x.base}/media/{shown.file_name}", "A hole")]
    assert asked.place is not None
    assert asked.place.address == "Cary, NC"
    assert asked.quoted is not None
    assert (asked.quoted.id, asked.quoted.author_id, asked.quoted.text) == (ours.id, TOWN.id, "Good morning")
    assert answered.id == reply.id
    assert answered.text == reply.text.strip()
    assert answered.parent is not None
    assert (answered.parent.id, answered.conversation_id, answered.is_reply) == (root.id, root.id, True)
    edited = x.app.network.edit(root, "Edited #311Cary")
    looked_up = await source.look_up([root.id, edited.id, "404"])
    assert [(key, post.first_id) for key, post in looked_up.items()] == [(root.id, root.id), (edited.id, root.id)]
    reposted = x.writes("", ago=10 * MINUTE, reposted_id=root.id)
    assert (await source.look_up([reposted.id]))[reposted.id].is_repost


async def test_our_source_replies(x: RunningX, source: XSource) -> None:
    """Below who named us; refused below who did not, and where the words are there already."""
    named, tagged = x.writes("@cary311 a"), x.writes("#311Cary b")
    outcome = await source.reply(named.id, "Your number is 7KQ4-M2XD-9RTB")
    assert isinstance(outcome, Replied)
    assert x.app.network.posts[outcome.post_id].parent_id == named.id
    assert await source.reply(tagged.id, "Your number is 7KQ4-M2XD-9RTC") is Refusal.NOT_PERMITTED
    assert isinstance(await source.reply(named.id, "Your number is 7KQ4-M2XD-9RTB"), Refusal)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(status=401), SourceStoppedError),
        (Fault(status=402), SourceStoppedError),
        (Fault(status=403, body="html"), SourceStoppedError),
        (Fault(status=503, body="empty"), SourceAwayError),
        (Fault(status=200, body="html"), SourceAwayError),
        (Fault(status=200, body="truncated"), SourceAwayError),
        (Fault(body="none", times=2), SourceAwayError),
        (Fault(status=429, headers={"x-rate-limit-reset": "1788278400"}), SourceLimitedError),
    ],
    ids=lambda value: str(value) if isinstance(value, Fault) else "",
)
async def test_our_source_survives_every_fault(x: RunningX, source: XSource, fault: Fault, error: type[Exception]) -> None:
    """Sorted, and the next sweep finds what is there."""
    post = x.writes("#311Cary a", ago=MINUTE)
    x.app.faults.add(fault)
    with pytest.raises(error):
        await source.sweep(Net.TAGS, window(x))
    assert await swept(x, source, Net.TAGS) == [post.id]


async def test_a_window_that_x_refuses_is_a_person_s_to_heal(x: RunningX, source: XSource) -> None:
    """Our windows stay inside X's reach; one that does not is told."""
    with pytest.raises(SourceStoppedError, match="refused"):
        await source.sweep(Net.TAGS, Window(x.clock.now - timedelta(days=8), x.clock.now))


@pytest.mark.parametrize("x", OLD_NAMES, indirect=True)
async def test_tweepys_own_models_and_paginator(x: RunningX, client: Any) -> None:  # noqa: ANN401 - tweepy has no types
    """Every page of every kind of list, and the users."""
    posts = [x.writes(f"@cary311 {number} #a", ago=MINUTE * (26 - number)).id for number in range(25)]

    async def every(method: Any, *given: Any) -> list[str]:  # noqa: ANN401 - as above
        pages = AsyncPaginator(method, *given, max_results=10, tweet_fields=["created_at", "author_id"], limit=9)
        return [str(tweet.id) async for page in pages for tweet in page.data or []]

    assert await every(client.search_recent_tweets, "#a") == posts[::-1]
    assert await every(client.get_users_mentions, TOWN.id) == posts[::-1]
    assert await every(client.get_users_tweets, PAT.id) == posts[::-1]
    tweet = (await client.get_tweet(posts[0], tweet_fields=["created_at"], expansions=["author_id"], user_fields=["created_at"])).data
    assert tweet.created_at == x.app.network.posts[posts[0]].written_at
    assert (await client.get_me(user_auth=True)).data.username == "cary311"
    assert (await client.get_user(username="pat_example")).data.id == int(PAT.id)


@pytest.mark.parametrize("x", OLD_NAMES, indirect=True)
async def test_tweepy_reads_with_a_signature_and_writes(x: RunningX, client: Any) -> None:  # noqa: ANN401 - as above
    """OAuth 1.0a over a query with colons and signs beyond ASCII; a duplicate is told apart by its status."""
    end = (x.clock.now - timedelta(seconds=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    post = x.writes("#año uno", ago=MINUTE)
    found = await client.search_recent_tweets("#año (uno OR dos)", end_time=end, user_auth=True)
    assert [str(tweet.id) for tweet in found.data] == [post.id]
    created = await client.create_tweet(text="¡Hola! & <adiós>", user_auth=True)
    assert created.data["text"] == "¡Hola! &amp; &lt;adiós&gt;"
    with pytest.raises(Forbidden, match="duplicate"):
        await client.create_tweet(text="¡Hola! & <adiós>", user_auth=True)
    assert (await client.delete_tweet(created.data["id"], user_auth=True)).data["deleted"]


async def test_no_other_host_is_asked(x: RunningX, source: XSource) -> None:
    """The photos are at the stand-in as well."""
    shown = x.app.photos.add(photo())
    x.writes("#311Cary", ago=MINUTE, photo_keys=(shown.key,))
    (post,) = (await source.sweep(Net.TAGS, window(x))).posts
    async with aiohttp.ClientSession() as session, session.get(post.photos[0].url) as answer:
        assert await answer.read() == photo()
