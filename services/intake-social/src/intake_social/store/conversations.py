"""Which request the author of a post goes on with in their conversation, and which conversations are still looked into."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel

from intake_social.posts import Conversation
from intake_social.store.connection import Connection
from shared.mongodb import Document, Indexes

CONVERSATIONS: Final = "conversations"
AT_ONCE: Final = 200
"""Some 25 requests to X."""
INDEXES: Final[Indexes] = {
    CONVERSATIONS: (
        IndexModel([("service_request_id", ASCENDING)], name="request"),
        IndexModel([("is_open", ASCENDING), ("noted_at", DESCENDING)], name="open_newest"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    )
}


class Conversations:
    """The collection ``conversations``. Every method raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, requests: Sequence[tuple[Conversation, str]], now: datetime, expires_at: datetime) -> None:
        """These requests were made of posts in these conversations: the first of an author in a conversation stays."""
        documents = [
            {
                "_id": _key(conversation),
                "conversation_id": conversation.id,
                "author_id": conversation.author_id,
                "service_request_id": number,
                "is_open": True,
                "noted_at": now,
                "expires_at": expires_at,
            }
            for conversation, number in requests
        ]
        await self._connection.insert_new(CONVERSATIONS, documents)

    async def requests_of(self, conversations: Collection[Conversation]) -> dict[Conversation, str]:
        """The number of the request, of those that have one."""
        wanted = {_key(conversation): conversation for conversation in conversations}
        if not wanted:
            return {}
        async with self._connection.limited():
            cursor = self._connection.collection(CONVERSATIONS).find({"_id": {"$in": list(wanted)}})
            return {wanted[document["_id"]]: document["service_request_id"] async for document in cursor}

    async def open_ones(self) -> list[Conversation]:
        """Those of open requests, the newest first, as many as are looked into at a time."""
        async with self._connection.limited():
            cursor = self._connection.collection(CONVERSATIONS).find({"is_open": True}).sort("noted_at", DESCENDING)
            cursor = cursor.limit(AT_ONCE)
            return [Conversation(document["conversation_id"], document["author_id"]) async for document in cursor]

    async def closed(self, numbers: Sequence[str]) -> None:
        """These requests are closed."""
        await self._set(numbers, is_open=False)

    async def opened(self, numbers: Sequence[str]) -> None:
        """These requests are open."""
        await self._set(numbers, is_open=True)

    async def _set(self, numbers: Sequence[str], *, is_open: bool) -> None:
        if numbers:
            async with self._connection.limited():
                await self._connection.collection(CONVERSATIONS).update_many(_of(numbers), {"$set": {"is_open": is_open}})

    async def forget(self, numbers: Sequence[str]) -> None:
        """Delete those of these requests: they say who wrote."""
        async with self._connection.limited():
            await self._connection.collection(CONVERSATIONS).delete_many(_of(numbers))


def _of(numbers: Sequence[str]) -> Document:
    return {"service_request_id": {"$in": list(numbers)}}


def _key(conversation: Conversation) -> str:
    return f"{conversation.id}:{conversation.author_id}"
