from collections.abc import AsyncIterator

import pytest

from shared.settings import MongoSettings
from support.tracker_site import Site, tracker_site


@pytest.fixture
async def site(mongo_settings: MongoSettings) -> AsyncIterator[Site]:
    """A tracker without a request."""
    async with tracker_site(mongo_settings) as made:
        yield made
