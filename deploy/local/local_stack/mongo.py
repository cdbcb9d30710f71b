"""A server that speaks MongoDB's protocol: secantusdb, on WiredTiger's storage engine, from a wheel."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from local_stack.processes import Program, StackError, is_free, is_listening
from local_stack.server import LocalServer

READY_SECONDS = 30.0
PROBE_GAP_SECONDS = 0.05
PROBE_MS = 1_000


class LocalMongo(LocalServer):
    """A server on a port and a data folder that outlive its restarts. Start it from the main thread."""

    STOP_SECONDS = 10.0

    def __init__(self, data: Path, port: int, *, log: Path | None = None) -> None:
        self.data = data.resolve()
        self.port = port
        self.log = log or self.data / "mongodb.log"
        configuration = self.data / "secantusd.toml"
        arguments = ["--host", "127.0.0.1", "--port", str(port), "--storage-path", str(self.data / "db"), "--config", str(configuration)]
        self._configuration = configuration
        self.program = Program(
            "mongodb", [sys.executable, "-m", "secantus", *arguments, "--log-level", "WARNING", "--cache-size", "512M"], log=self.log
        )

    @property
    def uri(self) -> str:
        """What clients connect to. ``journal``: this server, unlike MongoDB, takes ``majority`` alone for less than durable."""
        return f"mongodb://127.0.0.1:{self.port}/?w=majority&journal=true"

    async def start(self) -> None:
        """Start the server and wait until it answers; on the same data and port as before.

        Raises:
            StackError: the port is taken, or the server ended or was not ready in time; with the last lines of its log.
        """
        if not is_free(self.port):
            raise StackError(f"port {self.port} for MongoDB is taken by another program")
        self.data.mkdir(parents=True, exist_ok=True)
        self._configuration.touch()  # without one of ours it would read the user's
        self.program.start()
        await self.program.until_ready("MongoDB", self._is_ready, READY_SECONDS, PROBE_GAP_SECONDS)

    async def _is_ready(self) -> bool:
        return is_listening(self.port) and await asyncio.to_thread(self._answers)

    def _answers(self) -> bool:
        """Whether the server on the port is ours: on a port taken meanwhile, another one would answer a ping."""
        try:
            with MongoClient[dict[str, Any]](
                self.uri, serverSelectionTimeoutMS=PROBE_MS, connectTimeoutMS=PROBE_MS, socketTimeoutMS=PROBE_MS
            ) as client:
                return bool(client.admin.command("serverStatus")["pid"] == self.program.pid)
        except PyMongoError:
            return False
