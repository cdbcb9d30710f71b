"""``python -m bench.latency SPEC``: one report at a time. Either its whole way, from "accepted" until anybody can look it up; or the
bare hops of that way: Kafka, Kafka again, the store, the look-up.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import InsertOne

from bench import material
from bench.load import Connection as HttpConnection
from bench.submissions import events
from bench.variants.ingesting import FIRST, PATIENCE, documents
from local_stack.rows import percentile
from normalizer.settings import RulesSettings
from shared.settings import KafkaSettings, MongoSettings, load
from support.servers import unique
from tracker.project_app import prepared
from tracker.store.connection import Connection

GAP_SECONDS: Final = 0.03
"""Low load: each report has the system to itself."""
POLL_SECONDS: Final = 0.001
BEFORE_ASKING: Final = 0.8
"""Of the shortest way so far."""
VISIBLE_SECONDS: Final = 20.0
WARM_UP: Final = 5
POLL_MS: Final = 500


async def connect(port: int) -> HttpConnection:
    """A kept-alive connection."""
    return (await asyncio.get_running_loop().create_connection(HttpConnection, "127.0.0.1", port))[1]


async def whole(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Milliseconds from the answer "accepted" to the first look-up that finds it."""
    portal, tracker, run = await connect(spec["portal_port"]), await connect(spec["tracker_port"]), unique("run")
    seconds: list[float] = []
    for number in range(WARM_UP + spec["items"]):
        status, body = await portal.ask(material.post("127.0.0.1", number, run))
        accepted = time.perf_counter()
        assert status == 201, status
        found = json.loads(body)["service_request_id"]
        look_up = material.get("127.0.0.1", f"/api/v1/requests/{found}")
        await asyncio.sleep(BEFORE_ASKING * min(seconds, default=0.0))  # asking all the time would hold up what is asked for
        while (await tracker.ask(look_up))[0] != 200:
            assert time.perf_counter() - accepted < VISIBLE_SECONDS, "an accepted report does not appear"
            await asyncio.sleep(POLL_SECONDS)
        seconds.append(time.perf_counter() - accepted)
        await asyncio.sleep(GAP_SECONDS)
    counted = seconds[WARM_UP:]
    return {"p50_ms": percentile(counted, 50) * 1_000, "p99_ms": percentile(counted, 99) * 1_000, "number": found}


async def hops(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Milliseconds of each hop, p50."""
    kafka = await _kafka_hops(spec)
    return {**kafka, "store_ms": await _store_hop(spec), "look_up_ms": await _look_up_hop(spec)}


async def _kafka_hops(spec: Mapping[str, Any]) -> dict[str, float]:
    """A lone record of a report's size: from its acknowledgement, and from its sending, until a consumer has it."""
    servers, topic = load(KafkaSettings).kafka_bootstrap_servers, spec["topic"]
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, acks="all", linger_ms=0)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=servers, group_id=unique("hops"), auto_offset_reset="latest", enable_auto_commit=False
    )
    await producer.start()
    await consumer.start()
    await asyncio.gather(*(consumer.position(partition) for partition in consumer.assignment()))  # it reads what comes from now on
    after_ack: list[float] = []
    after_send: list[float] = []
    for number in range(WARM_UP + spec["items"]):
        arriving = asyncio.ensure_future(_seen(consumer))
        await asyncio.sleep(GAP_SECONDS)
        sent = time.perf_counter()
        await producer.send_and_wait(topic, material.noise(1_000), str(number).encode())
        acknowledged = time.perf_counter()
        seen = await arriving
        after_ack.append(max(seen - acknowledged, 0.0))
        after_send.append(seen - sent)
    await consumer.stop()
    await producer.stop()
    names = {"first_road_ms": after_ack, "second_road_ms": after_send}
    return {name: percentile(seconds[WARM_UP:], 50) * 1_000 for name, seconds in names.items()}


async def _seen(consumer: AIOKafkaConsumer) -> float:
    while not await consumer.getmany(timeout_ms=POLL_MS):
        continue
    return time.perf_counter()


async def _store_hop(spec: Mapping[str, Any]) -> float:
    """Look for a request that is not there, then insert its ready document, durably, with all indexes and the validator to be served."""
    connection = Connection.open(load(MongoSettings), unique("hops"), patience=PATIENCE)
    await prepared(connection, FIRST)
    requests, seconds = connection.collection(FIRST.requests), list[float]()
    for document in documents(events(WARM_UP + spec["items"], load(RulesSettings), load(KafkaSettings).kafka_partitions)):
        began = time.perf_counter()
        await requests.find({"_id": {"$in": [document["_id"]]}}).to_list(None)
        await requests.bulk_write([InsertOne(document)], ordered=False)
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(GAP_SECONDS)
    await connection.database.client.drop_database(connection.database.name)
    await connection.close()
    return percentile(seconds[WARM_UP:], 50) * 1_000


async def _look_up_hop(spec: Mapping[str, Any]) -> float:
    """A request that is there, asked for by its number."""
    tracker, seconds = await connect(spec["tracker_port"]), []
    for _ in range(WARM_UP + spec["items"]):
        began = time.perf_counter()
        status, _body = await tracker.ask(material.get("127.0.0.1", f"/api/v1/requests/{spec['number']}"))
        seconds.append(time.perf_counter() - began)
        assert status == 200, status
        await asyncio.sleep(GAP_SECONDS)
    return percentile(seconds[WARM_UP:], 50) * 1_000


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(asyncio.run({"whole": whole, "hops": hops}[given["what"]](given))))
