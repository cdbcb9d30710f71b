"""The roles around the settling of mails. The stores, pools and clients play them; tests play them in memory."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from intake_email.parsing_worker import Reading, Task
from intake_email.store.ledger import Entry
from shared.contracts import Attachment
from shared.kafka.records import Outgoing
from shared.stored_files import NewFile


class Reader(Protocol):
    """``ParsingPool``."""

    async def read(self, tasks: Sequence[Task]) -> list[Reading]: ...  # noqa: D102 - the pool's own


class LedgerStore(Protocol):
    """``store.ledger.Ledger``."""

    async def find(self, ids: Iterable[UUID]) -> dict[UUID, Entry]: ...  # noqa: D102 - the ledger's own
    async def requests_of(self, message_ids: Sequence[str]) -> dict[str, str]: ...  # noqa: D102 - as above
    async def store(self, entries: Sequence[Entry], expires_at: datetime) -> dict[UUID, Entry]: ...  # noqa: D102 - as above
    async def note_published(self, ids: Sequence[UUID], expires_at: datetime) -> None: ...  # noqa: D102 - as above


class RawMailStore(Protocol):
    """``store.raw_mails.RawMails``."""

    async def put(self, mails: Mapping[str, bytes], expires_at: datetime) -> None: ...  # noqa: D102 - the store's own


class FileStore(Protocol):
    """``shared.attachments.AttachmentStore``."""

    async def put_all(self, files: Sequence[NewFile]) -> list[Attachment]: ...  # noqa: D102 - the store's own


OnBounces = Callable[[Sequence[Entry]], Awaitable[Sequence[Outgoing]]]
"""What follows from reports of failed deliveries: records that are published together with them."""


async def no_consequences(_bounces: Sequence[Entry]) -> Sequence[Outgoing]:
    """For a service that sends nothing."""
    return ()
