"""A Kafka in memory: topics with partitions, groups with members and offsets. Plays the same roles as ``shared.kafka.broker``.

One behaviour suite (``tests/integration/shared/kafka/test_consumer.py``) runs on it and on Apache Kafka.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from shared.errors import PoisonError, TransientError
from shared.kafka.records import Outgoing, Record, TopicPartition
from shared.kafka.topics import max_bytes_of, partition_for

PARTITIONS = 6
NOW_MS = 1_772_461_800_000


@dataclass
class FakeKafka:
    """The broker. ``is_down`` refuses everything, as a broker that is away does after its time limit."""

    partitions: int = PARTITIONS
    is_down: bool = False
    logs: dict[TopicPartition, list[Record]] = field(default_factory=lambda: defaultdict(list))
    committed: dict[tuple[str, TopicPartition], int] = field(default_factory=dict)
    members: dict[str, list["FakeRecordSource"]] = field(default_factory=lambda: defaultdict(list))
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def append(self, outgoing: Outgoing) -> Record:
        """Write one record."""
        number = partition_for(outgoing.key, self.partitions) if outgoing.partition is None else outgoing.partition
        log = self.logs[TopicPartition(outgoing.topic, number)]
        record = Record(outgoing.topic, number, len(log), outgoing.key, outgoing.value, NOW_MS, outgoing.headers)
        log.append(record)
        self.arrived.set()
        return record

    def records(self, topic: str) -> list[Record]:
        """Everything in a topic, partition by partition."""
        return [record for partition, log in sorted(self.logs.items()) if partition.topic == topic for record in log]

    def refuse_when_down(self) -> None:
        if self.is_down:
            raise TransientError("kafka", "away")

    def rebalance(self, group: str) -> None:
        """Deal the partitions of the group's topics out to its members, eagerly: everybody begins at the committed offsets."""
        members = self.members[group]
        topics = sorted({topic for member in members for topic in member.topics})
        everything = [TopicPartition(topic, number) for topic in topics for number in range(self.partitions)]
        for member in members:
            member.assign([])
        for member, partition in zip(itertools.cycle(members), everything, strict=False):
            member.assign([*member.assignment(), partition])


class FakePublisher:
    """``Publisher``. ``dies_after`` records of a publish, once: some were written, and the caller does not know which."""

    def __init__(self, kafka: FakeKafka) -> None:
        self._kafka = kafka
        self.dies_after: int | None = None
        self.published = 0

    async def publish(self, records: Sequence[Outgoing], *, timeout_seconds: float | None = None) -> None:
        del timeout_seconds
        for record in records:
            if len(record.value) > max_bytes_of(record.topic):
                raise PoisonError("too_large", record.topic)
        await asyncio.sleep(0)
        for written, record in enumerate(records):
            self._kafka.refuse_when_down()
            if self.dies_after == written:
                self.dies_after = None
                raise TransientError("kafka", "acknowledgement lost")
            self._kafka.append(record)
            self.published += 1

    async def close(self) -> None:
        return


class FakeRecordSource:
    """``RecordSource``: a member of a group."""

    def __init__(self, kafka: FakeKafka, topics: Collection[str], group: str) -> None:
        self._kafka = kafka
        self._group = group
        self.topics = tuple(topics)
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self.polls = 0
        self.fails_to_commit = 0
        kafka.members[group].append(self)
        kafka.rebalance(group)

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        """A rebalance's outcome."""
        self._positions = {partition: self._kafka.committed.get((self._group, partition), 0) for partition in partitions}
        self._paused.clear()

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Mapping[TopicPartition, Sequence[Record]]:
        self.polls += 1
        found = self._take(max_records)
        if not found:
            self._kafka.arrived.clear()
            try:
                await asyncio.wait_for(self._kafka.arrived.wait(), min(timeout_seconds, 0.001))
            except TimeoutError:
                return {}
            found = self._take(max_records)
        return found

    def _take(self, max_records: int) -> dict[TopicPartition, Sequence[Record]]:
        found: dict[TopicPartition, Sequence[Record]] = {}
        for partition in sorted(self._positions.keys() - self._paused):
            position = self._positions[partition]
            records = self._kafka.logs[partition][position : position + max_records - sum(map(len, found.values()))]
            if records and not self._kafka.is_down:
                found[partition] = records
                self._positions[partition] = records[-1].next_offset
        return found

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._positions)

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self._paused.update(self.assignment().intersection(partitions))

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self._paused.difference_update(partitions)

    async def seek(self, offsets: Mapping[TopicPartition, int]) -> None:
        for partition in self.assignment().intersection(offsets):
            self._positions[partition] = offsets[partition]

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await asyncio.sleep(0)
        self._kafka.refuse_when_down()
        if self.fails_to_commit:
            self.fails_to_commit -= 1
            raise TransientError("kafka", "coordinator away")
        for partition in self.assignment().intersection(offsets):
            self._kafka.committed[self._group, partition] = offsets[partition]

    async def lag(self) -> Mapping[TopicPartition, int]:
        self._kafka.refuse_when_down()
        return {
            partition: len(self._kafka.logs[partition]) - self._kafka.committed.get((self._group, partition), 0)
            for partition in self._positions
        }

    async def close(self) -> None:
        """Leave the group (a killed member leaves too, after its session)."""
        if self in self._kafka.members[self._group]:
            self._kafka.members[self._group].remove(self)
            self._kafka.rebalance(self._group)
