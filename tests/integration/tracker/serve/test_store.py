"""The reader on a real store: every question stands on an index, and none reads more than it needs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from support.examples import NOW, created
from support.logs import creation
from support.servers import MongoServer
from support.tracker_questions import QUERIES
from support.tracker_site import Site
from tracker.store.queries import Period, RequestQuery, mongo_filter, mongo_sort, updates_filter


def stages(plan: Any) -> Iterator[str]:  # noqa: ANN401 - whatever the server tells
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan["stage"]
        for part in plan.values():
            yield from stages(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from stages(part)


@pytest.fixture
def _can_explain(mongodb: MongoServer) -> None:
    if mongodb.local is not None:
        pytest.skip("the local stand-in explains, and plans, the simplest filters only; MONGODB_URI names a real MongoDB")


@pytest.fixture
async def many(site: Site) -> Site:
    """Enough that a scan would show."""
    await site.add(created(), *(creation(f"n{place}", received_at=NOW - timedelta(hours=place)) for place in range(60)))
    return site


@pytest.mark.usefixtures("_can_explain")
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
async def test_a_question_stands_on_an_index(many: Site, query: RequestQuery) -> None:
    """The plan has no scan of the collection."""
    collection = many.connection.collection(many.names.requests)
    plan = await collection.find(mongo_filter(query)).sort(mongo_sort(query.sort)).limit(50).explain()
    found = set(stages(plan["queryPlanner"]["winningPlan"]))
    assert found
    assert "COLLSCAN" not in found, found


@pytest.mark.usefixtures("_can_explain")
async def test_updates_stand_on_an_index(many: Site) -> None:
    """Of the requests and of the side collection."""
    period = Period(NOW - timedelta(days=1), NOW + timedelta(days=1))
    history = many.connection.collection(many.names.history)
    plan = await history.find(updates_filter(period)).sort([("occurred_at", 1), ("_id", 1)]).explain()
    assert "COLLSCAN" not in set(stages(plan["queryPlanner"]["winningPlan"]))


async def test_every_question_is_answered(many: Site) -> None:
    """By each of the ways to ask."""
    store = many.parts.store
    for name, query in QUERIES.items():
        numbers = [item.service_request_id for item in await store.find_public(query)]
        assert numbers == [state.service_request_id for state in await store.find(query)], name
        assert len(await store.find_georeport(query)) == len(numbers), name
    assert await store.georeport([]) == []


async def test_a_list_without_histories_is_a_list_of_the_same_requests(many: Site) -> None:
    """Everything else is there."""
    whole, light = [await many.parts.store.find(RequestQuery(), has_history=has) for has in (True, False)]
    assert all(not state.history for state in light)
    assert [state.report for state in whole] == [state.report for state in light]
