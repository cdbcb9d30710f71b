"""What any ``SocialSource`` does, whichever network it is: the fake that tests are built on, and X behind a server."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pydantic import SecretStr

from intake_social.posts import Conversation, Net, Reference, Refusal, Replied, Window
from intake_social.source import SocialSource, SourceAwayError, SourceLimitedError, SourceStoppedError
from intake_social.x.settings import XSettings
from intake_social.x.source import XSource
from shared.contracts import WithdrawalReason
from support.social_source import NETS, Clock, FakeSource
from support.social_stores import written
from support.x_posts import NOW, TOWN, post, post_id, reply
from support.x_scripted import TOKEN, Fault, ScriptedX

SECOND = timedelta(seconds=1)
LATER = NOW + timedelta(hours=3)


@dataclass
class Network:
    """A source, and what a test does on the other side of it."""

    source: SocialSource
    write: Callable[[int, Net], str]
    """A post at so many seconds, found by that net; its id."""
    fail: Callable[[Exception], None]
    """The next call fails so."""
    delete: Callable[[str], None]
    """The author deletes a post."""
    join: Callable[[str, str], str]
    """The author writes a reply without a tag, found by its conversation alone; from the root's id and an author's, its id."""


def fake() -> Network:
    clock = Clock(LATER)
    source = FakeSource(clock, page_posts=10, shows_after=timedelta())

    def fail(error: Exception) -> None:
        calls = source.calls
        source.fails = lambda _: error if source.calls == calls + 1 else None

    def join(root: str, author_id: str) -> str:
        below = {"conversation_id": root, "parent": Reference(root), "author_id": author_id}
        return source.write(written(NOW + SECOND, int(author_id), **below), nets=[]).id

    return Network(
        source,
        lambda second, net: source.write(written(NOW + second * SECOND, second), nets=[net]).id,
        fail,
        lambda native_id: source.withdrawn.update({native_id: WithdrawalReason.DELETED}),
        join,
    )


def of_x(server: ScriptedX) -> Network:
    def write(second: int, net: Net) -> str:
        moment = NOW + second * SECOND
        item = post(post_id(moment, second), created_at=moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
        (server.posts if net is Net.TAGS else server.mentions).append(item)
        return str(item["id"])

    def fail(error: Exception) -> None:
        match error:
            case SourceLimitedError():
                server.faults.append(Fault(429, headers={"x-rate-limit-reset": str(int(LATER.timestamp()))}))
            case SourceStoppedError(reason=reason):
                server.faults.append(Fault({"unauthorized": 401, "credits_spent": 402}[reason]))
            case _:
                server.faults.append(Fault(503))

    def delete(native_id: str) -> None:
        server.posts = [item for item in server.posts if item["id"] != native_id]
        server.gone[native_id] = "resource-not-found"

    def join(root: str, author_id: str) -> str:
        moment = NOW + SECOND
        created_at = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        server.untagged.append(reply(post_id(moment, int(author_id)), root, root, author_id=author_id, created_at=created_at))
        return str(server.untagged[-1]["id"])

    secret = SecretStr("invented")
    settings = XSettings(
        x_bearer_token=SecretStr(TOKEN),
        x_consumer_key=secret,
        x_consumer_secret=secret,
        x_access_token=secret,
        x_access_token_secret=secret,
        x_api_base=server.base,
        x_account_ids=(TOWN,),
        x_page_posts=10,
    )
    return Network(XSource.open(settings, ("311Cary",)), write, fail, delete, join)


@pytest.fixture(params=["fake", "x"])
async def network(request: pytest.FixtureRequest, server: ScriptedX) -> AsyncIterator[Network]:
    """Each of them."""
    made = fake() if request.param == "fake" else of_x(server)
    yield made
    if isinstance(made.source, XSource):
        await made.source.close()


async def all_of(network: Network, net: Net, window: Window) -> list[str]:
    found, token = [], None
    while True:
        page = await network.source.sweep(net, window, token)
        found += [post.id for post in page.posts]
        token = page.next_token
        if token is None:
            return found


WHOLE = Window(NOW - timedelta(hours=1), LATER)


@pytest.mark.parametrize("net", list(NETS))
@pytest.mark.parametrize("count", [0, 1, 10, 11, 35])
async def test_pages_give_everything_once(network: Network, net: Net, count: int) -> None:
    """Newest first, page by page, to an end."""
    ids = [network.write(second, net) for second in range(count)]
    assert await all_of(network, net, WHOLE) == ids[::-1]
    assert await all_of(network, net, WHOLE) == ids[::-1]  # asking changes nothing


async def test_a_window_is_kept(network: Network) -> None:
    """From its beginning on, and never beyond its end."""
    ids = [network.write(second * 60, Net.TAGS) for second in range(10)]
    window = Window(NOW + 180 * SECOND, NOW + 360 * SECOND)
    assert await all_of(network, Net.TAGS, window) == ids[3:6][::-1]
    assert await all_of(network, Net.TAGS, Window(NOW, NOW)) == []


async def test_nets_are_independent(network: Network) -> None:
    """Each finds its own."""
    tag, mention = network.write(1, Net.TAGS), network.write(2, Net.MENTIONS)
    assert await all_of(network, Net.TAGS, WHOLE) == [tag]
    assert await all_of(network, Net.MENTIONS, WHOLE) == [mention]


async def test_a_look_up_gives_what_is_there(network: Network) -> None:
    """And is silent about the rest."""
    native_id = network.write(1, Net.TAGS)
    found = await network.source.look_up([native_id, "404"])
    assert [(key, post.id) for key, post in found.items()] == [(native_id, native_id)]
    assert await network.source.look_up(["404"]) == {}


async def test_a_reply_has_an_id(network: Network) -> None:
    """By which it is known again."""
    outcome = await network.source.reply(network.write(1, Net.TAGS), "Thank you")
    assert isinstance(outcome, Replied)
    assert outcome.post_id
    assert not isinstance(outcome, Refusal)


async def test_our_own_reply_is_found_below_its_post(network: Network) -> None:
    """And below no other."""
    native_id, other = network.write(1, Net.TAGS), network.write(2, Net.TAGS)
    assert (await network.source.find_reply(native_id, native_id)).post_id is None
    outcome = await network.source.reply(native_id, "Thank you")
    assert isinstance(outcome, Replied)
    found = await network.source.find_reply(native_id, native_id)
    assert (found.post_id, found.count) == (outcome.post_id, 1)
    assert (await network.source.find_reply(other, other)).post_id is None


async def test_what_is_gone_is_told_and_nothing_else(network: Network) -> None:
    """A post that is there, and one that nobody knows, are not gone."""
    kept, deleted = network.write(1, Net.TAGS), network.write(2, Net.TAGS)
    assert await network.source.gone([kept, deleted, "405"]) == {}
    network.delete(deleted)
    assert await network.source.gone([kept, deleted, "405"]) == {deleted: WithdrawalReason.DELETED}


async def test_conversations_are_their_authors_own(network: Network) -> None:
    """What each wrote in theirs, through more of them than one question takes, and nobody else's words."""
    roots = [network.write(second, Net.TAGS) for second in range(20)]
    conversations = [Conversation(root, str(1000 + number)) for number, root in enumerate(roots)]
    wanted = {network.join(one.id, one.author_id) for one in conversations}
    network.join(roots[0], "999")
    found, token = set(), None
    while True:
        page = await network.source.sweep(Net.CONVERSATIONS, WHOLE, token, conversations)
        found |= {post.id for post in page.posts}
        token = page.next_token
        if token is None:
            break
    assert found == wanted
    assert (await network.source.sweep(Net.CONVERSATIONS, WHOLE)).posts == ()


@pytest.mark.parametrize(
    "error",
    [SourceAwayError("x"), SourceLimitedError(LATER), SourceStoppedError("unauthorized"), SourceStoppedError("credits_spent")],
    ids=str,
)
async def test_a_fault_is_one_of_three_and_passes(network: Network, error: Exception) -> None:
    """Sorted by who must act; the call after it succeeds."""
    native_id = network.write(1, Net.TAGS)
    network.fail(error)
    with pytest.raises(type(error)) as caught:
        await network.source.sweep(Net.TAGS, WHOLE)
    if isinstance(caught.value, SourceLimitedError):
        assert caught.value.until == LATER
    if isinstance(caught.value, SourceStoppedError):
        assert caught.value.args == error.args
    assert await all_of(network, Net.TAGS, WHOLE) == [native_id]


async def test_what_a_source_says_of_itself(network: Network) -> None:
    """The name in identities, the nets, how far back it sees."""
    assert network.source.channel.value
    assert list(network.source.nets) == list(NETS)
    assert network.source.reach_days >= 1
