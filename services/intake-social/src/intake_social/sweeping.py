"""One net swept again and again: all pages of a window settled, then the cursor moved, never before.

Where a sweep is interrupted it goes on with the page where it was; only a restart begins the window anew.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from intake_social.ports import CursorStore
from intake_social.posts import Conversation, Net, Page
from intake_social.settling import Settling
from intake_social.source import SocialSource, SourceAwayError
from intake_social.spending import Spending
from intake_social.windows import Cursor, Sweep, after, first_cursor, next_sweep
from shared.observability.logs import logger

MAX_PAGES: Final = 10_000
"""Of one sweep: a million posts in a week is no town's. Beyond it the network turns in circles."""
_log = logger(__name__)


OpenConversations = Callable[[], Awaitable[Sequence[Conversation]]]
"""Those to look into now."""


@dataclass(frozen=True, slots=True)
class SweepRules:
    """How far sweeps reach."""

    overlap: timedelta
    takes_everything: bool
    """Whether a first start takes what the network still shows."""


@dataclass(slots=True)
class _Progress:
    cursor: Cursor
    sweep: Sweep
    conversations: Sequence[Conversation] = ()
    token: str | None = None
    seen: set[str] = field(default_factory=set)


class Sweeping:
    """Sweeps one net of a source."""

    def __init__(  # noqa: PLR0913, PLR0917 - the roles around it, each named
        self,
        net: Net,
        source: SocialSource,
        settling: Settling,
        cursors: CursorStore,
        conversations: OpenConversations,
        spending: Spending,
        rules: SweepRules,
        clock: Callable[[], datetime],
    ) -> None:
        self.net = net
        self.name = f"{source.channel}:{net}"
        self.swept_until: datetime | None = None
        """As far as we know; None until the first look at the store."""
        self._source = source
        self._settling = settling
        self._cursors = cursors
        self._conversations = conversations
        self._spending = spending
        self._rules = rules
        self._clock = clock
        self._progress: _Progress | None = None

    async def run(self, goes_on: Callable[[], bool]) -> bool:
        """Sweep until now. False: told to stop on the way (``goes_on``), and it goes on there next time.

        Raises:
            SourceAwayError, SourceLimitedError, SourceStoppedError: the network's; what was settled stays so.
            TransientError: MongoDB or Kafka is away.
        """
        progress = self._progress = self._progress or await self._begin()
        window = progress.sweep.window
        while window.since < window.until:
            page = await self._page(progress)
            await self._spending.add(posts=page.count)
            await self._settling.settle(self.net, page)
            if page.next_token is None:
                break
            if page.next_token in progress.seen or len(progress.seen) >= MAX_PAGES:
                self.forget()
                raise SourceAwayError("its pages turn in circles")
            progress.seen.add(page.next_token)
            progress.token = page.next_token
            if not goes_on():
                return False
        cursor = after(progress.cursor, progress.sweep)
        await self._cursors.put(self.name, cursor)
        self.swept_until = cursor.swept_until
        self._progress = None
        return True

    async def _page(self, progress: _Progress) -> Page:
        try:
            return await self._source.sweep(self.net, progress.sweep.window, progress.token, progress.conversations)
        except SourceAwayError as error:
            if error.lost_place:
                self.forget()
            raise

    def forget(self) -> None:
        """Begin the window anew: somebody else may have worked meanwhile, or the network does not know our place any more."""
        self._progress = None

    async def _begin(self) -> _Progress:
        now, reach = self._clock(), timedelta(days=self._source.reach_days)
        cursor = await self._cursors.get(self.name)
        if cursor is None:
            cursor = first_cursor(now, takes_back=reach if self._rules.takes_everything else timedelta())
            await self._cursors.put(self.name, cursor)
            _log.info("net_begins", net=self.name, began_at=cursor.began_at.isoformat())
        sweep = next_sweep(cursor, now, overlap=self._rules.overlap, reach=reach)
        if sweep.gap is not None and self.net is not Net.CONVERSATIONS:  # the others tell of it
            await self._settling.report_gap(self.name, sweep.gap, self._source.reach_days)
        self.swept_until = cursor.swept_until
        return _Progress(cursor, sweep, await self._conversations() if self.net is Net.CONVERSATIONS else ())
