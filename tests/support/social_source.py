"""A social network in memory: ``SocialSource`` as the contract has it, with faults that a test switches on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from intake_social.posts import Conversation, Found, Net, Page, Post, Reference, Refusal, Replied, UnreadablePost, Window
from intake_social.source import SourceAwayError
from shared.contracts import Channel, WithdrawalReason
from support.x_posts import NOW, TOWN

NETS = (Net.TAGS, Net.MENTIONS)


@dataclass
class Clock:
    """Time that moves when a test says so."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Posted:
    """A post, and from when the network finds it."""

    post: Post
    nets: frozenset[Net]
    findable_from: datetime


@dataclass
class FakeSource:
    """Newest first, pages by token; ``fails`` is asked before every call."""

    clock: Clock
    page_posts: int = 3
    channel: Channel = Channel.X
    reach_days: int = 7
    nets: Sequence[Net] = NETS
    own_account: str = TOWN
    posted: list[Posted] = field(default_factory=list)
    odd: list[UnreadablePost] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    calls: int = 0
    fails: Callable[[str], Exception | None] = lambda _: None
    withdrawn: dict[str, WithdrawalReason] = field(default_factory=dict)
    may_reply: bool = True
    refuses: Refusal | None = None
    """Every reply."""
    breaks_off: Exception | None = None
    """After the next reply was taken, instead of an answer."""
    shows_after: timedelta = timedelta(seconds=15)
    """How long our own posts take to be found."""

    def write(self, post: Post, *, nets: Sequence[Net] = (Net.TAGS,), late: timedelta = timedelta()) -> Post:
        """Publish a post, found ``late``."""
        assert post.written_at is not None
        self.posted.append(Posted(post, frozenset(nets), post.written_at + late))
        return post

    def fits(self, text: str) -> bool:
        return len(text) <= 280

    def _ask(self, what: str) -> None:
        self.calls += 1
        if (error := self.fails(what)) is not None:
            raise error

    async def sweep(self, net: Net, window: Window, token: str | None = None, conversations: Sequence[Conversation] = ()) -> Page:
        self._ask("sweep")
        now = self.clock()
        found = [
            posted.post
            for posted in self.posted
            if (net in posted.nets or (net is Net.CONVERSATIONS and posted.post.is_reply and _of(posted.post) in conversations))
            and posted.findable_from <= now
            and posted.post.written_at is not None
            and window.since <= posted.post.written_at < window.until
            and posted.post.written_at >= now - timedelta(days=self.reach_days)
        ]
        found.sort(key=lambda post: (post.written_at, int(post.id)), reverse=True)
        if token is not None:
            if not token.isdigit():
                raise SourceAwayError("token", lost_place=True)
            found = [post for post in found if int(post.id) < int(token)]
        page, rest = found[: self.page_posts], found[self.page_posts :]
        odd, self.odd = self.odd, []
        return Page(tuple(page), tuple(odd), page[-1].id if rest else None)

    async def look_up(self, ids: Sequence[str]) -> dict[str, Post]:
        self._ask("look_up")
        return {posted.post.id: posted.post for posted in self.posted if posted.post.id in ids}

    async def gone(self, ids: Sequence[str]) -> dict[str, WithdrawalReason]:
        self._ask("gone")
        return {native_id: self.withdrawn[native_id] for native_id in ids if native_id in self.withdrawn}

    async def reply(self, post_id: str, text: str) -> Replied | Refusal:
        self._ask("reply")
        if self.refuses is not None:
            return self.refuses
        target = next((posted.post for posted in self.posted if posted.post.id == post_id), None)
        if target is None:
            return Refusal.GONE
        if (post_id, text) in self.replies:
            return Refusal.NOT_PERMITTED  # as X: by its status alone it is not to be told from other reasons
        self.replies.append((post_id, text))
        number = str(10**18 + len(self.replies))
        ours = replace(target, id=number, author_id=self.own_account, text=text, parent=Reference(post_id))
        self.posted.append(Posted(ours, frozenset(), self.clock() + self.shows_after))
        if (error := self.breaks_off) is not None:
            self.breaks_off = None
            raise error
        return Replied(number)

    async def find_reply(self, post_id: str, conversation_id: str) -> Found:
        self._ask("find_reply")
        now = self.clock()
        shown = [posted.post for posted in self.posted if posted.findable_from <= now and posted.post.author_id == self.own_account]
        ours = [post for post in shown if post.conversation_id == conversation_id]
        return Found(next((post.id for post in ours if post.parent and post.parent.id == post_id), None), len(ours))


def _of(post: Post) -> Conversation:
    return Conversation(post.conversation_id, post.author_id)
