"""The JSON API: what is accepted, under which number, and what is refused in which words."""

import asyncio
import html
import json
from pathlib import Path

import pytest

from shared.contracts import ActorKind, Channel, Language
from shared.tracking_number import parse_tracking_number
from support.intake_web import World, intake_world

URL = "/api/v1/submissions"
BOUNDARY = Path(__file__).parents[2] / "contract" / "golden" / "normalizer" / "boundary.geojson"
REPORT = {"description": "Street light dark at the corner", "address": "Invented Lane 1", "language": "es", "email": "resident@example.com"}


async def test_a_report_is_published_and_answered_with_its_number(world: World) -> None:
    """201 carries the number under which the record lies in Kafka."""
    answer = await world.http.post(URL, json=REPORT)

    body = answer.json()
    [submission] = world.kafka.submissions
    assert answer.status_code == 201
    assert body["service_request_id"] == submission.service_request_id == parse_tracking_number(body["tracking_number"])
    assert body["status_url"].startswith(f"http://311.test/requests/{body['tracking_number']}?receipt=")
    assert answer.headers["location"] == body["status_url"]
    assert world.kafka.records[0].key == submission.service_request_id.encode()
    assert (submission.text, submission.channel, submission.language) == (REPORT["description"], Channel.API, "es")
    assert submission.place is not None
    assert submission.place.address == "Invented Lane 1"
    assert [reply.address for reply in submission.reply_addresses] == ["resident@example.com"]


async def test_whoever_wants_no_mails_gets_none(world: World) -> None:
    """``updates: none``: the address is for a person to use, and no answer goes there by itself; another word is refused by name."""
    answer = await world.http.post(URL, json=REPORT | {"updates": "none"})
    odd = await world.http.post(URL, json=REPORT | {"updates": "fax"})

    [submission] = world.kafka.submissions
    assert answer.status_code == 201
    assert submission.reply_addresses == ()
    assert submission.reporter is not None
    assert submission.reporter.email == "resident@example.com"
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "updates")


async def test_what_a_report_is_the_same_as_goes_along(world: World) -> None:
    """``same_as``: a report with a number of its own, which names the other; what is no number is refused by name."""
    answer = await world.http.post(URL, json=REPORT | {"same_as": "7kq4-m2xd-9rtb"})
    odd = await world.http.post(URL, json=REPORT | {"same_as": "the one from Monday"})

    [submission] = world.kafka.submissions
    assert answer.status_code == 201
    assert submission.same_as == "7KQ4M2XD9RTB" != submission.service_request_id
    assert submission.claim is None
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "same_as")
    assert "Monday" not in odd.text


async def test_fifty_parallel_posts_with_one_key_are_one_request(world: World) -> None:
    """The same report under the same key has one number, however often and however fast it comes."""
    answers = await asyncio.gather(*(world.http.post(URL, json=REPORT, headers={"Idempotency-Key": "k-1"}) for _ in range(50)))

    assert len({answer.json()["service_request_id"] for answer in answers}) == 1
    assert len({submission.submission_id for submission in world.kafka.submissions}) == 1


async def test_a_repeat_says_that_it_is_one(world: World) -> None:
    """``Idempotent-Replayed`` is said where this process remembers, and nothing is published again."""
    first = await world.http.post(URL, json=REPORT, headers={"Idempotency-Key": "k-1"})
    second = await world.http.post(URL, json=REPORT, headers={"Idempotency-Key": "k-1"})

    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.json() == first.json()
    assert len(world.kafka.records) == 1


@pytest.mark.parametrize("second", [{"json": REPORT | {"description": "Another thing"}, "key": "k-1"}, {"json": REPORT, "key": "k-2"}])
async def test_other_words_or_another_key_are_another_request(world: World, second: dict[str, object]) -> None:
    """A changed text is a report of its own even under the same key, and so is the same text under another."""
    first = await world.http.post(URL, json=REPORT, headers={"Idempotency-Key": "k-1"})
    other = await world.http.post(URL, json=second["json"], headers={"Idempotency-Key": str(second["key"])})

    assert other.json()["service_request_id"] != first.json()["service_request_id"]


async def test_without_a_key_every_post_is_a_report_of_its_own(world: World) -> None:
    """Two residents may use the same words."""
    answers = [await world.http.post(URL, json=REPORT) for _ in range(2)]

    assert len({answer.json()["service_request_id"] for answer in answers}) == 2


