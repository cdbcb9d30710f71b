"""``SocialSource``: what a network must do for us, and how it says that it cannot now. Names no network."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from intake_social.posts import Conversation, Found, Net, Page, Post, Refusal, Replied, Window
from shared.contracts import Channel, WithdrawalReason
from shared.errors import Cary311Error, TransientError

DEPENDENCY = "social_source"


class SourceAwayError(TransientError):
    """Down, unreachable, or it answered what is no answer: the same call will succeed later.

    ``lost_place``: not with the same token, which the network does not know any more.
    """

    def __init__(self, detail: str, *, lost_place: bool = False) -> None:
        super().__init__(DEPENDENCY, detail)
        self.lost_place = lost_place


class SourceLimitedError(TransientError):
    """We asked too often; ``until``: when to ask again, None where the network does not tell."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__(DEPENDENCY, "limited")
        self.until = until


class SourceStoppedError(Cary311Error):
    """Asking again changes nothing until a person acts. ``reason``: ``unauthorized``, ``credits_spent``, ``forbidden``, ``refused``."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the network stopped us: {reason}")
        self.reason = reason


class SocialSource(Protocol):
    """A network. Every call ends in time.

    Raises:
        SourceAwayError, SourceLimitedError: the same call will succeed later.
        SourceStoppedError: a person must act first.
    """

    @property
    def channel(self) -> Channel:
        """The network's name in identities; never changes."""

    @property
    def nets(self) -> Sequence[Net]:
        """Those that are configured, without the conversations, which a network always has."""

    @property
    def reach_days(self) -> int:
        """How far back a sweep can look."""

    async def sweep(self, net: Net, window: Window, token: str | None = None, conversations: Sequence[Conversation] = ()) -> Page:
        """A page of the posts of a window; ``token``: the page before said where to go on. ``conversations``: of that net."""

    async def look_up(self, ids: Sequence[str]) -> dict[str, Post]:
        """These posts, as far as they are still there for everybody. At most 100."""

    @property
    def may_reply(self) -> bool:
        """Whether an account is configured as which it replies; else it is read only."""

    def fits(self, text: str) -> bool:
        """Whether the network takes a reply of this length, counted its own way."""

    async def gone(self, ids: Sequence[str]) -> dict[str, WithdrawalReason]:
        """Those of these posts of which the network says that they are not there for everybody any more, and why. At most 100."""

    async def reply(self, post_id: str, text: str) -> Replied | Refusal:
        """Answer a post in public. After a ``SourceAwayError`` nobody knows whether it is there; after the others it is not."""

    async def find_reply(self, post_id: str, conversation_id: str) -> Found:
        """Look for our own reply to a post. What was posted a moment ago may not be shown yet."""
