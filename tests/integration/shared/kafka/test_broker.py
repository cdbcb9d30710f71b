"""What only a broker can show: topics, acknowledgements, a broker that dies, members that are killed."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.errors import ConfigurationError, PoisonError, TransientError
from shared.kafka.broker import KafkaDeadLetters, KafkaGroup, KafkaLog, KafkaPublisher, KafkaRecordSource, ensure_topics
from shared.kafka.records import Outgoing, Record
from shared.kafka.topics import DEAD_LETTER_MAX_BYTES, SUBMISSION_RECEIVED, TopicSpec, all_topics, dead_letter_topic, partition_for
from shared.settings import KafkaSettings
from support.servers import KafkaServer, kafka_server, unique

KEY = b"7KQ4M2XD9RTB"


@pytest.fixture
async def topic(kafka_settings: KafkaSettings) -> str:
    """A topic of the test's own."""
    name = unique("topic")
    await ensure_topics(kafka_settings, (TopicSpec(name, timedelta(days=3)),))
    return name


@pytest.fixture
async def publisher(kafka_settings: KafkaSettings) -> AsyncIterator[KafkaPublisher]:
    """On the session's broker."""
    publisher = await KafkaPublisher.start(kafka_settings, "test")
    yield publisher
    await publisher.close()


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[KafkaServer]:
    """A broker of the test's own, to be killed."""
    async with kafka_server(tmp_path) as server:
        if server.local is None:
            pytest.skip("the environment's broker is not ours to kill")
        yield server


async def everything(settings: KafkaSettings, topic: str) -> list[Record]:
    async with KafkaLog(settings, topic) as log:
        return [record async for batch in log.read() for record in batch]


async def test_topics_are_made_as_the_registry_has_them_and_once(kafka_settings: KafkaSettings) -> None:
    """Partitions, retention and sizes are set at start; a second start changes nothing."""
    await asyncio.gather(ensure_topics(kafka_settings), ensure_topics(kafka_settings))
    await ensure_topics(kafka_settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, SUBMISSION_RECEIVED.name)])
        configs = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    finally:
        await admin.close()
    assert {topic.name: found[topic.name] for topic in all_topics()} == {topic.name: 6 for topic in all_topics()}
    assert configs["retention.ms"] == str(14 * 24 * 3600 * 1000)
    assert configs["cleanup.policy"] == "delete"
    assert configs["max.message.bytes"] == "1572864"


async def test_a_changed_retention_reaches_the_topic_that_is_there(kafka_settings: KafkaSettings) -> None:
    """Configuration is set at each start, not only at the first."""
    name = unique("topic")
    for days in (3, 5):
        await ensure_topics(kafka_settings, (TopicSpec(name, timedelta(days=days)),))
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    finally:
        await admin.close()
    assert {entry[0]: entry[1] for entry in answer.resources[0][4]}["retention.ms"] == str(5 * 24 * 3600 * 1000)


async def test_another_number_of_partitions_is_a_wrong_configuration(kafka_settings: KafkaSettings, topic: str) -> None:
    """Neither a service that makes topics nor one that only publishes goes on with keys in the wrong places."""
    others = kafka_settings.model_copy(update={"kafka_partitions": 7})
    with pytest.raises(ConfigurationError, match="KAFKA_PARTITIONS"):
        await ensure_topics(others, (TopicSpec(topic, timedelta(days=3)),))
    publisher = await KafkaPublisher.start(others, "test")
    with pytest.raises(ConfigurationError, match=topic):
        await publisher.publish([Outgoing(topic, KEY, b"one")])
    await publisher.close()


async def test_one_and_many_records_lie_where_their_key_belongs(
    kafka_settings: KafkaSettings, publisher: KafkaPublisher, topic: str
) -> None:
    """A lone record and a batch go the same way, with their headers, in the order given."""
    headers = (("traceparent", b"00-1"),)
    keys = [f"{number:012}".encode() for number in range(20)]
    await publisher.publish([Outgoing(topic, KEY, b"alone", headers)])
    await publisher.publish([Outgoing(topic, key, str(turn).encode(), headers) for turn in range(50) for key in keys])
    found = await everything(kafka_settings, topic)
    assert len(found) == 1001
    assert all(record.partition == partition_for(record.key or b"", 6) for record in found)
    assert all(tuple(record.headers) == headers for record in found)
    for key in keys:
        assert [int(record.value or b"") for record in found if record.key == key] == list(range(50))