async def test_two_callers_may_use_the_same_key(world: World) -> None:
    """Keys are scoped to the caller."""
    bearers = [{"Authorization": f"Bearer {world.keys[name]}", "Idempotency-Key": "k-1"} for name in ("app-store", "other-app")]
    answers = [await world.http.post(URL, json=REPORT, headers=headers) for headers in bearers]

    assert len({answer.json()["service_request_id"] for answer in answers}) == 2
    assert [submission.entered_by.id for submission in world.kafka.submissions if submission.entered_by] == ["app-store", "other-app"]


async def test_an_advocate_enters_a_phone_call(world: World) -> None:
    """``channel: phone`` needs the scope; the advocate's key is kept as who entered it."""
    call = REPORT | {"channel": "phone", "phone": "(919) 555-0100"}
    answer = await world.http.post(URL, json=call, headers={"Authorization": f"Bearer {world.keys['advocate-1']}"})

    [submission] = world.kafka.submissions
    assert answer.status_code == 201
    assert submission.channel is Channel.PHONE
    assert submission.entered_by is not None
    assert (submission.entered_by.kind, submission.entered_by.id) == (ActorKind.STAFF, "advocate-1")


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("app-store", 403), ("reader", 401)])
async def test_nobody_else_enters_phone_calls(world: World, name: str | None, status: int) -> None:
    """Without the scope it is refused, and nothing is published."""
    headers = {"Authorization": f"Bearer {world.keys[name]}"} if name else {}
    answer = await world.http.post(URL, json=REPORT | {"channel": "phone"}, headers=headers)

    assert answer.status_code == status
    assert answer.json()["type"] == "/api/v1/problems/unauthorized"
    assert not world.kafka.records


