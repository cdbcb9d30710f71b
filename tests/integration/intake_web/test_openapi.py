"""The OpenAPI document and the service say the same: field by field, answer by answer, and under schemathesis' fire."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from intake_web.submission_in import SubmissionIn
from support.intake_openapi import present
from support.intake_web import World, intake_world

URL: Final = "/api/v1/submissions"
REPORT: Final = {"description": "Street light dark at the corner"}
DOCUMENT: Final = present()
SCHEMA: Final = schemathesis.openapi.from_dict(DOCUMENT)
MEMBERS: Final[Mapping[str, Any]] = DOCUMENT["components"]["schemas"]["Submission"]["properties"]
EXAMPLES: Final = 50
"""Of each kind and operation: seconds, not minutes."""


def assert_described(answer: httpx.Response, label: str) -> None:
    """Status, content type, headers and body are what the document says of this operation."""
    [operation] = [found.ok() for found in SCHEMA.get_all_operations() if found.ok().label == label]
    request = answer.request = httpx.Request(answer.request.method, answer.request.url, headers=answer.request.headers)
    operation.Case(method=request.method, headers=dict(request.headers)).validate_response(
        answer,
        excluded_checks=[positive_data_acceptance, negative_data_rejection, not_a_server_error],  # 503 is one of them
    )


def test_the_document_is_valid_openapi() -> None:
    """By the schema of OpenAPI 3.1 itself; every operation has an example or needs none."""
    SCHEMA.validate()
    assert DOCUMENT["components"]["schemas"]["Submission"]["example"]["description"]


def test_it_names_every_field_and_no_other() -> None:
    """What the model reads is what the document offers, each with words; no member is "anything or null", which breaks generators."""
    assert set(MEMBERS) == set(SubmissionIn.model_fields)
    assert all(member["description"] for member in MEMBERS.values())
    assert all(isinstance(member["type"], str) and "anyOf" not in member for member in MEMBERS.values())
    form = DOCUMENT["components"]["schemas"]["SubmissionForm"]["properties"]
    assert set(form) == set(MEMBERS) - {"attributes"} | {"photos"}


@pytest.mark.parametrize("name", sorted(name for name, member in MEMBERS.items() if "maxLength" in member))
async def test_a_limit_is_the_limit(world: World, name: str) -> None:
    """One character more than the document allows is refused as too long, that many are not."""
    limit = MEMBERS[name]["maxLength"]
    over = await world.http.post(URL, json=REPORT | {name: "7" * (limit + 1)})
    at = await world.http.post(URL, json=REPORT | {name: "7" * limit})

    assert [(error["field"], error["code"]) for error in over.json()["errors"]] == [(name, "too_long")]
    assert at.status_code == 201 or at.json()["errors"][0]["code"] != "too_long"


@pytest.mark.parametrize("name", ["lat", "long"])
async def test_a_bound_is_the_bound(world: World, name: str) -> None:
    """The outermost degree is a place, the next is none; a string or a truth value is no number."""
    other = "long" if name == "lat" else "lat"
    for bound, sign in ((MEMBERS[name]["maximum"], 1), (MEMBERS[name]["minimum"], -1)):
        assert (await world.http.post(URL, json=REPORT | {name: bound, other: 0})).status_code == 201
        assert (await world.http.post(URL, json=REPORT | {name: bound + sign * 0.001, other: 0})).status_code == 422
    for wrong in ("35.7", True, [35.7]):
        answer = await world.http.post(URL, json=REPORT | {name: wrong, other: 0})
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(name, "invalid")]


@pytest.mark.parametrize("name", ["language", "channel"])
async def test_a_listed_value_is_known_and_another_is_not(world: World, name: str) -> None:
    """``enum`` is complete on both sides."""
    headers = {"Authorization": f"Bearer {world.keys['advocate-1']}"}
    for value in MEMBERS[name]["enum"]:
        assert (await world.http.post(URL, json=REPORT | {name: value}, headers=headers)).status_code == 201
    refused = await world.http.post(URL, json=REPORT | {name: "other"}, headers=headers)
    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [(name, "unknown")]


async def _drip() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.sleep(5)


async def test_every_answer_that_the_document_names_is_given(tmp_path: Path) -> None:
    """Each status of ``POST /api/v1/submissions``, provoked and held against its description; the list has no other."""
    async with intake_world(
        tmp_path, anonymous_burst=8, max_json_bytes=1_024, body_idle_seconds=0.05, spool_max_age_seconds=0.000_001
    ) as world:
        http, key = world.http, {"Authorization": f"Bearer {world.keys['app-store']}"}
        json_type = {"Content-Type": "application/json", **key}
        answers = [
            await http.post(URL, json=REPORT, headers=key | {"Idempotency-Key": "one"}),
            await http.post(URL, json=REPORT, headers=key | {"Idempotency-Key": "one"}),
            await http.post(URL, json=REPORT | {"channel": "phone"}, headers=key),
            await http.post(URL, json=REPORT, headers=key | {"Sec-Fetch-Site": "cross-site"}),
            await http.post(URL, json=REPORT, headers={"Authorization": "Bearer wrong.key"}),
            await http.post(URL, content=b"{", headers=json_type),
            await http.put(URL, json=REPORT),
            await http.post(URL, content=_drip(), headers=json_type),
            await http.post(URL, json={"description": "x" * 2_000}, headers=key),
            await http.post(URL, content=b"a", headers={"Content-Type": "text/plain", **key}),
            await http.post(URL, json={}, headers=key),
        ]
        answers += [await http.post(URL, json=REPORT) for _ in range(9)]
        world.kafka.is_down = True
        answers += [await http.post(URL, json=REPORT, headers=key) for _ in range(2)]

    for answer in answers:
        assert_described(answer, f"POST {URL}")
    assert {str(answer.status_code) for answer in answers} == set(DOCUMENT["paths"][URL]["post"]["responses"])


def cases(operation: Any, mode: GenerationMode) -> list[Case]:  # noqa: ANN401 - schemathesis names no public type for it
    """What schemathesis makes up for an operation; the same every time."""
    made: list[Case] = []

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        made.append(case)

    collect()
    return made


async def sent(world: World, case: Case) -> httpx.Response:
    """The answer to a case. GeoReport's get what lets them in, every second time."""
    if isinstance(case.body, dict) and "open311" in case.path and len(case.body) % 2:
        case.body |= {"api_key": world.keys["app-store"], "service_code": "OTHER", "address_string": "here"}
    asked = case.as_transport_kwargs(base_url="http://311.test")
    known = {name: asked[name] for name in ("method", "url", "headers", "params", "cookies", "json", "data", "files") if name in asked}
    request = requests.Request(**known).prepare()
    headers = [(name, value.encode("latin-1", "replace") if isinstance(value, str) else value) for name, value in request.headers.items()]
    assert request.method is not None
    assert request.url is not None
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    kept = [pair for pair in headers if pair[0].lower() != "content-length"]
    return await world.http.request(request.method, request.url, headers=kept, content=body)


def reads_well(case: Case) -> bool:
    """Whether it is read in its sense though it is against the document: ``null`` as absent, in a form, where all is text, a number."""
    values = case.body.values() if isinstance(case.body, dict) else ()
    return None in values or (case.media_type != "application/json" and any(isinstance(value, int | float) for value in values))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
async def test_whatever_is_sent_the_answer_is_described(world: World, mode: GenerationMode) -> None:
    """No 5xx, and status, type, headers and body as documented, whether the request is by the document or against it.

    What is against it is refused, unless it reads well; what is by it is accepted often enough that the
    fire reaches the inside. (A schema cannot say which services exist, so not all of it can be.)
    """
    for found in SCHEMA.get_all_operations():
        label, these = found.ok().label, cases(found.ok(), mode)
        statuses = []
        for case in these:
            answer = await sent(world, case)
            case.validate_response(answer, excluded_checks=[positive_data_acceptance, negative_data_rejection])
            assert answer.status_code < 500
            assert mode is GenerationMode.POSITIVE or answer.status_code >= 400 or reads_well(case) or "open311" in label, answer.text
            statuses.append(answer.status_code)
        if mode is GenerationMode.POSITIVE:
            assert sum(status < 300 for status in statuses) >= len(these) / 10, label
