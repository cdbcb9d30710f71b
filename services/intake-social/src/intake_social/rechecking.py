"""Looks whether the posts of open requests are still there for everybody, and tells the log of those that are not.

What was deleted, withheld or protected has to go here too, within a day. Redacting cannot be undone, so the network has to say it
twice, a while apart: a look is due often enough for both. The projection redacts, unless a legal hold stands, and announces it; what
we keep ourselves goes then (``answering``).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intake_social.pacing import STOPPED_GAP_SECONDS, Pace, after_failure, failure_gap, limit_gap
from intake_social.source import SocialSource, SourceLimitedError, SourceStoppedError
from intake_social.spending import Spending
from intake_social.store.watch import Watch, Watched
from shared.contracts import Actor, ActorKind, Channel, SourceWithdrawn, WithdrawalReason
from shared.errors import TransientError
from shared.identity import derived_event_id
from shared.kafka.ports import Publisher
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS
from shared.leases import Lease
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.waiting import sleep_or_stop

SYSTEM: Final = Actor(kind=ActorKind.SYSTEM, id="intake-social")
AT_ONCE: Final = 100
"""Posts of one look-up."""
CONFIRMED_AFTER: Final = 1 / 12
"""Of the time between two looks: how long after the first time the network is asked again."""
LONGEST_IDLE_SECONDS: Final = 10.0
DUTY: Final = timedelta(hours=24)
_log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckRules:
    """How often."""

    every: timedelta = timedelta(hours=12)

    @property
    def idle_seconds(self) -> float:
        """Between two looks at what is due."""
        return min(LONGEST_IDLE_SECONDS, self.again_after.total_seconds())

    @property
    def again_after(self) -> timedelta:
        """Between the two times that the network says it."""
        return self.every * CONFIRMED_AFTER


class Rechecking:
    """The task that looks. Of several instances one does it."""

    def __init__(  # noqa: PLR0913 - the roles around it, each named
        self,
        watch: Watch,
        source: SocialSource,
        events: Publisher,
        spending: Spending,
        lease: Lease,
        *,
        rules: RecheckRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._watch = watch
        self._source = source
        self._events = events
        self._spending = spending
        self._lease = lease
        self._rules = rules
        self._clock = clock
        self._pace = Pace(rules.idle_seconds)
        self._overdue = timedelta()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; the look in hand is finished first."""
        holding = asyncio.create_task(self._lease.hold(lambda: None), name="recheck-lease")
        try:
            while not stop.is_set():
                if await self._lease.wait_until_held(stop):
                    await sleep_or_stop(stop, await self.turn())
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
            await self._lease.release()

    async def turn(self) -> float:
        """One look; the seconds until the next."""
        now = self._clock()
        try:
            is_busy = await self.step()
        except SourceLimitedError as error:
            return limit_gap(error.until, now)
        except SourceStoppedError as error:
            _log.error("network_stopped_us", net="recheck", reason=error.reason)
            return STOPPED_GAP_SECONDS
        except TransientError as error:
            self._pace = after_failure(self._pace)
            _log.warning("recheck_failed", failure=error)
            return failure_gap(self._pace)
        self._pace = Pace(self._rules.idle_seconds)
        return 0.0 if is_busy else self._rules.idle_seconds

    async def step(self) -> bool:
        """A hundred posts at most; False where fewer were due.

        Raises:
            SourceAwayError, SourceLimitedError, SourceStoppedError: the network's; the same posts stay due.
            TransientError: MongoDB or Kafka is away; looking again is right.
        """
        now = self._clock()
        due = await self._watch.due(now, AT_ONCE)
        self._overdue = now - due[0].recheck_at if due else timedelta()
        if not due:
            return False
        gone = await self._source.gone([post.native_id for post in due])
        await self._spending.add(posts=len(due) - len(gone))
        there = [post.submission_id for post in due if post.native_id not in gone]
        first = [post.submission_id for post in due if post.native_id in gone and post.missing_since is None]
        again = [post for post in due if post.native_id in gone and post.missing_since is not None]
        await self._watch.there(there, now + self._rules.every)
        await self._watch.missing(first, now, now + self._rules.again_after)
        await self._withdraw([(post, gone[post.native_id]) for post in again], now)
        return len(due) == AT_ONCE

    async def _withdraw(self, posts: Sequence[tuple[Watched, WithdrawalReason]], now: datetime) -> None:
        if not posts:
            return
        events = [withdrawal(post, reason, self._source.channel, now) for post, reason in posts]
        await self._events.publish([Outgoing(REQUEST_EVENTS.name, event.key.encode(), event.encode()) for event in events])
        await self._watch.withdrawn([post.submission_id for post, _ in posts], now)
        for _, reason in posts:
            METRICS.social_withdrawn.labels(network=self._source.channel.value, reason=reason.value).inc()

    def complaint(self) -> str | None:
        """What an operator should know: what was deleted may still be shown here after a day."""
        if self._lease.is_held and self._overdue + self._rules.every + self._rules.again_after > DUTY:
            return f"posts were not looked for again since {self._overdue.total_seconds() / 3600:.0f} hours"
        return None


def withdrawal(post: Watched, reason: WithdrawalReason, channel: Channel, now: datetime) -> SourceWithdrawn:
    """The event. Its id is derived: told twice, it is one."""
    return SourceWithdrawn(
        event_id=derived_event_id(post.submission_id, "SourceWithdrawn"),
        service_request_id=post.service_request_id,
        occurred_at=now,
        actor=SYSTEM,
        channel=channel,
        submission_id=post.submission_id,
        reason=reason,
    )
