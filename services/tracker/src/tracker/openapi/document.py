"""The whole document. Pure."""

from typing import Any

from tracker.openapi import georeport, operations
from tracker.openapi.schemas import schemas

_ABOUT = (
    "Requests to the Town of Cary's 311 desk: what became of them, and how staff change them. 311 is not 911: in an emergency, dial 911. "
    "Errors are problems (RFC 9457), each type explained at `/docs`; under `/open311` they have GeoReport's form. "
    "Clients ignore members that they do not know."
)


def document(*, version: str, page_items: int, max_page_items: int, jurisdiction_id: str) -> dict[str, Any]:
    """The document; ``version`` is the distribution's."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Cary 311 tracker", "version": version, "description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/", "description": "Where this document was read."}],
        "tags": [
            {"name": "requests", "description": "Reading requests."},
            {"name": "changes", "description": "Changes by staff."},
            {"name": "georeport", "description": "Open311 GeoReport v2."},
        ],
        "paths": operations.paths(page_items, max_page_items) | georeport.paths(jurisdiction_id),
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"staff": {"type": "http", "scheme": "bearer", "description": "A staff key, `prefix.secret`."}},
        },
    }