async def test_a_wrong_key_is_no_anonymous_report(world: World) -> None:
    """Whoever presents a key is told that it is wrong, instead of being taken for nobody."""
    answer = await world.http.post(URL, json=REPORT, headers={"Authorization": "Bearer app-store.wrong"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


WRONG = [
    ({}, "description", "required"),
    ({"description": " \n\t "}, "description", "required"),
    ({"description": "\u0000\u0007\u200b"}, "description", "required"),
    ({"description": "x" * 10_001}, "description", "too_long"),
    ({"description": 7}, "description", "invalid"),
    ({"description": ["a"]}, "description", "invalid"),
    ({"description": "a", "service_code": "NOT-THERE"}, "service_code", "unknown"),
    ({"description": "a", "service_code": 5}, "service_code", "invalid"),
    ({"description": "a", "lat": 91, "long": 0}, "lat", "invalid"),
    ({"description": "a", "lat": 0, "long": -181}, "long", "invalid"),
    ({"description": "a", "lat": 35.7}, "long", "required"),
    ({"description": "a", "lat": "north", "long": 1}, "lat", "invalid"),
    ({"description": "a", "email": "nobody"}, "email", "invalid"),
    ({"description": "a", "phone": "12"}, "phone", "invalid"),
    ({"description": "a", "language": "tlh"}, "language", "unknown"),
    ({"description": "a", "media_url": "javascript:alert(1)"}, "media_url", "invalid"),
    ({"description": "a", "address": "y" * 1_001}, "address", "too_long"),
    ({"description": "a", "channel": "email"}, "channel", "unknown"),
    ({"description": "a", "attributes": {"A": {"b": 1}}}, "attributes", "invalid"),
    ({"description": "a", "service_code": "SW-MISSED", "attributes": {"CART": ["GOLD"]}}, "attribute[CART]", "invalid"),
]


@pytest.mark.parametrize(("body", "field", "code"), WRONG)
async def test_a_wrong_field_is_named(world: World, body: dict[str, object], field: str, code: str) -> None:
    """422 says which field and why, in problem+json, and never quotes what was sent."""
    answer = await world.http.post(URL, json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert all(error["detail"] for error in answer.json()["errors"])
    assert not world.kafka.records


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe", b'{"description": "\\ud800"}', b"[" * 100_000, b'{"a":' * 5_000],
    ids=["empty", "cut", "array", "null", "number", "string", "not-utf8", "lone-surrogate", "deep-array", "deep-object"],
)
async def test_what_is_no_json_object_is_malformed(world: World, body: bytes) -> None:
    """Wrong JSON of every kind is a 400."""
    answer = await world.http.post(URL, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["type"] == "/api/v1/problems/malformed"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_a_coordinate_is_a_finite_number(world: World, number: str) -> None:
    """NaN and infinities are no place."""
    body = f'{{"description": "a", "lat": {number}, "long": 1}}'
    answer = await world.http.post(URL, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "lat"


async def test_a_megabyte_of_text_is_too_large(world: World) -> None:
    """The cap on bytes comes before any reading of them as text."""
    answer = await world.http.post(URL, json={"description": "x" * 1_000_000})

    assert answer.status_code == 413
    assert answer.json()["type"] == "/api/v1/problems/too_large"


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "", "application/x-www-form-urlencoded"])
async def test_another_content_type_is_415(world: World, media_type: str) -> None:
    """The API takes JSON and multipart forms."""
    answer = await world.http.post(URL, content=json.dumps(REPORT), headers={"Content-Type": media_type})

    assert answer.status_code == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
async def test_another_method_is_405(world: World, method: str) -> None:
    """With the method that is possible."""
    answer = await world.http.request(method, URL)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\u00e9", "a\tb"])
async def test_an_odd_idempotency_key_is_refused(world: World, key: str) -> None:
    """Instead of being cut, which would make two reports one."""
    answer = await world.http.post(URL, json=REPORT, headers=[(b"Idempotency-Key", key.encode("latin-1"))])

    assert answer.status_code == 400


async def test_over_the_limit_is_429_with_a_time_to_wait(world: World) -> None:
    """Limits that can be obeyed: after the time it names, the next report is taken."""
    world.parts.door._anonymous._rate = type(world.parts.door._anonymous._rate)(2, 60.0)
    world.parts.door._anonymous._per_second = 1.0

    answers = [await world.http.post(URL, json=REPORT) for _ in range(3)]
    world.clockwork.seconds += int(answers[2].headers["retry-after"])
    after = await world.http.post(URL, json=REPORT)

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[0].headers["ratelimit-remaining"] == "1"
    assert after.status_code == 201


async def test_pages_of_other_sites_cannot_send_reports(world: World) -> None:
    """A visitor's browser says where a request comes from."""
    answer = await world.http.post(URL, json=REPORT, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert not world.kafka.records


async def test_the_trace_goes_on(world: World) -> None:
    """A caller's traceparent travels to Kafka; without one, or with an invalid one, a trace begins."""
    given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    await world.http.post(URL, json=REPORT, headers={"traceparent": given})
    await world.http.post(URL, json=REPORT, headers={"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"})

    first, second = (dict(record.headers)["traceparent"].decode() for record in world.kafka.records)
    assert first == given
    assert second.startswith("00-")
    assert "0" * 32 not in second


async def test_every_answer_is_safe_to_show(world: World) -> None:
    """Security headers and a request id are on errors too."""
    for answer in (await world.http.post(URL, json=REPORT), await world.http.get("/api/v1/nothing"), await world.http.get("/")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-request-id"]
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(("language", "said"), [("en", "Call 911 now"), ("es", "Llame ya al 911")])
async def test_an_emergency_is_told_in_the_answer(world: World, language: str, said: str) -> None:
    """Before anybody has read it, in the resident's language; other reports are not told."""
    answer = await world.http.post(URL, json=REPORT | {"description": "My neighbor's house is on fire", "language": language})
    assert answer.status_code == 201
    assert said in answer.json()["service_notice"]
    assert "service_notice" not in (await world.http.post(URL, json=REPORT)).json()


@pytest.mark.parametrize("language", Language)
async def test_a_place_outside_the_town_is_told_whom_to_ask(tmp_path: Path, language: Language) -> None:
    """At once, by its point; the report is kept, and the page after sending says the same. Inside nothing is said."""
    async with intake_world(tmp_path, town_boundary_file=BOUNDARY) as world:
        outside = world.parts.town.outside_town(language)
        answer = await world.http.post(URL, json=REPORT | {"lat": 36.5, "long": -78.5, "language": language.value})
        assert answer.status_code == 201
        assert answer.json()["service_notice"] == outside
        inside = await world.http.post(URL, json=REPORT | {"lat": 35.5, "long": -78.5})
        assert "service_notice" not in inside.json()
        assert len(world.kafka.submissions) == 2
        number, _, query = answer.json()["status_url"].partition("/requests/")[2].partition("?")
        received = await world.http.get(f"/requests/{number}/received?{query}&lang={language.value}")
        assert outside in html.unescape(received.text)
