"""Which request a post belongs to: the author's own conversation, an edit's first version; anybody else begins a new one."""

from datetime import timedelta

from intake_social.posts import Conversation, Net, Page, Photo, Post, Reference
from intake_social.settling import is_ours
from intake_social.source import SourceAwayError, SourceStoppedError
from intake_social.submission import number_of
from shared.contracts import Channel, ClaimProof
from support.examples import SECRET
from support.social_source import Clock, FakeSource
from support.social_stores import RULES, Memory, sweeping, written
from support.x_posts import AUTHOR, NOW, STRANGER, TOWN, post_id


async def claims_of(*posts: Post, source: FakeSource | None = None, memory: Memory | None = None) -> list[str | None]:
    """The claimed numbers of a page, in the order of the posts."""
    clock, memory = Clock(), memory or Memory()
    source = source or FakeSource(clock)
    settling = sweeping(memory, source, clock)._settling
    await settling.settle(Net.MENTIONS, Page(tuple(posts)))
    by_text = {submission.text: submission.claim for submission in memory.submissions}
    assert all(claim is None or claim.proof is ClaimProof.THREAD for claim in by_text.values())
    found = [by_text[post.text] for post in posts]
    return [claim.service_request_id if claim else None for claim in found]


def number(post: Post) -> str:
    return number_of(Channel.X, post.id, SECRET)


def answer_to(parent: Post, serial: int, *, root: Post, **changes: object) -> Post:
    native_id = post_id(NOW, serial)
    return written(NOW, serial, **{"conversation_id": root.id, "parent": Reference(parent.id), "text": f"Reply {native_id}"} | changes)


ROOT = written(NOW - timedelta(minutes=9))


async def test_a_post_alone_claims_nothing() -> None:
    """It opens a request."""
    assert await claims_of(ROOT) == [None]


async def test_the_authors_reply_on_the_same_page() -> None:
    """Newest first: the reply comes before what it replies to, and still belongs to it."""
    assert await claims_of(answer_to(ROOT, 1, root=ROOT), ROOT) == [number(ROOT), None]


async def test_the_authors_reply_to_our_answer() -> None:
    """The parent is ours, the root the author's: by conversation, not by parent."""
    ours = answer_to(ROOT, 1, root=ROOT, author_id=TOWN)
    assert await claims_of(answer_to(ours, 2, root=ROOT, root_author_id=AUTHOR)) == [number(ROOT)]


async def test_another_resident_in_the_conversation() -> None:
    """It is a new matter."""
    assert await claims_of(ROOT, answer_to(ROOT, 1, root=ROOT, author_id=STRANGER)) == [None, None]


async def test_the_author_goes_on_in_a_strangers_conversation() -> None:
    """Their second post there belongs to their first."""
    root = written(NOW - timedelta(minutes=9), author_id=STRANGER)
    first = answer_to(root, 1, root=root, root_author_id=STRANGER)
    second = answer_to(first, 2, root=root, root_author_id=STRANGER)
    assert await claims_of(second, first) == [number(first), None]


async def test_an_edit() -> None:
    """It belongs where the first version does, also when we never saw that one."""
    edit = written(NOW, 1, first_id=ROOT.id)
    assert await claims_of(edit, ROOT) == [number(ROOT), None]
    assert await claims_of(edit) == [number(ROOT)]


async def test_an_edit_of_a_reply() -> None:
    """It belongs where the reply does."""
    reply = answer_to(ROOT, 1, root=ROOT)
    edit = answer_to(ROOT, 2, root=ROOT, first_id=reply.id)
    assert await claims_of(ROOT, reply, edit) == [None, number(ROOT), number(ROOT)]


async def test_a_conversation_that_nobody_told_of_is_looked_up() -> None:
    """Once, and only for who began it."""
    source = FakeSource(Clock())
    source.write(ROOT)
    reply = answer_to(written(NOW, 5), 6, root=ROOT)
    assert await claims_of(reply, source=source) == [number(ROOT)]
    assert source.calls == 1


