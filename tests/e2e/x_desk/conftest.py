"""The page of the stand-in for X on a real port."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.x_stand_in import RunningX, x_stand_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.chromium)


@pytest.fixture
async def x(tmp_path: Path) -> AsyncIterator[RunningX]:
    """Empty but for two accounts."""
    async with x_stand_in(tmp_path / "x") as running:
        yield running


@pytest.fixture
def address(x: RunningX) -> str:
    """Where the page is."""
    return x.base
