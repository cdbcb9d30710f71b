"""Which partitions a consumer holds because what they need is away, and when each is tried again. Pure but for its jitter."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from shared.kafka.records import TopicPartition

FIRST_GAP_SECONDS: Final = 0.2
LONGEST_GAP_SECONDS: Final = 15.0
SILENT_SECONDS: Final = 60.0
"""A partition that was resumed and gave nothing for so long has nothing that waits (its records may have been deleted)."""
_LARGEST_EXPONENT: Final = 16
_SPREAD: Final = (0.7, 1.3)


def spread() -> float:
    """A factor around one: many consumers that lost the same database do not come back to it at once."""
    return random.uniform(*_SPREAD)  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True, slots=True)
class Hold:
    """A partition that waits."""

    tries: int
    """How often in a row its next record could not be settled."""
    due_at: float
    """Monotonic seconds."""
    is_resumed: bool = False
    """It is being tried at this moment; a success ends the hold."""


class Holds:
    """The partitions that are held. Gaps grow from a fifth of a second to a quarter of a minute."""

    def __init__(
        self,
        *,
        first_gap_seconds: float = FIRST_GAP_SECONDS,
        longest_gap_seconds: float = LONGEST_GAP_SECONDS,
        jitter: Callable[[], float] = spread,
    ) -> None:
        self._first = first_gap_seconds
        self._longest = longest_gap_seconds
        self._jitter = jitter
        self._holds: dict[TopicPartition, Hold] = {}

    def __len__(self) -> int:
        return len(self._holds)

    def hold(self, partition: TopicPartition, *, now: float) -> None:
        """Wait with this one, longer each time in a row."""
        tries = self.tries(partition) + 1
        gap = min(self._first * 2.0 ** min(tries - 1, _LARGEST_EXPONENT), self._longest) * self._jitter()
        self._holds[partition] = Hold(tries, now + gap)

    def tries(self, partition: TopicPartition) -> int:
        """How often in a row this one was held; 0 when it is not."""
        held = self._holds.get(partition)
        return held.tries if held else 0

    def due(self, *, now: float) -> list[TopicPartition]:
        """Those whose time has come; they count as held until they are released."""
        for partition in [partition for partition, held in self._holds.items() if held.is_resumed and held.due_at + SILENT_SECONDS < now]:
            self.release(partition)
        due = [partition for partition, held in self._holds.items() if not held.is_resumed and held.due_at <= now]
        for partition in due:
            self._holds[partition] = Hold(self._holds[partition].tries, now, is_resumed=True)
        return due

    def release(self, partition: TopicPartition) -> None:
        """Its next record was settled."""
        self._holds.pop(partition, None)

    def keep_only(self, partitions: Collection[TopicPartition]) -> None:
        """Forget those that are somebody else's now."""
        for partition in self._holds.keys() - set(partitions):
            del self._holds[partition]
