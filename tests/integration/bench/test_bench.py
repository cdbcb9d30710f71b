"""``make bench`` runs: each benchmark, in its real processes, with a handful of items. Nothing here looks at the clock."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bench.__main__ import BENCHMARKS, table
from bench.place import NoApacheKafkaError, Place, Plan, a_place
from bench.rounds import Say

ITEMS = 8


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """Engines of their own: what the benchmarks leave in the topics is for nobody else."""
    said: list[str] = []
    say: Say = said.append
    async with AsyncExitStack() as opened:
        try:
            found = await opened.enter_async_context(a_place(tmp_path_factory.mktemp("bench"), Plan(rounds=0, items=ITEMS), say))
        except NoApacheKafkaError as error:
            pytest.skip(str(error))
        yield found


@pytest.mark.parametrize("name", list(BENCHMARKS))
async def test_a_benchmark_counts_what_it_measured_and_gives_its_rows(place: Place, name: str) -> None:
    """Every record and answer of a run is accounted for (else it raises), and each row has a positive ratio."""
    rows = await BENCHMARKS[name](place)
    assert rows
    assert all(len(row.ratios) == 1 and row.ratio > 0 for row in rows)
    assert table(rows).row_count == len(rows)
