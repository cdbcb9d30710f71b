"""A stand-in for X for each test, and a plain HTTP client signed in as the app."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from support.x_stand_in import KEYS, RunningX, plain_client, x_stand_in


@pytest.fixture
async def x(tmp_path: Path) -> AsyncIterator[RunningX]:
    """Empty but for two accounts."""
    async with x_stand_in(tmp_path / "x") as running:
        yield running


@pytest.fixture
async def client(x: RunningX) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in as the app."""
    async with plain_client(x.base, headers={"Authorization": f"Bearer {KEYS.bearer_token}"}) as made:
        yield made