async def test_a_value_beyond_its_topics_limit_is_never_sent(publisher: KafkaPublisher) -> None:
    """It could never be written: trying again would hold the road for ever."""
    with pytest.raises(PoisonError, match="too_large"):
        await publisher.publish([Outgoing(SUBMISSION_RECEIVED.name, KEY, b"x" * (256 * 1024 + 1))])


async def test_a_dead_letter_that_is_too_large_is_put_aside_by_reference(kafka_settings: KafkaSettings, publisher: KafkaPublisher) -> None:
    """Five megabytes behind compression: where it lies and its digest are kept, not its bytes."""
    name = unique("topic")
    await ensure_topics(kafka_settings, (TopicSpec(dead_letter_topic(name, "group"), timedelta(days=3)),))
    letters = KafkaDeadLetters(publisher, "group")
    await letters.put(Record(name, 2, 17, KEY, b"x" * (5 * DEAD_LETTER_MAX_BYTES), 0), PoisonError("not_a_message"), attempts=1)
    await letters.put(Record(name, 3, 18, None, None, 0), PoisonError("not_a_message"), attempts=1)
    found = {record.partition: record for record in await everything(kafka_settings, dead_letter_topic(name, "group"))}
    large, empty = found[2], found[3]
    assert b'"offset": 17' in (large.value or b"")
    assert dict(large.headers)["dead-letter-by-reference"] == b"true"
    assert dict(empty.headers)["dead-letter-had-key"] == b"false"


async def test_a_start_does_not_wait_for_the_broker() -> None:
    """The publisher is there at once; whoever publishes is told within its own time."""
    nowhere = KafkaSettings(kafka_bootstrap_servers="127.0.0.1:1", kafka_replication_factor=1, kafka_min_insync_replicas=1)
    publisher = await KafkaPublisher.start(nowhere, "test")
    started = time.monotonic()
    with pytest.raises(TransientError):
        await publisher.publish([Outgoing("topic", KEY, b"one")], timeout_seconds=0.5)
    assert time.monotonic() - started < 2
    assert not publisher.is_connected
    await publisher.close()
    with pytest.raises(TransientError):
        await KafkaRecordSource.start(nowhere, topics=["topic"], group="group", client_id="test")
    with pytest.raises(TransientError):
        await ensure_topics(nowhere)


@pytest.mark.real_broker
async def test_a_killed_broker_costs_time_and_no_acknowledged_record(mortal: KafkaServer) -> None:
    """Killed under load and started again: what was acknowledged is there, and publishing goes on by itself."""
    assert mortal.local is not None
    name = unique("topic")
    await ensure_topics(mortal.settings, (TopicSpec(name, timedelta(days=3)),))
    publisher = await KafkaPublisher.start(mortal.settings, "test")
    acknowledged: list[bytes] = []
    refused = 0
    back = asyncio.Event()

    async def load() -> None:
        nonlocal refused
        number = 0
        while not (back.is_set() and number % 100 == 0):
            value = f"{number:06}".encode()
            try:
                await publisher.publish([Outgoing(name, KEY, value)], timeout_seconds=0.5)
            except TransientError:
                refused += 1
            else:
                acknowledged.append(value)
            number += 1

    loading = asyncio.create_task(load())
    await asyncio.sleep(0.5)
    mortal.local.kill()
    await asyncio.sleep(1.5)
    await mortal.local.start()
    before = len(acknowledged)
    async with asyncio.timeout(30):
        while len(acknowledged) < before + 50:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)
    back.set()
    await loading
    await publisher.close()
    found = [record.value for record in await everything(mortal.settings, name)]
    assert refused > 0
    assert set(acknowledged) <= set(found)


@pytest.mark.real_broker
async def test_a_publisher_ends_within_its_grace_when_the_broker_is_dead(mortal: KafkaServer) -> None:
    """Records that no broker takes do not keep the process from ending."""
    assert mortal.local is not None
    name = unique("topic")
    await ensure_topics(mortal.settings, (TopicSpec(name, timedelta(days=3)),))
    publisher = await KafkaPublisher.start(mortal.settings, "test")
    await publisher.publish([Outgoing(name, KEY, b"one")])
    source = await KafkaRecordSource.start(mortal.settings, topics=[name], group="group", client_id="test")
    mortal.local.kill()
    with pytest.raises(TransientError):
        await publisher.publish([Outgoing(name, KEY, b"two")], timeout_seconds=0.3)
    started = time.monotonic()
    await publisher.close()
    await source.close()
    assert time.monotonic() - started < 20


async def test_a_group_is_seen_and_set_from_outside(kafka_settings: KafkaSettings, publisher: KafkaPublisher, topic: str) -> None:
    """Who is in it, where it stands; it goes on where it was set."""
    name = unique("group")
    await publisher.publish([Outgoing(topic, KEY, str(number).encode()) for number in range(10)])
    partition = partition_for(KEY, 6)
    group = KafkaGroup(kafka_settings, name, topic)
    async with group:
        assert not await group.is_active()
        assert await group.committed() == {}
        source = await KafkaRecordSource.start(kafka_settings, topics=[topic], group=name, client_id="test")
        found: list[Record] = []
        while len(found) < 10:
            found += [record for records in (await source.poll(max_records=100, timeout_seconds=1)).values() for record in records]
        assert await group.is_active()
        assert (await source.lag())[found[0].topic_partition] == 10
        await source.commit({found[0].topic_partition: 4})
        assert (await source.lag())[found[0].topic_partition] == 6
        await source.close()
        async with asyncio.timeout(20):
            while await group.is_active():  # noqa: ASYNC110 - the broker has no event to wait for
                await asyncio.sleep(0.1)
        assert await group.committed() == {partition: 4}
        await group.set_offsets({partition: 8})
        assert await group.committed() == {partition: 8}


async def test_a_log_ends_where_it_ended_when_it_was_read(kafka_settings: KafkaSettings, publisher: KafkaPublisher, topic: str) -> None:
    """Reading a topic that is written to comes to an end, and can begin in the middle."""
    await publisher.publish([Outgoing(topic, f"{number:012}".encode(), str(number).encode()) for number in range(100)])
    async with KafkaLog(kafka_settings, topic) as log:
        seen = 0
        async for batch in log.read(max_records=10):
            seen += len(batch)
            await publisher.publish([Outgoing(topic, KEY, b"later")])
        assert seen == 100
        ends = await log.end_offsets()
        assert sum(ends.values()) > 100
        rest = [record async for batch in log.read({number: end - 1 for number, end in ends.items() if end}) for record in batch]
        assert len(rest) == sum(1 for end in ends.values() if end)


MEMBER = """
import asyncio, sys
from shared.kafka.broker import KafkaRecordSource
from shared.settings import KafkaSettings, load

async def main(topic, group):
    source = await KafkaRecordSource.start(load(KafkaSettings), topics=[topic], group=group, client_id="test")
    while not await source.poll(max_records=10, timeout_seconds=0.5):
        pass
    print("has it", flush=True)
    await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


def environment_of(settings: KafkaSettings) -> dict[str, str]:
    """What a process of its own is told, so that it reads the same settings."""
    told = {name.upper(): str(value) for name, value in settings.model_dump(mode="json", exclude_none=True).items()}
    return {**os.environ, **told}


async def test_a_killed_member_is_replaced_after_its_session(kafka_settings: KafkaSettings, publisher: KafkaPublisher, topic: str) -> None:
    """A member that vanishes without a word keeps its partitions for its session only."""
    name = unique("group")
    await publisher.publish([Outgoing(topic, KEY, b"one")])
    dead = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MEMBER, topic, name, env=environment_of(kafka_settings), stdout=subprocess.PIPE
    )
    assert dead.stdout is not None
    async with asyncio.timeout(40):
        assert await dead.stdout.readline() == b"has it\n"
    dead.kill()
    await dead.wait()
    source = await KafkaRecordSource.start(kafka_settings, topics=[topic], group=name, client_id="test")
    async with asyncio.timeout(40):
        while not (found := await source.poll(max_records=10, timeout_seconds=0.5)):
            pass
    assert [record.value for records in found.values() for record in records] == [b"one"]
    await source.close()
