"""Where the taking of a mailbox began: a first start on a full mailbox leaves what was there before to those who know it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from intake_email.store.connection import Connection

BEGINNINGS: Final = "beginnings"


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first mail that is ours."""

    started_at: datetime
    """Of the first start."""
    uid_validity: int
    """UIDs are compared within one validity only (RFC 3501, section 2.3.1.1)."""
    first_uid: int
    """Mails with smaller ones were there before."""


class Beginnings:
    """The collection ``beginnings``. Every method raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, mailbox: str) -> Beginning | None:
        """Of a mailbox; None before its first start."""
        async with self._connection.limited():
            document = await self._connection.collection(BEGINNINGS).find_one({"_id": mailbox})
        return Beginning(document["started_at"], document["uid_validity"], document["first_uid"]) if document else None

    async def put(self, mailbox: str, beginning: Beginning) -> None:
        """Note it, in the place of what was noted under another validity."""
        async with self._connection.limited():
            await self._connection.collection(BEGINNINGS).replace_one(
                {"_id": mailbox},
                {"started_at": beginning.started_at, "uid_validity": beginning.uid_validity, "first_uid": beginning.first_uid},
                upsert=True,
            )
