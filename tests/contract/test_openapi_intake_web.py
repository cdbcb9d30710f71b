"""The OpenAPI document of intake-web changes only in sight, and never so that a client breaks."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from support.intake_openapi import present, released
from support.openapi_changes import breaking_changes

Document = dict[str, Any]


def test_no_client_of_the_released_document_breaks() -> None:
    """What was sent is taken, what was relied on is there; a change that cannot be so wants a ``/api/v2``."""
    assert breaking_changes(released(), present()) == []


def test_a_change_is_seen_in_review() -> None:
    """``PYTHONPATH=tests python -m support.intake_openapi`` writes the file anew; commit the difference."""
    assert present() == released()


def operation(document: Document) -> Document:
    found: Document = document["paths"]["/api/v1/submissions"]["post"]
    return found


def member(document: Document, name: str, schema: str = "Submission") -> Document:
    found: Document = document["components"]["schemas"][schema]["properties"][name]
    return found


BREAKING: dict[str, Callable[[Document], object]] = {
    "path removed": lambda new: new["paths"].pop("/api/v1/problems/{kind}"),
    "method removed": lambda new: new["paths"]["/api/v1/submissions"].pop("post"),
    "operation renamed": lambda new: operation(new).update(operationId="sendReport"),
    "key needed": lambda new: operation(new).update(security=[{"key": []}]),
    "parameter required": lambda new: operation(new)["parameters"][0].update(required=True),
    "new required parameter": lambda new: operation(new)["parameters"].append(
        {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "parameter removed": lambda new: operation(new)["parameters"].pop(0),
    "parameter narrowed": lambda new: operation(new)["parameters"][0]["schema"].update(maxLength=36),
    "body removed": lambda new: operation(new)["requestBody"]["content"].pop("multipart/form-data"),
    "member required": lambda new: new["components"]["schemas"]["Submission"]["required"].append("address"),
    "member removed": lambda new: new["components"]["schemas"]["Submission"]["properties"].pop("address_id"),
    "member shortened": lambda new: member(new, "description").update(maxLength=4_000),
    "member lengthened at its start": lambda new: member(new, "description").update(minLength=10),
    "member of another type": lambda new: member(new, "lat").update(type="string"),
    "values fewer": lambda new: member(new, "language").update(enum=["en"]),
    "values named": lambda new: member(new, "service_code").update(enum=["OTHER"]),
    "pattern new": lambda new: member(new, "phone").update(pattern="^[0-9]+$"),
    "further members refused": lambda new: new["components"]["schemas"]["Submission"].update(additionalProperties=False),
    "answer removed": lambda new: operation(new)["responses"].pop("202"),
    "answer's type removed": lambda new: operation(new)["responses"]["422"].update(content={}),
    "header removed": lambda new: operation(new)["responses"]["201"]["headers"].pop("Location"),
    "answered member removed": lambda new: new["components"]["schemas"]["Accepted"]["properties"].pop("tracking_number"),
    "answered member optional": lambda new: new["components"]["schemas"]["Accepted"]["required"].remove("status_url"),
    "answered member may be null": lambda new: member(new, "status_url", "Accepted").update(type=["string", "null"]),
    "answered values more": lambda new: member(new, "errors", "Problem")["items"]["properties"]["code"]["enum"].append("odd"),
}
HARMLESS: dict[str, Callable[[Document], object]] = {
    "nothing": lambda _new: None,
    "path added": lambda new: new["paths"].update({"/api/v1/new": {"get": {"operationId": "new", "responses": {}}}}),
    "answer added": lambda new: operation(new)["responses"].update({"409": {"description": "new"}}),
    "parameter added": lambda new: operation(new)["parameters"].append({"name": "x", "in": "query", "schema": {"type": "string"}}),
    "member added": lambda new: new["components"]["schemas"]["Submission"]["properties"].update({"new": {"type": "string"}}),
    "member longer": lambda new: member(new, "description").update(maxLength=20_000),
    "values more": lambda new: member(new, "language")["enum"].append("fr"),
    "answered member added": lambda new: new["components"]["schemas"]["Accepted"]["required"].append("new"),
    "words changed": lambda new: operation(new).update(summary="Report something", description="In other words."),
}


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_a_change_that_breaks_clients_is_red(change: Callable[[Document], object]) -> None:
    """Removed, narrowed, required: each alone is found."""
    new = copy.deepcopy(released())
    change(new)
    assert breaking_changes(released(), new)


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_change_that_breaks_nobody_is_green(change: Callable[[Document], object]) -> None:
    """Additions, wider limits and other words are no alarm."""
    new = copy.deepcopy(released())
    change(new)
    assert breaking_changes(released(), new) == []
