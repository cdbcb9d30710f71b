"""FixMyStreet's extension: what changed, and an integrator's own news."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import httpx
import pytest
from starlette.routing import Router

from shared.contracts import CommentAdded, DetailedStatus, Text
from shared.identity import caller_event_id
from support.examples import NOW, NUMBER, OTHER_NUMBER, STAFF, changed, created, report
from support.tracker_site import Site
from tracker.georeport.endpoints import GeoReport
from tracker.georeport.updates import UNDERSTOOD
from tracker.resources import resource

URL = "/open311/v2/servicerequestupdates"
KEYS = ["update_id", "service_request_id", "status", "updated_datetime", "description", "media_url"]


def comment(ordinal: int, *, is_public: bool = True) -> CommentAdded:
    return CommentAdded(
        event_id=caller_event_id(NUMBER, "advocate-1", "CommentAdded", str(ordinal)),
        service_request_id=NUMBER,
        occurred_at=NOW + timedelta(minutes=ordinal),
        actor=STAFF,
        text=Text(content=f"Comment {ordinal}"),
        is_public=is_public,
    )


async def told(site: Site, **params: str) -> list[str]:
    answer = await site.get(f"{URL}.json", **params)
    assert answer.status_code == 200, answer.text
    return [update["description"] for update in answer.json()]


async def sent(site: Site, form: str = "json", **fields: str) -> httpx.Response:
    known = {"api_key": site.keys["streets"], "service_request_id": NUMBER, "update_id": "u-1", "status": "OPEN", "description": "News"}
    return await site.http.post(f"{URL}.{form}", data=known | fields)


@pytest.fixture
async def filled(site: Site) -> Site:
    await site.add(created())
    return site


async def test_updates_are_public_changes_oldest_first(filled: Site) -> None:
    """Not the creation, no internal note, nothing refused; each with an id of its own."""
    await filled.add(comment(1), comment(2, is_public=False), changed(version=9), comment(3))
    answer = (await filled.get(f"{URL}.json")).json()
    assert [list(update) for update in answer] == [KEYS, KEYS]
    assert [update["description"] for update in answer] == ["Comment 1", "Comment 3"]
    assert len({update["update_id"] for update in answer}) == 2
    root = ET.fromstring((await filled.get(f"{URL}.xml")).content)  # noqa: S314 - we wrote it
    assert root.tag == "service_request_updates"
    assert [[element.text or "" for element in update] for update in root] == [
        ["" if value is None else value for value in update.values()] for update in answer
    ]


async def test_updates_of_a_period(filled: Site) -> None:
    """Both ends included."""
    await filled.add(*(comment(ordinal) for ordinal in range(1, 6)))
    minute = {ordinal: (NOW + timedelta(minutes=ordinal)).isoformat() for ordinal in range(7)}
    assert await told(filled, start_date=minute[2], end_date=minute[4]) == ["Comment 2", "Comment 3", "Comment 4"]
    assert await told(filled, start_date=minute[5]) == ["Comment 5"]
    assert await told(filled, start_date=minute[6]) == []


async def test_old_updates_that_left_the_document_are_told_too(filled: Site) -> None:
    """Each once, wherever its entry lies."""
    for start in range(1, 241, 60):
        await filled.add(*(comment(ordinal) for ordinal in range(start, start + 60)))
    state = await filled.parts.store.get(NUMBER)
    assert state is not None
    assert state.archived_entries
    assert await told(filled) == [f"Comment {ordinal}" for ordinal in range(1, 241)]


async def test_a_private_request_has_no_updates(site: Site) -> None:
    """Also those of the time when it was public, wherever they lie."""
    await site.add(created())
    for start in range(1, 241, 60):
        await site.add(*(comment(ordinal) for ordinal in range(start, start + 60)))
    await site.add(changed(is_private=True, detailed_status=None))
    assert await told(site) == []


async def test_more_than_one_answer_holds_is_refused(filled: Site) -> None:
    """Cut short, the rest would never be seen by whoever asks for a period at a time."""
    await filled.add(*(comment(ordinal) for ordinal in range(1, 4)))
    app = Router([resource("/updates.{form}", GET=GeoReport(filled.parts, max_updates=2).updates)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tracker.test") as http:
        answer = await http.get("/updates.json")
    assert answer.status_code == 400
    assert "shorter period" in answer.json()["detail"]


async def test_an_integrators_update_comes_true(filled: Site) -> None:
    """The state moves, the words are public and masked, the answer has the id under which everybody is told."""
    answer = await sent(filled, "xml", status="CLOSED", description="Filled. Ask ada@example.org")
    root = ET.fromstring(answer.content)  # noqa: S314 - we wrote it
    assert (answer.status_code, root.tag) == (200, "service_request_updates")
    update_id = root.findtext("request_update/update_id")
    [update] = (await filled.get(f"{URL}.json")).json()
    assert (update["update_id"], update["status"], update["description"]) == (update_id, "closed", "Filled. Ask [email]")
    entry = (await filled.staff(f"/api/v1/requests/{NUMBER}/history")).json()["items"][-1]
    assert (entry["by"], entry["staff"]["actor_id"], entry["staff"]["external_id"]) == ("integrator", "streets", "u-1")


async def test_a_repeat_is_harmless(filled: Site) -> None:
    """The same id again, also with other words, changes nothing and is answered alike."""
    first = await sent(filled, status="IN_PROGRESS")
    for change in ({}, {"description": "Other"}, {"status": "CLOSED"}):
        again = await sent(filled, **{"status": "IN_PROGRESS", **change})
        assert (again.status_code, again.json()) == (200, first.json())
        assert again.headers["idempotent-replayed"] == "true"
    assert await told(filled) == ["News"]


@pytest.mark.parametrize("word", UNDERSTOOD)
async def test_every_word_of_the_extension_is_understood(filled: Site, word: str) -> None:
    """In capitals, as its clients send them, and in any other case."""
    assert (await sent(filled, status=word.upper())).status_code == 200
    assert (await sent(filled, status=word, update_id="u-2")).status_code in {200, 400}  # 400: the table forbids it by now


async def test_an_update_may_stand_in_the_address(filled: Site) -> None:
    """Some clients send the key there, or everything."""
    fields = {"service_request_id": NUMBER, "update_id": "u-1", "status": "OPEN", "description": "News"}
    answer = await filled.http.post(f"{URL}.json", params={"api_key": filled.keys["streets"]}, data=fields)
    assert answer.status_code == 200
    everything = await filled.http.post(f"{URL}.json", params={"api_key": filled.keys["streets"], **fields})
    assert everything.json() == answer.json()


async def test_personal_fields_of_the_form_are_not_read(filled: Site) -> None:
    """Whoever sends a name and an address with it: they are nowhere."""
    await sent(filled, email="zzmark@example.org", first_name="zzmark", last_name="zzmark", phone="zzmark")
    whole = [(await filled.staff(f"/api/v1/requests/{NUMBER}{path}")).text for path in ("", "/history")]
    assert "zzmark" not in "".join(whole)


async def test_an_update_that_takes_longer_is_accepted(filled: Site) -> None:
    """It is safely on its way; without Kafka it is not, and the answer says when to come back."""
    filled.kafka.holds = True
    assert (await sent(filled)).status_code == 200
    filled.kafka.is_down = True
    answer = await sent(filled, update_id="u-2")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()[0]["code"] == 503


REFUSED = [
    ({"api_key": ""}, 403, "api_key"),
    ({"api_key": "streets.wrong"}, 403, "api_key"),
    ({"service_request_id": ""}, 400, "service_request_id required"),
    ({"service_request_id": "1234"}, 404, "service_request_id"),
    ({"service_request_id": OTHER_NUMBER}, 404, "No request"),
    ({"update_id": ""}, 400, "update_id required"),
    ({"update_id": "x" * 201}, 400, "update_id"),
    ({"status": ""}, 400, "status required"),
    ({"status": "NEVER"}, 400, "status"),
    ({"updated_datetime": "yesterday"}, 400, "updated_datetime"),
    ({"jurisdiction_id": "elsewhere.example"}, 404, "jurisdiction_id"),
    ({"description": "x" * 600_000}, 413, "bytes"),
]


@pytest.mark.parametrize(("fields", "code", "named"), REFUSED, ids=[str(fields)[:60] for fields, _, _ in REFUSED])
async def test_a_wrong_update_is_refused_by_name(filled: Site, fields: dict[str, str], code: int, named: str) -> None:
    """In GeoReport's form, and nothing is written."""
    records = len(filled.kafka.records)
    answer = await sent(filled, **fields)
    assert answer.status_code == answer.json()[0]["code"] == code
    assert named in answer.json()[0]["description"]
    assert len(filled.kafka.records) == records


async def test_a_key_for_something_else(filled: Site) -> None:
    """Neither the app's key nor a member of staff's is an integrator's."""
    for name in ("app-store", "advocate-1"):
        assert (await sent(filled, api_key=filled.keys[name])).status_code == 403


async def test_another_content_type(filled: Site) -> None:
    """415; the key is in a form."""
    answer = await filled.http.post(f"{URL}.json", json={"api_key": filled.keys["streets"]})
    assert answer.status_code == 415


async def test_what_is_forbidden_today_is_said(site: Site) -> None:
    """A duplicate's state is not an integrator's to change."""
    await site.add(created(report=report()), changed(detailed_status=DetailedStatus.RESOLVED))
    answer = await sent(site, status="IN_PROGRESS")
    assert answer.status_code == 400
    assert "cannot become" in answer.json()[0]["description"]
