"""Staff changes by the JSON API: checked, appended to the log, seen done, or said why not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from uuid import UUID, uuid4

import httpx
import pytest

from shared.contracts import decode_event
from support.examples import NUMBER, OTHER_NUMBER, PHOTO, created, report
from support.logs import creation, number_of
from support.tracker_site import Site, eventually
from tracker.api.models import ChangePending, ServiceRequest

ONE = f"/api/v1/requests/{NUMBER}"
START = {"detailed_status": "in_progress"}


@pytest.fixture
async def filled(site: Site) -> Site:
    await site.add(created())
    return site


async def patched(site: Site, body: Mapping[str, object], *, who: str = "advocate-1", **headers: str) -> httpx.Response:
    return await site.http.patch(ONE, json=body, headers=site.bearer(who, **({"if_match": "*"} | headers)))


async def test_a_change_is_answered_with_the_request_as_it_then_is(filled: Site) -> None:
    """Everything that was wished, under a new tag, and public at once where it is public."""
    answer = await patched(
        filled, {"detailed_status": "in_progress", "assignee": "crew-7", "status_notes": "A crew comes. Ask Ada at 919-555-0123."}
    )
    request = ServiceRequest.model_validate_json(answer.content)
    assert answer.status_code == 200
    assert request.staff is not None
    assert (request.detailed_status, request.staff.assignee, request.version) == ("in_progress", "crew-7", 2)
    assert answer.headers["etag"] == '"2-2-s"'
    public = (await filled.get(ONE)).json()
    assert public["status_notes"] == "A crew comes. Ask Ada at [phone]."


async def test_what_is_a_question_after_all_is_owed_an_answer(filled: Site) -> None:
    """No work any more, and an answer; lists find it by what it is."""
    before = (await filled.staff(ONE)).json()
    assert (before["nature"], "expected_datetime" in before) == ("service_request", True)
    request = ServiceRequest.model_validate_json((await patched(filled, {"nature": "inquiry"})).content)
    assert (request.nature, request.expected_datetime) == ("inquiry", None)
    assert request.answer_due_datetime is not None
    listed = (await filled.staff("/api/v1/requests", nature="inquiry")).json()["items"]
    assert [item["service_request_id"] for item in listed] == [NUMBER]
    assert (await filled.get("/api/v1/requests", nature="service_request")).json()["items"] == []
    assert (await patched(filled, {"nature": "question"})).status_code == 422
    back = ServiceRequest.model_validate_json((await patched(filled, {"nature": "service_request"})).content)
    assert back.expected_datetime is not None


async def test_the_tag_that_was_read_is_the_tag_to_change_against(filled: Site) -> None:
    """Read, change, change again with what the answer said."""
    tag = (await filled.staff(ONE)).headers["etag"]
    first = await patched(filled, START, if_match=tag)
    second = await patched(filled, {"detailed_status": "waiting"}, if_match=first.headers["etag"])
    assert (first.status_code, second.status_code) == (200, 200)


async def test_a_change_against_an_old_version_is_refused(filled: Site) -> None:
    """409 with the present tag; nothing is written."""
    await patched(filled, START)
    records = len(filled.kafka.records)
    answer = await patched(filled, {"detailed_status": "waiting"}, if_match='"1-1-s"')
    assert answer.status_code == 409
    assert answer.json()["type"] == "/docs#stale-version"
    assert answer.headers["etag"] == '"2-2-s"'
    assert len(filled.kafka.records) == records


async def test_of_two_who_change_at_once_one_is_told(filled: Site) -> None:
    """Both saw version 1 when their events were written; the projection takes the first."""
    filled.kafka.holds = True
    wishes = (("advocate-1", "waiting"), ("advocate-2", "resolved"))
    both = [asyncio.create_task(patched(filled, {"detailed_status": state}, who=who, if_match='"1-1"')) for who, state in wishes]
    await eventually(lambda: len(filled.kafka.waiting) == 2)
    await filled.kafka.release()
    answers = await asyncio.gather(*both)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await filled.staff(ONE)).json()["version"] == 2


async def test_a_change_says_what_it_is_made_against(filled: Site) -> None:
    """428 without ``If-Match``, 400 with something else."""
    headers = filled.bearer()
    assert (await filled.http.patch(ONE, json=START, headers=headers)).json()["type"] == "/docs#if-match-required"
    assert (await patched(filled, START, if_match="abc")).status_code == 400


async def test_the_same_key_makes_the_same_change_once(filled: Site) -> None:
    """Fifty at once and one later: one event, the same answer, said to be a repeat."""
    answers = await asyncio.gather(*(patched(filled, START, idempotency_key="k1") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    later = await patched(filled, dict(reversed(START.items())), idempotency_key="k1", if_match='"1-1"')
    assert later.headers["idempotent-replayed"] == "true"
    history = (await filled.staff(f"{ONE}/history")).json()["items"]
    assert [item["kind"] for item in history] == ["ServiceRequestCreated", "ServiceRequestChanged"]


async def test_two_callers_with_the_same_key_are_two(filled: Site) -> None:
    """A key is its caller's own."""
    for who in ("advocate-1", "advocate-2"):
        answer = await filled.http.post(f"{ONE}/comments", json={"text": who}, headers=filled.bearer(who, idempotency_key="k1"))
        assert "idempotent-replayed" not in answer.headers
    assert (await filled.staff(ONE)).json()["revision"] == 3


