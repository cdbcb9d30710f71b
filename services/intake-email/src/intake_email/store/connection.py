"""The connection to MongoDB: makes its indexes, and inserts what is not there yet."""

from collections.abc import Mapping, Sequence
from typing import Final

from pymongo import IndexModel
from pymongo.errors import BulkWriteError

from shared import mongodb
from shared.mongodb import Document, bulk_codes

Indexes = Mapping[str, Sequence[IndexModel]]
"""The indexes of collections, by the collection's name."""
_DUPLICATE_KEY: Final = frozenset({11000})


class Connection(mongodb.Connection):
    """intake-email's database."""

    APPNAME = "cary311-intake-email"

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
