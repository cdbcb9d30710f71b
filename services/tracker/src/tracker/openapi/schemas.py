"""JSON Schemas of the models, in shapes that strict generators of clients take: what may be absent is absent, never null. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from tracker.api.models import (
    ChangePending,
    DuplicateMark,
    History,
    NewComment,
    PossibleDuplicates,
    ProblemDocument,
    RedactionOrder,
    RequestList,
    RequestPatch,
    ServiceRequest,
)
from tracker.georeport.updates import TOLD
from tracker.views import GEOREPORT_KEYS

Schema = dict[str, Any]
REF: Final = "#/components/schemas/"
_ANSWERS: Final = (ServiceRequest, RequestList, PossibleDuplicates, History, ChangePending, ProblemDocument)
_BODIES: Final = (NewComment, DuplicateMark, RedactionOrder)
_NOT_NULL: Final = frozenset({"service_request_id", "status", "service_name", "service_code", "requested_datetime", "updated_datetime"})


def ref(name: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": REF + name}


def schemas() -> dict[str, Schema]:
    """Every schema, by name."""
    answers = _of_models(_ANSWERS)
    bodies = _of_models(_BODIES)
    patch = TypeAdapter(RequestPatch).json_schema(ref_template=REF + "{model}")
    words = patch.pop("$defs", {})
    named = answers | bodies | words | {"RequestPatch": {**patch, "minProperties": 1}}
    tidied = {name: _tidied(schema) for name, schema in named.items()}
    for name in _opened(answers, bodies):
        tidied[name].pop("additionalProperties", None)  # an answer may gain members; clients ignore what they do not know
    return dict(sorted((tidied | _georeport()).items()))


def _of_models(models: tuple[type[BaseModel], ...]) -> dict[str, Schema]:
    _, found = models_json_schema([(model, "validation") for model in models], ref_template=REF + "{model}")
    return dict(found["$defs"])


def _opened(answers: Mapping[str, Schema], bodies: Mapping[str, Schema]) -> list[str]:
    return [name for name in answers if name not in bodies]


def _tidied(schema: Any) -> Any:  # noqa: ANN401 - a JSON Schema is of any JSON
    """Without titles and null defaults, and with an optional member as what it is when it is there."""
    if isinstance(schema, list):
        return [_tidied(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: part for name, part in schema.items() if not (name == "title" and isinstance(part, str))}
    if "anyOf" in kept:
        kept = _without_null(kept)
    if kept.get("default", ...) is None:
        del kept["default"]
    return {name: _tidied(part) for name, part in kept.items()}


def _without_null(schema: Schema) -> Schema:
    options = [option for option in schema["anyOf"] if option.get("type") != "null"]
    rest = {name: part for name, part in schema.items() if name != "anyOf"}
    if len(options) == len(schema["anyOf"]):
        return schema
    if len(options) > 1:
        return rest | {"anyOf": options}
    if rest.pop("nullable_on_purpose", False):
        return {**options[0], **rest, "type": [options[0]["type"], "null"]}
    return {**options[0], **rest}


def _object(description: str, properties: Mapping[str, Schema], *, required: tuple[str, ...] | None = None) -> Schema:
    names = list(properties) if required is None else list(required)
    return {"type": "object", "description": description, "required": names, "properties": dict(properties)}


def _list(name: str) -> Schema:
    return {"type": "array", "items": ref(name)}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _georeport() -> dict[str, Schema]:
    return {
        "GeoReportRequest": _object(
            "A request as GeoReport shows it: all seventeen keys, always.", _request_keys(), required=GEOREPORT_KEYS
        ),
        "GeoReportRequests": _list("GeoReportRequest"),
        "GeoReportErrors": {"type": "array", "minItems": 1, "items": ref("GeoReportError")},
        "GeoReportError": _object(
            "What is wrong.",
            {"code": {"type": "integer", "description": "The HTTP status."}, "description": _text("For people; names the field.")},
        ),
        "GeoReportTokens": _list("GeoReportToken"),
        "GeoReportToken": _object(
            "A token and its request.", {"service_request_id": _text("The number."), "token": _text("As asked for.")}
        ),
        **_services(),
        **_updates(),
    }


def _request_keys() -> dict[str, Schema]:
    keys: dict[str, Schema] = {}
    for name in GEOREPORT_KEYS:
        kind = "number" if name in {"lat", "long"} else "string"
        keys[name] = {"type": kind if name in _NOT_NULL else [kind, "null"]}
    keys["status"]["enum"] = ["open", "closed"]
    keys["service_request_id"]["pattern"] = "^[0-9A-HJKMNP-TV-Z]{12}$"
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        keys[name]["format"] = "date-time"
    keys["media_url"]["description"] = "Always null: photographs may show people, and are for staff."
    note = _object(
        "Something that happened.",
        {
            "datetime": {"type": "string", "format": "date-time"},
            "type": _text("The state that it led to, or `comment`."),
            "summary": _text("In a word."),
            "description": {"type": ["string", "null"]},
        },
    )
    notes = {"type": "array", "items": note, "description": "Only with `extensions=true`: the public history."}
    channel = {"type": "object", "description": "Only with `extensions=true`.", "properties": {"channel": {"type": ["string", "null"]}}}
    return keys | {"notes": notes, "extended_attributes": channel}


def _services() -> dict[str, Schema]:
    attribute: dict[str, Schema] = {
        "variable": {"type": "boolean"},
        "code": {"type": "string"},
        "datatype": {"type": "string", "enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]},
        "required": {"type": "boolean"},
        "datatype_description": {"type": "string"},
        "order": {"type": "integer", "minimum": 1},
        "description": {"type": "string"},
        "values": {"type": "array", "items": _object("An answer to choose.", {"key": {"type": "string"}, "name": {"type": "string"}})},
    }
    endpoint: dict[str, Schema] = {
        "specification": {"type": "string"},
        "url": {"type": "string", "format": "uri"},
        "changeset": {"type": "string", "format": "date-time"},
        "type": {"type": "string", "enum": ["production", "test"]},
        "formats": {"type": "array", "items": {"type": "string", "enum": ["text/xml", "application/json"]}},
    }
    service: dict[str, Schema] = {name: {"type": "string"} for name in ("service_code", "service_name", "description", "keywords", "group")}
    service |= {"metadata": {"type": "boolean"}, "type": {"type": "string", "enum": ["realtime", "batch", "blackbox"]}}
    return {
        "GeoReportService": _object("Something that can be asked for.", service),
        "GeoReportServices": _list("GeoReportService"),
        "GeoReportAttribute": _object("A question of the department.", attribute),
        "GeoReportServiceDefinition": _object(
            "The questions of a service.",
            {"service_code": {"type": "string"}, "attributes": {"type": "array", "items": ref("GeoReportAttribute")}},
        ),
        "GeoReportEndpoint": _object("An endpoint.", endpoint),
        "GeoReportDiscovery": _object(
            "Where the endpoints are.",
            {
                "changeset": {"type": "string", "format": "date-time"},
                "contact": {"type": "string"},
                "key_service": {"type": "string"},
                "endpoints": {"type": "array", "minItems": 2, "items": ref("GeoReportEndpoint")},
            },
        ),
    }


def _updates() -> dict[str, Schema]:
    return {
        "GeoReportUpdate": _object(
            "A public change of a request (FixMyStreet's extension).",
            {
                "update_id": {"type": "string", "format": "uuid"},
                "service_request_id": {"type": "string"},
                "status": {"type": "string", "enum": sorted(set(TOLD.values()))},
                "updated_datetime": {"type": "string", "format": "date-time"},
                "description": {"type": "string"},
                "media_url": {"type": ["string", "null"]},
            },
        ),
        "GeoReportUpdates": _list("GeoReportUpdate"),
        "GeoReportPostedUpdate": _object("The update as we know it.", {"update_id": {"type": "string", "format": "uuid"}}),
        "GeoReportPostedUpdates": _list("GeoReportPostedUpdate"),
    }
