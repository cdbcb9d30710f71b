"""The connection to MongoDB, the names of its collections, and which generation of them is the present one.

A rebuild fills a new generation beside the present one and then turns a pointer; both roles look at the pointer now and then.
Every call has a time limit: a server that does not answer makes a ``TransientError``, never a hang.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Self

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import ReadPreference, WriteConcern
from pymongo.read_concern import ReadConcern

from shared.mongodb import CODEC_OPTIONS, Document, mongodb_errors, open_client
from shared.settings import MongoSettings

GENERATION_ID: Final = "generation"
FIRST_GENERATION: Final = 1


@dataclass(frozen=True, slots=True)
class Names:
    """The collections of one generation."""

    generation: int

    @property
    def requests(self) -> str:
        """One document per request."""
        return f"requests_g{self.generation}"

    @property
    def history(self) -> str:
        """Old entries of long histories."""
        return f"history_g{self.generation}"

    @property
    def orphans(self) -> str:
        """Events that changed no request."""
        return f"orphans_g{self.generation}"

    @property
    def outcomes(self) -> str:
        """What callers wait for; short-lived."""
        return f"outcomes_g{self.generation}"

    @property
    def positions(self) -> str:
        """How far in the log this generation is, by partition."""
        return f"positions_g{self.generation}"

    @property
    def all(self) -> tuple[str, ...]:
        """Every collection of the generation."""
        return (self.requests, self.history, self.orphans, self.outcomes, self.positions)


class Connection:
    """The tracker's database.

    ``seconds`` is how long one call may take. The driver's own limits begin only when one of its threads is free, so ``limited``
    bounds the whole.
    """

    REDACTIONS: Final = "redactions"
    META: Final = "meta"

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

        ``patience``: how many times as long as a look-up a call may take: a batch of writes needs more, or a slow server would
        never get through it.
        """
        seconds = settings.mongodb_timeout_seconds * patience
        return cls(open_client(settings, "cary311-tracker", answer_seconds=seconds), database, seconds)

    def collection(self, name: str) -> Any:  # noqa: ANN401 - motor's collections are made at run time
        """A collection of the tracker's database."""
        return self.database[name]

    @property
    def meta(self) -> Any:  # noqa: ANN401 - as above
        """Single documents: the pointer, the pause."""
        return self.database[self.META]

    def limited(self, calls: int = 1) -> AbstractAsyncContextManager[None]:
        """Around at most so many calls one after the other: they end in time, and the driver's failures are ours.

        Raises:
            TransientError: MongoDB is away or too slow.
        """
        return mongodb_errors(self._seconds * calls)

    async def ping(self) -> None:
        """Returns when the server answers.

        Raises:
            TransientError: it does not.
        """
        async with self.limited():
            await self.database.command("ping")

    async def names(self) -> Names:
        """The collections of the present generation.

        Raises:
            TransientError: MongoDB is away.
        """
        async with self.limited():
            pointer = await self.meta.find_one({"_id": GENERATION_ID})
        return Names(pointer["current"] if pointer else FIRST_GENERATION)

    async def close(self) -> None:
        """Close the sockets."""
        self._client.close()
