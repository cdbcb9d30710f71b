"""What no honest client sends, over the wire and at every door: a clear 4xx in the format of the address, and the next one is served."""

import json
import re
import struct
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from support.intake_site import Listening, listening

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
async def shared_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Listening]:
    async with listening(tmp_path_factory.mktemp("intake")) as made:
        yield made


@pytest.fixture
def site(shared_site: Listening) -> Listening:
    """One server for all of them, which is half of the point; what one test sent is forgotten before the next."""
    shared_site.world.kafka.records.clear()
    shared_site.world.mongodb.files.clear()
    shared_site.world.tracker.asked.clear()
    return shared_site


@dataclass(frozen=True)
class Door:
    """One of the ways in, with what it takes to be let in there."""

    path: str
    text_status: int
    """Where a field is wrong."""

    async def post(self, site: Listening, fields: Mapping[str, str], photo: bytes | None = None) -> httpx.Response:
        known = {"form_key": "f", "issued_at": "1", "action": "send"} if self.path == "/report" else {}
        if "open311" in self.path:
            known = {"api_key": site.world.keys["app-store"], "service_code": "OTHER", "address_string": "here"}
        files = {"photos": ("holiday.jpg", photo, "image/jpeg")} if photo is not None else {"unused": ("", b"")}
        async with site.http() as http:
            return await http.post(self.path, data=known | dict(fields), files=files)


PAGE = Door("/report", 422)
API = Door("/api/v1/submissions", 422)
JSON = Door("/open311/v2/requests.json", 400)
XML = Door("/open311/v2/requests.xml", 400)
DOORS = pytest.mark.parametrize("door", [PAGE, API, JSON, XML], ids=lambda door: door.path)


def assert_told(answer: httpx.Response, path: str, status: int) -> None:
    """In the format of the address, without a word of our code."""
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert "intake_web" not in answer.text
    kind = answer.headers["content-type"]
    if path.startswith("/api"):
        problem = answer.json()
        assert kind == "application/problem+json"
        assert (problem["status"], problem["type"].rpartition("/")[0]) == (status, "/api/v1/problems")
    elif path.startswith("/open311") and not path.endswith("json"):
        assert kind == "text/xml; charset=utf-8"
        assert ET.fromstring(answer.content).findtext("error/code") == str(status)  # noqa: S314 - of our own server
    elif path.startswith("/open311"):
        assert answer.json()[0]["code"] == status
    else:
        assert kind == "text/html; charset=utf-8"
        assert "<h1>" in answer.text


@DOORS
@pytest.mark.parametrize(
    "text",
    ["", " \t\r\n\u00a0\u3000", "\x00\x01\x07\x1b\x7f\x85", "\u200b\u200e\ufeff\u2060", "x" * 1_000_000, "\x00" * 900_000],
    ids=["empty", "blank", "control", "invisible", "megabyte", "megabyte-of-nul"],
)
async def test_a_text_that_says_nothing_or_too_much_is_named(site: Listening, door: Door, text: str) -> None:
    """At the form and the API a description is required; GeoReport does without one, and nobody takes a megabyte."""
    answer = await door.post(site, {"description": text})

    if "open311" in door.path and text[:1] != "x":
        assert answer.status_code == 200
        assert site.world.kafka.submissions[0].text == ""
        return
    assert_told(answer, door.path, door.text_status)
    assert not site.world.kafka.records


@DOORS
async def test_more_text_than_a_form_holds_is_refused_before_it_is_read(site: Listening, door: Door) -> None:
    """Over a megabyte of fields is no form."""
    answer = await door.post(site, {"description": "y" * 1_200_000})

    assert_told(answer, door.path, 400)


@DOORS
async def test_control_characters_and_broken_utf_8_are_cleaned(site: Listening, door: Door) -> None:
    """What surrounds them is a report; what cannot be shown, a lone surrogate's bytes for one, never reaches Kafka."""
    fields = {"description": b"a\x00b\x1b[31m \xed\xa0\x80 \xff\xfe c"}
    fields |= {"form_key": b"f", "issued_at": b"1", "action": b"send"} if door is PAGE else {}
    if "open311" in door.path:
        fields |= {"api_key": site.world.keys["app-store"].encode(), "service_code": b"OTHER", "address_string": b"\x00here\x07"}
    boundary = b"--cut\r\n"
    body = b"".join(
        boundary + b'Content-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value) for name, value in fields.items()
    )
    async with site.http() as http:
        answer = await http.post(door.path, content=body + b"--cut--\r\n", headers={"Content-Type": "multipart/form-data; boundary=cut"})

    [submission] = site.world.kafka.submissions
    assert answer.status_code in {200, 201, 303}
    assert not re.search(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]", submission.text)
    assert submission.text.endswith("c")


