"""GeoReport v2, rule by rule, in both formats."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from shared.contracts import Channel, Place, Text
from shared.town.catalogue import load_catalogue
from shared.tracking_number import display
from support.examples import NOW, NUMBER, OTHER_NUMBER, changed, created, report
from support.logs import creation, number_of
from support.tracker_site import NOON, Site
from tracker.views import GEOREPORT_KEYS

V2 = "/open311/v2"
CATALOGUE = load_catalogue()


def xml(answer: httpx.Response) -> ET.Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    return ET.fromstring(answer.content)  # noqa: S314 - we wrote it


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found = answer.json()
    assert isinstance(found, list)
    return found


def as_told(value: object) -> str:
    """A JSON value as the text of an element."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.fixture
async def filled(site: Site) -> Site:
    await site.add(created(), changed(status_notes=Text(content="On its way. \u00dc <&> ]]>")))
    return site


async def test_discovery(site: Site) -> None:
    """Both endpoints, both formats, a changeset in the past, how to get a key."""
    found = (await site.get(f"{V2}/discovery.json")).json()
    assert list(found) == ["changeset", "contact", "key_service", "endpoints"]
    assert datetime.fromisoformat(found["changeset"]) < datetime.now(UTC)
    assert [endpoint["type"] for endpoint in found["endpoints"]] == ["production", "test"]
    for endpoint in found["endpoints"]:
        assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert endpoint["url"] == "https://311.example.org/open311/v2"
        assert endpoint["formats"] == ["text/xml", "application/json"]
        assert datetime.fromisoformat(endpoint["changeset"]).tzinfo
    root = xml(await site.get(f"{V2}/discovery.xml"))
    assert root.tag == "discovery"
    assert [element.text for element in root.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"] * 2
    assert all(found[name] for name in ("contact", "key_service"))


async def test_services(site: Site) -> None:
    """Every service with every member said; metadata is a boolean that tells whether there are questions."""
    found = rows(await site.get(f"{V2}/services.json"))
    assert [service["service_code"] for service in found] == list(CATALOGUE.services)
    for service in found:
        assert list(service) == ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
        assert isinstance(service["metadata"], bool)
        assert service["type"] == "realtime"
        assert all(service[name] for name in service if name != "metadata")
    root = xml(await site.get(f"{V2}/services.xml"))
    assert root.tag == "services"
    assert [[element.text for element in item] for item in root] == [[as_told(value) for value in service.values()] for service in found]


@pytest.mark.parametrize("code", list(CATALOGUE.services))
async def test_a_service_definition(site: Site, code: str) -> None:
    """An object, with the questions in order; lists have values."""
    found = (await site.get(f"{V2}/services/{code}.json")).json()
    assert found["service_code"] == code
    orders = [attribute["order"] for attribute in found["attributes"]]
    assert orders == sorted(set(orders))
    for attribute in found["attributes"]:
        assert list(attribute) == [
            "variable", "code", "datatype", "required", "datatype_description", "order", "description", "values",
        ]  # fmt: skip
        assert attribute["order"] >= 1
        assert isinstance(attribute["required"], bool)
        assert bool(attribute["values"]) is attribute["datatype"].endswith("list")
    root = xml(await site.get(f"{V2}/services/{code}.xml"))
    assert root.tag == "service_definition"
    assert len(root.findall("attributes/attribute")) == len(found["attributes"])
    values = [value["key"] for attribute in found["attributes"] for value in attribute["values"]]
    assert [element.text for element in root.findall("attributes/attribute/values/value/key")] == values


@pytest.mark.parametrize("path", [f"requests/{NUMBER}", "requests"])
async def test_a_request_has_seventeen_keys_in_both_formats(filled: Site, path: str) -> None:
    """Null in JSON is an empty element in XML, and markup survives."""
    [request] = rows(await filled.get(f"{V2}/{path}.json"))
    assert tuple(request) == GEOREPORT_KEYS
    assert request["service_request_id"] == NUMBER
    assert isinstance(request["lat"], float)
    assert request["status"] == "open"
    assert request["status_notes"] == "On its way. \u00dc <&> ]]>"
    for name in ("requested_datetime", "updated_datetime"):
        moment = datetime.fromisoformat(request[name])
        assert moment.tzinfo
        assert moment.microsecond == 0
        assert "." not in request[name]
    root = xml(await filled.get(f"{V2}/{path}.xml"))
    assert root.tag == "service_requests"
    assert [(element.tag, element.text or "") for element in root[0]] == [(name, as_told(value)) for name, value in request.items()]


@pytest.mark.parametrize("spelling", [NUMBER.lower(), display(NUMBER)])
async def test_an_id_in_any_spelling(filled: Site, spelling: str) -> None:
    """And the answer has the canonical one."""
    [request] = rows(await filled.get(f"{V2}/requests/{spelling}.json"))
    assert request["service_request_id"] == NUMBER


async def test_a_token_is_the_number(filled: Site) -> None:
    """Both members, as the standard has them."""
    assert rows(await filled.get(f"{V2}/tokens/{NUMBER}.json")) == [{"service_request_id": NUMBER, "token": NUMBER}]
    root = xml(await filled.get(f"{V2}/tokens/{NUMBER}.xml"))
    assert root.findtext("request/service_request_id") == root.findtext("request/token") == NUMBER


async def test_numbers_override_everything_else(filled: Site) -> None:
    """Unknown ones are silently absent, private ones are there without their content, the newest is first."""
    await filled.add(creation("a", is_private=True, received_at=NOW + timedelta(hours=1)))
    wanted = f"{NUMBER},unknown,{OTHER_NUMBER},{number_of('a')}"
    found = rows(await filled.get(f"{V2}/requests.json", service_request_id=wanted, status="closed", page_size="x"))
    assert [request["service_request_id"] for request in found] == [number_of("a"), NUMBER]
    assert (found[0]["service_name"], found[0]["description"]) == ("Private request", None)
    assert rows(await filled.get(f"{V2}/requests.json", service_request_id="unknown")) == []


async def test_a_private_request_is_in_no_list(site: Site) -> None:
    """Only by its number."""
    await site.add(created(report=report(is_private=True)))
    assert rows(await site.get(f"{V2}/requests.json")) == []
    assert rows(await site.get(f"{V2}/requests.json", bbox="-180,-90,180,90")) == []
    [request] = rows(await site.get(f"{V2}/requests/{NUMBER}.json"))
    assert all(request[name] is None for name in ("description", "address", "lat", "long", "agency_responsible", "zipcode"))


DAYS = (1, 30, 89, 91, 200)


@pytest.fixture
async def aged(site: Site) -> Site:
    """Requests of some days ago, each called by its age; the odd ones are closed."""
    for days in DAYS:
        at = NOON - timedelta(days=days)
        event = creation(str(days), received_at=at, place=Place(lat=35 + days / 1000, long=-78.0))
        await site.add(event.model_copy(update={"occurred_at": at}))
    return site


async def ages(site: Site, **params: str) -> list[int]:
    names = {number_of(str(days)): days for days in DAYS}
    return [names[request["service_request_id"]] for request in rows(await site.get(f"{V2}/requests.json", **params))]


def day(days: int) -> str:
    return (NOON - timedelta(days=days)).isoformat()


PERIODS = [
    ({}, [1, 30, 89]),
    ({"start_date": "", "end_date": " "}, [1, 30, 89]),
    ({"start_date": day(95)}, [30, 89, 91]),
    ({"end_date": day(50)}, [89, 91]),
    ({"start_date": day(91), "end_date": day(30)}, [30, 89, 91]),
    ({"start_date": day(31), "end_date": day(29), "status": "closed"}, []),
    ({"service_code": "ST-POTHOLE", "status": "open,closed"}, [1, 30, 89]),
    ({"service_code": "OTHER"}, []),
    ({"page_size": "2"}, [1, 30]),
    ({"page_size": "2", "page": "2"}, [89]),
    ({"page_size": "2", "page": "3"}, []),
    ({"page": "999999999999999"}, []),
    ({"updated_after": day(150)}, [1, 30, 89, 91]),
    ({"updated_before": day(40)}, [89]),
    ({"bbox": "-79,35.0,-77,35.05"}, [1, 30]),
    ({"extensions": "true", "page_size": "1"}, [1]),
    ({"unknown": "parameter"}, [1, 30, 89]),
]


@pytest.mark.parametrize(("params", "expected"), PERIODS, ids=[str(params) for params, _ in PERIODS])
async def test_what_a_query_finds(aged: Site, params: dict[str, str], expected: list[int]) -> None:
    """Newest first; without dates the last ninety days; a page past the end is empty."""
    assert await ages(aged, **params) == expected


async def test_extensions_add_and_change_nothing(filled: Site) -> None:
    """Notes and channel behind the seventeen keys; without the parameter not a byte of them."""
    plain = await filled.get(f"{V2}/requests/{NUMBER}.json")
    [request] = rows(await filled.get(f"{V2}/requests/{NUMBER}.json", extensions="true"))
    assert tuple(request) == (*GEOREPORT_KEYS, "notes", "extended_attributes")
    assert request["extended_attributes"] == {"channel": Channel.WEB}
    assert [note["type"] for note in request["notes"]] == ["received", "in_progress"]
    assert {name: value for name, value in request.items() if name in GEOREPORT_KEYS} == plain.json()[0]
    root = xml(await filled.get(f"{V2}/requests/{NUMBER}.xml", extensions="true"))
    assert [element.text for element in root.findall("request/notes/note/type")] == ["received", "in_progress"]


ERRORS = [
    (f"requests/{OTHER_NUMBER}", {}, 404, "service_request_id"),
    ("requests/1234", {}, 404, "service_request_id"),
    (f"tokens/{OTHER_NUMBER}", {}, 404, "token"),
    ("services/NOT-THERE", {}, 404, "service_code"),
    ("requests", {"jurisdiction_id": "elsewhere.example"}, 404, "jurisdiction_id"),
    ("services", {"jurisdiction_id": "elsewhere.example"}, 404, "jurisdiction_id"),
    ("discovery", {"jurisdiction_id": "elsewhere.example"}, 404, "jurisdiction_id"),
    ("requests", {"status": "waiting"}, 400, "status"),
    ("requests", {"start_date": "NaN"}, 400, "start_date"),
    ("requests", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, 400, "end_date"),
    ("requests", {"page": "0"}, 400, "page"),
    ("requests", {"page_size": "1001"}, 400, "page_size"),
    ("requests", {"bbox": "NaN,NaN,NaN,NaN"}, 400, "bbox"),
    ("servicerequestupdates", {"start_date": "x"}, 400, "start_date"),
    ("nothing", {}, 404, ""),
    ("requests/.", {}, 404, ""),
]


@pytest.mark.parametrize(("path", "params", "code", "named"), ERRORS, ids=[f"{path} {params}" for path, params, _, _ in ERRORS])
async def test_errors(site: Site, path: str, params: dict[str, str], code: int, named: str) -> None:
    """The status is the code, the description names the field, and both formats say the same."""
    as_json = await site.get(f"{V2}/{path}.json", **params)
    [error] = as_json.json()
    assert error.keys() == {"code", "description"}
    assert as_json.status_code == error["code"] == code
    assert named in error["description"]
    root = xml(await site.get(f"{V2}/{path}.xml", **params))
    assert root.tag == "errors"
    assert (root.findtext("error/code"), root.findtext("error/description")) == (str(code), error["description"])


@pytest.mark.parametrize("ending", ["", ".csv", ".JSON", ".json.xml.", "/"])
async def test_another_ending_is_not_found(filled: Site, ending: str) -> None:
    """In a form that the caller can read."""
    answer = await filled.http.get(f"{V2}/requests{ending}", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()[0]["code"] == 404


READABLE = (
    "discovery.json",
    "services.xml",
    "services/OTHER.json",
    "requests.json",
    f"requests/{NUMBER}.xml",
    f"tokens/{NUMBER}.json",
)


@pytest.mark.parametrize("path", READABLE)
async def test_methods(filled: Site, path: str) -> None:
    """HEAD is GET without its body, OPTIONS says what there is and lets any page read, all else is 405 with ``Allow``."""
    url = f"{V2}/{path}"
    got, head = await filled.get(url), await filled.http.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert got.headers["access-control-allow-origin"] == "*"
    options = await filled.http.options(url, headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"})
    assert (options.status_code, options.headers["access-control-allow-origin"]) == (204, "*")
    assert "GET" in options.headers["access-control-allow-methods"]
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        answer = await filled.http.request(method, url)
        assert answer.status_code == 405, method
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_long_list_of_numbers(filled: Site) -> None:
    """A thousand at once; the answer is one round trip."""
    unknown = [number_of(f"unknown-{place}") for place in range(999)]
    assert len(rows(await filled.get(f"{V2}/requests.json", service_request_id=",".join([*unknown, NUMBER])))) == 1
    assert (await filled.get(f"{V2}/requests.json", service_request_id=",".join([*unknown, *unknown]))).status_code == 414


async def test_text_that_xml_cannot_hold(site: Site) -> None:
    """Controls, the last code points, markup: the document is well-formed all the same."""
    words = "Hole \ufffe <b>&amp;</b> \U0001f6a7 \u2028 end"
    await site.add(created(report=report(description=Text(content=words))))
    root = xml(await site.get(f"{V2}/requests/{NUMBER}.xml"))
    assert root.findtext("request/description") == words.replace("\ufffe", "\ufffd")
    [request] = json.loads((await site.get(f"{V2}/requests/{NUMBER}.json")).content)
    assert request["description"] == words
