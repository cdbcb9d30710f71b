"""Kafka's nouns as values of ours, so that nothing outside ``broker`` depends on a client library."""

from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]


class TopicPartition(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class Record(NamedTuple):
    """A record as it was read. Never logged whole: the value is what a resident wrote."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers = ()

    @property
    def topic_partition(self) -> TopicPartition:
        """Where it lies."""
        return TopicPartition(self.topic, self.partition)

    @property
    def next_offset(self) -> int:
        """What is committed once this record is settled."""
        return self.offset + 1

    def __repr__(self) -> str:
        return f"Record({self.topic}-{self.partition}@{self.offset})"


class Outgoing(NamedTuple):
    """A record to be produced. The partition follows from the key (crc32, the same at every producer for ever)."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()
    partition: int | None = None
    """Only for what must lie where its original lay: a dead letter, whose key may be anything."""

    def __repr__(self) -> str:
        return f"Outgoing({self.topic}, {len(self.value)} bytes)"