WRONG_FIELDS: Sequence[tuple[dict[str, str], str]] = [
    ({"lat": "NaN", "long": "1"}, "lat"),
    ({"lat": "1", "long": "Infinity"}, "long"),
    ({"lat": "90.0001", "long": "1"}, "lat"),
    ({"lat": "-1", "long": "-180.5"}, "long"),
    ({"lat": "35,79", "long": "-78"}, "lat"),
    ({"lat": "1e400", "long": "0"}, "lat"),
    ({"lat": "[1]", "long": "{}"}, "lat"),
    ({"email": "nobody at example"}, "email"),
    ({"phone": "call me"}, "phone"),
]


@DOORS
@pytest.mark.parametrize(("fields", "named"), WRONG_FIELDS, ids=range(len(WRONG_FIELDS)))
async def test_a_form_field_of_the_wrong_kind_is_named(site: Listening, door: Door, fields: dict[str, str], named: str) -> None:
    """Coordinates that are no place, addresses that are none: the field is named, what was sent is not quoted by programs' doors."""
    answer = await door.post(site, {"description": "a hole", **fields})

    assert_told(answer, door.path, door.text_status)
    assert named in answer.text
    if door is not PAGE:
        assert "nobody at example" not in answer.text
    assert not site.world.kafka.records


@pytest.mark.parametrize(
    "body",
    [
        {"description": None},
        {"description": {"a": "b"}},
        {"description": True},
        {"description": "a", "lat": True, "long": []},
        {"description": "a", "lat": {"$gt": 0}, "long": 1},
        {"description": "a", "attributes": []},
        {"description": "a", "attributes": {"A": None}},
        {"description": "a", "attributes": {str(number): "b" for number in range(101)}},
        {"description": "a", "email": ["a@example.com"]},
        {"description": "a", "channel": 7},
    ],
    ids=range(10),
)
async def test_json_of_the_wrong_type_is_named(site: Listening, body: dict[str, Any]) -> None:
    """422 with the member's name."""
    async with site.http() as http:
        answer = await http.post(API.path, json=body)

    assert_told(answer, API.path, 422)
    assert {error["field"] for error in answer.json()["errors"]} <= set(body)
    assert not site.world.kafka.records


