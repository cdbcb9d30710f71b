"""The poller: each net in its own rhythm, as long as the lease is ours. What one net meets does not hold up the other."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from intake_social.pacing import STOPPED_GAP_SECONDS, Pace, after_failure, after_success, failure_gap, limit_gap, usual_gap
from intake_social.posts import Net
from intake_social.source import SourceLimitedError, SourceStoppedError
from intake_social.spending import Spending
from intake_social.sweeping import Sweeping
from shared.contracts import Channel
from shared.errors import TransientError
from shared.leases import Lease
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.waiting import sleep_or_stop

LONGEST_SLEEP_SECONDS: Final = 1.0
"""Then it looks whether the lease is still ours."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingRules:
    """How often."""

    poll_seconds: float
    age_limit_seconds: float
    conversation_seconds: float = 600.0

    def seconds_between(self, net: Net) -> float:
        """From one sweep of a net to the next."""
        return self.conversation_seconds if net is Net.CONVERSATIONS else self.poll_seconds


class _Turn:
    """A net and when it is due."""

    def __init__(self, sweeping: Sweeping, poll_seconds: float) -> None:
        self.sweeping = sweeping
        self.pace = Pace(poll_seconds)
        self.due_at = 0.0
        self.stopped: str | None = None
        self.succeeded_at: datetime | None = None


class Polling:
    """Polls the nets of one network."""

    def __init__(  # noqa: PLR0913, PLR0917 - the roles around it, each named
        self,
        channel: Channel,
        sweepings: Sequence[Sweeping],
        lease: Lease,
        spending: Spending,
        rules: PollingRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._channel = channel
        self._turns = [_Turn(sweeping, rules.seconds_between(sweeping.net)) for sweeping in sweepings]
        self._lease = lease
        self._spending = spending
        self._rules = rules
        self._clock = clock
        self._held_since = clock()
        for turn in self._turns:
            gauge = METRICS.social_behind_seconds.labels(network=channel.value, net=turn.sweeping.net.value)
            gauge.set_function(partial(self._behind_seconds, turn))

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; the page in hand is finished first."""
        holding = asyncio.create_task(self._lease.hold(lambda: None), name="social-lease")
        try:
            while not stop.is_set():
                if not await self._lease.wait_until_held(stop):
                    continue
                self._held_since = self._clock()
                for turn in self._turns:
                    turn.sweeping.forget()
                await self._while_held(stop)
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
            await self._lease.release()

    async def _while_held(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while self._lease.is_held and not stop.is_set():
            turn = min(self._turns, key=lambda turn: turn.due_at)
            wait = turn.due_at - loop.time()
            if wait > 0:
                await sleep_or_stop(stop, min(wait, LONGEST_SLEEP_SECONDS))
                continue
            gap = await self._take(turn, lambda: self._lease.is_held and not stop.is_set())
            turn.due_at = loop.time() + gap * random.uniform(0.9, 1.2)  # noqa: S311 - spreads load, guards nothing

    async def _take(self, turn: _Turn, goes_on: Callable[[], bool]) -> float:
        """One try of a net; the seconds until the next."""
        try:
            is_whole = await turn.sweeping.run(goes_on)
        except SourceLimitedError as error:
            gap = limit_gap(error.until, self._clock())
            _log.warning("network_limits_us", net=turn.sweeping.name, gap_seconds=round(gap))
            return self._counted("limited", gap)
        except SourceStoppedError as error:
            turn.stopped = error.reason
            turn.sweeping.forget()
            _log.error("network_stopped_us", net=turn.sweeping.name, reason=error.reason)
            return self._counted("stopped", STOPPED_GAP_SECONDS)
        except TransientError as error:
            METRICS.dependency_failures.labels(dependency=error.dependency).inc()
            return self._failed(turn, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the posts must go on being taken
            turn.sweeping.forget()
            return self._failed(turn, error)
        turn.stopped = None
        turn.pace = after_success(turn.pace)
        if is_whole:
            turn.succeeded_at = self._clock()
        return self._counted("answered", usual_gap(turn.pace, is_over_budget=self._spending.is_over_budget))

    def _failed(self, turn: _Turn, error: Exception) -> float:
        turn.pace = after_failure(turn.pace)
        _log.warning("sweep_failed", net=turn.sweeping.name, failure=error)
        return self._counted("away", failure_gap(turn.pace))

    def _counted(self, outcome: str, gap: float) -> float:
        METRICS.social_requests.labels(network=self._channel.value, outcome=outcome).inc()
        return gap

    def _behind_seconds(self, turn: _Turn) -> float:
        swept_until = turn.sweeping.swept_until
        if not self._lease.is_held or swept_until is None:
            return 0.0
        return max(0.0, (self._clock() - swept_until).total_seconds())

    def complaint(self) -> str | None:
        """What an operator should know: a person must act, or nothing was swept for long."""
        if not self._lease.is_held:
            return None  # another instance works
        for turn in self._turns:
            if turn.stopped is not None:
                return f"{turn.sweeping.name}: the network stopped us ({turn.stopped}); a person must act"
            age = (self._clock() - max(self._held_since, turn.succeeded_at or self._held_since)).total_seconds()
            if age > self._rules.age_limit_seconds * (10 if self._spending.is_over_budget else 1):
                return f"{turn.sweeping.name}: the last whole sweep was {age:.0f} s ago"
        return None

    def facts(self) -> dict[str, object]:
        """How it is, for the health page."""
        return {
            "standing_by": not self._lease.is_held,
            "seconds_since_success": {turn.sweeping.name: self._age(turn) for turn in self._turns},
            "behind_seconds": {turn.sweeping.name: round(self._behind_seconds(turn)) for turn in self._turns},
        }

    def _age(self, turn: _Turn) -> int | None:
        return round((self._clock() - turn.succeeded_at).total_seconds()) if turn.succeeded_at else None
