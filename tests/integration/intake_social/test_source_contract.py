"""What any ``SocialSource`` does, whichever network it is: the fake of other tests, X behind a script, and X behind the stand-in."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from intake_social.posts import Conversation, Net, Reference, Refusal, Replied, Window
from intake_social.source import SocialSource, SourceAwayError, SourceLimitedError, SourceStoppedError
from intake_social.x.settings import XSettings
from intake_social.x.source import XSource
from local_stack.x.faults import Fault as FaultOfX
from local_stack.x.records import Account
from shared.contracts import WithdrawalReason
from support.social_source import NETS, Clock, FakeSource
from support.social_stores import written
from support.x_posts import TOWN, post, post_id, reply
from support.x_scripted import TOKEN, Fault, ScriptedX
from support.x_stand_in import KEYS, TOWN_ACCESS, RunningX, x_stand_in

SECOND = timedelta(seconds=1)
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=4)
"""Within X's reach, and over when it is asked."""
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
    wait: Callable[[], object] = lambda: None
    """Until the network shows what was written a moment ago."""


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

    return Network(source_at(server.base, TOKEN, "invented", "invented", "invented", "invented"), write, fail, delete, join)


def of_stand_in(x: RunningX) -> Network:
    def write(second: int, net: Net) -> str:
        text = "A pothole at 300 N Academy St"
        return x.writes(f"{text} #311Cary" if net is Net.TAGS else f"@cary311 {text}", ago=x.clock.now - NOW - second * SECOND).id

    def fail(error: Exception) -> None:
        match error:
            case SourceLimitedError():
                x.app.faults.add(FaultOfX(status=429, headers={"x-rate-limit-reset": str(int(LATER.timestamp()))}))
            case SourceStoppedError(reason=reason):
                x.app.faults.add(FaultOfX(status={"unauthorized": 401, "credits_spent": 402}[reason]))
            case _:
                x.app.faults.add(FaultOfX(status=503, body="html"))

    def delete(native_id: str) -> None:
        x.app.network.delete(x.app.network.posts[native_id])

    def join(root: str, author_id: str) -> str:
        author = Account(id=author_id, username=f"resident_{author_id}", name="Resident")
        if author_id not in x.app.network.accounts:
            x.app.network.keep(author)
        return x.writes("Still there", x.app.network.accounts[author_id], ago=x.clock.now - NOW - SECOND, parent_id=root).id

    secrets = (KEYS.bearer_token, KEYS.consumer_key, KEYS.consumer_secret, TOWN_ACCESS.access_token, TOWN_ACCESS.access_token_secret)
    return Network(source_at(x.base, *secrets), write, fail, delete, join, partial(x.clock.goes_on, seconds=60))


def source_at(base: str, *secrets: str) -> XSource:
    names = ("x_bearer_token", "x_consumer_key", "x_consumer_secret", "x_access_token", "x_access_token_secret")
    keys = {name: SecretStr(secret) for name, secret in zip(names, secrets, strict=True)}
    settings = XSettings(**keys, x_api_base=base, x_account_ids=(TOWN,), x_page_posts=10)
    return XSource.open(settings, ("311Cary",))


@pytest.fixture(params=["fake", "scripted", "stand-in"])
async def network(request: pytest.FixtureRequest, server: ScriptedX, tmp_path: Path) -> AsyncIterator[Network]:
    """Each of them."""
    async with AsyncExitStack() as opened:
        match request.param:
            case "fake":
                made = fake()
            case "scripted":
                made = of_x(server)
            case _:
                made = of_stand_in(await opened.enter_async_context(x_stand_in(tmp_path / "x", answers_anybody=True)))
        if isinstance(made.source, XSource):
            opened.push_async_callback(made.source.close)
        yield made


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
    network.wait()
    found = await network.source.find_reply(native_id, native_id)
    assert (found.post_id, found.count) == (outcome.post_id, 1)
    assert (await network.source.find_reply(other, other)).post_id is None


async def test_what_is_gone_is_told_and_nothing_else(network: Network) -> None:
    """A post that is there is not gone."""
    kept, deleted = network.write(1, Net.TAGS), network.write(2, Net.TAGS)
    assert await network.source.gone([kept, deleted]) == {}
    network.delete(deleted)
    assert await network.source.gone([kept, deleted]) == {deleted: WithdrawalReason.DELETED}


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
    ids=["away", "limited", "unauthorized", "credits_spent"],
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
