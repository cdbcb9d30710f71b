"""``cary311 lag``: how far behind each consumer group is, in records and in seconds."""

import asyncio
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from shared.kafka.records import Record
from shared.kafka.topics import TOPICS, Topic
from shared.settings import KafkaSettings, load


@dataclass(frozen=True, slots=True)
class Lag:
    """Where one group stands in one topic."""

    group: str
    topic: str
    records: int
    """Not handled yet."""
    seconds: float
    """Age of the oldest of them; 0 where there are none."""
    has_committed: bool
    """False: it never handled anything."""
    is_active: bool
    """Whether it has a member."""


def lag(*, as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False) -> None:
    """Say how far behind each consumer group is, in records and in seconds."""
    settings = load(KafkaSettings)
    found = asyncio.run(lags(settings, datetime.now(UTC)))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        state = "" if one.is_active else "  nobody is at work" if one.has_committed else "  it was never at work"
        typer.echo(f"{one.group:16} {one.topic:24} {one.records:>9} records {one.seconds:>10.1f} s{state}")


async def lags(settings: KafkaSettings, now: datetime) -> list[Lag]:
    """Of every group of the registry.

    Raises:
        TransientError: Kafka is away.
    """
    return [await _lag(settings, topic, group, now) for topic in TOPICS for group in topic.consumers]


async def _lag(settings: KafkaSettings, topic: Topic, group: str, now: datetime) -> Lag:
    from shared.kafka.broker import KafkaGroup, KafkaLog  # noqa: PLC0415 - the Kafka client is loaded for this command only

    async with KafkaGroup(settings, group, topic.name) as watched, KafkaLog(settings, topic.name) as log:
        committed = await watched.committed()  # first: what is appended meanwhile only adds
        begins, ends = await log.beginning_offsets(), await log.end_offsets()
        starts = {partition: max(committed.get(partition, 0), begins[partition]) for partition in ends}
        behind = {partition for partition in ends if starts[partition] < ends[partition]}
        oldest: Record | None = None
        async for batch in log.read(starts):
            for record in batch:
                if record.partition in behind:
                    behind.discard(record.partition)  # within a partition the first is the oldest
                    oldest = record if oldest is None or record.timestamp_ms < oldest.timestamp_ms else oldest
            if not behind:
                break
        return Lag(
            group,
            topic.name,
            sum(ends.values()) - sum(starts.values()),
            max(now.timestamp() - oldest.timestamp_ms / 1000, 0.0) if oldest else 0.0,
            bool(committed),
            await watched.is_active(),
        )