async def test_a_post_does_not_wait_for_a_look_up() -> None:
    """An emergency goes on at once when the network does not answer: as a new matter."""
    for error in (SourceAwayError("status 503"), SourceStoppedError("forbidden")):
        source = FakeSource(Clock())
        source.fails = lambda _, error=error: error  # type: ignore[misc]  # bound to this round
        assert await claims_of(answer_to(written(NOW, 5), 6, root=ROOT), source=source) == [None]


async def test_what_was_claimed_once_stays_claimed() -> None:
    """A repeat carries the claim of the first time, byte for byte, whatever the network tells now."""
    memory = Memory()
    reply = answer_to(ROOT, 1, root=ROOT, root_author_id=AUTHOR)
    await claims_of(reply, memory=memory)
    (entry,) = memory.entries.values()
    memory.entries = {
        identity: type(known)(known.submission_id, known.service_request_id, known.received_at, AUTHOR, known.claim)
        for identity, known in memory.entries.items()
    }
    await claims_of(answer_to(ROOT, 1, root=ROOT, root_author_id=STRANGER), memory=memory)
    assert len(memory.records) == 2
    assert len(set(memory.records)) == 1
    assert entry.claim is not None


async def test_the_author_goes_on_below_somebody_elses_post() -> None:
    """They have a request in the conversation: what they write there without a tag belongs to it, whatever lies between."""
    memory, later = Memory(), answer_to(ROOT, 2, root=ROOT, author_id=STRANGER, hashtags=frozenset())
    memory.conversations[Conversation(ROOT.id, STRANGER)] = "7KQ4M2XD9RTB"
    assert await claims_of(later, memory=memory) == ["7KQ4M2XD9RTB"]
    tagged = answer_to(ROOT, 3, root=ROOT, author_id=STRANGER)
    assert await claims_of(tagged, memory=memory) == [None]
    third = answer_to(ROOT, 4, root=ROOT, author_id="1003", hashtags=frozenset())
    assert await claims_of(third, memory=memory) == [None]


async def test_a_conversation_whose_beginning_was_not_to_us() -> None:
    """The author tagged a reply below their own untagged post: that became the request, and everything later belongs to it."""
    memory = Memory()
    memory.conversations[Conversation(ROOT.id, AUTHOR)] = "7KQ4M2XD9RTB"
    for serial, tags in enumerate((frozenset({"311cary"}), frozenset[str]()), 1):
        later = answer_to(ROOT, serial, root=ROOT, root_author_id=AUTHOR, hashtags=tags)
        assert await claims_of(later, memory=memory) == ["7KQ4M2XD9RTB"]


def test_what_is_ours() -> None:
    """No reposts, nothing of our own, only our tags; whoever names an account of ours writes to us."""
    assert is_ours(written(NOW), Net.TAGS, RULES)
    assert is_ours(written(NOW, hashtags=frozenset({"cary311"})), Net.TAGS, RULES)
    assert not is_ours(written(NOW, hashtags=frozenset({"311caryville"})), Net.TAGS, RULES)
    assert is_ours(written(NOW, hashtags=frozenset()), Net.MENTIONS, RULES)
    for net in Net:
        assert not is_ours(written(NOW, is_repost=True), net, RULES)
        assert not is_ours(written(NOW, author_id=TOWN), net, RULES)


async def test_a_lost_photo_marks_the_submission() -> None:
    """It goes on without the photo, and an advocate is told that something is missing."""
    memory = Memory()
    await claims_of(written(NOW, photos=(Photo("https://elsewhere.example/a.jpg"),)), memory=memory)
    (submission,) = memory.submissions
    assert submission.source is not None
    assert submission.source.decoded_with_losses


async def test_nothing_of_the_author_but_the_id() -> None:
    """The record holds whom to answer and where, and no name."""
    memory = Memory()
    await claims_of(written(NOW, url="https://network.example/1"), memory=memory)
    (submission,) = memory.submissions
    assert submission.reporter is not None
    assert submission.reporter.model_dump(exclude_none=True) == {"account_id": AUTHOR}
    (address,) = submission.reply_addresses
    assert (address.channel, address.address, address.conversation) == (Channel.X, post_id(NOW), post_id(NOW))
