"""The roles around the settling of posts. The stores and clients play them; tests play them in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from intake_social.posts import Conversation, Photo, Post
from intake_social.store.ledger import Entry, Quarantined
from intake_social.windows import Cursor
from shared.contracts import Attachment


class LedgerStore(Protocol):
    """``store.ledger.Ledger``."""

    async def find(self, ids: Iterable[UUID]) -> dict[UUID, Entry]: ...  # noqa: D102 - the ledger's own
    async def store(self, entries: Sequence[Entry], expires_at: datetime) -> dict[UUID, Entry]: ...  # noqa: D102 - as above
    async def keep_raw(self, raws: Mapping[UUID, bytes], expires_at: datetime) -> None: ...  # noqa: D102 - as above
    async def keep_quarantined(self, items: Sequence[Quarantined], expires_at: datetime) -> None: ...  # noqa: D102 - as above
    async def note_published(self, ids: Sequence[UUID]) -> None: ...  # noqa: D102 - as above


class ConversationStore(Protocol):
    """``store.conversations.Conversations``."""

    async def requests_of(self, conversations: Collection[Conversation]) -> dict[Conversation, str]: ...  # noqa: D102 - the store's own


class CursorStore(Protocol):
    """``store.cursors.Cursors``."""

    async def get(self, name: str) -> Cursor | None: ...  # noqa: D102 - the store's own
    async def put(self, name: str, cursor: Cursor) -> None: ...  # noqa: D102 - as above


class LookUp(Protocol):
    """``SocialSource.look_up``."""

    async def __call__(self, ids: Sequence[str]) -> dict[str, Post]: ...  # noqa: D102 - the source's own


class Photos(Protocol):
    """``photos.PhotoFetching``."""

    async def attach(self, submission_id: UUID, photos: Sequence[Photo]) -> list[Attachment]:
        """Store what can be had of these.

        Raises:
            TransientError: MongoDB is away; storing again stores nothing twice.
        """
