"""A post as any network has it, and what a sweep brings: values without behaviour, the same for every source."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.contracts import Language, Place


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that a post shows."""

    url: str = field(repr=False)
    alt_text: str | None = field(default=None, repr=False)
    """The author's description for those who cannot see it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A post that another one names, as far as the network told."""

    id: str
    author_id: str | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One version of a post. Everything in it is public on its network, and personal: nothing of it belongs into logs."""

    id: str
    """The network's own, of this version: an edit has another."""
    author_id: str = field(repr=False)
    written_at: datetime | None
    text: str = field(repr=False)
    """As people read it: links in full, nothing escaped."""
    hashtags: frozenset[str] = field(default=frozenset(), repr=False)
    """Folded as ``hashtags.folded`` does."""
    mentions: frozenset[str] = field(default=frozenset(), repr=False)
    """Ids of the accounts that it names."""
    conversation_id: str
    """The id of the conversation's first post; its own where it begins one."""
    first_id: str
    """The first version in its history of edits; its own where there was none."""
    parent: Reference | None = None
    """What it replies to."""
    root_author_id: str | None = field(default=None, repr=False)
    """Who began the conversation, where the page tells."""
    quoted: Reference | None = None
    is_repost: bool = False
    """Somebody else's words, passed on."""
    is_restricted: bool = False
    """Its author lets only some answer."""
    photos: tuple[Photo, ...] = ()
    place: Place | None = None
    language: Language = Language.EN
    """In which its author is answered."""
    url: str = field(default="", repr=False)
    raw: bytes = field(default=b"", repr=False)
    """As the network gave it, unknown fields included."""

    @property
    def is_reply(self) -> bool:
        """Whether somebody began the conversation before."""
        return self.conversation_id != self.id and self.parent is not None


@dataclass(frozen=True, slots=True)
class UnreadablePost:
    """Something on a page that is no post as we know them."""

    key: str
    """Its id, where it has one, else a digest of its bytes: the same thing always has the same."""
    reason: str
    """The field that is not as it should be; never its content."""
    raw: bytes = field(repr=False)
    url: str = field(default="", repr=False)
    """A link to the original; empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a sweep."""

    posts: tuple[Post, ...] = ()
    unreadable: tuple[UnreadablePost, ...] = ()
    next_token: str | None = field(default=None, repr=False)
    """Where to go on; None: this was the last one."""

    @property
    def count(self) -> int:
        """How much of the network's was read: reading costs money."""
        return len(self.posts) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time."""

    since: datetime
    until: datetime
    """Exclusive."""


class Net(StrEnum):
    """Ways to posts. The first two lead to the same ones: what one misses the other finds."""

    TAGS = "tags"
    """Posts with one of the configured hashtags."""
    MENTIONS = "mentions"
    """Posts that name one of the town's accounts, replies to it among them."""
    CONVERSATIONS = "conversations"
    """What the authors of open requests write on in their conversations, without a tag; depends on what the others found."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one author writes in a conversation."""

    id: str
    author_id: str = field(repr=False)


class Refusal(StrEnum):
    """Why the network does not take a reply."""

    NOT_PERMITTED = "not_permitted"
    """Its rules do not let us answer this post."""
    AUTHOR_RESTRICTED = "author_restricted"
    """The author lets only others answer."""
    GONE = "gone"
    """There is nothing to reply to any more."""
    DUPLICATE_FOUND = "duplicate_found"
    """The same words are there already."""


@dataclass(frozen=True, slots=True)
class Replied:
    """The network took the reply."""

    post_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """What came of looking for a reply of ours."""

    post_id: str | None
    """Of the reply; None: the network shows none."""
    count: int
    """How many posts were read for it: reading costs money."""
