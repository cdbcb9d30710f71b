"""Marked personal data goes in at every door, and is then looked for everywhere: it is in the records, the store and before staff's eyes.

Nowhere else: no log line, metric, Kafka key or header, public answer or error holds any of it.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from shared.kafka.records import Outgoing, Record
from shared.kafka.topics import REQUEST_EVENTS, REQUEST_UPDATED, SUBMISSION_RECEIVED, all_topics
from support.servers import unique
from support.system import System, a_photo, until
from support.system_oracle import publisher_of, stored_requests

EMAIL, FIRST, LAST = "quokka.7731@example.org", "Zbigniewina", "Quokkasdottir"
PHONE, SSN, CARD = "(919) 555-0163", "219-09-9731", "4111 1111 1111 1111"
MARKS = (EMAIL, FIRST, LAST, "555-0163", "5550163", SSN, SSN.replace("-", ""), CARD, CARD.replace(" ", ""))
WORDS = f"Call me at {PHONE} or write to {EMAIL}. My number is {SSN}, my card {CARD}. There is a deep pothole."
ADDRESS = f"12 Invented Street, ring {PHONE} first"
POISONED = (SUBMISSION_RECEIVED, REQUEST_EVENTS)
PERSON = {"first_name": FIRST, "last_name": LAST, "email": EMAIL, "phone": PHONE}


def marks_in(text: str) -> list[str]:
    """Which of the marks are in a text, in whatever case."""
    lowered = text.lower()
    return [mark for mark in MARKS if mark.lower() in lowered]


@dataclass(frozen=True, slots=True)
class Planted:
    """What was let in, and what was answered to what was not."""

    numbers: tuple[str, ...]
    refusals: tuple[httpx.Response, ...]


@pytest.fixture(scope="module")
async def planted(system: System) -> Planted:
    """Personal data through every door, well and badly."""
    numbers = (
        (await system.form(description=WORDS, address=ADDRESS, photo=a_photo("privacy"), **PERSON)).headers["location"].split("/")[2],
        await system.reported(WORDS, address=ADDRESS, service_code="ST-POTHOLE", headers={"User-Agent": EMAIL}, key=EMAIL, **PERSON),
        await system.reported(WORDS, address=ADDRESS, headers=system.staff, channel="phone", **PERSON),
        (await system.georeport(service_code="ST-POTHOLE", description=WORDS, address_string=ADDRESS, account_id=EMAIL, **PERSON)).json()[
            0
        ]["service_request_id"],
    )
    numbers = tuple(number.replace("-", "") for number in numbers)
    for number in numbers:
        await system.visible(number)
        assert (await system.comment(number, WORDS, is_public=True)).is_success
        assert (await system.comment(number, WORDS, is_public=False)).is_success
        await system.change(number, detailed_status="in_progress", status_notes=WORDS)
    refusals = tuple([answer async for answer in badly(system, numbers[0])])
    await publish_poison(system)
    await system.quiet()
    return Planted(numbers, refusals)


async def badly(system: System, number: str) -> AsyncIterator[httpx.Response]:
    """Requests that fail, each with personal data where it does not belong."""
    client, submissions, requests = system.client, f"{system.portal}/api/v1/submissions", f"{system.tracker}/api/v1/requests"
    wrong_key = {"Authorization": f"Bearer {EMAIL}"}
    yield await system.report(WORDS, lat=SSN, long=PHONE, email=f"{EMAIL} {PHONE}")
    yield await system.report(WORDS, service_code=EMAIL, language=LAST, channel=FIRST)
    yield await system.report(WORDS, headers=wrong_key)
    yield await system.report(WORDS, key=EMAIL * 20)
    yield await system.report(WORDS * 5_000)
    yield await client.post(submissions, content=f'{{"description": "{WORDS}', headers={"Content-Type": "application/json"})
    yield await client.post(submissions, content=WORDS, headers={"Content-Type": f"text/{FIRST}"})
    yield await client.post(submissions, data={"description": WORDS}, files={"photo": (f"{EMAIL}.jpg", WORDS.encode(), "image/jpeg")})
    yield await client.post(f"{submissions}/{EMAIL}?email={EMAIL}", json={"description": WORDS}, headers={"X-Request-ID": EMAIL})
    yield await system.georeport(service_code=EMAIL, description=WORDS, address_string=ADDRESS)
    yield await system.georeport(form="xml", service_code="TREE", description=WORDS, lat=SSN, long=PHONE, email=f"@{EMAIL}")
    yield await system.georeport(api_key=EMAIL, service_code="TREE", description=WORDS, address_string=ADDRESS)
    yield await client.get(f"{system.portal}/open311/v2/requests/{EMAIL}.json", params={"api_key": EMAIL})
    yield await client.get(f"{system.portal}/open311/v2/requests.json", params={"start_date": EMAIL, "service_code": LAST})
    yield await client.get(f"{requests}/{EMAIL}")
    yield await client.get(requests, params={"status": EMAIL, "cursor": SSN})
    yield await client.get(f"{requests}/{number}", headers=wrong_key)
    yield await client.patch(f"{requests}/{number}", json={"assignee": EMAIL}, headers={**system.staff, "If-Match": "*"})
    yield await client.patch(f"{requests}/{number}", json={"status_notes": WORDS}, headers={**system.staff, "If-Match": EMAIL})
    yield await client.post(f"{requests}/{number}/comments", json={"text": {"of": WORDS}}, headers=system.staff)
    yield await client.post(f"{requests}/{number}/comments", content=f'{{"text": "{WORDS}', headers=system.staff)
    yield await client.post(f"{requests}/{number}/redactions", json={"scope": [{"event_id": EMAIL}], "reason": "x"}, headers=system.staff)


async def publish_poison(system: System) -> None:
    """Records that cannot be read, full of personal data: their dead letters must not quote them outside of their values."""
    wrong = {
        "kind": "no such kind",
        "schema_version": 1,
        "channel": EMAIL,
        "text": WORDS,
        EMAIL: LAST,
        "reporter": {"email": [EMAIL]},
    }
    odd = {"kind": "ServiceRequestCreated", "schema_version": 0, "actor": {"kind": LAST, EMAIL: SSN}, "report": WORDS}
    name = unique("POISON")
    async with publisher_of(system) as publisher:
        for topic in POISONED:
            await publisher.publish([Outgoing(topic.name, name.encode(), json.dumps(value).encode()) for value in (wrong, odd)])


async def test_it_was_really_planted(system: System, planted: Planted) -> None:
    """Staff read what residents wrote, and the store keeps it; otherwise the other tests would look for nothing."""
    stored = json.dumps(stored_requests(system), default=str)
    assert set(marks_in(stored)) >= {EMAIL, FIRST, LAST, "555-0163", SSN, CARD}
    for number in planted.numbers:
        seen = (await system.look_up(number, is_staff=True)).text
        assert set(marks_in(seen)) >= {EMAIL, FIRST, LAST, SSN, CARD}, number
    assert [answer.status_code for answer in planted.refusals if not 400 <= answer.status_code < 500] == []


async def test_errors_do_not_quote(planted: Planted) -> None:
    """A refusal names fields, never what was in them; neither in its body nor in its headers."""
    for answer in planted.refusals:
        told = answer.text + "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
        assert marks_in(told) == [], f"{answer.request.method} {answer.status_code} {answer.text[:200]}"


async def test_public_answers_are_masked(system: System, planted: Planted) -> None:
    """HTML, JSON and XML, lists and single requests, the history and a search for the very words."""
    for number in planted.numbers:
        portal, tracker = system.portal, f"{system.tracker}/api/v1/requests"
        shown = f"{number[:4]}-{number[4:8]}-{number[8:]}"
        addresses = [
            *(f"{portal}/requests/{shown}", f"{portal}/requests/{shown}/live", f"{portal}/requests/{shown}/received"),
            *(f"{portal}/open311/v2/requests/{number}.json", f"{portal}/open311/v2/requests/{number}.xml"),
            *(f"{tracker}/{number}", f"{tracker}/{number}/history", f"{tracker}?limit=200"),
            *(f"{portal}/open311/v2/requests.json", f"{portal}/open311/v2/requests.xml"),
            *(f"{portal}/open311/v2/servicerequestupdates.json", f"{portal}/open311/v2/servicerequestupdates.xml"),
        ]
        for address in addresses:
            answer = await system.client.get(address, follow_redirects=True)
            assert answer.status_code == 200, address
            assert "pothole" in answer.text or number in answer.text or shown in answer.text, address
            assert marks_in(answer.text) == [], address
    for word in (EMAIL, LAST, SSN, CARD, PHONE):
        found = (await system.client.get(f"{system.tracker}/api/v1/requests", params={"q": word})).json()["items"]
        assert not {item["service_request_id"] for item in found} & set(planted.numbers), word


async def test_keys_and_headers_hold_no_data(system: System, planted: Planted) -> None:
    """In every topic, dead letters included; the values hold it, of course."""
    records = [record for topic in all_topics() for record in await system.records(topic.name)]
    dead_letters = {topic.dead_letters(group) for topic in POISONED for group in topic.consumers}
    assert {record.topic for record in records} >= {SUBMISSION_RECEIVED.name, REQUEST_EVENTS.name, REQUEST_UPDATED.name, *dead_letters}
    for record in records:
        assert marks_in(beside_the_value(record)) == [], record
    assert any(marks_in((record.value or b"").decode("utf-8", "replace")) for record in records)


def beside_the_value(record: Record) -> str:
    headers = "".join(f"{name}: {(value or b'').decode('utf-8', 'replace')}\n" for name, value in record.headers)
    return f"{(record.key or b'').decode('utf-8', 'replace')}\n{headers}"


async def test_logs_and_metrics_hold_no_data(system: System, planted: Planted) -> None:
    """Of every process, Kafka and MongoDB included; each of ours did write, and did count."""
    for name in system.stack.services:
        metrics = await until(lambda name=name: system.metrics(name), f"metrics of {name}")  # type: ignore[misc]
        assert "cary311_" in metrics
        assert marks_in(metrics) == [], name
    logs = system.logs()
    assert all(logs[name] for name in system.stack.services)
    assert "request" in logs["intake-web"]
    for name, text in logs.items():
        quoting = [line for line in text.splitlines() if marks_in(line)]
        assert quoting == [], name
