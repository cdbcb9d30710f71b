"""FastStream doing the normalizer's job, one message after the other: what a team would write first."""

import asyncio
from collections.abc import Mapping
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaResponse

from bench.stopwatch import Stopwatch
from normalizer.app import load_rules
from normalizer.pipeline.normalize import normalize
from normalizer.settings import RulesSettings
from shared.contracts import SubmissionReceived
from shared.kafka.topics import REQUEST_EVENTS, partition_for
from shared.settings import KafkaSettings, load
from support.servers import unique


def _partition(key: bytes, partitions: list[int], _available: list[int]) -> int:
    return partitions[partition_for(key, len(partitions))]


async def faststream(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """At least once, in order: decode, normalize, publish acknowledged by all, commit; then the next.

    The topic has one record more than ``items``: the clock stops when that one begins.
    """
    settings, rules = load(KafkaSettings), load_rules(load(RulesSettings))
    broker = KafkaBroker(
        settings.kafka_bootstrap_servers, acks="all", enable_idempotence=True, partitioner=_partition, logger=None, graceful_timeout=10
    )
    watch, is_done, seen = Stopwatch(), asyncio.Event(), 0

    @broker.subscriber(spec["topic"], group_id=unique("bench"), auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR)
    @broker.publisher(REQUEST_EVENTS.name)
    async def handle(submission: SubmissionReceived, message: KafkaMessage) -> KafkaResponse:
        nonlocal seen
        if seen == 0:
            watch.start()
        if seen == spec["items"]:
            watch.stop()
            is_done.set()
        seen += 1
        event = normalize(submission, rules)
        trace = message.headers["traceparent"]
        return KafkaResponse(event.encode(), key=event.key.encode(), headers={"traceparent": trace})

    await broker.start()
    await is_done.wait()
    await asyncio.sleep(0.5)  # the last one is published and committed too
    await broker.stop()
    return watch.figure(spec["items"])
