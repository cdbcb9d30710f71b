"""Records that no consumer can read, of every kind, written past our own producer, which would refuse most of them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer

from shared.kafka.topics import partition_for
from support.system import System

LARGE_BYTES: Final = 5 * 1024 * 1024
MAX_REQUEST_BYTES: Final = 8 * 1024 * 1024
DEPTH: Final = 100_000
NO_MESSAGE, INVALID = "not_a_message", "invalid_message"

Headers = list[tuple[str, bytes | None]]


class Poison(NamedTuple):
    """A value, and the reason that its dead letter must carry."""

    value: bytes | None
    reason: str
    is_by_reference: bool = False
    """Too large even for a dead letter."""


def poison(message: Mapping[str, Any]) -> dict[str, Poison]:
    """Every kind of it, made of a message that would be right."""

    def changed(**changes: Any) -> bytes:  # noqa: ANN401 - anything that JSON has
        return json.dumps({**message, **changes}).encode()

    return {
        "bad JSON": Poison(b'{"kind": "SubmissionReceived", ', NO_MESSAGE),
        "not an object": Poison(b'["SubmissionReceived", 1]', NO_MESSAGE),
        "empty": Poison(b"", NO_MESSAGE),
        "null": Poison(None, NO_MESSAGE),
        "invalid UTF-8": Poison(b'{"kind": "\xff\xfe"}', NO_MESSAGE),
        "deep nesting": Poison(b"[" * DEPTH + b"]" * DEPTH, NO_MESSAGE),
        "deep nesting inside": Poison(
            b'{"kind": "SubmissionReceived", "text": ' + b'{"a":' * DEPTH + b"1" + b"}" * (DEPTH + 1), NO_MESSAGE
        ),
        "older version": Poison(changed(schema_version=0), INVALID),
        "wrong version": Poison(changed(schema_version="one"), NO_MESSAGE),
        "unknown kind": Poison(changed(kind="no such kind"), INVALID),
        "no fields": Poison(json.dumps({"kind": message["kind"], "schema_version": 1}).encode(), INVALID),
        "wrong types": Poison(changed(service_request_id=["7KQ4"], event_id=7, submission_id=True), INVALID),
        "large": Poison(changed(text="a" * LARGE_BYTES), INVALID, is_by_reference=True),
    }


@asynccontextmanager
async def careless_producer(system: System) -> AsyncIterator[AIOKafkaProducer]:
    """One that sends anything, compressed: what is small on the wire may be large behind it."""
    producer = AIOKafkaProducer(
        bootstrap_servers=system.kafka_settings.kafka_bootstrap_servers, compression_type="zstd", max_request_size=MAX_REQUEST_BYTES
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def plant(producer: AIOKafkaProducer, topic: str, key: bytes, value: bytes | None, headers: Headers | None = None) -> tuple[int, int]:
    """Write a record where its key belongs; its partition and offset."""
    partitions = len(await producer.partitions_for(topic))
    written = await producer.send_and_wait(topic, value, key, partition=partition_for(key, partitions), headers=headers or [])
    return written.partition, written.offset
