"""A tracker's database of its own for each test, on the session's MongoDB."""

from collections.abc import AsyncIterator

import pytest

from shared.settings import MongoSettings
from support.fake_requests import record
from support.logs import creation
from support.tracker_store import FIRST, FragileConnection, own_database, project, store
from tracker.store.indexes import prepare


@pytest.fixture
async def bare(mongo_settings: MongoSettings) -> AsyncIterator[FragileConnection]:
    """An empty database, without indexes."""
    async with own_database(mongo_settings) as connection:
        yield connection


@pytest.fixture
async def connection(bare: FragileConnection) -> FragileConnection:
    """A database whose first generation is prepared."""
    await prepare(bare, FIRST)
    return bare


@pytest.fixture(scope="module")
async def shared_store(mongo_settings: MongoSettings) -> AsyncIterator[FragileConnection]:
    """A prepared database with some requests, for tests that only read."""
    async with own_database(mongo_settings) as connection:
        await prepare(connection, FIRST)
        await project(store(connection), [record(creation(f"n{number}"), number) for number in range(40)])
        yield connection
