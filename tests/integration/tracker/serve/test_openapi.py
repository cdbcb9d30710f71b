"""The OpenAPI document against the running application: generated requests get documented answers, and never a 5xx."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.examples import NUMBER, PHOTO, created
from support.tracker_openapi import present
from support.tracker_site import Site, running

EXAMPLES = 6
"""Generated requests of each operation and each kind (right and wrong)."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
OPERATIONS = [(path, method) for path, methods in present()["paths"].items() for method in methods]
KNOWN = {
    "number": NUMBER,
    "service_request_id": NUMBER,
    "token": NUMBER,
    "service_code": "ST-POTHOLE",
    "file_id": PHOTO.file_id,
}
"""What stands in a path, so that most requests get behind the 404."""


def attacked(url: str, path: str, method: str, key: str, *, is_positive: bool) -> None:
    """Send generated requests of one operation and check each answer against the document."""
    schema = schemathesis.openapi.from_dict(present() | {"servers": [{"url": url}]})
    schema.config.update(base_url=url)
    mode = schemathesis.GenerationMode.POSITIVE if is_positive else schemathesis.GenerationMode.NEGATIVE
    cases = schema[path][method.upper()].as_strategy(generation_mode=mode)

    @given(case=cases)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attack(case: schemathesis.Case[Any]) -> None:
        case.path_parameters |= {name: value for name, value in KNOWN.items() if name in case.path_parameters and is_positive}
        case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {key}"})

    attack()


@pytest.fixture(scope="module")
async def address(shared_site: Site) -> AsyncIterator[str]:
    async with running(shared_site) as url:
        yield url


@pytest.mark.parametrize("is_positive", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
async def test_an_operation(site: Site, address: str, path: str, method: str, *, is_positive: bool) -> None:
    """Whatever the document lets a client send, and what it does not, is answered as the document says."""
    await site.add(created())
    site.files.files = {PHOTO.file_id: (PHOTO, b"jpeg")}
    key = site.keys["advocate-1"]
    await asyncio.to_thread(attacked, address, path, method, key, is_positive=is_positive)
