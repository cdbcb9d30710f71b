"""The OpenAPI document of what intake-web itself answers, written by hand because the hot path is no FastAPI route.

A test holds it against ``SubmissionIn`` and against the answers that the endpoints really give.
"""

from typing import Any, Final

from intake_web.georeport import description as georeport
from intake_web.problems import TYPES
from intake_web.submission_in import SubmissionIn
from intake_web.validate import API, MAX_EMAIL_CHARACTERS, MAX_LINE_CHARACTERS, MAX_PHONE_CHARACTERS, MAX_URL_CHARACTERS

_NUMBER_EXAMPLE: Final = "7KQ4M2XD9RTB"
_ACCEPTED: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["service_request_id", "tracking_number", "status_url"],
    "properties": {
        "service_request_id": {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{12}$", "examples": [_NUMBER_EXAMPLE]},
        "tracking_number": {"type": "string", "description": "The same as people read it.", "examples": ["7KQ4-M2XD-9RTB"]},
        "status_url": {"type": "string", "format": "uri", "description": "The resident's page; answers from the first moment."},
        "service_notice": {
            "type": "string",
            "description": "What must be told at once: an emergency, a place outside the town, after hours when the desk opens.",
            "examples": ["This looks like an emergency. Call 911 now. 311 is not 911 and cannot send help."],
        },
    },
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/api/v1/problems/invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "examples": ["description"]},
                    "code": {"type": "string", "enum": ["required", "too_long", "invalid", "unknown"]},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_PROBLEM_TYPE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "description"],
    "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "description": {"type": "string"}},
}
_LIMITS: Final[dict[str, dict[str, Any]]] = {
    "description": {"minLength": 1, "maxLength": API.max_description_characters},
    "address": {"maxLength": MAX_LINE_CHARACTERS},
    "address_id": {"maxLength": MAX_LINE_CHARACTERS},
    "lat": {"minimum": -90, "maximum": 90},
    "long": {"minimum": -180, "maximum": 180},
    "first_name": {"maxLength": MAX_LINE_CHARACTERS},
    "last_name": {"maxLength": MAX_LINE_CHARACTERS},
    "email": {"maxLength": MAX_EMAIL_CHARACTERS, "examples": ["resident@example.org"]},
    "phone": {"maxLength": MAX_PHONE_CHARACTERS, "examples": ["(919) 555-0100"]},
    "updates": {"enum": ["email", "none"]},
    "account_id": {"maxLength": MAX_LINE_CHARACTERS},
    "device_id": {"maxLength": MAX_LINE_CHARACTERS},
    "media_url": {"maxLength": MAX_URL_CHARACTERS, "examples": ["https://photos.example.org/pothole.jpg"]},
    "language": {"enum": ["en", "es"]},
    "same_as": {"examples": ["7KQ4-M2XD-9RTB"]},
    "channel": {"enum": ["api", "phone"]},
    "attributes": {"additionalProperties": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}},
}
"""What ``validate.py`` asks, as far as a schema can say it."""
_LIMIT_HEADERS: Final[dict[str, Any]] = {
    "RateLimit-Limit": {"schema": {"type": "integer"}, "description": "How many at once."},
    "RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "How many are left."},
    "RateLimit-Reset": {"schema": {"type": "integer"}, "description": "Seconds until all are back."},
}
_RETRY_HEADER: Final[dict[str, Any]] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}


def _problem(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = {"description": description, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return answer | ({"headers": headers} if headers else {})


def _accepted(description: str) -> dict[str, Any]:
    replayed = {
        "Idempotent-Replayed": {"schema": {"type": "string", "enum": ["true"]}, "description": "This process remembers the same report."}
    }
    return {
        "description": description,
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}, **replayed, **_LIMIT_HEADERS},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}},
    }


