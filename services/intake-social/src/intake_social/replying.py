"""Empties the outbox: one entry after the other is claimed, replied with, noted.

What if the process dies here? Before the claim, the entry waits. After it, its lease runs out and it is *unknown*: our reply is looked
for below the post, and only where the network shows none is it written again. Its text is unique by the number, and networks take the
same text from the same account but once. The same holds where the network broke off before it answered. What became of an entry is
appended to the log before it is noted here, under an id of its own, so that a repeat changes nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intake_social.noting import Noting
from intake_social.pacing import OVER_BUDGET_REPLY_SECONDS, STOPPED_GAP_SECONDS, Pace, after_failure, failure_gap, limit_gap
from intake_social.posts import Refusal, Replied
from intake_social.source import SocialSource, SourceAwayError, SourceLimitedError, SourceStoppedError
from intake_social.spending import Spending
from intake_social.store.outbox import Entry, Outbox
from shared.contracts import Channel, DeliveryOutcome
from shared.errors import TransientError
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.outbox import Backlog, emptied

DAY: Final = timedelta(days=1)
FOR_GOOD: Final = frozenset({"forbidden", "refused"})
"""Why the network stops one kind of question only: the plan, or the query."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyingRules:
    """How much is said, and how patiently."""

    per_conversation: int = 5
    """In a day; who is beyond is an advocate's."""
    per_author: int = 5
    """As above."""
    per_day: int = 300
    """The breaker: beyond, something is wrong, and a person has to look; the rest waits."""
    age_limit: timedelta = timedelta(hours=48)
    """To an older post nothing is said by itself any more."""
    lease: timedelta = timedelta(minutes=2)
    """How long a reply in hand is nobody else's, and how long the network may take to show it."""
    idle_seconds: float = 1.0