async def test_a_key_is_for_one_change(filled: Site) -> None:
    """Another body or another kind of change under it is a misuse (422)."""
    await patched(filled, START, idempotency_key="k1")
    other = await patched(filled, {"detailed_status": "waiting"}, idempotency_key="k1")
    kind = await filled.http.post(f"{ONE}/comments", json={"text": "x"}, headers=filled.bearer(idempotency_key="k1"))
    assert {other.json()["type"], kind.json()["type"]} == {"/docs#idempotency-key-reused"}


async def test_a_refused_change_is_not_remembered(filled: Site) -> None:
    """Corrected, it may be sent under the same key."""
    assert (await patched(filled, {"status": "closed"}, idempotency_key="k1")).status_code == 422
    assert (await patched(filled, {"detailed_status": "resolved"}, idempotency_key="k1")).status_code == 200


async def test_what_todays_rules_forbid_is_said_in_a_sentence(filled: Site) -> None:
    """422 with ``detail``, and nothing is written."""
    await patched(filled, {"detailed_status": "resolved"})
    answer = await patched(filled, {"detailed_status": "waiting"})
    assert answer.json()["type"] == "/docs#change-not-possible"
    assert "reopened" in answer.json()["detail"]
    assert (await patched(filled, {"status": "open"})).json()["detailed_status"] == "triaged"


async def test_a_change_that_takes_longer_is_safely_on_its_way(filled: Site) -> None:
    """202 after the wait; it is done later, and the same key then finds it done."""
    filled.kafka.holds = True
    answer = await patched(filled, START, idempotency_key="k1")
    pending = ChangePending.model_validate_json(answer.content)
    assert (answer.status_code, pending.status_url) == (202, ONE)
    await filled.kafka.release()
    again = await patched(filled, START, idempotency_key="k1")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert decode_event(filled.kafka.records[-1].value).event_id == UUID(pending.event_id)


async def test_without_kafka_nothing_is_promised(filled: Site) -> None:
    """503 with ``Retry-After``; reading goes on."""
    filled.kafka.is_down = True
    answer = await patched(filled, START)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert (await filled.get(ONE)).status_code == 200


async def test_comments(filled: Site) -> None:
    """Internal unless said otherwise; a public one is masked; neither needs a version, but one may be asked for."""
    url = f"{ONE}/comments"
    internal = await filled.http.post(url, json={"text": "Call ada@example.org"}, headers=filled.bearer())
    public = await filled.http.post(url, json={"text": "Write to ada@example.org", "is_public": True}, headers=filled.bearer())
    assert (internal.status_code, public.status_code) == (200, 200)
    texts = [item["text"] for item in (await filled.get(f"{ONE}/history")).json()["items"] if "text" in item]
    assert texts == ["Write to [email]"]
    old = await filled.http.post(url, json={"text": "x"}, headers=filled.bearer(if_match='"9-9"'))
    assert old.status_code == 409


