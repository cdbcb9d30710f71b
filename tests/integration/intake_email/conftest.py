"""A Dovecot for all tests of the folder, and the service of each."""

from collections.abc import AsyncIterator

import pytest

from shared.settings import MongoSettings
from support.dovecot import Dovecot, dovecot
from support.imap_service import World, email_world


@pytest.fixture(scope="session")
async def mail_server() -> AsyncIterator[Dovecot]:
    """Tests keep apart by users of their own."""
    async with dovecot() as server:
        yield server


@pytest.fixture
async def own_server() -> AsyncIterator[Dovecot]:
    """A server of the test's own, to be killed, with Maildirs."""
    async with dovecot(location="maildir:~/Maildir") as server:
        yield server


@pytest.fixture
async def world(mail_server: Dovecot, mongo_settings: MongoSettings) -> AsyncIterator[World]:
    """A running service with one mailbox."""
    async with email_world(mail_server.port, mongo_settings) as made:
        yield made
