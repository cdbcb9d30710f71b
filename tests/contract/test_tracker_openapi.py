"""The tracker's OpenAPI document: whole, true to itself, and never breaking for those who generated a client from it."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest

from support.openapi_breaking import METHODS, breaking
from support.tracker_openapi import GOLDEN, present, text
from tracker.api.problems import ProblemKind

Document = dict[str, Any]
PRESENT = present()
RELEASED: Document = json.loads(GOLDEN.read_text(encoding="utf-8"))
PATCH = ("paths", "/api/v1/requests/{number}", "patch")
LIST = ("paths", "/api/v1/requests", "get")
SCHEMAS = ("components", "schemas")


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method in METHODS & methods.keys():
            yield path, method, methods[method]


def every_part(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    yield path, part
    if isinstance(part, dict):
        for name, inner in part.items():
            yield from every_part(inner, f"{path}/{name}")
    elif isinstance(part, list):
        for place, inner in enumerate(part):
            yield from every_part(inner, f"{path}/{place}")


def test_the_document_changes_only_together_with_its_file() -> None:
    """A change is seen in review: write the file anew and look at the difference."""
    assert text() == GOLDEN.read_text(encoding="utf-8"), "run: PYTHONPATH=tests python -m support.tracker_openapi"


def test_no_client_of_the_released_document_breaks() -> None:
    """What is there is extended, never taken away, narrowed or newly required."""
    assert breaking(RELEASED, PRESENT) == []


def at(document: Document, *path: str) -> Any:  # noqa: ANN401 - JSON
    for step in path:
        document = document[step]
    return document


def remove(*path: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        del at(document, *path[:-1])[path[-1]]

    return change


def put(*path: str, value: Any) -> Callable[[Document], None]:  # noqa: ANN401 - JSON
    def change(document: Document) -> None:
        at(document, *path[:-1])[path[-1]] = value

    return change


def require_parameter(document: Document) -> None:
    at(document, *LIST, "parameters")[0]["required"] = True


def remove_parameter(document: Document) -> None:
    del at(document, *LIST, "parameters")[0]


def add_required_parameter(document: Document) -> None:
    at(document, *LIST, "parameters").append({"name": "new", "in": "query", "required": True, "schema": {"type": "string"}})


BREAKS = {
    "an address goes": remove("paths", "/api/v1/requests"),
    "a method goes": remove(*PATCH),
    "an operation is called otherwise": put(*PATCH, "operationId", value="other"),
    "a key is needed": put(*LIST, "security", value=[{"staff": []}]),
    "an answer goes": remove(*PATCH, "responses", "202"),
    "a format goes": remove("paths", "/open311/v2/requests.{format}", "get", "responses", "200", "content", "text/xml"),
    "a parameter is required": require_parameter,
    "a parameter goes": remove_parameter,
    "a new parameter is required": add_required_parameter,
    "a body's member is required": put(*SCHEMAS, "RequestPatch", "required", value=["status"]),
    "a body's member goes": remove(*SCHEMAS, "RequestPatch", "properties", "assignee"),
    "a body's member is narrower": put(*SCHEMAS, "RequestPatch", "properties", "assignee", "type", value="string"),
    "a body's text is shorter": put(*SCHEMAS, "NewComment", "properties", "text", "maxLength", value=10),
    "a body's words are fewer": put(*SCHEMAS, "DetailedStatus", "enum", value=["received"]),
    "an answer's member goes": remove(*SCHEMAS, "ServiceRequest", "properties", "description"),
    "an answer's member may be missing": put(*SCHEMAS, "ServiceRequest", "required", value=["status"]),
    "an answer's member is of another type": put(*SCHEMAS, "ServiceRequest", "properties", "version", "type", value="string"),
    "an answer's member may be null": put(*SCHEMAS, "ServiceRequest", "properties", "description", "type", value=["string", "null"]),
    "an answer's words are more": put(*SCHEMAS, "GeoReportRequest", "properties", "status", "enum", value=["open", "closed", "lost"]),
}


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS.keys())
def test_each_way_to_break_a_client_is_seen(change: Callable[[Document], None]) -> None:
    """The gate itself fails when it should."""
    broken = copy.deepcopy(PRESENT)
    change(broken)
    assert breaking(PRESENT, broken)


GROWTH = {
    "a new address": put("paths", "/api/v1/new", value=copy.deepcopy(at(PRESENT, "paths", "/api/v1/requests"))),
    "a new member of an answer": put(*SCHEMAS, "ServiceRequest", "properties", "new", value={"type": "string"}),
    "a new member of a body": put(*SCHEMAS, "NewComment", "properties", "new", value={"type": "string"}),
    "a longer text": put(*SCHEMAS, "NewComment", "properties", "text", "maxLength", value=99_999),
}


@pytest.mark.parametrize("change", GROWTH.values(), ids=GROWTH.keys())
def test_growth_breaks_nobody(change: Callable[[Document], None]) -> None:
    """An API that could not grow would be replaced."""
    grown = copy.deepcopy(PRESENT)
    change(grown)
    assert breaking(PRESENT, grown) == []


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    """Nothing hangs in the air."""
    named = {part["$ref"].rpartition("/")[2] for _, part in every_part(PRESENT) if isinstance(part, dict) and "$ref" in part}
    assert named == set(PRESENT["components"]["schemas"])


def test_no_shape_that_generators_of_clients_trip_over() -> None:
    """Optional is absent, never ``anyOf`` with null; every operation has a name that can be one in a program."""
    for path, part in every_part(PRESENT):
        if isinstance(part, dict):
            assert "anyOf" not in part, path
            assert "oneOf" not in part, path
    names = [operation["operationId"] for _, _, operation in operations(PRESENT)]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_every_problem_is_an_answer_of_some_operation() -> None:
    """A type that nobody is told about is none."""
    said = json.dumps(PRESENT["paths"])
    unsaid = {kind.value.slug for kind in ProblemKind if f"`{kind.value.slug}`" not in said}
    assert unsaid == {"method-not-allowed"}  # of an address rather than of an operation


def validator(schema: Document) -> Any:  # noqa: ANN401 - the library's own
    return jsonschema_rs.Draft202012Validator({**schema, "components": PRESENT["components"]}, validate_formats=True)


def examples() -> Iterator[tuple[str, Document, Any]]:
    for path, method, operation in operations(PRESENT):
        for parameter in operation["parameters"]:
            if "example" in parameter:
                yield f"{method} {path} {parameter['name']}", parameter["schema"], parameter["example"]
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (part for answer in contents for part in answer.get("content", {}).values()):
            given = [content["example"]] if "example" in content else [one["value"] for one in content.get("examples", {}).values()]
            for example in given:
                yield f"{method} {path}", content["schema"], example


EXAMPLES = sorted(examples(), key=lambda found: (found[0], json.dumps(found[2], sort_keys=True)))


@pytest.mark.parametrize(("schema", "example"), [pytest.param(schema, example, id=where) for where, schema, example in EXAMPLES])
def test_an_example_is_one(schema: Document, example: Any) -> None:  # noqa: ANN401 - JSON
    """It validates against what it is an example of."""
    validator(schema).validate(example)


def test_every_operation_shows_an_example() -> None:
    """Of its good answer, where that is JSON, and of its body."""
    for path, method, operation in operations(PRESENT):
        contents = [operation["responses"]["200"], operation.get("requestBody", {})]
        for kind, content in (item for answer in contents for item in answer.get("content", {}).items()):
            if kind == "application/json":
                assert "example" in content or "examples" in content, f"{method} {path}"