def _submission_schema() -> dict[str, Any]:
    """Of the model, without the shapes that strict generators of clients trip over (``anyOf`` with null)."""
    schema = SubmissionIn.model_json_schema()
    for name, member in schema["properties"].items():
        options = [option for option in member.pop("anyOf", []) if option.get("type") != "null"]
        member.pop("default", None)
        member.pop("title", None)
        if options:
            member["type"] = options[0]["type"]
        member.update(_LIMITS.get(name, {}))
    schema["required"] = ["description"]
    schema["dependentRequired"] = {"lat": ["long"], "long": ["lat"]}
    schema["example"] = {
        "description": "Deep pothole in the right lane; a car already lost a wheel cover.",
        "service_code": "OTHER",
        "address": "Kildaire Farm Road near the fire station",
        "language": "en",
    }
    return schema


def _form_schema() -> dict[str, Any]:
    """The same fields as a form, with photos; answers are ``attribute[CODE]``."""
    schema = _submission_schema()
    properties = {name: member for name, member in schema["properties"].items() if name != "attributes"}
    properties["photos"] = {
        "type": "array",
        "maxItems": 5,
        "items": {"type": "string", "format": "binary"},
        "description": "JPEG, PNG, WebP or HEIC.",
    }
    return {"type": "object", "required": ["description"], "properties": properties, "description": "Further fields: ``attribute[CODE]``."}


def _operation() -> dict[str, Any]:
    return {
        "operationId": "createSubmission",
        "summary": "Send a report",
        "description": (
            "Anybody may send reports (within limits by address); a key raises the limits. "
            "The answer is given when the report is kept durably. "
            "With an `Idempotency-Key`, the same report sent again by the same caller is one request and gets the same number; "
            "other words under the same key are another report."
        ),
        "tags": ["submissions"],
        "security": [{}, {"key": []}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
                "description": "Yours for this report; send the same again after a failure.",
            },
            {"name": "traceparent", "in": "header", "schema": {"type": "string"}, "description": "W3C Trace Context; carried on."},
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Submission"}},
                "multipart/form-data": {"schema": {"$ref": "#/components/schemas/SubmissionForm"}},
            },
        },
        "responses": {
            "201": _accepted("Accepted; acknowledged by all replicas."),
            "202": _accepted("Accepted; kept on our disk until the rest of the system is back. The number is final."),
            "400": _problem("The body is not what its content type says, or a header is wrong."),
            "401": _problem("The key is missing or not valid."),
            "403": _problem("The key may not do this, or another site's page sent it."),
            "405": _problem("Another method than POST."),
            "408": _problem("The body took too long to arrive."),
            "413": _problem("The body is too large."),
            "415": _problem("Another content type."),
            "422": _problem("Fields of the report are wrong; `errors` names each."),
            "429": _problem("Too many.", _LIMIT_HEADERS | _RETRY_HEADER),
            "503": _problem("Cannot be kept at the moment; nothing was accepted.", _RETRY_HEADER),
        },
    }


def _explanation() -> dict[str, Any]:
    kind = {"name": "kind", "in": "path", "required": True, "schema": {"type": "string", "enum": sorted(TYPES)}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/ProblemType"}}}
    return {
        "operationId": "explainProblem",
        "summary": "What a problem's type means",
        "tags": ["submissions"],
        "parameters": [kind],
        "responses": {"200": {"description": "In a sentence.", "content": content}, "404": _problem("There is no such type.")},
    }


def document(public_base_url: str, version: str) -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cary 311 intake",
            "version": version,
            "description": "Sends reports to the Town of Cary's 311 desk. 311 is not 911: in an emergency, dial 911.",
        },
        "servers": [{"url": public_base_url}],
        "tags": [{"name": "submissions", "description": "Sending reports."}, georeport.TAG],
        "paths": {
            "/api/v1/submissions": {"post": _operation()},
            "/api/v1/problems/{kind}": {"get": _explanation()},
            **georeport.paths(),
        },
        "components": {
            "schemas": {
                "Submission": _submission_schema(),
                "SubmissionForm": _form_schema(),
                "Accepted": _ACCEPTED,
                "Problem": _PROBLEM,
                "ProblemType": _PROBLEM_TYPE,
                **georeport.SCHEMAS,
            },
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key as the town gives it out: `prefix.secret`."}
            },
        },
    }
