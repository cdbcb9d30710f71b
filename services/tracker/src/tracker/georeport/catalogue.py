"""The catalogue as GeoReport shows it: the list of services, the definition of one, the discovery document. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from shared.town.catalogue import Catalogue
from shared.town.services import AttributeDefinition, ServiceDefinition
from tracker.views import georeport_moment

SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
FORMATS: Final = ("text/xml", "application/json")


def services(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every service that can be asked for, private ones included: what is private is a request, not that it can be made."""
    return [
        {
            "service_code": service.code,
            "service_name": service.name(),
            "description": service.description(),
            "metadata": bool(service.attributes),
            "type": "realtime",
            "keywords": ",".join(service.keywords),
            "group": service.group,
        }
        for service in catalogue.services.values()
    ]


def definition(service: ServiceDefinition) -> dict[str, Any]:
    """What the department needs to know about a request of this service: the questions, in order."""
    return {"service_code": service.code, "attributes": [_attribute(attribute) for attribute in service.attributes]}


def _attribute(attribute: AttributeDefinition) -> dict[str, Any]:
    return {
        "variable": attribute.variable,
        "code": attribute.code,
        "datatype": attribute.datatype.value,
        "required": attribute.required,
        "datatype_description": attribute.datatype_description(),
        "order": attribute.order,
        "description": attribute.description(),
        "values": [{"key": value.key, "name": value.name()} for value in attribute.values],
    }


def discovery(*, base_url: str, test_base_url: str, changeset: datetime, contact: str, key_service: str) -> Mapping[str, Any]:
    """Where the endpoints are, in which formats, and how to get a key."""
    changed = georeport_moment(changeset)
    endpoints = [
        {"specification": SPECIFICATION, "url": url, "changeset": changed, "type": kind, "formats": list(FORMATS)}
        for kind, url in (("production", base_url), ("test", test_base_url))
    ]
    return {"changeset": changed, "contact": contact, "key_service": key_service, "endpoints": endpoints}
