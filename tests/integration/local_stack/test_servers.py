"""The local servers keep what was acknowledged, whatever ends them."""

import asyncio
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import MongoClient

from local_stack.kafka import LocalKafka
from local_stack.mongo import LocalMongo
from local_stack.processes import free_ports
from support.servers import KafkaServer, MongoServer


async def _write_one(kafka: LocalKafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all", enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait("kept", b"a record")
    await producer.stop()


async def _read_one(kafka: LocalKafka) -> bytes | None:
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 20)
    finally:
        await consumer.stop()
    return bytes(record.value) if record.value else None


async def test_kafka_keeps_acknowledged_records_over_a_kill(tmp_path: Path) -> None:
    """A broker killed -9 comes back on the same port with every acknowledged record."""
    async with LocalKafka(tmp_path / "kafka", free_ports(1)[0]) as kafka:
        await _write_one(kafka)
        kafka.kill()
        await kafka.start()
        assert await _read_one(kafka) == b"a record"


async def test_mongodb_keeps_acknowledged_documents_over_a_kill(tmp_path: Path) -> None:
    """A server killed -9 comes back on the same port with every document that was acknowledged with its journal."""
    async with LocalMongo(tmp_path / "mongodb", free_ports(1)[0]) as mongo:
        with MongoClient[dict[str, str]](mongo.uri) as client:
            client["test"].get_collection("kept").insert_one({"_id": "a"})
        mongo.kill()
        await mongo.start()
        with MongoClient[dict[str, str]](mongo.uri) as client:
            assert client["test"]["kept"].find_one() == {"_id": "a"}


async def test_the_session_has_real_servers(kafka: KafkaServer, mongodb: MongoServer) -> None:
    """Every suite can rely on a broker and a database that answer."""
    assert kafka.settings.kafka_bootstrap_servers
    with MongoClient[dict[str, str]](mongodb.settings.mongodb_uri.get_secret_value()) as client:
        assert client.admin.command("ping")["ok"] == 1
