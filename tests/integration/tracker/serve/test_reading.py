"""One request and its history by the JSON API."""

from datetime import timedelta

import pytest

from shared.contracts import CommentAdded, Text
from shared.identity import caller_event_id
from shared.tracking_number import display
from support.examples import NOW, NUMBER, OTHER_NUMBER, STAFF, changed, created, report
from support.tracker_site import Site
from tracker.api.models import History, ServiceRequest
from tracker.store import generations
from tracker.store.connection import Names
from tracker.store.reader import MongoRequestStore

ONE = f"/api/v1/requests/{NUMBER}"


def comment(ordinal: int, *, is_public: bool = True) -> CommentAdded:
    return CommentAdded(
        event_id=caller_event_id(NUMBER, "advocate-1", "CommentAdded", str(ordinal)),
        service_request_id=NUMBER,
        occurred_at=NOW + timedelta(minutes=ordinal),
        actor=STAFF,
        text=Text(content=f"Comment {ordinal}"),
        is_public=is_public,
    )


@pytest.mark.parametrize(
    "spelling",
    [
        NUMBER,
        NUMBER.lower(),
        display(NUMBER),
        display(NUMBER).replace("-", " "),
        display(NUMBER).lower().replace("0", "o").replace("1", "l"),
    ],
)
async def test_a_number_in_any_spelling(site: Site, spelling: str) -> None:
    """What people type finds the request."""
    await site.add(created())
    answer = await site.get(f"/api/v1/requests/{spelling}")
    assert answer.status_code == 200
    assert answer.json()["service_request_id"] == NUMBER


async def test_the_public_view_is_what_the_model_says(site: Site) -> None:
    """Without a member for staff, and with the headers that let a cache ask again."""
    await site.add(created())
    answer = await site.get(ONE)
    assert ServiceRequest.model_validate_json(answer.content).staff is None
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Authorization"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_staff_view_is_for_nobody_to_keep(site: Site) -> None:
    """With the report as it came."""
    await site.add(created())
    answer = await site.staff(ONE)
    staff = ServiceRequest.model_validate_json(answer.content).staff
    assert staff is not None
    assert staff.report.reporter is not None
    assert staff.is_overdue
    assert answer.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in answer.headers


