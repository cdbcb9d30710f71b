"""The cursor: in any order, however late, on pages of any size, killed at any step, everything posted is published once."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_social.posts import Conversation, Net, Page, Post, Reference, UnreadablePost
from intake_social.source import SourceAwayError, SourceLimitedError
from shared.contracts import Channel
from shared.errors import TransientError
from shared.identity import submission_id
from support.social_source import NETS, Clock, FakeSource
from support.social_stores import Fate, KilledError, Memory, sweeping, written
from support.x_posts import NOW, STRANGER

MINUTE = timedelta(minutes=1)


def always() -> bool:
    return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def source(clock: Clock) -> FakeSource:
    return FakeSource(clock)


def ids_of(*posts: Post) -> list[str]:
    return sorted(str(submission_id(Channel.X, post.id)) for post in posts)


def published(memory: Memory) -> list[str]:
    return sorted(str(submission.submission_id) for submission in memory.submissions)


async def test_a_first_start_takes_nothing_older_than_itself(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """Months of posts do not become requests; what comes later does, and the overlap does not reach behind the start."""
    source.write(written(NOW - MINUTE))
    net = sweeping(memory, source, clock)
    assert await net.run(always)
    clock.goes_on(minutes=2)
    new = source.write(written(NOW + MINUTE))
    assert await net.run(always)
    assert published(memory) == ids_of(new)


async def test_what_an_author_writes_on_in_their_conversation(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """Without a tag, and only theirs; nothing is asked while no request is open."""
    net = sweeping(memory, source, clock, Net.CONVERSATIONS)
    assert await net.run(always)
    root = written(NOW - MINUTE)
    clock.goes_on(minutes=5)
    memory.conversations[Conversation(root.id, root.author_id)] = "7KQ4M2XD9RTB"
    below = {"conversation_id": root.id, "parent": Reference(root.id), "hashtags": frozenset()}
    mine = source.write(written(NOW + MINUTE, 1, **below), nets=[])
    source.write(written(NOW + MINUTE, 2, **below | {"author_id": STRANGER}), nets=[])
    for _ in range(2):
        assert await net.run(always)
        clock.goes_on(minutes=5)
    assert published(memory) == ids_of(mine)
    (submission,) = memory.submissions
    assert submission.claim is not None
    assert submission.claim.service_request_id == "7KQ4M2XD9RTB"


async def test_a_first_start_takes_everything_when_told(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """What the network still shows; that it shows no more is no gap."""
    old = [source.write(written(NOW - timedelta(days=day))) for day in range(1, 7)]
    assert await sweeping(memory, source, clock, takes_everything=True).run(always)
    assert published(memory) == ids_of(*old)


async def test_a_first_start_that_dies_leaves_no_gap(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """What was posted before it, and has left the network's reach meanwhile, is nobody's loss."""
    source.write(written(NOW - timedelta(days=6)))
    memory.is_kafka_down = True
    with pytest.raises(TransientError):
        await sweeping(memory, source, clock, takes_everything=True).run(always)
    memory.is_kafka_down = False
    clock.goes_on(hours=1)
    await sweeping(memory, source, clock, takes_everything=True).run(always)
    assert [submission.reply_addresses != () for submission in memory.submissions] == [True]


async def test_all_pages_then_the_cursor(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """A sweep that ends on its way leaves the cursor where it was, and goes on with the page where it was."""
    net = sweeping(memory, source, clock)
    await net.run(always)
    before = dict(memory.cursors)
    posts = [source.write(written(NOW + serial * timedelta(seconds=1), serial)) for serial in range(10)]
    clock.goes_on(minutes=1)
    assert not await net.run(lambda: False)
    assert (len(memory.records), memory.cursors) == (3, before)
    calls = source.calls
    assert await net.run(always)
    assert source.calls == calls + 3
    assert published(memory) == ids_of(*posts)
    assert memory.cursors != before


async def test_kafka_away(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """The cursor stays; when Kafka is back everything is there once."""
    net = sweeping(memory, source, clock)
    await net.run(always)
    posts = [source.write(written(NOW + serial * timedelta(seconds=1), serial)) for serial in range(4)]
    clock.goes_on(minutes=1)
    memory.is_kafka_down = True
    for _ in range(3):
        with pytest.raises(TransientError):
            await net.run(always)
    memory.is_kafka_down = False
    assert await net.run(always)
    assert published(memory) == ids_of(*posts)


@pytest.mark.parametrize("error", [SourceAwayError("status 503"), SourceLimitedError(None), SourceAwayError("status 400", lost_place=True)])
async def test_a_fault_between_two_pages(clock: Clock, memory: Memory, source: FakeSource, error: Exception) -> None:
    """What was settled stays so; the rest is taken later."""
    net = sweeping(memory, source, clock)
    await net.run(always)
    posts = [source.write(written(NOW + serial * timedelta(seconds=1), serial)) for serial in range(10)]
    clock.goes_on(minutes=1)
    calls = source.calls
    source.fails = lambda _: error if source.calls == calls + 3 else None
    with pytest.raises(TransientError):
        await net.run(always)
    assert await net.run(always)
    assert published(memory) == ids_of(*posts)


async def test_posts_that_are_found_late(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """The overlap takes what the network did not find at first."""
    net = sweeping(memory, source, clock)
    await net.run(always)
    late = source.write(written(NOW + MINUTE), late=timedelta(minutes=40))
    for _ in range(50):
        clock.goes_on(minutes=1)
        await net.run(always)
    assert published(memory) == ids_of(late)


async def test_both_nets_find_the_same_post(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """It is one submission."""
    nets = [sweeping(memory, source, clock, net) for net in NETS]
    for net in nets:
        await net.run(always)
    both = source.write(written(NOW + MINUTE), nets=list(NETS))
    clock.goes_on(minutes=2)
    for net in nets:
        await net.run(always)
    assert published(memory) == ids_of(both)


async def test_an_outage_up_to_seven_days_closes_itself(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """Six days away: everything is taken, nobody is troubled."""
    await sweeping(memory, source, clock).run(always)
    posts = [source.write(written(NOW + timedelta(days=day, hours=1))) for day in range(6)]
    clock.goes_on(days=6, hours=2)
    assert await sweeping(memory, source, clock).run(always)
    assert published(memory) == ids_of(*posts)


async def test_a_longer_outage_is_a_gap_that_an_advocate_sees(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """Ten days away: what the network still shows is taken, and the gap is told once, whatever dies."""
    await sweeping(memory, source, clock).run(always)
    source.write(written(NOW + timedelta(days=1)))
    shown = source.write(written(NOW + timedelta(days=8)))
    clock.goes_on(days=10)
    memory.is_kafka_down = True
    with pytest.raises(TransientError):
        await sweeping(memory, source, clock).run(always)
    memory.is_kafka_down = False
    clock.goes_on(minutes=3)
    assert await sweeping(memory, source, clock).run(always)
    assert await sweeping(memory, source, clock).run(always)
    told, taken = memory.submissions
    assert "2026-09-01 16:00 to 2026-09-04 16:08 (UTC) could not be fetched" in told.text
    assert told.source is not None
    assert told.source.decoded_with_losses
    assert told.reply_addresses == ()
    assert [str(taken.submission_id)] == ids_of(shown)


async def test_a_broken_post_is_quarantined_and_shown_once(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """The others on its page go on; its bytes are kept; an advocate finds the link."""
    net = sweeping(memory, source, clock)
    await net.run(always)
    whole = source.write(written(NOW + MINUTE))
    clock.goes_on(minutes=2)
    broken = UnreadablePost("77", "author_id", b'{"id":"77"}', "https://network.example/77")
    for _ in range(2):
        source.odd = [broken]
        await net.run(always)
    (kept,) = memory.quarantined.values()
    assert (kept.key, kept.reason, kept.raw) == ("77", "author_id", b'{"id":"77"}')
    stand_in = memory.settled[kept.submission_id]
    assert stand_in.source is not None
    assert stand_in.source.url == "https://network.example/77"
    assert "https://network.example/77" in stand_in.text
    assert len(memory.submissions) == 2
    assert ids_of(whole)[0] in published(memory)


async def test_pages_in_a_circle_end(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """A network that names the same page again and again is asked three times, not for ever."""

    async def circling(*_: object) -> Page:
        source.calls += 1
        return Page((), (), "1")

    net = sweeping(memory, source, clock)
    await net.run(always)
    source.sweep = circling  # type: ignore[method-assign]  # the fake's own fault
    clock.goes_on(minutes=1)
    calls = source.calls
    with pytest.raises(SourceAwayError):
        await net.run(always)
    assert source.calls - calls <= 3


async def test_an_instance_that_was_paused_does_not_move_the_cursor_back(clock: Clock, memory: Memory, source: FakeSource) -> None:
    """It finishes what it began long ago: nothing is lost, and nothing is two submissions."""
    paused, other = sweeping(memory, source, clock), sweeping(memory, source, clock)
    await paused.run(always)
    first = [source.write(written(NOW + serial * timedelta(seconds=1), serial)) for serial in range(5)]
    clock.goes_on(minutes=1)
    assert not await paused.run(lambda: False)
    clock.goes_on(hours=5)
    second = source.write(written(NOW + timedelta(hours=4)))
    assert await other.run(always)
    cursor = dict(memory.cursors)
    assert await paused.run(always)
    assert memory.cursors == cursor
    assert published(memory) == ids_of(*first, second)


async def test_killed_at_every_step() -> None:
    """Whatever the step, the next process makes it whole: nothing lost, nothing two submissions, every repeat the same bytes."""
    dies_at = 0
    while True:
        dies_at += 1
        clock, memory = Clock(), Memory()
        source = FakeSource(clock, page_posts=2)
        await sweeping(memory, source, clock).run(always)
        posts = [source.write(written(NOW + serial * timedelta(seconds=1), serial)) for serial in range(5)]
        clock.goes_on(minutes=1)
        memory.fate = fate = Fate(dies_at)
        with suppress(KilledError):
            await sweeping(memory, source, clock).run(always)
        fate.dies_at = None
        clock.goes_on(minutes=1)
        await sweeping(memory, source, clock).run(always)
        assert sorted(map(str, memory.settled)) == ids_of(*posts)
        assert len(set(memory.records)) == len(posts)
        if fate.steps < dies_at:
            break
    assert dies_at > 30


POSTED = st.tuples(
    st.integers(0, 3 * 60),  # the minute in which it is written
    st.integers(0, 59),  # how late it is found, in minutes
    st.sets(st.sampled_from(NETS), min_size=1),
)


@settings(max_examples=150, deadline=None)
@given(
    posted=st.lists(POSTED, max_size=12),
    page_posts=st.integers(1, 5),
    polls=st.lists(st.integers(1, 300), min_size=1, max_size=12),  # minutes between two rounds
    deaths=st.lists(st.integers(1, 60), max_size=6),
    breaks=st.lists(st.integers(1, 30), max_size=4),
)
async def test_what_is_posted_is_published(
    posted: list[tuple[int, int, set[Net]]], page_posts: int, polls: list[int], deaths: list[int], breaks: list[int]
) -> None:
    """Any order, lateness within the overlap, page size, deaths and faults of the network: published set = posted set."""
    clock, memory = Clock(), Memory()
    source = FakeSource(clock, page_posts=page_posts)
    for net in NETS:
        await sweeping(memory, source, clock, net).run(always)
    posts = [
        source.write(written(NOW + minute * MINUTE, serial), nets=list(nets), late=late * MINUTE)
        for serial, (minute, late, nets) in enumerate(posted)
    ]
    source.fails = lambda _: SourceAwayError("fault") if source.calls in breaks else None
    for minutes in polls:
        clock.goes_on(minutes=minutes)
        memory.fate = Fate(deaths.pop() if deaths else None)
        for net in NETS:
            try:
                await sweeping(memory, source, clock, net).run(always)
            except (KilledError, SourceAwayError):
                continue
    memory.fate, source.fails = Fate(), lambda _: None
    clock.now = max(clock.now, NOW + timedelta(hours=4, minutes=1))
    for net in NETS:
        await sweeping(memory, source, clock, net).run(always)
    assert sorted(map(str, memory.settled)) == ids_of(*posts)
    assert len(set(memory.records)) == len(posts)
