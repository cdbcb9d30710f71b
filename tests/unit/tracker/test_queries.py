"""Questions to the store: each can stand on an index that the tracker makes."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts import Attention, Status
from support.examples import NOW
from support.tracker_questions import QUERIES
from tracker.store.indexes import HISTORY_INDEXES, REQUEST_INDEXES
from tracker.store.queries import Period, RequestQuery, mongo_filter, mongo_sort, updates_filter, updates_pipeline

FIRST_FIELDS = {next(iter(index.document["key"])) for index in REQUEST_INDEXES} | {"_id"}


def bounding(parts: dict[str, Any]) -> Iterator[set[str]]:
    """The fields that bound the question, each of which would do; of an alternative every branch needs one."""
    for name, value in parts.items():
        if name == "$and":
            for part in value:
                yield from bounding(part)
        elif name == "$or":
            if all(FIRST_FIELDS & branch.keys() for branch in value):
                yield {"_id"}
        else:
            yield {name}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_a_question_has_an_index(query: RequestQuery) -> None:
    """One of its fields, or its order, is the first of an index."""
    fields = set().union(*bounding(mongo_filter(query)))
    order = mongo_sort(query.sort)[0][0]
    assert (fields | {order}) & FIRST_FIELDS


def test_an_index_gives_the_order_where_there_is_one() -> None:
    """A page of a filtered list need not be sorted: each filter's index goes on with the order."""
    for index in REQUEST_INDEXES:
        keys = list(index.document["key"].items())
        if keys[0][0] in {"status", "detailed_status", "service.code", "attention", "assignee", "terms", "staff_terms"}:
            assert keys[1] == ("requested_datetime", -1), index.document["name"]


def test_updates_are_bounded_by_their_moments() -> None:
    """Of the requests by their last update, of old entries by their own."""
    period = Period(NOW, NOW)
    assert updates_pipeline(period, 10)[0] == {"$match": {"updated_datetime": {"$gte": NOW}, "is_private": False}}
    assert updates_filter(period)["occurred_at"] == {"$gte": NOW, "$lte": NOW}
    assert any(next(iter(index.document["key"])) == "occurred_at" for index in HISTORY_INDEXES)


def test_a_filter_names_each_field_once_or_says_both() -> None:
    """Two conditions on one field are both kept."""
    query = RequestQuery(statuses=(Status.CLOSED,), overdue_at=NOW, attention=(Attention.EMERGENCY,), needs_attention=True)
    found = mongo_filter(query)
    assert found["status"] == "closed"
    assert {"status": "open"} in found["$and"]
    assert found["attention"] == {"$in": ["emergency"]}
    assert {"attention": {"$in": [str(reason) for reason in Attention]}} in found["$and"]


def test_the_public_never_asks_for_private_requests() -> None:
    """Whatever else it asks for."""
    for query in QUERIES.values():
        assert (mongo_filter(query).get("is_private") is False) is not query.includes_private
