"""Creating requests by GeoReport v2, and everything else passed through to the tracker."""

import json
from collections.abc import Mapping
from xml.etree import ElementTree as ET

import httpx
import pytest

from shared.contracts import ActorKind, Channel
from support.intake_web import World, picture

URL = "/open311/v2/requests.json"
XML = "/open311/v2/requests.xml"
REPORT = {"service_code": "ST-POTHOLE", "address_string": "Invented Lane 1", "description": "Deep hole"}


def read_xml(answer: httpx.Response) -> ET.Element:
    return ET.fromstring(answer.content)  # noqa: S314 - of our own server


def with_key(world: World, **more: str) -> dict[str, str]:
    return {"api_key": world.keys["app-store"], **REPORT, **more}


async def test_json_is_an_array_of_one_with_an_id_and_no_token(world: World) -> None:
    """The answer of the standard, and the submission in Kafka."""
    answer = await world.http.post(URL, data=with_key(world, email="a@example.com", first_name="Ana", account_id="acc-1", device_id="d"))

    [request] = answer.json()
    [submission] = world.kafka.submissions
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert list(request) == ["service_request_id", "service_notice", "account_id"]
    assert request["service_request_id"] == submission.service_request_id
    assert request["account_id"] == "acc-1"
    assert (submission.channel, submission.service_code) == (Channel.API, "ST-POTHOLE")
    assert submission.entered_by is not None
    assert (submission.entered_by.kind, submission.entered_by.id) == (ActorKind.INTEGRATOR, "app-store")
    assert submission.reporter is not None
    assert submission.reporter.first_name == "Ana"


async def test_xml_is_the_same(world: World) -> None:
    """``<service_requests><request>`` in UTF-8."""
    answer = await world.http.post(XML, data=with_key(world))

    root = read_xml(answer)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert root.tag == "service_requests"
    assert root.findtext("request/service_request_id") == world.kafka.submissions[0].service_request_id
    assert root.find("request/token") is None


@pytest.mark.parametrize("where", [{"lat": "35.79", "long": "-78.78"}, {"address_id": "a-7"}, {"address_string": "creek behind the court"}])
async def test_any_of_the_three_ways_to_say_where_will_do(world: World, where: Mapping[str, str]) -> None:
    """Lat and long, an address, or an address id."""
    data = {"api_key": world.keys["app-store"], "service_code": "OTHER", **where}
    answer = await world.http.post(URL, data=data)

    assert answer.status_code == 200
    assert world.kafka.submissions[0].place is not None


REFUSED = [
    ({"service_code": ""}, 400, "service_code required"),
    ({"service_code": "NOT-THERE"}, 404, "service_code"),
    ({"address_string": ""}, 400, "address_string"),
    ({"address_string": "", "lat": "35.79"}, 400, "long required"),
    ({"lat": "NaN", "long": "1"}, 400, "lat"),
    ({"lat": "1", "long": "1e9"}, 400, "long"),
    ({"description": "x" * 4_001}, 400, "description"),
    ({"email": "nobody"}, 400, "email"),
    ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
    ({"jurisdiction_id": "elsewhere.example"}, 404, "jurisdiction_id"),
    ({"api_key": ""}, 403, "api_key"),
    ({"api_key": "app-store.wrong"}, 403, "api_key"),
    ({"service_code": "SW-MISSED"}, 400, "attribute[CART] required"),
    ({"service_code": "SW-MISSED", "attribute[CART]": "GOLD"}, 400, "attribute[CART]"),
]


@pytest.mark.parametrize(("change", "status", "named"), REFUSED)
async def test_a_refusal_names_its_field_in_both_formats(world: World, change: Mapping[str, str], status: int, named: str) -> None:
    """An array of code and description; 404 for what does not exist, 403 for keys, 400 for everything else."""
    data = with_key(world) | dict(change)
    as_json = await world.http.post(URL, data=data)
    as_xml = await world.http.post(XML, data=data)

    [error] = as_json.json()
    root = read_xml(as_xml)
    assert as_json.status_code == as_xml.status_code == status
    assert error["code"] == status
    assert named in error["description"]
    assert root.tag == "errors"
    assert [root.findtext("error/code"), root.findtext("error/description")] == [str(status), error["description"]]
    assert not world.kafka.records


