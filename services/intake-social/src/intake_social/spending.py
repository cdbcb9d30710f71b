"""What the network costs in a calendar month (UTC), estimated. Over the budget the service goes on, but slowly, and says so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.contracts import Channel
from shared.observability.metrics import METRICS


@dataclass(frozen=True, slots=True)
class Spent:
    """What was asked for."""

    posts: int = 0
    """Read."""
    replies: int = 0
    """Written, or tried to."""


class SpendingStore(Protocol):
    """``store.spending.SpendingCounts``."""

    async def add(self, month: str, more: Spent) -> Spent:
        """Count these; how much it was in this month. Raises TransientError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What the network charges, in dollars, and what may be spent in a month."""

    post: float
    reply: float
    monthly_budget: float | None


class Spending:
    """Of this month, as far as this instance knows: it hears of what others spent when it spends itself."""

    def __init__(self, channel: Channel, store: SpendingStore, prices: Prices, clock: Callable[[], datetime]) -> None:
        self._channel = channel
        self._store = store
        self._prices = prices
        self._clock = clock
        self._month = ""
        self._spent = Spent()

    async def add(self, *, posts: int = 0, replies: int = 0) -> None:
        """Count what was asked for.

        Raises:
            TransientError: MongoDB is away; it was not counted.
        """
        month = f"{self._clock():%Y-%m}"
        self._spent = await self._store.add(month, Spent(posts, replies))
        self._month = month
        METRICS.social_spend_dollars.labels(network=self._channel.value).set(self.dollars)

    @property
    def dollars(self) -> float:
        """Of this calendar month."""
        if self._month != f"{self._clock():%Y-%m}":
            return 0.0
        return self._spent.posts * self._prices.post + self._spent.replies * self._prices.reply

    @property
    def is_over_budget(self) -> bool:
        """Whether to go on slowly."""
        budget = self._prices.monthly_budget
        return budget is not None and self.dollars > budget

    def facts(self) -> dict[str, object]:
        """For the health page."""
        return {
            "spend_dollars": round(self.dollars, 2),
            "monthly_budget_dollars": self._prices.monthly_budget,
            "over_budget": self.is_over_budget,
        }
