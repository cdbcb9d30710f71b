"""Indexes and validator: made by name, made again without a change, beside a writer, and every question stands on one."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from pymongo.errors import WriteError

from shared.contracts import Attention, DetailedStatus, Nature, Place, Status
from shared.kafka.records import Record
from support.examples import NOW
from support.fake_requests import record
from support.logs import creation, number_of
from support.tracker_store import FIRST, FragileConnection, project, store
from tracker.cursors import Cursor, Sort
from tracker.store.connection import Connection
from tracker.store.indexes import (
    HISTORY_INDEXES,
    ORPHAN_INDEXES,
    OUTCOME_INDEXES,
    REDACTION_INDEXES,
    REQUEST_INDEXES,
    REQUEST_VALIDATOR,
    prepare,
)
from tracker.store.queries import Bounds, Circle, Period, RequestQuery, mongo_filter, mongo_sort, updates_filter, updates_pipeline

ALL = {
    FIRST.requests: REQUEST_INDEXES,
    FIRST.history: HISTORY_INDEXES,
    FIRST.orphans: ORPHAN_INDEXES,
    FIRST.outcomes: OUTCOME_INDEXES,
    Connection.REDACTIONS: REDACTION_INDEXES,
}
HOUR = Period(NOW, NOW + timedelta(hours=1))
QUERIES = {
    "everything": RequestQuery(),
    "staff see all": RequestQuery(includes_private=True),
    "oldest first": RequestQuery(sort=Sort.OLDEST_REQUESTED),
    "newest update first": RequestQuery(sort=Sort.NEWEST_UPDATED),
    "oldest update first": RequestQuery(sort=Sort.OLDEST_UPDATED),
    "next page": RequestQuery(after=Cursor(Sort.NEWEST_REQUESTED, NOW, number_of("n9"))),
    "next page of updates": RequestQuery(sort=Sort.OLDEST_UPDATED, after=Cursor(Sort.OLDEST_UPDATED, NOW, number_of("n9"))),
    "open": RequestQuery(statuses=(Status.OPEN,)),
    "triaged": RequestQuery(detailed_statuses=(DetailedStatus.TRIAGED, DetailedStatus.ASSIGNED)),
    "questions": RequestQuery(natures=(Nature.INQUIRY,)),
    "of a service": RequestQuery(service_codes=("ST-POTHOLE",)),
    "requested in a period": RequestQuery(requested=HOUR),
    "updated in a period": RequestQuery(updated=HOUR, sort=Sort.NEWEST_UPDATED),
    "in a rectangle": RequestQuery(bounds=Bounds(-78.9, 35.7, -78.7, 35.8)),
    "open and near": RequestQuery(near=Circle(35.79, -78.78, 50), statuses=(Status.OPEN,), requested=HOUR),
    "open at an address": RequestQuery(address_keys=("300 n academy st",), statuses=(Status.OPEN,), requested=HOUR),
    "of a crew": RequestQuery(assignee="crew-4"),
    "of nobody": RequestQuery(is_unassigned=True),
    "emergencies": RequestQuery(attention=(Attention.EMERGENCY,)),
    "whatever needs a look": RequestQuery(needs_attention=True),
    "emergencies first": RequestQuery(sort=Sort.EMERGENCIES_FIRST, is_open_emergency=True),
    "after the emergencies": RequestQuery(sort=Sort.EMERGENCIES_FIRST, is_open_emergency=False),
    "overdue": RequestQuery(overdue_at=NOW),
    "words": RequestQuery(terms=("pothole", "says")),
    "words for staff": RequestQuery(terms=("example",), searches_staff_text=True, includes_private=True),
    "a number or words": RequestQuery(terms=("pothole",), number=number_of("n1")),
}


async def indexes(connection: Connection) -> dict[str, dict[str, Any]]:
    """What the server has, by collection and name; its own on ``_id`` left out."""
    found: dict[str, dict[str, Any]] = {}
    for name in ALL:
        described = await connection.collection(name).index_information()
        found[name] = {index: facts for index, facts in described.items() if index != "_id_"}
    return found


def records(count: int) -> list[Record]:
    place = Place(lat=35.79, long=-78.78)
    return [record(creation(f"n{number}", place=place), number) for number in range(count)]


async def test_every_index_is_there_by_its_name(connection: FragileConnection) -> None:
    """Those that the code lists, and no other."""
    found = await indexes(connection)
    assert {name: set(facts) for name, facts in found.items()} == {
        name: {index.document["name"] for index in listed} for name, listed in ALL.items()
    }
    for name, listed in ALL.items():
        for index in listed:
            facts = found[name][index.document["name"]]
            assert [key for key, _ in facts["key"]] == list(index.document["key"])
            assert facts.get("expireAfterSeconds") == index.document.get("expireAfterSeconds")
            assert facts.get("partialFilterExpression") == index.document.get("partialFilterExpression")
            assert "unique" not in index.document, "on shards nothing can be unique but what begins with the shard key, _id (ADR 0020)"


async def test_preparing_again_changes_nothing(connection: FragileConnection) -> None:
    """Twice, and by several processes that start at once."""
    before = await indexes(connection)
    await prepare(connection, FIRST)
    await asyncio.gather(*(prepare(connection, FIRST) for _ in range(4)))
    assert await indexes(connection) == before
    (facts,) = await (await connection.database.list_collections(filter={"name": FIRST.requests})).to_list(None)
    assert facts["options"]["validator"] == REQUEST_VALIDATOR


async def test_several_processes_prepare_an_empty_database_at_once(bare: FragileConnection) -> None:
    """Whoever comes second finds the collection there, and is content."""
    await asyncio.gather(*(prepare(bare, FIRST) for _ in range(4)))
    assert set((await indexes(bare))[FIRST.requests]) == {index.document["name"] for index in REQUEST_INDEXES}


async def test_preparing_beside_a_writer_costs_it_nothing(bare: FragileConnection) -> None:
    """An older process writes on while a newer one makes what is new."""
    log = records(60)
    await project(store(bare), log[:10])
    await asyncio.gather(project(store(bare), log[10:], 5), prepare(bare, FIRST))
    assert await bare.collection(FIRST.requests).count_documents({}) == 60


@pytest.mark.parametrize(
    "change", [{"$set": {"status": "lost"}}, {"$unset": {"history": ""}}, {"$set": {"history": []}}, {"$set": {"public_json": "text"}}]
)
async def test_the_validator_refuses_what_no_projection_writes(connection: FragileConnection, change: dict[str, Any]) -> None:
    """A hand that slips in the database is stopped, and the projection's own documents pass."""
    await project(store(connection), records(1))
    with pytest.raises(WriteError):
        await connection.collection(FIRST.requests).update_one({}, change)