async def test_an_etag_spares_what_the_reader_has(site: Site) -> None:
    """304 without a body until something happens; then another tag."""
    await site.add(created())
    tag = (await site.get(ONE)).headers["etag"]
    again = await site.http.get(ONE, headers={"If-None-Match": f'"0-0", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await site.add(changed())
    later = await site.http.get(ONE, headers={"If-None-Match": tag})
    assert later.status_code == 200
    assert later.headers["etag"] != tag


@pytest.mark.parametrize(
    ("written", "fault"), [("123", "length"), ("7KQ4-M2XD-9RTU", "symbol"), (NUMBER[:-1] + ("2" if NUMBER[-1] != "2" else "3"), "check")]
)
async def test_what_cannot_be_a_number_says_what_is_wrong_with_it(site: Site, written: str, fault: str) -> None:
    """404 with the fault, so that a page can help."""
    answer = await site.get(f"/api/v1/requests/{written}")
    assert answer.status_code == 404
    assert (answer.json()["type"], answer.json()["fault"]) == ("/docs#invalid-number", fault)


async def test_an_unknown_number(site: Site) -> None:
    """404 that no cache keeps: the report may be on its way."""
    for path in (f"/api/v1/requests/{OTHER_NUMBER}", f"/api/v1/requests/{OTHER_NUMBER}/history"):
        answer = await site.get(path)
        assert answer.json()["type"] == "/docs#unknown-request"
        assert answer.headers["cache-control"] == "no-store"


async def test_a_private_request_tells_the_public_its_state(site: Site) -> None:
    """And staff everything; its history has no word of text."""
    await site.add(created(report=report(is_private=True)), comment(1))
    public = (await site.get(ONE)).json()
    assert public["is_private"] is True
    assert not {"description", "service", "address", "lat", "channel"} & public.keys()
    history = (await site.get(f"{ONE}/history")).json()
    assert [item["kind"] for item in history["items"]] == ["ServiceRequestCreated"]
    assert (await site.staff(ONE)).json()["description"]


async def test_the_history_of_the_public_and_of_staff(site: Site) -> None:
    """Internal notes and refused changes are staff's alone; both are what the model says."""
    await site.add(created(), comment(1), comment(2, is_public=False), changed(version=7))
    public, staff = await site.get(f"{ONE}/history"), await site.staff(f"{ONE}/history")
    assert [item.revision for item in History.model_validate_json(public.content).items] == [1, 2]
    assert [item.revision for item in History.model_validate_json(staff.content).items] == [1, 2, 3, 4]
    assert staff.json()["items"][3]["staff"]["refusal"] == "stale_version"


async def test_a_history_by_pages_tells_each_entry_once(site: Site) -> None:
    """Old entries that left the document included, in order, with an end."""
    await site.add(created())
    for start in range(1, 251, 50):
        await site.add(*(comment(ordinal, is_public=ordinal % 3 != 0) for ordinal in range(start, start + 50)))
    whole = await site.parts.store.get(NUMBER)
    assert whole is not None
    assert whole.archived_entries
    seen, after, pages = [], 0, 0
    while True:
        page = (await site.staff(f"{ONE}/history", after=str(after), limit="60")).json()
        seen += [item["revision"] for item in page["items"]]
        pages, after = pages + 1, page["next_after"]
        if not page["has_more"]:
            break
    assert seen == list(range(1, 252))
    assert pages == 5
    public: list[str] = []
    after = 0
    while True:
        page = (await site.get(f"{ONE}/history", after=str(after), limit="60")).json()
        public += [item["text"] for item in page["items"] if "text" in item]
        after = page["next_after"]
        if not page["has_more"]:
            break
    assert public == [f"Comment {ordinal}" for ordinal in range(1, 251) if ordinal % 3]


async def test_a_history_can_be_followed(site: Site) -> None:
    """From where a reader left off, whatever is new since; the place stays when nothing is."""
    await site.add(created())
    end = (await site.get(f"{ONE}/history")).json()["next_after"]
    nothing = (await site.get(f"{ONE}/history", after=str(end))).json()
    assert nothing == {"items": [], "has_more": False, "next_after": end}
    await site.add(comment(1))
    assert [item["text"] for item in (await site.get(f"{ONE}/history", after=str(end))).json()["items"]] == ["Comment 1"]


async def test_keys_are_looked_at_though_the_public_may_read(site: Site) -> None:
    """Whoever meant to be staff is never silently served as public; a key without the scope is told which."""
    await site.add(created())
    for authorization in ("Bearer wrong.key", "Bearer", "Basic YTpi", "Bearer " + "x" * 5_000, ""):
        answer = await site.http.get(ONE, headers={"Authorization": authorization})
        assert answer.status_code == 401, authorization
        assert answer.headers["www-authenticate"].startswith("Bearer")
    other = await site.http.get(ONE, headers=site.bearer("streets"))
    assert other.status_code == 403
    assert "staff:read" in other.json()["detail"]


async def test_a_rebuilt_store_is_read_within_seconds(own_site: Site) -> None:
    """The reader follows the pointer to another generation by itself."""
    await own_site.add(created())
    now = 0.0
    store = MongoRequestStore(own_site.connection, seconds=3, monotonic=lambda: now)
    assert await store.stored(NUMBER)
    assert await generations.turn_to(own_site.connection, own_site.names, Names(own_site.names.generation + 1))
    assert await store.stored(NUMBER), "the old one is read until it is time to look"
    now = 3.0
    assert await store.stored(NUMBER) is None
