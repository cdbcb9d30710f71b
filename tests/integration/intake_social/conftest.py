"""A scripted X for each test."""

from collections.abc import AsyncIterator

import pytest

from support.x_scripted import ScriptedX, scripted_x


@pytest.fixture
async def server() -> AsyncIterator[ScriptedX]:
    """It answers what a test gives it."""
    async with scripted_x() as made:
        yield made
