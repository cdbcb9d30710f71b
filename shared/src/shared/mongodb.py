"""How this project talks to MongoDB: one set of client options, and the driver's failures sorted by who must act."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, ClassVar, Final, Self

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, DatetimeConversion
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import IndexModel, ReadPreference, WriteConcern
from pymongo.errors import BulkWriteError, ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError, WTimeoutError
from pymongo.read_concern import ReadConcern

from shared.deadlines import within
from shared.errors import TransientError
from shared.settings import MongoSettings

Document = dict[str, Any]
Indexes = Mapping[str, Sequence[IndexModel]]
"""The indexes of collections, by the collection's name."""
_DUPLICATE_KEY: Final = frozenset({11000})

CODEC_OPTIONS: Final[CodecOptions[Document]] = CodecOptions(
    tz_aware=True, uuid_representation=UuidRepresentation.STANDARD, datetime_conversion=DatetimeConversion.DATETIME
)
_TEMPORARY_CODES: Final = frozenset({6, 7, 24, 50, 64, 89, 91, 112, 189, 202, 262, 317, 9001, 10107, 11600, 11602, 13388, 13435, 13436})
"""Codes of a server that is away, moves or is overloaded (MongoDB's error codes): host unreachable, time limits, not primary,
shutdown, write conflict."""


def open_client(settings: MongoSettings, appname: str, *, answer_seconds: float | None = None) -> "AsyncIOMotorClient[Document]":
    """A client; nothing is sent yet, so that a database that is away does not keep a process from starting.

    ``answer_seconds``: how long a server that is there may take for an answer, where a call may take longer than a look-up.
    """
    milliseconds = round(settings.mongodb_timeout_seconds * 1000)
    answer_milliseconds = milliseconds if answer_seconds is None else round(answer_seconds * 1000)
    return AsyncIOMotorClient(
        settings.mongodb_uri.get_secret_value(),
        tz_aware=True,
        uuidRepresentation="standard",
        retryWrites=True,
        appname=appname,
        serverSelectionTimeoutMS=milliseconds,
        connectTimeoutMS=milliseconds,
        socketTimeoutMS=answer_milliseconds,
        waitQueueTimeoutMS=milliseconds,
    )


class Connection:
    """A service's database, of which nothing is lost or unread: majority writes, journalled, read from the primary.

    Every call has a limit of time: a server that does not answer makes a ``TransientError``, never a hang. ``seconds`` is how long
    one call may take. Each service derives its own.
    """

    APPNAME: ClassVar[str]
    """As which the server's operators see it."""

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

        ``patience``: how many times as long as a look-up a call may take: a batch needs more, or a slow server would never get
        through it.
        """
        seconds = settings.mongodb_timeout_seconds * patience
        return cls(open_client(settings, cls.APPNAME, answer_seconds=seconds), database, seconds)

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
        async with self.limited():
            return await insert_new(self.collection(name), documents)

    async def close(self) -> None:
        """Close the sockets."""
        self._client.close()


@asynccontextmanager
async def mongodb_errors(seconds: float | None = None) -> AsyncIterator[None]:
    """What a later try may heal becomes ``TransientError("mongodb")``; a wrong command stays what it is: a bug.

    ``seconds`` bounds the whole: the driver's own limits begin only when one of motor's threads is free.
    """
    try:
        with nullcontext() if seconds is None else within(seconds):
            yield
    except TimeoutError as error:
        raise TransientError("mongodb", "timeout") from error
    except (ConnectionFailure, ExecutionTimeout, WTimeoutError) as error:
        raise TransientError("mongodb", type(error).__name__) from error
    except BulkWriteError as error:
        codes, concerns = bulk_codes(error)
        if concerns or codes & _TEMPORARY_CODES:
            raise TransientError("mongodb", f"codes {sorted(codes | concerns)}") from error
        raise
    except OperationFailure as error:
        if error.code in _TEMPORARY_CODES or error.has_error_label("RetryableWriteError"):
            raise TransientError("mongodb", f"code {error.code}") from error
        raise
    except PyMongoError as error:
        if error.timeout:
            raise TransientError("mongodb", type(error).__name__) from error
        raise


async def insert_new(collection: Any, documents: Sequence[Document]) -> frozenset[str]:  # noqa: ANN401 - motor's are made at run time
    """Insert those that no unique index has yet, in one call; the ``_id`` of the others, which stay as they are: first wins.

    Raises what the driver raises: see ``mongodb_errors``.
    """
    if not documents:
        return frozenset()
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        codes, concerns = bulk_codes(error)
        if concerns or codes != _DUPLICATE_KEY:
            raise
        return frozenset(documents[part["index"]]["_id"] for part in (error.details or {})["writeErrors"])
    return frozenset()


def bulk_codes(error: BulkWriteError) -> tuple[frozenset[int], frozenset[int]]:
    """The codes of the writes that failed, and those of write concerns that were not reached: what was written may be undone."""
    details = error.details or {}
    codes, concerns = ((int(part.get("code") or 0) for part in details.get(name, ())) for name in ("writeErrors", "writeConcernErrors"))
    return frozenset(codes), frozenset(concerns)