async def test_a_merge_and_its_end(filled: Site) -> None:
    """The duplicate is closed and followed at the other, which knows its follower; ended, it is triaged again."""
    await filled.add(creation("a"))
    target = number_of("a")
    url = f"{ONE}/duplicate-of"
    merged = await filled.http.put(url, json={"duplicate_of": target.lower()}, headers=filled.bearer(if_match="*"))
    assert (merged.json()["detailed_status"], merged.json()["duplicate_of"]) == ("duplicate", target)
    assert (await filled.staff(f"/api/v1/requests/{target}")).json()["staff"]["followers"] == [NUMBER]
    circle = await filled.http.put(
        f"/api/v1/requests/{target}/duplicate-of", json={"duplicate_of": NUMBER}, headers=filled.bearer(if_match="*")
    )
    assert "circle" in circle.json()["detail"]
    ended = await filled.http.delete(url, headers=filled.bearer(if_match=merged.headers["etag"]))
    assert ended.json()["detailed_status"] == "triaged"
    assert "duplicate_of" not in ended.json()
    assert (await filled.http.delete(url, headers=filled.bearer(if_match="*"))).status_code == 422
    unknown = await filled.http.put(url, json={"duplicate_of": OTHER_NUMBER}, headers=filled.bearer(if_match="*"))
    assert "no request" in unknown.json()["detail"]
    no_number = await filled.http.put(url, json={"duplicate_of": "123"}, headers=filled.bearer(if_match="*"))
    assert no_number.json()["errors"][0]["field"] == "duplicate_of"


async def test_a_redaction_clears_what_it_names(filled: Site) -> None:
    """Everywhere, and the ledger keeps the reason without the words."""
    scope = [{"event_id": str(created().event_id), "fields": ["reporter"], "spans": [{"start": 4, "end": 11, "kind": "other"}]}]
    order = {"scope": scope, "reason": "asked for by the reporter"}
    answer = await filled.http.post(f"{ONE}/redactions", json=order, headers=filled.bearer())
    assert answer.status_code == 200
    assert "reporter" not in answer.json()["staff"]["report"]
    assert "pothole" not in (await filled.get(ONE)).json()["description"]


async def test_a_redaction_of_something_else_or_under_hold_is_refused(filled: Site) -> None:
    """An event of another request (422), or while a court may want it (409)."""
    url = f"{ONE}/redactions"
    stranger = {"scope": [{"event_id": str(uuid4()), "fields": ["reporter"]}], "reason": "x"}
    assert (await filled.http.post(url, json=stranger, headers=filled.bearer())).json()["type"] == "/docs#change-not-possible"
    await patched(filled, {"has_legal_hold": True})
    own = {"scope": [{"event_id": str(created().event_id), "fields": ["reporter"]}], "reason": "x"}
    assert (await filled.http.post(url, json=own, headers=filled.bearer())).json()["type"] == "/docs#legal-hold"


async def test_who_may_change(filled: Site) -> None:
    """No key 401, a key that only reads 403, and the body is not even looked at."""
    for method, url in (
        ("PATCH", ONE),
        ("POST", f"{ONE}/comments"),
        ("PUT", f"{ONE}/duplicate-of"),
        ("DELETE", f"{ONE}/duplicate-of"),
        ("POST", f"{ONE}/redactions"),
    ):
        nobody = await filled.http.request(method, url, content=b"{", headers={"If-Match": "*"})
        reader = await filled.http.request(method, url, content=b"{", headers=filled.bearer("reader", if_match="*"))
        assert (nobody.status_code, reader.status_code) == (401, 403), url


