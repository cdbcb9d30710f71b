"""The environment that intake-email is started in, as a process of its own on the test's account."""

import json

from shared.settings import KafkaSettings, MongoSettings
from support import dying
from support.dovecot import PASSWORD
from support.examples import SECRET
from support.imap_service import TOKEN_SECRET
from support.servers import unique


def mailbox_environment(server_port: int, account: str, **changes: str) -> dict[str, str]:
    """The variables that name a mailbox on the test's Dovecot, and the secrets; ``changes`` are members of the mailbox."""
    mailbox = {
        "name": "town",
        "host": "127.0.0.1",
        "port": server_port,
        "tls": "none",
        "user": account,
        "password": PASSWORD,
        "own_addresses": ["311@town.example"],
    }
    return {
        "MAILBOXES": json.dumps([mailbox | changes]),
        "TRACKING_NUMBER_SECRET": SECRET.decode(),
        "EMAIL_TOKEN_SECRET": TOKEN_SECRET.decode(),
    }


def process_environment(server_port: int, account: str, mongo: MongoSettings, kafka: KafkaSettings) -> dict[str, str]:
    """All that the process is told: databases of the test's own, small batches, short leases; a first start takes everything."""
    return dying.process_environment(
        mongo,
        kafka,
        **mailbox_environment(server_port, account, first_start="all"),
        INTAKE_EMAIL_DATABASE=unique("killed"),
        MAIL_BATCH_MESSAGES="5",
        MAIL_LEASE_SECONDS="1",
    )
