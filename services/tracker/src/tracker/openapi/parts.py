"""The parts that operations of the document are made of. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.contracts import Attention, DetailedStatus, Nature, Status
from tracker.api.params import HISTORY_ITEMS, MAX_HISTORY_ITEMS
from tracker.api.problems import PROBLEM_JSON, ProblemKind
from tracker.cursors import Sort
from tracker.georeport.updates import UNDERSTOOD
from tracker.openapi.schemas import Schema, ref

Operation = dict[str, Any]
RETRY_AFTER: Final = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
ETAG: Final = {"ETag": {"schema": {"type": "string"}, "description": "Names this version of the request; goes into `If-Match`."}}
REPLAYED: Final = {
    "Idempotent-Replayed": {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "The change was made before, under the same key.",
    }
}


def problem(*kinds: ProblemKind, headers: Mapping[str, Any] | None = None) -> Operation:
    """The answer of a status, with the types of problems that it may be."""
    titles = "; ".join(f"{kind.value.title} (`{kind.value.slug}`)" for kind in kinds)
    answer: Operation = {"description": titles, "content": {PROBLEM_JSON: {"schema": ref("ProblemDocument")}}}
    return answer | ({"headers": dict(headers)} if headers else {})


def problems(*kinds: ProblemKind) -> dict[str, Operation]:
    """The answers of several statuses; those that any address has are among them."""
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in (*kinds, ProblemKind.TOO_LONG, ProblemKind.INTERNAL):
        by_status.setdefault(kind.value.status, []).append(kind)
    return {str(status): problem(*some) for status, some in sorted(by_status.items())} | {
        "503": problem(ProblemKind.UNAVAILABLE, headers=RETRY_AFTER)
    }


def json_answer(description: str, schema: str, example: Any, headers: Mapping[str, Any] | None = None) -> Operation:  # noqa: ANN401 - JSON
    """A 2xx with a JSON body."""
    content = {"application/json": {"schema": ref(schema), "example": example}}
    return {"description": description, "content": content} | ({"headers": dict(headers)} if headers else {})


def json_body(schema: str, examples: Mapping[str, Any]) -> Operation:
    """A body that is needed."""
    named = {name: {"value": value} for name, value in examples.items()}
    return {"required": True, "content": {"application/json": {"schema": ref(schema), "examples": named}}}


def query(name: str, description: str, schema: Schema, example: Any = None) -> Schema:  # noqa: ANN401 - JSON
    """An optional query parameter."""
    parameter: Schema = {"name": name, "in": "query", "description": description, "schema": schema}
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": False}
    return parameter | ({"example": example} if example is not None else {})


def words(kind: Sequence[str]) -> Schema:
    """A comma list of certain words."""
    return {"type": "array", "items": {"type": "string", "enum": [str(word) for word in kind]}, "minItems": 1, "maxItems": 100}


NUMBER: Final[Schema] = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "The tracking number, in any spelling: lower case, without hyphens, O for 0, I or L for 1.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
    "example": "7KQ4-M2XD-9RTB",
}
IF_MATCH: Final[Schema] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version that the change is made against; `*`: whichever it is.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 500},
    "example": '"3-7-s"',
}
IF_MATCH_OPTIONAL: Final[Schema] = IF_MATCH | {"required": False, "description": "Only at this version; without it at any."}
IDEMPOTENCY_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Yours for this change: sent again with the same key, it is made once. Refused changes are not remembered.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
    "example": "7d1c5c39-3a0e-4f6e-9d0f-5a3b6a0d6a11",
}
_MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}


def list_parameters(usual: int, most: int) -> list[Schema]:
    """Of the list of requests."""
    code: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
    codes: Schema = {"type": "array", "items": code, "minItems": 1, "maxItems": 100}
    flag: Schema = {"type": "boolean"}
    searched = "All of these words, or a tracking number. The public searches what is public, staff everything that was written."
    return [
        query("status", "Any of these.", words(list(Status)), ["open"]),
        query("detailed_status", "Any of these.", words(list(DetailedStatus)), ["received", "triaged"]),
        query("service_code", "Any of these services.", codes),
        query("nature", "Questions, requests, or what is neither.", words(list(Nature)), ["inquiry"]),
        *_periods(),
        query(
            "bbox", "west,south,east,north in degrees; the edges are inside.", {"type": "string", "maxLength": 200}, "-78.9,35.7,-78.7,35.9"
        ),
        query("q", searched, {"type": "string", "minLength": 1, "maxLength": 500}, "pothole academy"),
        query("assignee", "Who works on it. Staff only.", code),
        query("unassigned", "Nobody works on it. Staff only.", flag),
        query("attention", "Any of these reasons to look. Staff only.", words(list(Attention))),
        query("needs_attention", "Any reason to look. Staff only.", flag),
        query("overdue", "Open, and something that was due is not done. Staff only.", flag),
        query(
            "sort",
            "The order; `-` is newest first. The public's default is the newest first, staff's `emergencies`: open ones first.",
            {"type": "string", "enum": [str(sort) for sort in Sort]},
        ),
        query("limit", f"Requests on the page; {usual} where it is not said.", {"type": "integer", "minimum": 1, "maximum": most}),
        query("cursor", "`next_cursor` of an earlier page; good for ever.", {"type": "string", "maxLength": 64}),
    ]


def _periods() -> list[Schema]:
    sides = (("after", "before"), ("before", "after"))
    return [
        query(f"{what}_{side}", f"{what.capitalize()} not {other} this moment.", _MOMENT)
        for what in ("requested", "updated")
        for side, other in sides
    ]


def history_parameters() -> list[Schema]:
    """Of a history."""
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_HISTORY_ITEMS}
    return [
        query("after", "`next_after` of an earlier page.", {"type": "integer", "minimum": 0, "maximum": 10**17}),
        query("limit", f"Entries to look at; {HISTORY_ITEMS} where it is not said.", limit),
    ]


def place_parameters() -> list[Schema]:
    """Of what is about to be reported: the service, and where."""
    code = query("service_code", "The service.", {"type": "string", "minLength": 1, "maxLength": 64}, "ST-POTHOLE")
    return [
        code | {"required": True},
        query("lat", "Degrees north (WGS 84); together with `long`.", {"type": "number", "minimum": -90, "maximum": 90}, 35.7915),
        query("long", "Degrees east (WGS 84); together with `lat`.", {"type": "number", "minimum": -180, "maximum": 180}, -78.7811),
        query("address", "The place in words; needed where there is no point.", {"type": "string", "maxLength": 1_000}, "300 N Academy St"),
    ]


def update_form() -> Schema:
    """The form of an integrator's update."""
    text: Schema = {"type": "string"}
    properties: dict[str, Schema] = {
        "api_key": text | {"description": "With the scope `open311:update`."},
        "service_request_id": text | {"minLength": 1, "maxLength": 100},
        "update_id": text | {"minLength": 1, "maxLength": 200, "description": "Yours; a known one again changes nothing."},
        "status": text | {"enum": [word.upper() for word in UNDERSTOOD]},
        "updated_datetime": _MOMENT,
        "description": text | {"maxLength": 10_000, "description": "Public, personal data masked."},
        "jurisdiction_id": text,
    }
    required = ["api_key", "service_request_id", "update_id", "status"]
    return {"type": "object", "required": required, "properties": properties}
