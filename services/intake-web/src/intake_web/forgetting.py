"""Redactions reach the photos: what an announcement says must go is deleted from the attachment store.

The tracker clears its own documents; files belong to whoever stored them. Deleting twice changes nothing, so the usual loop will do.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from shared.announcements import announcements_in
from shared.kafka.broker import KafkaDeadLetters, KafkaRecordSource
from shared.kafka.consumer import ConsumerLoop
from shared.kafka.ports import Handled, Publisher
from shared.kafka.records import Record
from shared.kafka.topics import INTAKE_WEB_GROUP, REQUEST_UPDATED
from shared.lifecycle import Closers
from shared.observability.logs import logger
from shared.settings import KafkaSettings
from shared.waiting import until_available

_log = logger(__name__)


class Files(Protocol):
    """Where photos are kept."""

    async def delete(self, file_ids: Iterable[str]) -> None:
        """Remove these; one that is not there changes nothing. Raises TransientError."""


class Forgetting:
    """The handler of the group ``intake-web``."""

    def __init__(self, files: Files) -> None:
        self._files = files

    async def __call__(self, records: Sequence[Record]) -> Handled:
        """Delete what the announcements of a batch name.

        Raises:
            TransientError: MongoDB is away; the same batch comes again.
        """
        updates, failures = announcements_in(records)
        gone = [file_id for update in updates for scope in update.redacted for file_id in scope.file_ids]
        if gone:
            await self._files.delete(gone)
            _log.info("files_redacted", files=len(gone))
        return Handled((), failures)


async def forget(settings: KafkaSettings, files: Files, publisher: Publisher, stop: asyncio.Event) -> None:
    """Obey redactions until ``stop``; Kafka may be away at the start.

    Raises:
        Exception: more bugs than the loop's limit, or a dead letter that could not be written.
    """
    async with Closers() as closers:
        source = await until_available(
            stop,
            lambda: KafkaRecordSource.start(settings, topics=(REQUEST_UPDATED.name,), group=INTAKE_WEB_GROUP, client_id=INTAKE_WEB_GROUP),
        )
        if source is None:
            return
        closers.add("source", source.close)
        dead_letters = KafkaDeadLetters(publisher, INTAKE_WEB_GROUP)
        await ConsumerLoop(source, Forgetting(files), publisher, dead_letters, group=INTAKE_WEB_GROUP).run(stop)
