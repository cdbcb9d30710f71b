"""The tracker's database in tests: one of its own for each test, looked at whole, and one that dies at a call that the test names."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

from shared.errors import TransientError
from shared.kafka.ports import Handled
from shared.kafka.records import Outgoing, Record
from shared.settings import MongoSettings
from support.fake_requests import LATER, FakeProjectionStore, decoded
from support.servers import unique
from tracker.projecting import Projection, ProjectionStore
from tracker.store import generations
from tracker.store.connection import Connection, Names
from tracker.store.writer import MongoProjectionStore, encode

Contents = Mapping[str, Mapping[str, Any]]
FIRST = Names(1)
OUTCOME_HOURS = 24.0
EXPIRES = LATER + timedelta(hours=OUTCOME_HOURS)


class FragileConnection(Connection):
    """Dies once: before the call of this number."""

    dies_at: int | None = None
    calls: int = 0

    def limited(self, calls: int = 1) -> AbstractAsyncContextManager[None]:
        self.calls += 1
        if self.calls == self.dies_at:
            raise TransientError("mongodb", "died")
        return super().limited(calls)


@asynccontextmanager
async def own_database(settings: MongoSettings) -> AsyncIterator[FragileConnection]:
    """A connection to a database that nobody else has."""
    database = unique("tracker")
    connection = FragileConnection.open(settings, database, patience=5)
    try:
        yield connection
    finally:
        await connection._client.drop_database(database)
        await connection.close()


def store(connection: Connection, names: Names = FIRST, *, outcome_hours: float | None = OUTCOME_HOURS) -> MongoProjectionStore:
    """The store of a generation, at ``LATER``."""
    return MongoProjectionStore(connection, names, lambda: LATER, outcome_hours=outcome_hours)


def projection(where: ProjectionStore) -> Projection:
    """The handler on a store."""
    return Projection(where, encode, lambda: LATER, metrics=None)


async def project(where: ProjectionStore, records: Sequence[Record], *cuts: int) -> list[Outgoing]:
    """Project the records in batches of these lengths (the last one repeated); each again until it is settled."""
    published: list[Outgoing] = []
    start, lengths = 0, list(cuts or (500,))
    while start < len(records):
        length = lengths.pop(0) if len(lengths) > 1 else lengths[0]
        published += (await settled(where, records[start : start + length])).outgoing
        start += length
    return published


async def settled(where: ProjectionStore, batch: Sequence[Record]) -> Handled:
    """What came of a batch that came again until it was settled."""
    for _ in range(50):
        try:
            return await projection(where)(batch)
        except TransientError:
            continue
    raise AssertionError("the batch is never settled")


async def contents(connection: Connection, names: Names = FIRST) -> Contents:
    """Everything that a generation and the ledger hold, by collection and id."""
    collections = {name: getattr(names, name) for name in generations.COPIED} | {"redactions": Connection.REDACTIONS}
    return {
        name: {document["_id"]: document async for document in generations.each(connection, collection)}
        for name, collection in collections.items()
    }


def expected(fake: FakeProjectionStore) -> Contents:
    """The same of the store in memory."""
    return {
        name: {key: decoded(raw) for key, raw in getattr(fake, name).items()} for name in ("requests", "history", "orphans", "redactions")
    }
