"""Kafka, MongoDB or the disk are away: what a resident is told, and what becomes of the report."""

import asyncio
from pathlib import Path

import pytest

from shared.errors import ConfigurationError
from support.intake_web import World, intake_world, picture

URL = "/api/v1/submissions"
REPORT = {"description": "Street light dark at the corner"}


async def test_without_kafka_a_number_is_given_from_the_spool(world: World) -> None:
    """202 with the same number that Kafka's record gets later."""
    world.kafka.is_down = True
    answer = await world.http.post(URL, json=REPORT)
    assert (answer.status_code, world.spool.count(), world.kafka.records) == (202, 1, [])

    world.kafka.is_down = False
    async with world.draining():
        await world.drained()

    [submission] = world.kafka.submissions
    assert submission.service_request_id == answer.json()["service_request_id"]


async def test_a_kafka_that_is_set_up_wrongly_costs_no_report(world: World) -> None:
    """What an operator must put right is no matter of the resident: the report waits in the spool."""

    async def publish(records: object, **options: object) -> None:
        raise ConfigurationError("topics have another number of partitions")

    right, world.kafka.publish = world.kafka.publish, publish  # type: ignore[method-assign, assignment]  # a fault in a fake of ours
    answer = await world.http.post(URL, json=REPORT)
    assert (answer.status_code, world.spool.count()) == (202, 1)

    world.kafka.publish = right  # type: ignore[method-assign]  # put right
    async with world.draining():
        await world.drained()
    assert len(world.kafka.records) == 1


async def test_a_frozen_kafka_is_waited_for_no_longer_than_the_deadline(tmp_path: Path) -> None:
    """No acknowledgement in time: the report is spooled. A late one only doubles, and identity absorbs that."""
    async with intake_world(tmp_path, publish_timeout_seconds=0.05) as world:
        world.kafka.is_frozen = True
        answer = await world.http.post(URL, json=REPORT)

        assert answer.status_code == 202
        assert world.kafka.deadlines == [0.05]


async def test_after_a_failure_nobody_waits_for_the_deadline_again(world: World) -> None:
    """A dependency that failed a moment ago is given a rest; when that is over it is tried again."""
    world.kafka.is_down = True
    for _ in range(3):
        assert (await world.http.post(URL, json=REPORT)).status_code == 202
    assert len(world.kafka.deadlines) == 1

    world.kafka.is_down = False
    world.clockwork.seconds += 60
    assert (await world.http.post(URL, json=REPORT)).status_code == 201


async def test_a_key_is_remembered_over_an_outage(world: World) -> None:
    """The retry of a spooled report is the same report: one in the spool, one in Kafka."""
    world.kafka.is_down = True
    answers = [await world.http.post(URL, json=REPORT, headers={"Idempotency-Key": "k"}) for _ in range(3)]
    world.kafka.is_down = False
    async with world.draining():
        await world.drained()

    assert len({answer.json()["service_request_id"] for answer in answers}) == 1
    assert len(world.kafka.records) == 1


async def test_without_mongodb_the_photos_wait_with_the_report(world: World) -> None:
    """A photo is part of what was received: nothing is published before it is stored."""
    world.mongodb.is_down = True
    answer = await world.http.post(URL, data=REPORT, files={"photos": ("p.jpg", picture(), "image/jpeg")})
    assert (answer.status_code, world.kafka.records) == (202, [])

    async with world.draining():
        await asyncio.sleep(0.05)  # long enough for rounds that fail
        assert not world.kafka.records
        world.mongodb.is_down = False
        await world.drained()

    [submission] = world.kafka.submissions
    [attachment] = submission.attachments
    assert [stored.file_id for stored, _ in world.mongodb.files.values()] == [attachment.file_id]


async def test_a_report_without_photos_does_not_wait_for_mongodb(world: World) -> None:
    """Nothing in the spool waits behind an entry that cannot go."""
    world.mongodb.is_down = True
    await world.http.post(URL, data=REPORT, files={"photos": ("p.jpg", picture(), "image/jpeg")})
    world.kafka.is_down = True
    world.clockwork.seconds += 60
    later = await world.http.post(URL, json={"description": "Another"})
    assert world.spool.count() == 2

    world.kafka.is_down = False
    async with world.draining():
        while world.spool.count() > 1:  # noqa: ASYNC110 - the spool tells no other way
            await asyncio.sleep(0.005)

    assert [submission.service_request_id for submission in world.kafka.submissions] == [later.json()["service_request_id"]]


async def test_photos_stored_before_kafka_failed_are_not_stored_twice(world: World) -> None:
    """What the spool gets is exactly what is still to be done."""
    world.kafka.is_down = True
    await world.http.post(URL, data=REPORT, files={"photos": ("p.jpg", picture(), "image/jpeg")})
    world.mongodb.is_down = True  # no further photo could be stored
    world.kafka.is_down = False
    async with world.draining():
        await world.drained()

    [submission] = world.kafka.submissions
    assert len(submission.attachments) == len(world.mongodb.files) == 1


async def test_a_full_spool_is_503_and_nothing_is_promised(tmp_path: Path) -> None:
    """503 with ``Retry-After`` in the format of each door; the form keeps the text."""
    async with intake_world(tmp_path, spool_max_bytes=1024 * 1024) as world:
        world.kafka.is_down = True
        while (answer := await world.http.post(URL, json={"description": "x" * 10_000})).status_code == 202:
            pass
        api_key = world.keys["app-store"]
        georeport = await world.http.post(
            "/open311/v2/requests.json",
            data={"api_key": api_key, "service_code": "OTHER", "address_string": "here", "description": "x" * 4_000 + ""},
        )
        form = {"description": "my own words " * 300, "form_key": "f", "issued_at": "1", "action": "send"}
        page = await world.http.post("/report", data=form)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "/api/v1/problems/unavailable"
    assert georeport.status_code in {200, 503}
    assert page.status_code in {303, 503}
    if page.status_code == 503:
        assert "my own words" in page.text
        assert int(page.headers["retry-after"]) > 0


async def test_what_an_earlier_process_spooled_is_sent_by_the_next(tmp_path: Path) -> None:
    """The spool outlives its process."""
    async with intake_world(tmp_path) as first:
        first.kafka.is_down = True
        answer = await first.http.post(URL, data=REPORT, files={"photos": ("p.png", picture("PNG"), "image/png")})
        assert answer.status_code == 202

    async with intake_world(tmp_path) as second:
        assert second.spool.count() == 1
        async with second.draining():
            await second.drained()
        [submission] = second.kafka.submissions

    assert submission.service_request_id == answer.json()["service_request_id"]


@pytest.mark.parametrize("fails", [1, 3])
async def test_the_drain_survives_whatever_happens(world: World, fails: int) -> None:
    """An unforeseen failure costs time, never an entry, and never the task."""
    world.kafka.is_down = True
    await world.http.post(URL, json=REPORT)
    world.kafka.is_down = False
    real, left = world.kafka.publish, fails

    async def publish(records: object, **options: object) -> None:
        nonlocal left
        if left:
            left -= 1
            raise ZeroDivisionError
        await real(records, **options)  # type: ignore[arg-type]  # passed on as it came

    world.kafka.publish = publish  # type: ignore[method-assign, assignment]  # a fault in a fake of ours
    async with world.draining():
        await world.drained()

    assert len(world.kafka.records) == 1
