"""``EventLog`` and ``Group`` in memory, as rebuilding and reconciling need them: whole topics, and a group seen from outside."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from shared.errors import TransientError
from shared.kafka.records import Record

PARTITIONS = 6


@dataclass
class FakeLog:
    """A topic. ``first`` is the oldest offset that retention left of each partition."""

    records: Sequence[Record] = ()
    first: Mapping[int, int] = field(default_factory=dict)
    is_away: bool = False

    async def __aenter__(self) -> Self:
        if self.is_away:
            raise TransientError("kafka", "away")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        return

    async def beginning_offsets(self) -> Mapping[int, int]:
        return dict.fromkeys(range(PARTITIONS), 0) | dict(self.first)

    async def end_offsets(self) -> Mapping[int, int]:
        ends = dict.fromkeys(range(PARTITIONS), 0)
        for record in self.records:
            ends[record.partition] = max(ends[record.partition], record.next_offset)
        return ends

    async def read(self, from_offsets: Mapping[int, int] | None = None, max_records: int = 500) -> AsyncIterator[list[Record]]:
        starts = {**await self.beginning_offsets(), **(from_offsets or {})}
        kept = [record for record in self.records if record.offset >= max(starts[record.partition], self.first.get(record.partition, 0))]
        for start in range(0, len(kept), max_records):
            yield kept[start : start + max_records]


@dataclass
class FakeGroup:
    """The projection's group. ``answers`` says of each time that somebody asks whether it has members; without: it has none."""

    offsets: dict[int, int] = field(default_factory=dict)
    answers: list[bool] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        return

    async def is_active(self) -> bool:
        return self.answers.pop(0) if self.answers else False

    async def committed(self) -> Mapping[int, int]:
        return dict(self.offsets)

    async def set_offsets(self, offsets: Mapping[int, int]) -> None:
        self.offsets.update(offsets)
