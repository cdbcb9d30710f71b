"""The portal on a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn

from support.fake_portal import PortalForTests, make_portal


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.chromium)


@pytest.fixture
def portal() -> PortalForTests:
    """With the real clock: a browser's time passes by itself."""
    return make_portal(clock=lambda: datetime.now(UTC))


@pytest.fixture
async def address(portal: PortalForTests) -> AsyncIterator[str]:
    """Where the portal listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(portal.app, log_level="error", lifespan="off", http="h11", ws="none"))
        # _serve, because serve() would take over the signals of the whole test run.
        serving = asyncio.create_task(server._serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving
