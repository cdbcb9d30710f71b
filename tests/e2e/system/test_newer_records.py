"""A record of a newer version than the running consumers waits for their deployment; on the whole running system."""

import asyncio
import json

from shared.kafka.broker import KafkaGroup
from shared.kafka.topics import NORMALIZER_GROUP, PROJECTION_GROUP, REQUEST_EVENTS, SUBMISSION_RECEIVED, partition_for
from support.system import System, until
from support.system_oracle import Oracle, stored_requests
from support.system_poison import careless_producer, plant

NEWER = {"schema_version": 2, "of": "a release that comes"}


async def test_a_newer_record_holds_its_partition_and_loses_nothing(system: System) -> None:
    """Nothing behind it is lost, skipped or put aside, other partitions go on, and readiness says so; after it all of it arrives."""
    oracle = await Oracle.begin(system)
    first = await system.reported("There is a deep pothole.")
    await system.visible(first)
    partitions = system.kafka_settings.kafka_partitions
    event = json.dumps({**NEWER, "kind": "ServiceRequestCreated", "service_request_id": first}).encode()
    submission = json.dumps({**NEWER, "kind": "SubmissionReceived"}).encode()
    elsewhere = next(
        key for key in map(str, range(100)) if partition_for(key.encode(), partitions) != partition_for(first.encode(), partitions)
    )
    async with careless_producer(system) as producer:
        held_event = await plant(producer, REQUEST_EVENTS.name, first.encode(), event)
        held_submission = await plant(producer, SUBMISSION_RECEIVED.name, elsewhere.encode(), submission)
    try:
        numbers = await reports_around(system, {held_event[0], held_submission[0]})
    finally:
        await moved_past(system, "normalizer", NORMALIZER_GROUP, SUBMISSION_RECEIVED.name, held_submission)
        await moved_past(system, "tracker-project", PROJECTION_GROUP, REQUEST_EVENTS.name, held_event)
    for number in numbers:
        await system.visible(number)
    assert await oracle.objections([first, *numbers]) == []


async def reports_around(system: System, held: set[int]) -> list[str]:
    """New reports, of which those in the other partitions arrive and those in the held ones wait."""
    partitions = system.kafka_settings.kafka_partitions
    numbers: list[str] = []
    while len({partition_for(number.encode(), partitions) for number in numbers}) < partitions:
        numbers.append(await system.reported("There is a deep pothole."))
    waiting = {number for number in numbers if partition_for(number.encode(), partitions) in held}
    for number in set(numbers) - waiting:
        await system.visible(number)
    for kind in ("normalizer", "tracker-project"):
        await until(lambda kind=kind: _is_one_unready(system, kind), f"a {kind} that holds")  # type: ignore[misc]
    assert not waiting & (await asyncio.to_thread(stored_requests, system)).keys()
    return numbers


async def _is_one_unready(system: System, kind: str) -> bool:
    """One of its processes is alive and not ready; the other one, with other partitions, is ready."""
    names = system.processes(kind)
    ready = [(await system.readiness(name)).status_code for name in names]
    alive = [(await system.client.get(system.live_url(name))).status_code for name in names]
    return sorted(ready) == [200, 503] and set(alive) == {200}


async def moved_past(system: System, kind: str, group: str, topic: str, position: tuple[int, int]) -> None:
    """What a deployment of readers that know the version would do about the record: settle it."""
    names = system.processes(kind)
    await system.stop(*names)
    async with KafkaGroup(system.kafka_settings, group, topic) as watched:

        async def is_empty() -> bool:
            return not await watched.is_active()

        await until(is_empty, f"{group} without members")
        assert (await watched.committed()).get(position[0], 0) <= position[1]
        await watched.set_offsets({position[0]: position[1] + 1})
    await system.start(*names)
