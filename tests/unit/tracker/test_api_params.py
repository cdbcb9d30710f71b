"""The query parameters of the JSON API."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import Attention, DetailedStatus, Nature, Status
from support.examples import NUMBER
from tracker.api.params import PAGING, PUBLIC_FILTERS, STAFF_FILTERS, PageItems, history_page, list_query
from tracker.api.problems import Problem, ProblemKind
from tracker.cursors import Cursor, Sort, write_cursor
from tracker.store.queries import Period, RequestQuery

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
ITEMS = PageItems(usual=50, most=200)
CURSOR = write_cursor(Cursor(Sort.OLDEST_UPDATED, NOW, NUMBER))


def asked(*, is_staff: bool = True, **params: str) -> RequestQuery:
    return list_query(params.items(), is_staff=is_staff, now=NOW, items=ITEMS)


def test_nothing_asked_is_the_newest_page() -> None:
    """Private requests are in staff's lists only."""
    assert asked(is_staff=False) == RequestQuery(limit=50)
    assert asked() == RequestQuery(limit=50, includes_private=True, sort=Sort.EMERGENCIES_FIRST)


def test_every_filter_arrives() -> None:
    """Each parameter is in the query under its meaning."""
    query = asked(
        status="open,closed",
        detailed_status="received",
        service_code="ST-POTHOLE",
        nature="inquiry,neither",
        requested_after="2026-01-01T00:00:00Z",
        updated_before="2026-02-01T00:00:00Z",
        bbox="-78.9,35.7,-78.7,35.9",
        assignee="crew-7",
        unassigned="true",
        attention="emergency,no_place",
        needs_attention="true",
        overdue="true",
        sort="updated_datetime",
        limit="7",
    )
    assert query.statuses == (Status.OPEN, Status.CLOSED)
    assert query.detailed_statuses == (DetailedStatus.RECEIVED,)
    assert query.service_codes == ("ST-POTHOLE",)
    assert query.natures == (Nature.INQUIRY, Nature.NEITHER)
    assert query.requested == Period(datetime(2026, 1, 1, tzinfo=UTC), None)
    assert query.updated == Period(None, datetime(2026, 2, 1, tzinfo=UTC))
    assert query.bounds is not None
    assert (query.assignee, query.is_unassigned, query.needs_attention, query.overdue_at) == ("crew-7", True, True, NOW)
    assert query.attention == (Attention.EMERGENCY, Attention.NO_PLACE)
    assert (query.sort, query.limit) == (Sort.OLDEST_UPDATED, 7)


def test_a_repeated_parameter_is_a_list() -> None:
    """Both ways of sending a list mean the same."""
    query = list_query([("status", "open"), ("status", "closed")], is_staff=False, now=NOW, items=ITEMS)
    assert query.statuses == (Status.OPEN, Status.CLOSED)


def test_a_search_is_for_words_and_for_a_number() -> None:
    """The number in any spelling; accents and case do not matter; staff search what staff wrote."""
    assert asked(q="Bár  pothole", is_staff=False).terms == ("bar", "pothole")
    assert not asked(q="x", is_staff=False).searches_staff_text
    assert asked(q="x").searches_staff_text
    assert asked(q=f"{NUMBER[:4]}-{NUMBER[4:8].lower()}-{NUMBER[8:]}").number == NUMBER
    assert asked(q="pothole").number is None


def test_a_cursor_knows_its_order() -> None:
    """It need not be said again, and another one is refused."""
    assert asked(cursor=CURSOR).sort is Sort.OLDEST_UPDATED
    assert asked(cursor=CURSOR).after == Cursor(Sort.OLDEST_UPDATED, NOW, NUMBER)
    with pytest.raises(Problem):
        asked(cursor=CURSOR, sort="-requested_datetime")


@pytest.mark.parametrize("name", STAFF_FILTERS)
def test_what_only_staff_may_ask(name: str) -> None:
    """The public is told which parameter needs a key, and how to send one."""
    with pytest.raises(Problem) as refused:
        asked(is_staff=False, **{name: "true"})
    assert refused.value.kind is ProblemKind.UNAUTHENTICATED.value
    assert refused.value.errors[0]["field"] == name
    assert "WWW-Authenticate" in refused.value.headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statsu", "open"),
        ("status", "opened"),
        ("detailed_status", "open"),
        ("attention", "none"),
        ("requested_after", "NaN"),
        ("updated_before", "2026-02-30T00:00:00Z"),
        ("bbox", "0,0,NaN,1"),
        ("q", "***"),
        ("unassigned", "yes"),
        ("sort", "status"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "1e2"),
        ("limit", "9" * 400),
        ("cursor", "AAAA"),
        ("cursor", CURSOR[:-1]),
        ("cursor", "\u00fc" * 20),
        ("service_code", "x" * 65),
    ],
)
def test_a_wrong_parameter_is_named(name: str, value: str) -> None:
    """422 with the field and a sentence that says what would be right; what was sent is not repeated."""
    with pytest.raises(Problem) as refused:
        asked(**{name: value})
    assert refused.value.kind is ProblemKind.INVALID.value
    [error] = refused.value.errors
    assert error["field"] == name


def test_a_period_that_runs_backwards_is_refused() -> None:
    """Said of its end."""
    with pytest.raises(Problem) as refused:
        asked(requested_after="2026-02-01T00:00:00Z", requested_before="2026-01-01T00:00:00Z")
    assert refused.value.errors[0]["field"] == "requested_before"


def test_history_pages() -> None:
    """From the start, two hundred entries, unless said otherwise."""
    assert history_page([]) == (0, 200)
    assert history_page([("after", "7"), ("limit", "500")]) == (7, 500)
    for wrong in (("after", "-1"), ("after", "x"), ("limit", "501"), ("page", "1")):
        with pytest.raises(Problem):
            history_page([wrong])


@given(st.lists(st.tuples(st.sampled_from((*PUBLIC_FILTERS, *STAFF_FILTERS, *PAGING)), st.text(max_size=80))))
def test_any_parameters_are_understood_or_refused(pairs: list[tuple[str, str]]) -> None:
    """Nothing else is raised, whatever is sent."""
    try:
        query = list_query(pairs, is_staff=True, now=NOW, items=ITEMS)
    except Problem as refused:
        assert refused.kind.status == 422  # noqa: PT017 - either outcome is right
    else:
        assert 1 <= query.limit <= 200


def test_emergencies_first_is_for_staff() -> None:
    """It is their default; the public may not ask for it, nor go on in it, since it would tell what staff are told to look at."""
    ours = write_cursor(Cursor(Sort.EMERGENCIES_FIRST, NOW, NUMBER))
    assert asked().sort is Sort.EMERGENCIES_FIRST
    assert asked(cursor=ours).sort is Sort.EMERGENCIES_FIRST
    assert asked(is_staff=False).sort is Sort.NEWEST_REQUESTED
    for params in ({"sort": "emergencies"}, {"cursor": ours}):
        with pytest.raises(Problem):
            asked(is_staff=False, **params)