class Replying:
    """The task that replies. Of several instances each takes other entries."""

    def __init__(  # noqa: PLR0913 - the roles around it, each named
        self,
        outbox: Outbox,
        source: SocialSource,
        noting: Noting,
        spending: Spending,
        *,
        rules: ReplyingRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._source = source
        self._noting = noting
        self._spending = spending
        self._rules = rules
        self._clock = clock
        self._pace = Pace(rules.idle_seconds)
        self._rests_until: datetime | None = None
        self._is_tripped = False
        self._stopped: str | None = None
        self._backlog = Backlog(0, None)

    async def run(self, stop: asyncio.Event) -> None:
        """Reply until ``stop`` is set; the reply in hand is finished first."""

        def waits(error: TransientError) -> None:
            _log.warning("replying_waits", dependency=error.dependency, failure=error)

        await emptied(stop, self.step, self.look, idle_seconds=self._rules.idle_seconds, waits=waits)

    async def look(self) -> None:
        """See what waits.

        Raises:
            TransientError: MongoDB is away.
        """
        self._backlog = await self._outbox.backlog()
        self._backlog.tell(self._channel, self._clock())

    async def step(self) -> bool:
        """One entry; False where nothing is due, or the network lets us wait.

        Raises:
            TransientError: MongoDB or Kafka is away; the entry's lease protects it.
        """
        now = self._clock()
        if self._rests_until is not None and now < self._rests_until:
            return False
        try:
            return await self._next(now)
        except SourceLimitedError as error:
            self._rest("limited", limit_gap(error.until, now))
        except SourceStoppedError as error:
            self._stopped = error.reason
            self._rest("stopped", STOPPED_GAP_SECONDS)
        except SourceAwayError:
            self._pace = after_failure(self._pace)
            self._rest("away", failure_gap(self._pace))
        return False

    async def _next(self, now: datetime) -> bool:
        left = await self._outbox.next_unknown(now, self._rules.lease)
        if left is not None:
            await self._look_first(left)
            return True
        self._is_tripped = await self._outbox.sent_since(now - DAY) >= self._rules.per_day
        entry = None if self._is_tripped else await self._outbox.claim(now, self._rules.lease)
        if entry is None:
            return False
        reason = await self._reason_not_to(entry)
        if reason is not None:
            await self._noting.end(entry, *reason)
        elif self._clock() < now + self._rules.lease:
            await self._reply(entry)
        # Else we were paused, and somebody else has it by now.
        return True

    async def _reason_not_to(self, entry: Entry) -> tuple[DeliveryOutcome, str] | None:
        """Why an advocate has to answer, whatever the network would say."""
        if not self._source.may_reply:
            return DeliveryOutcome.NOT_PERMITTED, "read_only"
        if self._is_too_late(entry):
            return DeliveryOutcome.NEEDS_STAFF, "too_late"
        beside = await self._outbox.sent_beside(entry, self._clock() - DAY)
        if beside.in_conversation >= self._rules.per_conversation or beside.to_author >= self._rules.per_author:
            return DeliveryOutcome.NEEDS_STAFF, "capped"
        return None

    async def _reply(self, entry: Entry) -> None:
        try:
            answered = await self._source.reply(entry.post_id, entry.text)
        except (SourceLimitedError, SourceStoppedError):  # it is certainly not there
            await self._outbox.retry(entry, self._clock())
            raise
        self._pace, self._stopped = Pace(self._rules.idle_seconds), None
        match answered:
            case Replied(post_id):
                await self._noting.end(entry, DeliveryOutcome.SENT, reference=post_id)
            case Refusal():
                await self._refused(entry, answered)
        await self._spending.add(replies=1)
        if self._spending.is_over_budget:
            self._rest("answered", OVER_BUDGET_REPLY_SECONDS)

    async def _refused(self, entry: Entry, refusal: Refusal) -> None:
        """The network does not say by its status why. What is there already is ours; else it depends on the post."""
        if refusal in {Refusal.NOT_PERMITTED, Refusal.DUPLICATE_FOUND}:
            ours = await self._found(entry)
            if ours is not None:
                await self._noting.end(entry, DeliveryOutcome.DUPLICATE_FOUND, reference=ours)
                return
        if refusal is Refusal.NOT_PERMITTED:
            post = (await self._source.look_up([entry.post_id])).get(entry.post_id)
            await self._spending.add(posts=1)
            if post is None:
                refusal = Refusal.GONE
            elif post.is_restricted:
                refusal = Refusal.AUTHOR_RESTRICTED
        await self._noting.end(entry, DeliveryOutcome(refusal.value))

    async def _look_first(self, entry: Entry) -> None:
        """A process died, or the network broke off, between replying and noting it."""
        try:
            ours = await self._found(entry)
        except (SourceAwayError, SourceLimitedError, SourceStoppedError) as error:
            may_never_look = isinstance(error, SourceStoppedError) and error.reason in FOR_GOOD
            if may_never_look or self._is_too_late(entry):
                await self._noting.end(entry, DeliveryOutcome.UNKNOWN, "not_looked_up")
            if may_never_look:  # and no other reply waits for it
                return
            raise
        if ours is not None:
            await self._noting.end(entry, DeliveryOutcome.SENT, reference=ours)
        else:
            _log.info("reply_not_there", request=entry.service_request_id, tries=entry.tries)
            await self._outbox.retry(entry, self._clock())

    async def _found(self, entry: Entry) -> str | None:
        found = await self._source.find_reply(entry.post_id, entry.conversation_id)
        await self._spending.add(posts=found.count)
        return found.post_id

    def _is_too_late(self, entry: Entry) -> bool:
        return self._clock() - entry.written_at > self._rules.age_limit

    def _rest(self, outcome: str, seconds: float) -> None:
        self._rests_until = self._clock() + timedelta(seconds=seconds)
        if outcome != "answered":
            METRICS.social_requests.labels(network=self._channel.value, outcome=outcome).inc()
            _log.warning("replies_rest", reason=outcome, gap_seconds=round(seconds))

    @property
    def _channel(self) -> Channel:
        return self._source.channel

    def complaint(self) -> str | None:
        """What an operator should know: a person must act, or everything waits."""
        if self._stopped is not None:
            return f"the network stopped us ({self._stopped}); a person must act"
        if self._is_tripped:
            return "more replies than SOCIAL_REPLIES_PER_DAY: the rest wait"
        return None

    def facts(self) -> dict[str, object]:
        """How it is, for the health page."""
        replied_at = self._noting.replied_at
        age = round((self._clock() - replied_at).total_seconds()) if replied_at else None
        return {
            "replies_waiting": self._backlog.count,
            "oldest_unanswered_seconds": self._backlog.oldest_seconds(self._clock()),
            "seconds_since_reply": age,
        }