def png_bomb(edge: int = 60_000) -> bytes:
    """3.6 gigapixels that claim to be black, in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", edge, edge, 1, 0, 0, 0, 0))
    rows = zlib.compress(b"\0" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@DOORS
@pytest.mark.parametrize(
    ("photo", "words"),
    [
        (b"PK\x03\x04" + b"\0" * 500, "JPEG"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 5_000, "cannot be read"),
        (b"%PDF-1.7 " + b"x" * 500, "JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG"),
        (png_bomb(), "64 megapixels"),
    ],
    ids=["zip", "cut-jpeg", "pdf", "svg", "bomb"],
)
async def test_what_is_no_photo_is_told_apart_by_its_content(site: Listening, door: Door, photo: bytes, words: str) -> None:
    """The name ``holiday.jpg`` and the claimed type mean nothing; a bomb does not go off."""
    answer = await door.post(site, {"description": "my own words"}, photo)

    assert_told(answer, door.path, door.text_status)
    assert words in answer.text
    if door is PAGE:
        assert "my own words" in answer.text
        assert "choose them again" in answer.text
    assert not site.world.mongodb.files
    assert not site.world.kafka.records


@DOORS
async def test_a_form_that_ends_too_soon_is_400(site: Listening, door: Door) -> None:
    """The last boundary is missing."""
    body = b'--cut\r\nContent-Disposition: form-data; name="description"\r\n\r\nhalf a rep'
    async with site.http() as http:
        answer = await http.post(door.path, content=body, headers={"Content-Type": "multipart/form-data; boundary=cut"})

    assert_told(answer, door.path, 400)


@DOORS
@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "image/jpeg", "multipart/mixed; boundary=a", "\xff/\xfe"])
async def test_another_content_type_is_415(site: Listening, door: Door, media_type: str) -> None:
    """In the format of the address, not of what was sent."""
    async with site.http() as http:
        answer = await http.post(door.path, content=b"<a/>", headers={"Content-Type": media_type.encode("latin-1")})

    assert_told(answer, door.path, 415)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/report"),
        ("POST", "/track"),
        ("PUT", "/requests/7KQ4-M2XD-9RTB"),
        ("POST", "/robots.txt"),
        ("GET", "/portal/suggest"),
        ("POST", "/api/v1/openapi.json"),
        ("DELETE", "/api/v1/submissions"),
        ("TRACE", "/api/v1/problems/invalid"),
        ("PUT", "/open311/v2/requests.json"),
        ("TRACE", "/open311/v2/services.xml"),
    ],
)
async def test_a_method_that_is_not_possible_is_405(site: Listening, method: str, path: str) -> None:
    """With those that are."""
    async with site.http() as http:
        answer = await http.request(method, path)

    assert_told(answer, path, 405)
    assert answer.headers["allow"]


@pytest.mark.parametrize("target", ["requests.json", "requests.xml"])
async def test_an_unknown_jurisdiction_is_404(site: Listening, target: str) -> None:
    """Wherever it is written; an empty one is absent."""
    door = Door(f"/open311/v2/{target}", 404)
    assert_told(await door.post(site, {"jurisdiction_id": "elsewhere.example"}), door.path, 404)
    assert_told(await Door(f"{door.path}?jurisdiction_id=elsewhere.example", 404).post(site, {}), door.path, 404)
    assert not site.world.kafka.records
    assert (await door.post(site, {"jurisdiction_id": ""})).status_code == 200


TARGETS = [
    (b"/%2e%2e/%2e%2e/etc/passwd", 404, "/"),
    (b"/static/x/%2e%2e/%2e%2e/settings.py", 404, "/"),
    (b"/static/x/..%2f..%2f..%2fsettings.py", 404, "/"),
    (b"//elsewhere.example/report", 404, "/"),
    (b"/\\elsewhere.example", 404, "/"),
    (b"/report/", 404, "/"),
    (b"/requests/%00%0d%0aSet-Cookie:%20a=b", 404, "/"),
    (b"/requests/" + b"7" * 5_000, 404, "/"),
    (b"/api//v1/submissions", 404, "/api"),
    (b"/api/v1/../../report", 404, "/api"),
    (b"/api/v1/problems/%0d%0aX:%20y", 404, "/api"),
    (b"/open311/v2/%2e%2e/%2e%2e/api/v1/requests.json", 404, "/open311.json"),
    (b"/open311/v2/a%5c..%5cb.json", 404, "/open311.json"),
    (b"/open311//v2/services.json", 404, "/open311.json"),
    (b"/?" + b"q" * 9_000, 414, "/"),
    (b"/api/v1/submissions?" + b"q" * 9_000, 414, "/api"),
    (b"/open311/v2/services.json?" + b"q" * 9_000, 414, "/open311.json"),
]


@pytest.mark.parametrize(("target", "status", "form"), TARGETS, ids=range(len(TARGETS)))
async def test_an_address_that_leads_elsewhere_leads_nowhere(site: Listening, target: bytes, status: int, form: str) -> None:
    """Dots, double and turned slashes, line ends and endless queries: 404 or 414, and the tracker is never asked."""
    wire = await site.raw(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    head, _, content = wire.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert_told(httpx.Response(int(first.split()[1]), headers=headers, content=content), form, status)
    assert not {"set-cookie", "x", "location"} & set(headers)
    assert not site.world.tracker.asked


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"/track?number={'7' * 500}", 422), ("/track?number=%00%0d%0aLocation:%20//elsewhere.example", 422), ("/requests/%ff%fe", 404)],
)
async def test_a_number_that_is_none_is_told_so(site: Listening, path: str, status: int) -> None:
    """With help, and escaped."""
    async with site.http() as http:
        answer = await http.get(path)

    assert_told(answer, path, status)
    assert "location" not in answer.headers


HEADS = [
    (b"Content-Length: 2\r\nContent-Length: 2", b"{}"),
    (b"Content-Length: 2, 2", b"{}"),
    (b"Content-Length: 2\r\nTransfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: gzip, chunked, identity\r\nContent-Length: 2", b"{}"),
    (b"Content-Length: +2", b"{}"),
    (b"Content-Length: 0x2", b"{}"),
    (b"Content-Length: 99999999999999999999999", b"{}"),
    (b"Content-Length : 2", b"{}"),
    (b"X: a\r\n folded: b\r\nContent-Length: 2", b"{}"),
    (b"X\x00Y: a\r\nContent-Length: 2", b"{}"),
    (b"X: a\rSet-Cookie: b\r\nContent-Length: 2", b"{}"),
]


@pytest.mark.parametrize(("head", "body"), HEADS, ids=range(len(HEADS)))
async def test_a_head_that_two_servers_could_read_differently_smuggles_nothing(site: Listening, head: bytes, body: bytes) -> None:
    """One answer, a 4xx, and no second request out of what follows."""
    sent = b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + head + b"\r\n\r\n" + body
    answer = await site.raw(sent + b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 4")
    assert b"HTTP/1.1 2" not in answer
    assert not site.world.kafka.records


@pytest.mark.parametrize(
    "sent",
    [b"GET /\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200, b"EHLO a\r\n\r\n"],
)
async def test_another_protocol_is_told_off(site: Listening, sent: bytes) -> None:
    """HTTP/0.9, TLS on the plain port, SMTP: a 400 or a closed connection, never a page."""
    answer = await site.raw(sent)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    async with site.http() as http:
        assert (await http.get("/")).status_code == 200


async def test_a_body_of_json_in_a_form_is_a_wrong_body(site: Listening) -> None:
    """And the other way round."""
    async with site.http() as http:
        as_json = await http.post(API.path, content=b"description=a", headers={"Content-Type": "application/json"})
        as_form = await http.post(PAGE.path, content=json.dumps({"description": "a"}), headers={"Content-Type": FORM})

    assert_told(as_json, API.path, 400)
    assert_told(as_form, PAGE.path, 422)