async def test_all_errors_are_told_at_once(world: World) -> None:
    """One round trip, everything to put right."""
    answer = await world.http.post(URL, data={"api_key": world.keys["app-store"], "lat": "100", "long": "1", "email": "x"})

    assert [error["code"] for error in answer.json()] == [400, 400, 400]


@pytest.mark.parametrize("name", ["attribute[CART]", "attribute[CART][]"])
async def test_attributes_come_in_both_spellings(world: World, name: str) -> None:
    """Repeated names are several values."""
    answer = await world.http.post(URL, data=with_key(world, service_code="SW-MISSED") | {name: ["TRASH", "OIL"]})

    [submission] = world.kafka.submissions
    assert answer.status_code == 200
    assert [(answered.code, answered.values) for answered in submission.attributes] == [("CART", ("TRASH", "OIL"))]


async def test_the_key_may_stand_in_the_address(world: World) -> None:
    """As some clients have it; unknown parameters are ignored, the right jurisdiction is accepted."""
    answer = await world.http.post(
        f"{URL}?api_key={world.keys['app-store']}&jurisdiction_id=carync.gov&x=1", data=REPORT | {"unknown": "y"}
    )

    assert answer.status_code == 200


async def test_media_is_a_photo(world: World) -> None:
    """The extension that apps in the wild use: a file beside the fields."""
    answer = await world.http.post(URL, data=with_key(world), files={"media": ("a.png", picture("PNG"), "image/png")})

    [submission] = world.kafka.submissions
    assert answer.status_code == 200
    assert [attachment.media_type for attachment in submission.attachments] == ["image/png"]


async def test_a_zip_named_jpg_is_refused_by_its_content(world: World) -> None:
    """The name and type that were claimed mean nothing."""
    answer = await world.http.post(URL, data=with_key(world), files={"media": ("a.jpg", b"PK\x03\x04" + b"0" * 500, "image/jpeg")})

    assert answer.status_code == 400
    assert answer.json()[0]["description"].startswith("media:")


async def test_the_same_key_and_report_are_one_request(world: World) -> None:
    """``Idempotency-Key`` works here as well."""
    answers = [await world.http.post(URL, data=with_key(world), headers={"Idempotency-Key": "k"}) for _ in range(3)]

    assert len({answer.json()[0]["service_request_id"] for answer in answers}) == 1


async def test_kafka_away_is_no_matter_of_the_client(world: World) -> None:
    """The number is final, so the answer is the same 200."""
    world.kafka.is_down = True
    answer = await world.http.post(URL, data=with_key(world))

    assert (answer.status_code, world.spool.count()) == (200, 1)


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"", None, 403),
        (b"x", None, 415),
        (b"{}", "application/json", 415),
        (b"--b\r\n", "multipart/form-data; boundary=b", 400),
        (b"x", "multipart/form-data", 400),
        (b"&" * 200 + b"a=1", "application/x-www-form-urlencoded", 403),
        (b"a=1&" * 2_000, "application/x-www-form-urlencoded", 400),
        (b"%ff=%fe&api_key=%00", "application/x-www-form-urlencoded", 403),
    ],
)
async def test_odd_bodies_are_refused_in_the_same_format(world: World, content: bytes, media_type: str | None, status: int) -> None:
    """Whatever is sent, the answer is an array of errors."""
    headers = {"Content-Type": media_type} if media_type else {}
    answer = await world.http.post(URL, content=content, headers=headers)

    assert answer.status_code == status
    assert answer.json()[0]["code"] == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "BREW"])
async def test_other_methods_are_405_in_the_same_format(world: World, method: str) -> None:
    """With the methods that are possible."""
    answer = await world.http.request(method, XML)

    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert read_xml(answer).findtext("error/code") == "405"


