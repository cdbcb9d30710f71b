"""The tests' servers are those that the environment names, where it names some."""

from pathlib import Path

import pytest

from support.servers import KafkaServer, MongoServer, kafka_server, mongo_server


async def test_a_kafka_that_the_environment_names_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None is started; it is taken for the real thing, with the replication that the environment says."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka.example.org:9092")
    monkeypatch.setenv("KAFKA_REPLICATION_FACTOR", "2")
    async with kafka_server(tmp_path) as server:
        assert isinstance(server, KafkaServer)
        assert server.local is None
        assert server.is_apache
        assert server.settings.kafka_bootstrap_servers == "kafka.example.org:9092"
        assert server.settings.kafka_replication_factor == 2


async def test_a_mongodb_that_the_environment_names_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None is started."""
    monkeypatch.setenv("MONGODB_URI", "mongodb://db.example.org/?replicaSet=rs0")
    async with mongo_server(tmp_path) as server:
        assert isinstance(server, MongoServer)
        assert server.local is None
        assert server.settings.mongodb_uri.get_secret_value() == "mongodb://db.example.org/?replicaSet=rs0"
