from collections.abc import AsyncIterator

import httpx
import pytest

from support.fake_portal import BASE_URL, PortalForTests, make_portal


@pytest.fixture
def portal() -> PortalForTests:
    return make_portal()


@pytest.fixture
async def browser(portal: PortalForTests) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript: it follows nothing by itself and keeps cookies."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(portal.app), base_url=BASE_URL) as client:
        yield client
