"""X's own client drives the stand-in, so that it cannot drift to fit ours. It asks in the vocabulary since August 2026."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from requests import HTTPError
from xdk import Client
from xdk.media.models import UploadRequest
from xdk.oauth1_auth import OAuth1
from xdk.posts.models import CreateRequest

from local_stack.x.faults import Fault
from local_stack.x.vocabulary import Vocabulary
from support.x_stand_in import KEYS, PAT, TOWN, TOWN_ACCESS, RunningX, photo, x_stand_in

MINUTE = timedelta(minutes=1)
MAX_PAGES = 20
"""It goes on for as long as there is a token: a page loop would never end."""
EXPANSIONS = ["author_id", "referenced_posts", "attachments.media_keys", "geo.place_id", "edit_history_post_ids"]


@pytest.fixture(params=[Vocabulary.POSTS, Vocabulary.ASKED])
async def x(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningX]:
    """In the vocabularies that know its fields."""
    async with x_stand_in(tmp_path / "x", vocabulary=request.param) as running:
        yield running


async def done(x: RunningX, does: Callable[[Any], Any], *, way: str = "app") -> Any:  # noqa: ANN401 - xdk has no types
    """What the client does, in a thread, because it waits: as the app, by a user token, or by signatures."""
    ways: dict[str, dict[str, Any]] = {
        "app": {"bearer_token": KEYS.bearer_token},
        "user token": {"access_token": TOWN_ACCESS.user_token},
        "signed": {
            "auth": OAuth1(KEYS.consumer_key, KEYS.consumer_secret, "oob", TOWN_ACCESS.access_token, TOWN_ACCESS.access_token_secret)
        },
    }

    def within() -> Any:  # noqa: ANN401 - as above
        client = Client(base_url=x.base, **ways[way])
        try:
            return does(client)
        finally:
            client.session.close()

    return await asyncio.to_thread(within)


@pytest.mark.parametrize("count", [0, 1, 10, 35])
async def test_its_pages_come_to_an_end(x: RunningX, count: int) -> None:
    """Search, mentions and timeline: everything once. It sends search's token by the other of its two names."""
    posts = [x.writes(f"@cary311 {number} #a", ago=MINUTE * (count + 1 - number)).id for number in range(count)]
    lists: list[Callable[[Any], Any]] = [
        lambda client: client.posts.search_recent("#a", max_results=10),
        lambda client: client.users.get_mentions(TOWN.id, max_results=10),
        lambda client: client.users.get_posts(PAT.id, max_results=10),
    ]
    for asks in lists:
        pages = await done(x, lambda client, asks=asks: list(islice(asks(client), MAX_PAGES)))
        assert [post.id for page in pages for post in page.data or []] == posts[::-1]
        assert len(pages) < MAX_PAGES


async def test_its_models_read_all_of_a_post(x: RunningX) -> None:
    """By the new names, the fields that come by expansion included."""
    shown = x.app.photos.add(photo(), "A hole")
    place = next(iter(x.app.network.places))
    root = x.writes("A pothole #311Cary", ago=30 * MINUTE, photo_keys=(shown.key,), place_id=place)
    reply = x.writes("word " * 80, ago=20 * MINUTE, parent_id=root.id)
    reposted = x.writes("", TOWN, ago=10 * MINUTE, reposted_id=root.id)
    fields = {
        "post_fields": ["conversation_id", "created_at", "entities", "note_post", "geo", "attachments"],
        "media_fields": ["url", "alt_text"],
    }
    page = await done(x, lambda client: client.posts.get_by_ids([root.id, reply.id, reposted.id], expansions=EXPANSIONS, **fields))
    asked, answered, passed_on = page.data
    assert (asked.author_id, asked.edit_history_post_ids) == (PAT.id, [root.id])
    assert asked.entities.hashtags[0].tag == "311Cary"
    assert answered.note_post.text == reply.text
    assert [(one.type, one.id) for one in answered.referenced_posts] == [("replied_to", root.id)]
    assert [one.type for one in passed_on.referenced_posts] == ["retweeted"]
    assert answered.conversation_id == root.id
    assert {user.id for user in page.includes.users} == {PAT.id, TOWN.id}
    assert page.includes.media[0].alt_text == "A hole"
    assert page.includes.places[0].full_name == "Cary, NC"
    assert root.id in [post.id for post in page.includes.posts]
    assert not any("tweet" in name for post in page.data for name in post.model_dump(exclude_none=True))


@pytest.mark.parametrize("way", ["signed", "user token"])
async def test_it_writes_answers_edits_and_deletes(x: RunningX, way: str) -> None:
    """By either way to be an account; it signs the address that it was given."""
    named = x.writes("@cary311 a")

    def creates(**body: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - as above
        return lambda client: client.posts.create(CreateRequest(**body))

    answer = await done(x, creates(text="We have it", reply={"in_reply_to_tweet_id": named.id}), way=way)
    assert x.app.network.posts[answer.data.id].parent_id == named.id
    edited = await done(x, creates(text="We had it", edit_options={"previous_post_id": answer.data.id}), way=way)
    assert x.app.network.posts[edited.data.id].first_id == answer.data.id
    with pytest.raises(HTTPError) as caught:
        await done(x, creates(text="We had it"), way=way)
    assert caught.value.response.status_code == 403
    assert (await done(x, lambda client: client.posts.delete(edited.data.id), way=way)).data.deleted
    assert (await done(x, lambda client: client.users.get_me(), way=way)).data.username == "cary311"


async def test_it_shows_a_photo(x: RunningX) -> None:
    """Uploaded, attached, and there by its address."""
    body = UploadRequest(media=base64.b64encode(photo()).decode(), media_category="tweet_image")
    media = await done(x, lambda client: client.media.upload(body), way="signed")
    create = CreateRequest(text="See", media={"media_ids": [media.data.id]})
    created = await done(x, lambda client: client.posts.create(create), way="signed")
    answer = await done(
        x, lambda client: client.posts.get_by_id(created.data.id, expansions=["attachments.media_keys"], media_fields=["url"])
    )
    assert answer.includes.media[0].url == f"{x.base}/media/{media.data.media_key}.jpg"


async def test_users(x: RunningX) -> None:
    """By id, by name, and the one that is not there."""
    assert (await done(x, lambda client: client.users.get_by_id(TOWN.id, user_fields=["protected"]))).data.protected is False
    assert (await done(x, lambda client: client.users.get_by_username("pat_example"))).data.id == PAT.id
    assert [user.id for user in (await done(x, lambda client: client.users.get_by_usernames(["cary311", "pat_example"]))).data] == [
        TOWN.id,
        PAT.id,
    ]
    assert (await done(x, lambda client: client.users.get_by_username("nobody"))).data is None


@pytest.mark.parametrize("status", [401, 402, 403, 429, 503])
async def test_it_sees_refusals(x: RunningX, status: int) -> None:
    """By their status."""
    x.app.faults.add(Fault(status=status))
    with pytest.raises(HTTPError) as caught:
        await done(x, lambda client: client.posts.get_by_ids(["1"]))
    assert caught.value.response.status_code == status


async def test_the_old_vocabulary_does_not_know_its_fields(tmp_path: Path) -> None:
    """400, as before August 2026."""
    async with x_stand_in(tmp_path / "old", vocabulary=Vocabulary.TWEETS) as x:
        with pytest.raises(HTTPError) as caught:
            await done(x, lambda client: client.posts.get_by_ids(["1"], post_fields=["lang"]))
        assert caught.value.response.status_code == 400
