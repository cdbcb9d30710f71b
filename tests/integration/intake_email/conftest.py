"""A Dovecot for all tests of the folder, and the service of each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.settings import KafkaSettings, MongoSettings
from support.dovecot import Dovecot, dovecot
from support.imap_service import Servers, World, email_world


@pytest.fixture(scope="session")
async def mail_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dovecot]:
    """Tests keep apart by users of their own."""
    async with dovecot(tmp_path_factory.mktemp("dovecot")) as server:
        yield server


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[Dovecot]:
    """A server of the test's own, to be killed, with Maildirs."""
    async with dovecot(tmp_path / "dovecot", location="maildir:~/Maildir") as server:
        yield server


@pytest.fixture
def servers(mongo_settings: MongoSettings, kafka_settings: KafkaSettings) -> Servers:
    """MongoDB and Kafka of the session."""
    return Servers(mongo_settings, kafka_settings)


@pytest.fixture
async def world(mail_server: Dovecot, servers: Servers) -> AsyncIterator[World]:
    """A running service with one mailbox."""
    async with email_world(mail_server.port, servers) as made:
        yield made
