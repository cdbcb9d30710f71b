"""The connection to MongoDB. Every call has a limit of time: a server that does not answer makes a ``TransientError``, never a hang."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Self

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import IndexModel, ReadPreference, WriteConcern
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern

from shared.mongodb import CODEC_OPTIONS, Document, bulk_codes, mongodb_errors, open_client
from shared.settings import MongoSettings

Indexes = Mapping[str, Sequence[IndexModel]]
"""The indexes of collections, by the collection's name."""
_DUPLICATE_KEY: Final = frozenset({11000})


class Connection:
    """intake-email's database."""

    def __init__(self, client: "AsyncIOMotorClient[Document]", database: str, seconds: float) -> None:
        self._client = client
        self._seconds = seconds
        self.database: AsyncIOMotorDatabase[Document] = client.get_database(
            database,
            codec_options=CODEC_OPTIONS,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )

    @classmethod
    def open(cls, settings: MongoSettings, database: str, *, patience: float = 1.0) -> Self:
        """A client; nothing is sent yet, so that a database that is away does not keep a process from starting.

        ``patience``: how many times as long as a look-up a call may take: a batch of mails is megabytes.
        """
        seconds = settings.mongodb_timeout_seconds * patience
        return cls(open_client(settings, "cary311-intake-email", answer_seconds=seconds), database, seconds)

    def collection(self, name: str) -> Any:  # noqa: ANN401 - motor's collections are made at run time
        """A collection of the database."""
        return self.database[name]

    def limited(self, calls: int = 1) -> AbstractAsyncContextManager[None]:
        """Around at most so many calls one after the other: they end in time, and the driver's failures are ours.

        Raises:
            TransientError: MongoDB is away or too slow.
        """
        return mongodb_errors(self._seconds * calls)

    async def prepare(self, indexes: Indexes) -> None:
        """Make the indexes that are missing; doing it again changes nothing.

        Raises:
            TransientError: MongoDB is away.
        """
        for name, models in indexes.items():
            async with self.limited():
                await self.collection(name).create_indexes(list(models))

    async def insert_new(self, name: str, documents: Sequence[Document]) -> frozenset[str]:
        """Insert those whose ``_id`` is not there yet; the others stay as they are: first wins. Which ids were there already.

        Raises:
            TransientError: MongoDB is away; some may have been inserted.
        """
        if not documents:
            return frozenset()
        async with self.limited():
            try:
                await self.collection(name).insert_many(documents, ordered=False)
            except BulkWriteError as error:
                codes, concerns = bulk_codes(error)
                if concerns or codes != _DUPLICATE_KEY:
                    raise
                return frozenset(documents[part["index"]]["_id"] for part in (error.details or {})["writeErrors"])
        return frozenset()

    async def close(self) -> None:
        """Close the sockets."""
        self._client.close()
