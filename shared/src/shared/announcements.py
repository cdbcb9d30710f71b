"""Following the announcements, for those who answer or forget: one loop, and one way of telling what cannot be read."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared.contracts import ServiceRequestUpdated, decode_update
from shared.errors import TransientError
from shared.kafka.broker import KafkaDeadLetters, KafkaRecordSource
from shared.kafka.consumer import ConsumerLoop
from shared.kafka.ports import Failure, Handler, Publisher, RecordSource
from shared.kafka.records import Record
from shared.kafka.topics import REQUEST_UPDATED
from shared.lifecycle import Closers
from shared.settings import KafkaSettings
from shared.waiting import until_available


class Membership(RecordSource, Protocol):
    """A place in a consumer group, to be given up."""

    async def close(self) -> None:
        """Leave the group."""


Join = Callable[[], Awaitable[Membership]]
"""Becomes a member of a consumer group; raises TransientError."""


def joins(settings: KafkaSettings, group: str) -> Join:
    """How ``group`` begins to read the announcements."""
    return lambda: KafkaRecordSource.start(settings, topics=(REQUEST_UPDATED.name,), group=group, client_id=group)


class Following:
    """The work of one consumer group on the announcements."""

    def __init__(self, join: Join, publisher: Publisher, group: str) -> None:
        self._join = join
        self._publisher = publisher
        self._group = group
        self._loop: ConsumerLoop | None = None

    async def run(self, handler: Handler, stop: asyncio.Event) -> None:
        """Hand them to ``handler`` until ``stop``; Kafka may be away at the start.

        Raises:
            Exception: more bugs than the loop's limit, or a dead letter that could not be written.
        """
        async with Closers() as closers:
            source = await until_available(stop, self._join)
            if source is None:
                return
            closers.add(self._group, source.close)
            dead_letters = KafkaDeadLetters(self._publisher, self._group)
            self._loop = ConsumerLoop(source, handler, self._publisher, dead_letters, group=self._group)
            await self._loop.run(stop)

    def complaint(self, what: str) -> str | None:
        """What an operator should know of ``what`` is done with them."""
        if self._loop is None:
            return f"{what} wait for Kafka or MongoDB"
        return None if self._loop.is_ready() else f"{what} are held: a dependency is away"


def announcements_in(records: Sequence[Record]) -> tuple[list[ServiceRequestUpdated], list[Failure]]:
    """The announcements, and the records that are none; behind one that is newer than this program, nothing of its partition."""
    updates: list[ServiceRequestUpdated] = []
    failures: list[Failure] = []
    held: set[int] = set()
    for record in records:
        if record.partition in held:
            continue
        try:
            updates.append(decode_update(record.value))
        except TransientError as error:
            held.add(record.partition)
            failures.append(Failure(record, error))
        except Exception as error:  # noqa: BLE001 - the loop sorts and counts it
            failures.append(Failure(record, error))
    return updates, failures
