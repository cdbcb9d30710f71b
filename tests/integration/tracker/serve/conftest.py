from collections.abc import AsyncIterator

import pytest

from shared.settings import MongoSettings
from support.tracker_site import Site, tracker_site


@pytest.fixture(scope="session")
async def shared_site(mongo_settings: MongoSettings) -> AsyncIterator[Site]:
    """A tracker of the whole session: making its indexes takes longer than most tests."""
    async with tracker_site(mongo_settings) as made:
        yield made


@pytest.fixture
async def site(shared_site: Site) -> Site:
    """A tracker without a request."""
    await shared_site.clear()
    return shared_site


@pytest.fixture
async def own_site(mongo_settings: MongoSettings) -> AsyncIterator[Site]:
    """A tracker of one test, for what cannot be undone."""
    async with tracker_site(mongo_settings) as made:
        yield made
