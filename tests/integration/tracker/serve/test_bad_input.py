"""Whatever is sent, the answer is a clear one: never a 5xx, never a word of what is inside."""

import json

import pytest

from support.examples import NUMBER, created
from support.tracker_site import Site

ONE = f"/api/v1/requests/{NUMBER}"
ADDRESSES = (
    "/api/v1/requests",
    ONE,
    *(f"{ONE}/{part}" for part in ("history", "comments", "possible-duplicates", "duplicate-of", "redactions", "attachments/x")),
    "/api/v1/openapi.json",
    "/docs",
)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/requests",
        ONE,
        f"{ONE}/history",
        f"{ONE}/comments",
        f"{ONE}/possible-duplicates",
        "/api/v1/requests/possible-duplicates",
        f"{ONE}/duplicate-of",
        f"{ONE}/redactions",
        f"{ONE}/attachments/x",
        "/api/v1/openapi.json",
        "/docs",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"])
async def test_methods(site: Site, path: str, method: str) -> None:
    """What an address has is answered, everything else is 405 with ``Allow``, which ``OPTIONS`` says as well."""
    allowed = (await site.http.options(path)).headers["allow"].split(", ")
    answer = await site.http.request(method, path)
    assert (answer.status_code == 405) is (method not in allowed)
    assert answer.status_code < 500
    if answer.status_code == 405:
        assert answer.headers["allow"].split(", ") == allowed
        assert method == "HEAD" or answer.json()["type"] == "/docs#method-not-allowed"


PATHS = [
    "/",
    "/api",
    "/api/v1/requests/",
    "/api/v1/requests/%00",
    "/api/v1/requests/%ff%fe",
    "/api/v1/requests/..%2f..%2fetc%2fpasswd",
    "/api/v1/requests/" + "7" * 5_000,
    f"{ONE}/",
    f"{ONE}//history",
    f"{ONE}/history/x",
    "/API/V1/requests",
    "/openapi.json",
    "/redoc",
    "/api/v1/requests/{number}",
    "/api/v1/requests/%7Bnumber%7D",
]


@pytest.mark.parametrize("path", PATHS, ids=[path[:40] for path in PATHS])
async def test_addresses_that_are_none(site: Site, path: str) -> None:
    """404, as a problem."""
    answer = await site.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


QUERIES = [
    "limit=1&limit=2",
    "limit=NaN",
    "limit=99999999999999999999999999999",
    "cursor=%00%00",
    "cursor=" + "A" * 64,
    "q=%00",
    "q=" + "%F0%9F%9A%A7" * 10,
    "bbox=%2C%2C%2C",
    "requested_after=-1",
    "status=open%00",
    "assignee=x",
    "=x",
    "&&&",
    "%",
    "status",
    "&".join(f"status=open{place}" for place in range(400)),
    "$where=1",
    "service_code[$ne]=x",
]


@pytest.mark.parametrize("query", QUERIES, ids=[query[:40] for query in QUERIES])
async def test_queries(site: Site, query: str) -> None:
    """Understood or refused with a problem that names the parameter."""
    answer = await site.http.get(f"/api/v1/requests?{query}")
    assert answer.status_code in {200, 400, 401, 422}, answer.text
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_filters_value_is_a_value(site: Site) -> None:
    """No operator of the store's language can be sent."""
    await site.add(created())
    for value in ('{"$ne":null}', "$exists", "ST-POTHOLE\x00"):
        answer = await site.get("/api/v1/requests", service_code=value)
        assert answer.json()["items"] == []


async def test_an_address_that_is_too_long(site: Site) -> None:
    """414 in the form of the address."""
    answer = await site.get("/api/v1/requests", q="x" * 20_000)
    assert (answer.status_code, answer.json()["type"]) == (414, "/docs#address-too-long")
    assert (await site.get("/open311/v2/requests.json", service_code="x" * 20_000)).json()[0]["code"] == 414


@pytest.mark.parametrize("value", ["short", "x" * 65, "a b c d e f", "<script>alert(1)</script>", "caf\u00e9-caf\u00e9-caf\u00e9"])
async def test_a_request_id_that_is_not_sensible_is_replaced(site: Site, value: str) -> None:
    """What a caller sends stands in our log only where it is harmless there."""
    answer = await site.http.get("/docs", headers={"X-Request-ID": value.encode("utf-8")})
    assert answer.headers["x-request-id"] != value
    kept = await site.http.get("/nothing", headers={"X-Request-ID": "caller-1234"})
    assert kept.headers["x-request-id"] == kept.json()["request_id"] == "caller-1234"


@pytest.mark.parametrize("path", [ONE, "/api/v1/requests", "/open311/v2/services.xml", "/docs", "/nothing", "/api/v1/openapi.json"])
async def test_every_answer_has_safe_headers(site: Site, path: str) -> None:
    """Nothing is guessed, framed or loaded."""
    headers = (await site.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers.get_list("content-security-policy") == [headers["content-security-policy"]]
    assert "server" not in headers


async def test_the_docs_page_and_the_document(site: Site) -> None:
    """Whole, and for any page to read."""
    page = await site.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    document = await site.get("/api/v1/openapi.json")
    assert json.loads(document.content)["openapi"] == "3.1.0"
    assert document.headers["access-control-allow-origin"] == "*"
