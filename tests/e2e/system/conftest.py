"""The portal of the running system."""

from pathlib import Path

import pytest

from support.system import System


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(240))  # the first one starts the system; a busy machine takes its time


@pytest.fixture
def address(system: System) -> str:
    """Where the portal listens."""
    return system.portal
