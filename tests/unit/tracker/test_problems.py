"""Every problem is documented, and every failure becomes one, or GeoReport's error, without a word of what failed."""

import json
import re

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Scope

from shared.errors import TransientError
from tracker.api.docs_page import docs_page
from tracker.api.problems import Problem, ProblemKind, of_status, unavailable
from tracker.failures import answer_failure
from tracker.georeport.errors import GeoReportError
from tracker.openapi.document import document

SECRET = "words of a resident"
DOCUMENT = document(version="1.0", page_items=50, max_page_items=200, jurisdiction_id="carync.gov")


def scope(path: str, accept: str = "") -> Scope:
    return {"type": "http", "path": path, "headers": [(b"accept", accept.encode())], "cary311.request_id": "id-12345"}


def test_each_problem_has_a_name_of_its_own() -> None:
    """One slug, one status, one meaning."""
    kinds = [kind.value for kind in ProblemKind]
    assert len({kind.slug for kind in kinds}) == len(kinds) == len({kind.title for kind in kinds})
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.slug) for kind in kinds)


def test_every_type_has_its_place_on_the_page() -> None:
    """``type`` is an address, and something stands there."""
    page = docs_page(DOCUMENT).decode()
    for kind in ProblemKind:
        assert page.count(f'id="{kind.value.slug}"') == 1


def test_the_page_loads_nothing() -> None:
    """No script, no image, no style from elsewhere."""
    page = docs_page(DOCUMENT).decode()
    assert not re.search(r"<script|<img|<link|@import|src=|url\(| on\w+=", page)
    assert page.count("<h1>") == 1


def test_every_operation_is_on_the_page() -> None:
    """By its method and address."""
    page = docs_page(DOCUMENT).decode()
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (Problem(ProblemKind.STALE), 409, "stale-version"),
        (TransientError("mongodb", "timeout"), 503, "unavailable"),
        (HTTPException(404), 404, "not-found"),
        (HTTPException(405, headers={"Allow": "GET"}), 405, "method-not-allowed"),
        (HTTPException(418), 400, "malformed-request"),
        (GeoReportError(404, "x not found"), 404, "not-found"),
        (ValueError(SECRET), 500, "internal-error"),
        (KeyError(SECRET), 500, "internal-error"),
        (RecursionError(), 500, "internal-error"),
    ],
)
def test_a_failure_of_any_kind_is_a_problem(error: Exception, status: int, slug: str) -> None:
    """With the request's id and an address that explains it; a bug of ours tells nothing of itself."""
    answer = answer_failure(scope("/api/v1/requests"), error)
    body = json.loads(bytes(answer.body))
    assert answer.status_code == body["status"] == status
    assert body["type"] == f"/docs#{slug}"
    assert body["request_id"] == "id-12345"
    assert answer.headers["content-type"] == "application/problem+json"
    assert SECRET not in str(bytes(answer.body))
    assert "Traceback" not in str(bytes(answer.body))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GeoReportError(403, "no"), 403),
        (Problem(ProblemKind.NOT_POSSIBLE, "why"), 400),
        (Problem(ProblemKind.KEY_REUSED), 400),
        (Problem(ProblemKind.UNAUTHENTICATED), 403),
        (Problem(ProblemKind.UNKNOWN_REQUEST), 404),
        (TransientError("kafka"), 503),
        (HTTPException(404), 404),
        (ValueError(SECRET), 500),
    ],
)
def test_under_open311_it_has_georeports_form(error: Exception, code: int) -> None:
    """An array of code and description; 400 for everything that is neither a key nor missing."""
    answer = answer_failure(scope("/open311/v2/requests.json"), error)
    [body] = json.loads(bytes(answer.body))
    assert body.keys() == {"code", "description"}
    assert answer.status_code == body["code"] == code
    assert SECRET not in body["description"]
    assert answer_failure(scope("/open311/v2/requests.xml"), error).headers["content-type"] == "text/xml; charset=utf-8"


def test_the_format_of_an_error_without_an_ending() -> None:
    """What the caller accepts, else XML, which the standard requires."""
    assert "xml" in answer_failure(scope("/open311/v2/nothing"), HTTPException(404)).headers["content-type"]
    assert "json" in answer_failure(scope("/open311/v2/nothing", "application/json"), HTTPException(404)).headers["content-type"]


def test_what_is_away_says_when_to_come_back() -> None:
    """In both forms."""
    assert unavailable("x").headers["Retry-After"]
    for path in ("/api/v1/requests", "/open311/v2/requests.xml"):
        assert int(answer_failure(scope(path), TransientError("mongodb")).headers["retry-after"]) > 0


def test_statuses_of_the_framework() -> None:
    """Each known one has its own type."""
    assert {of_status(status).value.status for status in (404, 405, 408, 413, 414, 415, 422)} == {404, 405, 408, 413, 414, 415, 422}
    assert of_status(502) is ProblemKind.INTERNAL
