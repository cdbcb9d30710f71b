"""A system that a test may break: whatever it killed or froze runs again before the next one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.system import System


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(240))  # the first one starts the system; a busy machine takes its time


@pytest.fixture
async def shaken(system: System) -> AsyncIterator[System]:
    """The running system."""
    if system.stack.kafka is None or not system.stack.kafka.is_apache:
        pytest.skip("only Apache Kafka keeps what it acknowledged; noida-db stands in for it")
    yield system
    await system.restore()
