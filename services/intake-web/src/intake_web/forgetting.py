"""Redactions reach the photos: what an announcement says must go is deleted from the attachment store.

The tracker clears its own documents; files belong to whoever stored them. Deleting twice changes nothing, so the usual loop will do.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from shared.announcements import announcements_in
from shared.kafka.ports import Handled
from shared.kafka.records import Record
from shared.observability.logs import logger

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