async def test_the_author_of_a_change_is_the_keys_owner(filled: Site) -> None:
    """Whoever the body might name; the trace goes along."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await patched(filled, START, who="advocate-2", traceparent=trace)
    record = filled.kafka.records[-1]
    assert decode_event(record.value).actor.id == "advocate-2"
    assert record.headers == (("traceparent", trace.encode()),)
    await patched(filled, {"detailed_status": "waiting"}, traceparent="00-x")
    assert filled.kafka.records[-1].headers == ()


BODIES = [
    (b"{", 400, None),
    (b"", 400, None),
    (b"\xff\xfe", 400, None),
    (b'{"status_notes":"\\ud800"}', 400, None),
    (b"[]", 422, "body"),
    (b"{}", 422, "body"),
    (b"null", 422, "body"),
    (b'{"statsu":"open"}', 422, "statsu"),
    (b'{"status":"opened"}', 422, "status"),
    (b'{"status":null}', 422, "status"),
    (b'{"assignee":"crew 7"}', 422, "assignee"),
    (b'{"assignee":7}', 422, "assignee"),
    (b'{"service_code":"NOT-THERE"}', 422, None),
    (b'{"expected_datetime":"tomorrow"}', 422, "expected_datetime"),
    (b'{"expected_datetime":"2026-03-03T12:00:00"}', 422, "expected_datetime"),
    (b'{"expected_datetime":"0001-01-01T00:00:00+14:00"}', 422, "expected_datetime"),
    (b'{"expected_datetime":NaN}', 422, "expected_datetime"),
    (b'{"expected_datetime":1e400}', 422, "expected_datetime"),
    (b'{"is_private":"maybe"}', 422, "is_private"),
    (b'{"status_notes":""}', 422, "status_notes"),
    (b'{"status_notes":"' + b"x" * 20_001 + b'"}', 422, "status_notes"),
    (b'{"attention_resolved":[]}', 422, "attention_resolved"),
    (b'{"attention_resolved":["x"]}', 422, "attention_resolved.0"),
    (b"[" * 50_000, 400, None),
    (b'{"status_notes":"' + b"x" * 600_000 + b'"}', 413, None),
]


@pytest.mark.parametrize(("body", "status", "field"), BODIES, ids=[body[:50].decode("latin-1") for body, _, _ in BODIES])
async def test_a_wrong_body_is_named_and_never_quoted(filled: Site, body: bytes, status: int, field: str | None) -> None:
    """A clear 4xx; the field, where there is one."""
    answer = await filled.http.patch(ONE, content=body, headers=filled.bearer(if_match="*", content_type="application/json"))
    assert answer.status_code == status, answer.text
    if field:
        assert field in {error["field"] for error in answer.json()["errors"]}
    assert len(answer.content) < 2_000


@pytest.mark.parametrize(
    ("header", "value"),
    [("content-type", "text/plain"), ("content-type", "application/x-www-form-urlencoded"), ("content-encoding", "gzip")],
)
async def test_a_body_of_another_type(filled: Site, header: str, value: str) -> None:
    """415."""
    headers = filled.bearer(if_match="*") | {"content-type": "application/json", header: value}
    answer = await filled.http.patch(ONE, content=b"{}", headers=headers)
    assert answer.status_code == 415


async def test_a_body_that_does_not_come(filled: Site) -> None:
    """408 when its time is over, however slowly it drips."""

    async def drip() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.1)

    answer = await filled.http.patch(ONE, content=drip(), headers=filled.bearer(if_match="*", content_type="application/json"))
    assert answer.status_code == 408
    assert answer.json()["type"] == "/docs#too-slow"


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "caf\u00e9"])
async def test_a_key_that_is_none(filled: Site, key: str) -> None:
    """400."""
    headers = filled.bearer(if_match="*") | {"Idempotency-Key": key.encode("latin-1")}
    answer = await filled.http.patch(ONE, json=START, headers=headers)
    assert answer.status_code == 400


async def test_files_of_a_request_are_for_staff_and_downloaded(filled: Site) -> None:
    """Only those that belong to it now, never shown in the tracker's own name."""
    other = PHOTO.model_copy(update={"file_id": "f" * 32})
    filled.files.files = {PHOTO.file_id: (PHOTO, b"jpeg"), other.file_id: (other, b"other")}
    url = f"{ONE}/attachments/{PHOTO.file_id}"
    answer = await filled.staff(url)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"jpeg", "image/jpeg")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await filled.get(url)).status_code == 401
    assert (await filled.staff(f"{ONE}/attachments/{other.file_id}")).status_code == 404
    assert (await filled.staff(f"{ONE}/attachments/..%2f..%2fetc")).status_code == 404
    filled.files.is_down = True
    assert (await filled.staff(url)).status_code == 503


async def test_a_redacted_file_is_gone_at_once(filled: Site) -> None:
    """Before its owner has deleted it."""
    filled.files.files = {PHOTO.file_id: (PHOTO, b"jpeg")}
    order = {"scope": [{"event_id": str(created().event_id), "file_ids": [PHOTO.file_id]}], "reason": "x"}
    assert (await filled.http.post(f"{ONE}/redactions", json=order, headers=filled.bearer())).status_code == 200
    assert (await filled.staff(f"{ONE}/attachments/{PHOTO.file_id}")).status_code == 404


async def test_a_file_that_could_run_is_bytes(site: Site) -> None:
    """Whatever type its sender gave it."""
    page = PHOTO.model_copy(update={"media_type": "text/html"})
    await site.add(created(report=report(attachments=(page,))))
    site.files.files = {page.file_id: (page, b"<script>")}
    answer = await site.staff(f"{ONE}/attachments/{page.file_id}")
    assert answer.headers["content-type"] == "application/octet-stream"
