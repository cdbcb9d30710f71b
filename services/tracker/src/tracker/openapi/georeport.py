"""The operations of GeoReport v2, by address and method. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from tracker.georeport.answers import PREFIX
from tracker.openapi import examples
from tracker.openapi.parts import RETRY_AFTER, Operation, query, update_form
from tracker.openapi.schemas import Schema, ref

_TEXT: Final[Schema] = {"type": "string"}
_MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
_FORMAT: Final[Schema] = {
    "name": "format",
    "in": "path",
    "required": True,
    "description": "The format of the answer.",
    "schema": {"type": "string", "enum": ["json", "xml"]},
    "example": "json",
}
_SUMMARIES: Final = {"400": "A parameter is wrong.", "404": "There is nothing by this name.", "500": "Something went wrong on our side."}


def paths(jurisdiction_id: str) -> dict[str, Any]:
    """Every address under ``/open311/v2`` that the tracker answers."""
    found = _paths()
    jurisdiction = query("jurisdiction_id", "This endpoint's; another one is 404.", {"type": "string", "enum": [jurisdiction_id]})
    for methods in found.values():
        methods["get"]["parameters"].append(jurisdiction)
    return found


def _paths() -> dict[str, Any]:
    one, service = [examples.GEOREPORT_REQUEST], [examples.GEOREPORT_SERVICE]
    definition, number = examples.GEOREPORT_DEFINITION, examples.NUMBER
    token = [{"service_request_id": number, "token": number}]
    found = {
        "discovery": _read("discovery", "Endpoints and keys", "GeoReportDiscovery", examples.GEOREPORT_DISCOVERY),
        "services": _read("services", "What can be asked for", "GeoReportServices", service),
        "services/{service_code}": _read("service", "The questions of a service", "GeoReportServiceDefinition", definition),
        "requests": _read("requests", "Find requests", "GeoReportRequests", one, _requests_parameters()),
        "requests/{service_request_id}": _read("request", "Read one request", "GeoReportRequests", one, [_extensions()]),
        "tokens/{token}": _read("token", "The request of a token", "GeoReportTokens", token),
        "servicerequestupdates": _read("updates", "What changed", "GeoReportUpdates", [examples.GEOREPORT_UPDATE], _period()),
    }
    addresses: dict[str, Any] = {
        f"{PREFIX}/{address}.{{format}}": {"get": _named(operation, address)} for address, operation in found.items()
    }
    addresses[f"{PREFIX}/servicerequestupdates.{{format}}"]["post"] = _post_update()
    return addresses


def _named(operation: Operation, address: str) -> Operation:
    """The operation with the parameter that its address has."""
    _, _, name = address.rstrip("}").partition("{")
    if name:
        parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 100}}
        operation["parameters"].insert(0, parameter)
    return operation


def _errors(status: str) -> Operation:
    content = {kind: {"schema": schema} for kind, schema in (("application/json", ref("GeoReportErrors")), ("text/xml", _TEXT))}
    answer: Operation = {"description": _SUMMARIES.get(status, "The key is missing or not good for this."), "content": content}
    if status == "503":
        answer |= {"description": "Not possible at the moment.", "headers": RETRY_AFTER}
    return answer


def _both(description: str, schema: str, example: Any) -> Operation:  # noqa: ANN401 - JSON
    """The same in JSON and XML, whose elements have the names of the JSON's keys."""
    content = {"application/json": {"schema": ref(schema), "example": example}, "text/xml": {"schema": _TEXT}}
    return {"description": description, "content": content}


def _read(name: str, summary: str, schema: str, example: Any, parameters: Sequence[Schema] = ()) -> Operation:  # noqa: ANN401 - JSON
    errors = {status: _errors(status) for status in ("400", "404", "414", "500", "503")}
    return {
        "operationId": f"georeport{name.capitalize()}",
        "tags": ["georeport"],
        "summary": summary,
        "description": "Open311 GeoReport v2. An empty parameter is an absent one, an unknown one is ignored.",
        "security": [],
        "parameters": [_FORMAT, *parameters],
        "responses": {"200": _both("As asked.", schema, example)} | errors,
    }


def _extensions() -> Schema:
    return query(
        "extensions", "Adds the public history as `notes` and where the report came in.", {"type": "string", "enum": ["true", "false"]}
    )


def _period() -> list[Schema]:
    return [
        query("start_date", "From this moment; with `end_date` at most 90 days.", _MOMENT),
        query("end_date", "Up to this moment.", _MOMENT),
    ]


def _requests_parameters() -> list[Schema]:
    return [
        query("service_request_id", "A comma list; overrides everything else, and what is unknown is silently absent.", _TEXT),
        query("service_code", "A comma list.", _TEXT),
        query("status", "A comma list of `open` and `closed`.", {"type": "string", "pattern": "^(open|closed)(,(open|closed))*$"}),
        *_period(),
        query("updated_after", "Extension: changed since.", _MOMENT),
        query("updated_before", "Extension: changed until.", _MOMENT),
        query("bbox", "Extension: west,south,east,north in degrees.", _TEXT, "-78.9,35.7,-78.7,35.9"),
        query("page", "Extension: from 1; behind the end there is nothing.", {"type": "integer", "minimum": 1, "maximum": 10**12}),
        query("page_size", "Extension: 1 to 1000.", {"type": "integer", "minimum": 1, "maximum": 1000}),
        _extensions(),
    ]


def _post_update() -> Operation:
    refusals = {status: _errors(status) for status in ("400", "403", "404", "408", "413", "414", "415", "500", "503")}
    return {
        "operationId": "georeportPostUpdate",
        "tags": ["georeport"],
        "summary": "Tell what an integrator's system knows",
        "description": "FixMyStreet's extension. `api_key` in the form, with the scope `open311:update`.",
        "security": [],
        "parameters": [_FORMAT],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": update_form()}}},
        "responses": {"200": _both("Known.", "GeoReportPostedUpdates", [{"update_id": examples.EVENT_ID}])} | refusals,
    }