@pytest.mark.parametrize("name", QUERIES)
def test_every_question_has_an_index_made_for_it(name: str) -> None:
    """Its first key is what the question asks for, or the order that it wants; a question of several words needs one of them."""
    query = QUERIES[name]
    asked = _fields(mongo_filter(query)) - {"is_private"} or {query.sort.field}
    made_for_it = [index for index in REQUEST_INDEXES if next(iter(index.document["key"])) in asked]
    assert made_for_it, asked


def _fields(part: dict[str, Any]) -> set[str]:
    """The fields of a filter; of a rectangle's, which is small in no town, those of the order."""
    found: set[str] = set()
    for name, value in part.items():
        if name in {"$and", "$or"}:
            found.update(*(_fields(clause) for clause in value))
        else:
            found.add("requested_datetime" if name.startswith("point.") else name)
    return found


@pytest.fixture
async def planner(shared_store: FragileConnection) -> FragileConnection:
    """A server that explains plans as MongoDB makes them; the local one uses an index only where the filter has nothing else."""
    cursor = shared_store.collection(FIRST.requests).find({"status": "open", "is_private": False}).sort("requested_datetime", -1)
    if "COLLSCAN" in set(_stages((await cursor.explain())["queryPlanner"]["winningPlan"])):
        pytest.skip("this server scans the collection where MongoDB uses an index: its plans prove nothing")
    return shared_store


@pytest.mark.parametrize("name", QUERIES)
async def test_every_question_stands_on_an_index(planner: FragileConnection, name: str) -> None:
    """No question reads the whole collection."""
    query = QUERIES[name]
    assert_on_an_index(await planner.collection(FIRST.requests).find(mongo_filter(query)).sort(mongo_sort(query.sort)).limit(10).explain())


async def test_public_changes_of_a_period_stand_on_indexes(planner: FragileConnection) -> None:
    """In the requests by their last update, in the side collection by the moment."""
    requests, history = planner.collection(FIRST.requests), planner.collection(FIRST.history)
    (match, *_) = updates_pipeline(HOUR, 10)
    assert_on_an_index(await requests.find(match["$match"]).explain())
    assert_on_an_index(await history.find(updates_filter(HOUR)).sort([("occurred_at", 1), ("_id", 1)]).explain())


@pytest.mark.parametrize("name", QUERIES)
async def test_every_question_is_answered(shared_store: FragileConnection, name: str) -> None:
    """The server understands each filter and order."""
    query = QUERIES[name]
    found = await shared_store.collection(FIRST.requests).find(mongo_filter(query)).sort(mongo_sort(query.sort)).to_list(None)
    moments = [(document[query.sort.field], document["_id"]) for document in found]
    assert moments == sorted(moments, reverse=query.sort.is_descending)


async def test_what_one_batch_asks_for_stands_on_the_ids(shared_store: FragileConnection) -> None:
    """The projection's own look-ups."""
    for collection in (FIRST.requests, FIRST.history, FIRST.orphans):
        assert_on_an_index(await shared_store.collection(collection).find({"_id": {"$in": ["a", "b"]}}).explain())


def assert_on_an_index(plan: dict[str, Any]) -> None:
    """The winning plan scans an index and no collection."""
    stages = set(_stages(plan["queryPlanner"]["winningPlan"]))
    assert "COLLSCAN" not in stages, stages
    assert stages & {"IXSCAN", "IDHACK", "CLUSTERED_IXSCAN", "EXPRESS_IXSCAN"}, stages


def _stages(plan: Any) -> Iterable[str]:  # noqa: ANN401 - documents of the server
    if isinstance(plan, dict):
        if isinstance(plan.get("stage"), str):
            yield plan["stage"]
        for part in plan.values():
            yield from _stages(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from _stages(part)
