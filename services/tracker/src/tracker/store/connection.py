"""The connection to MongoDB, the names of its collections, and which generation of them is the present one.

A rebuild fills a new generation beside the present one and then turns a pointer; both roles look at the pointer now and then.
Every call has a time limit: a server that does not answer makes a ``TransientError``, never a hang.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

from bson.codec_options import CodecOptions, DatetimeConversion
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import ConnectionFailure, ExecutionTimeout, NetworkTimeout, OperationFailure, PyMongoError, WTimeoutError
from pymongo.read_concern import ReadConcern

from shared.errors import TransientError
from shared.settings import MongoSettings

GENERATION_ID: Final = "generation"
FIRST_GENERATION: Final = 1
CODEC_OPTIONS: Final[CodecOptions[dict[str, Any]]] = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME)
_TEMPORARY_CODES: Final = frozenset({6, 7, 24, 50, 64, 89, 91, 112, 189, 202, 262, 317, 9001, 10107, 11600, 11602, 13388, 13435, 13436})
"""Codes of a server that is away, moves or is overloaded: host unreachable, time limits, not primary, shutdown, write conflict."""

Collection = AsyncIOMotorCollection


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
    """The tracker's database."""

    REDACTIONS: Final = "redactions"
    META: Final = "meta"

    def __init__(self, client: "AsyncIOMotorClient[dict[str, Any]]", database: str) -> None:
        self._client = client
        self.database: AsyncIOMotorDatabase[dict[str, Any]] = client.get_database(
            database,
            codec_options=CODEC_OPTIONS,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )

    @classmethod
    def open(cls, settings: MongoSettings, database: str) -> Self:
        """A client; nothing is sent yet, so that a database that is away does not keep a process from starting."""
        milliseconds = round(settings.mongodb_timeout_seconds * 1000)
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            settings.mongodb_uri.get_secret_value(),
            tz_aware=True,
            uuidRepresentation="standard",
            retryWrites=True,
            appname="cary311-tracker",
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            socketTimeoutMS=milliseconds,
            waitQueueTimeoutMS=milliseconds,
        )
        return cls(client, database)

    def collection(self, name: str) -> Any:  # noqa: ANN401 - motor's collections are made at run time
        """A collection of the tracker's database."""
        return self.database[name]

    @property
    def meta(self) -> Any:  # noqa: ANN401 - as above
        """Single documents: the pointer, the pause."""
        return self.database[self.META]

    async def ping(self) -> None:
        """Returns when the server answers.

        Raises:
            TransientError: it does not.
        """
        async with mongodb_errors():
            await self.database.command("ping")

    async def names(self) -> Names:
        """The collections of the present generation.

        Raises:
            TransientError: MongoDB is away.
        """
        async with mongodb_errors():
            pointer = await self.meta.find_one({"_id": GENERATION_ID})
        return Names(pointer["current"] if pointer else FIRST_GENERATION)

    async def close(self) -> None:
        """Close the sockets."""
        self._client.close()


@asynccontextmanager
async def mongodb_errors() -> AsyncIterator[None]:
    """The driver's failures as ours: what a later try may heal becomes ``TransientError``, a wrong command stays what it is."""
    try:
        yield
    except (ConnectionFailure, NetworkTimeout, ExecutionTimeout, WTimeoutError) as error:
        raise TransientError("mongodb", type(error).__name__) from error
    except OperationFailure as error:
        if error.code in _TEMPORARY_CODES or error.has_error_label("RetryableWriteError"):
            raise TransientError("mongodb", f"code {error.code}") from error
        raise
    except PyMongoError as error:
        if error.timeout:
            raise TransientError("mongodb", type(error).__name__) from error
        raise
