"""Where records go that a group can never handle: the group's dead letter topic, with the reason in headers.

Headers name classes, field paths and positions, never data. The record itself goes along unchanged; one that is too large even for
that is put aside by reference (topic, partition, offset, SHA-256), and stays in its own topic as long as that is kept.
"""

import hashlib
import json
from typing import Final

from shared.errors import PoisonError
from shared.kafka.ports import Publisher
from shared.kafka.records import Headers, Outgoing, Record
from shared.kafka.topics import DEAD_LETTER_MAX_BYTES, DEAD_LETTER_PREFIX, dead_letter_topic

MAX_DETAIL_CHARACTERS: Final = 500


class KafkaDeadLetters:
    """``DeadLetters`` of one consumer group."""

    def __init__(self, publisher: Publisher, group: str) -> None:
        self._publisher = publisher
        self._group = group

    async def put(self, record: Record, error: BaseException, *, attempts: int) -> None:
        """As ``DeadLetters.put``."""
        await self._publisher.publish((dead_letter(record, error, self._group, attempts=attempts),))


def dead_letter(record: Record, error: BaseException, group: str, *, attempts: int) -> Outgoing:
    """The record as it lies among the dead letters. Pure."""
    reason = _reason_headers(record, error, group, attempts)
    key, value, headers = record.key or b"", record.value or b"", (*record.headers, *reason)
    if _size(key, value, headers) > DEAD_LETTER_MAX_BYTES:
        key, value, headers = b"", _reference(record), (*reason, (f"{DEAD_LETTER_PREFIX}by-reference", b"true"))
    return Outgoing(dead_letter_topic(record.topic, group), key, value, headers, partition=record.partition)


def _reason_headers(record: Record, error: BaseException, group: str, attempts: int) -> Headers:
    reason, detail = (error.reason, error.detail) if isinstance(error, PoisonError) else ("bug", type(error).__qualname__)
    named = {
        "reason": reason,
        "detail": detail[:MAX_DETAIL_CHARACTERS],
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp-ms": str(record.timestamp_ms),
        "group": group,
        "attempts": str(attempts),
        "had-key": str(record.key is not None).lower(),
        "had-value": str(record.value is not None).lower(),
    }
    return tuple((DEAD_LETTER_PREFIX + name, value.encode()) for name, value in named.items())


def _size(key: bytes, value: bytes, headers: Headers) -> int:
    return len(key) + len(value) + sum(len(name) + len(content or b"") for name, content in headers)


def _reference(record: Record) -> bytes:
    value = record.value or b""
    where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    return json.dumps({**where, "sha256": hashlib.sha256(value).hexdigest(), "size_bytes": len(value)}).encode()
