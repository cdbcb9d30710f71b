"""intake-email as a process of its own that tests kill, and the environment of the test's account that it is started in."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from local_stack.processes import free_ports
from shared.settings import KafkaSettings, MongoSettings
from support.dovecot import PASSWORD
from support.examples import SECRET
from support.imap_service import TOKEN_SECRET
from support.servers import unique

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


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
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "deploy" / "local")]),
        **mailbox_environment(server_port, account, first_start="all"),
        "MONGODB_URI": mongo.mongodb_uri.get_secret_value(),
        "INTAKE_EMAIL_DATABASE": unique("killed"),
        "ATTACHMENTS_DATABASE": unique("attachments"),
        "KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers,
        "KAFKA_PARTITIONS": str(kafka.kafka_partitions),
        "KAFKA_REPLICATION_FACTOR": "1",
        "KAFKA_MIN_INSYNC_REPLICAS": "1",
        "MAIL_BATCH_MESSAGES": "5",
        "MAIL_LEASE_SECONDS": "1",
        "HEALTH_PORT": str(free_ports(1)[0]),
        "LOG_FORMAT": "json",
    }


@dataclass(frozen=True)
class Doomed:
    """The service, to be started again and again."""

    environment: dict[str, str]
    log: Path

    @asynccontextmanager
    async def running(self, step: str = "never", times: int = 1) -> AsyncIterator[asyncio.subprocess.Process]:
        """The process, that kills itself behind a step (``support.imap_dying``)."""
        with self.log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "support.imap_dying", step, str(times), env=self.environment, stdout=output, stderr=output
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def until_ready(self, process: asyncio.subprocess.Process) -> None:
        """Returns once it says so."""
        async with httpx.AsyncClient() as http, asyncio.timeout(PATIENCE_SECONDS):
            while process.returncode is None:
                try:
                    if (await http.get(f"http://127.0.0.1:{self.environment['HEALTH_PORT']}/readyz")).is_success:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)
        pytest.fail(self.said())

    def said(self) -> str:
        """What its log has."""
        return self.log.read_text()
