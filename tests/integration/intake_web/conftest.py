from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.intake_site import Listening, listening
from support.intake_web import World, intake_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with intake_world(tmp_path) as made:
        yield made


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Listening]:
    async with listening(tmp_path) as made:
        yield made
