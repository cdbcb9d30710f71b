"""A topic read from its beginning to its present end, without a group: for rebuilding, reconciling and looking."""

from collections.abc import AsyncIterator, Mapping
from functools import partial
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as ClientPartition

from shared.kafka.broker.connecting import CLOSE_SECONDS, START_SECONDS, bounded, client_arguments, closed_within, kafka_errors
from shared.kafka.records import Record
from shared.settings import KafkaSettings

ASK_SECONDS: Final = 15.0
POLL_MS: Final = 1_000
FETCH_WAIT_MS: Final = 50
"""How long the broker keeps a fetch that finds nothing: a changed position goes with the next one."""
MAX_PARTITION_BYTES: Final = 2 * 1024 * 1024


class KafkaLog:
    """One topic. Use it as an asynchronous context manager; entering and every method raise ``TransientError`` when Kafka is away."""

    def __init__(self, settings: KafkaSettings, topic: str, client_id: str = "cary311-log") -> None:
        self._settings = settings
        self._topic = topic
        self._client_id = client_id
        self._consumer: AIOKafkaConsumer | None = None
        self._partitions = [ClientPartition(topic, number) for number in range(settings.kafka_partitions)]

    async def __aenter__(self) -> Self:
        consumer = AIOKafkaConsumer(
            **client_arguments(self._settings, self._client_id),
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_PARTITION_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        consumer.assign(self._partitions)
        try:
            await bounded(START_SECONDS, consumer.start)
        except BaseException:
            await closed_within(CLOSE_SECONDS, consumer.stop)
            raise
        self._consumer = consumer
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        await closed_within(CLOSE_SECONDS, self._client.stop)

    @property
    def _client(self) -> AIOKafkaConsumer:
        assert self._consumer is not None, "enter the log first"
        return self._consumer

    async def beginning_offsets(self) -> dict[int, int]:
        """The oldest offset that is still there, by partition."""
        found = await bounded(ASK_SECONDS, lambda: self._client.beginning_offsets(self._partitions))
        return {partition.partition: offset for partition, offset in found.items()}

    async def end_offsets(self) -> dict[int, int]:
        """The next offset to be written, by partition."""
        found = await bounded(ASK_SECONDS, lambda: self._client.end_offsets(self._partitions))
        return {partition.partition: offset for partition, offset in found.items()}

    async def read(self, from_offsets: Mapping[int, int] | None = None, max_records: int = 500) -> AsyncIterator[list[Record]]:
        """The records from there (else from the beginning) to the end as it is now, in batches; in order within a partition."""
        starts = {**await self.beginning_offsets(), **(from_offsets or {})}
        ends = await self.end_offsets()
        for partition in self._partitions:
            self._client.seek(partition, starts[partition.partition])
        waiting = {partition for partition in self._partitions if starts[partition.partition] < ends[partition.partition]}
        self._client.pause(*(set(self._partitions) - waiting))
        try:
            while waiting:
                with kafka_errors():
                    found = await self._client.getmany(timeout_ms=POLL_MS, max_records=max_records)
                batch = [
                    Record(one.topic, one.partition, one.offset, one.key, one.value, one.timestamp, one.headers)
                    for records in found.values()
                    for one in records
                    if one.offset < ends[one.partition]
                ]
                # By position, not by record: the last offset of a partition may be a gap.
                for partition in tuple(waiting):
                    if await bounded(ASK_SECONDS, partial(self._client.position, partition)) >= ends[partition.partition]:
                        waiting.discard(partition)
                        self._client.pause(partition)
                if batch:
                    yield batch
        finally:
            self._client.resume(*self._partitions)
