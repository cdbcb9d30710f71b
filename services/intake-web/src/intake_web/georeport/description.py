"""The part of the OpenAPI document about GeoReport: what this service answers itself, creating a request."""

from typing import Any, Final

from intake_web.georeport.answers import PREFIX, Format
from intake_web.validate import GEOREPORT, MAX_EMAIL_CHARACTERS, MAX_LINE_CHARACTERS, MAX_PHONE_CHARACTERS, MAX_URL_CHARACTERS

TAG: Final = {"name": "georeport", "description": "Open311 GeoReport v2. Everything but creating requests is described by the tracker."}
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_LINE: Final[dict[str, Any]] = {"type": "string", "maxLength": MAX_LINE_CHARACTERS}

SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "GeoReportForm": {
        "type": "object",
        "required": ["api_key", "service_code"],
        "description": "Where: `lat` and `long`, `address_string` or `address_id`. Further fields: `attribute[CODE]`, files as `media`.",
        "properties": {
            "api_key": {"type": "string", "description": "A key with the scope `open311`."},
            "jurisdiction_id": {"type": "string", "examples": ["carync.gov"]},
            "service_code": {"type": "string", "description": "A code of the service list.", "examples": ["OTHER"]},
            "lat": {"type": "number", "minimum": -90, "maximum": 90},
            "long": {"type": "number", "minimum": -180, "maximum": 180},
            "address_string": {**_LINE, "examples": ["Kildaire Farm Road near the fire station"]},
            "address_id": _LINE,
            "email": {"type": "string", "maxLength": MAX_EMAIL_CHARACTERS},
            "device_id": _LINE,
            "account_id": _LINE,
            "first_name": _LINE,
            "last_name": _LINE,
            "phone": {"type": "string", "maxLength": MAX_PHONE_CHARACTERS},
            "description": {"type": "string", "maxLength": GEOREPORT.max_description_characters},
            "media_url": {"type": "string", "maxLength": MAX_URL_CHARACTERS},
        },
    },
    "GeoReportCreated": {
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "xml": {"name": "service_requests", "wrapped": True},
        "items": {
            "type": "object",
            "xml": {"name": "request"},
            "required": ["service_request_id", "service_notice", "account_id"],
            "properties": {
                "service_request_id": {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{12}$", "examples": ["7KQ4M2XD9RTB"]},
                "service_notice": {"type": "string"},
                "account_id": {"type": ["string", "null"]},
            },
        },
    },
    "GeoReportErrors": {
        "type": "array",
        "minItems": 1,
        "xml": {"name": "errors", "wrapped": True},
        "items": {
            "type": "object",
            "xml": {"name": "error"},
            "required": ["code", "description"],
            "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
        },
    },
}
_REFUSALS: Final = {
    "400": "Fields are wrong or missing; each is named.",
    "403": "The key is missing or not valid.",
    "404": "There is no such service or jurisdiction.",
    "405": "Another method than GET and POST.",
    "408": "The body took too long to arrive.",
    "413": "The body is too large.",
    "415": "Another content type.",
    "429": "Too many; `Retry-After` says when the next one is taken.",
    "503": "Cannot be kept at the moment; nothing was accepted.",
}


def paths() -> dict[str, dict[str, Any]]:
    """The address in both formats."""
    return {f"{PREFIX}/requests.{form}": {"post": _operation(form)} for form in Format}


def _operation(form: Format) -> dict[str, Any]:
    body = {name: {"schema": {"$ref": "#/components/schemas/GeoReportForm"}} for name in _FORMS}
    return {
        "operationId": f"createRequest{form.upper()}",
        "summary": "Create a service request",
        "tags": [TAG["name"]],
        "requestBody": {"required": True, "content": body},
        "responses": {
            "200": _answer("Accepted; the number is final.", form, "GeoReportCreated"),
            **{status: _answer(told, form, "GeoReportErrors") for status, told in _REFUSALS.items()},
        },
    }


def _answer(told: str, form: Format, schema: str) -> dict[str, Any]:
    media_type = form.content_type.partition(";")[0]
    return {"description": told, "content": {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}