async def test_reads_are_the_trackers(world: World) -> None:
    """Path, query and answer go through unchanged; hop-by-hop headers, cookies and the server's own do not."""
    body = [{"service_code": "OTHER"}]
    world.tracker.answers["/open311/v2/services.json"] = httpx.Response(
        200, json=body, headers={"X-Total": "1", "Server": "inner", "Keep-Alive": "5", "ETag": '"e"'}
    )
    answer = await world.http.get(
        "/open311/v2/services.json?jurisdiction_id=carync.gov&q=%C3%A9",
        headers={"Cookie": "a=b", "Accept": "application/json", "X-Forwarded-For": "9.9.9.9"},
    )

    [asked] = world.tracker.asked
    assert answer.status_code == 200
    assert answer.json() == body
    assert asked.url.query == b"jurisdiction_id=carync.gov&q=%C3%A9"
    assert asked.url.host == "tracker.test"
    assert "cookie" not in asked.headers
    assert "x-forwarded-for" not in asked.headers
    assert asked.headers["x-request-id"] == answer.headers["x-request-id"]
    assert answer.headers["etag"] == '"e"'
    assert answer.headers["x-total"] == "1"
    assert "server" not in answer.headers
    assert "keep-alive" not in answer.headers


async def test_reading_requests_is_the_trackers_too(world: World) -> None:
    """The same address creates by POST here and reads by GET there."""
    world.tracker.answers["/open311/v2/requests.json"] = httpx.Response(200, json=[])

    assert (await world.http.get(f"{URL}?status=open")).json() == []
    assert (await world.http.head(URL)).status_code == 200
    assert [request.method for request in world.tracker.asked] == ["GET", "HEAD"]


async def test_updates_are_passed_on_with_their_body(world: World) -> None:
    """``POST servicerequestupdates`` belongs to the tracker."""
    world.tracker.answers["/open311/v2/servicerequestupdates.xml"] = httpx.Response(
        200, content=b"<ok/>", headers={"Content-Type": "text/xml"}
    )
    answer = await world.http.post("/open311/v2/servicerequestupdates.xml", data={"update_id": "7"})

    assert answer.content == b"<ok/>"
    assert world.tracker.asked[0].content == b"update_id=7"


async def test_a_tracker_that_is_away_is_503_in_the_same_format(world: World) -> None:
    """With a time to come back."""
    world.tracker.is_down = True
    for path in ("services.json", "services.xml", "discovery.xml", "requests/7KQ4M2XD9RTB.json"):
        answer = await world.http.get(f"/open311/v2/{path}")

        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        code = json.loads(answer.content)[0]["code"] if path.endswith("json") else int(read_xml(answer).findtext("error/code") or 0)
        assert code == 503


@pytest.mark.parametrize(
    "path",
    [
        "/open311/v2/../../api/v1/requests",
        "/open311/v2/%2e%2e/%2e%2e/api/v1/requests",
        "/open311/v2//requests.json",
        "/open311/v2/a%5cb",
        "/open311/v2/",
    ],
)
async def test_no_path_leads_out(world: World, path: str) -> None:
    """What the tracker has beside GeoReport cannot be reached through this door."""
    request = httpx.Request("GET", httpx.URL("http://311.test").copy_with(raw_path=path.encode()))
    answer = await world.http.send(request)

    assert answer.status_code == 404
    assert not world.tracker.asked


async def test_an_endless_address_is_414(world: World) -> None:
    """Longer than any honest list of ids."""
    answer = await world.http.get("/open311/v2/requests.json?service_request_id=" + "A" * 9_000)

    assert answer.status_code == 414
    assert answer.json()[0]["code"] == 414


async def test_an_update_body_is_bounded(world: World) -> None:
    """The only body that is passed on has a cap."""
    answer = await world.http.post("/open311/v2/servicerequestupdates.json", content=b"x" * 70_000)

    assert answer.status_code == 413
    assert not world.tracker.asked


async def test_an_emergency_is_told_in_the_service_notice(world: World) -> None:
    """The standard's own member for what whoever reports should know, before everything else that stands in it."""
    answer = await world.http.post(URL, data=with_key(world, description="A power line is down and sparking"))
    [request] = answer.json()
    assert request["service_notice"].startswith("This looks like an emergency. Call 911 now.")
    assert "Follow it at" in request["service_notice"]
