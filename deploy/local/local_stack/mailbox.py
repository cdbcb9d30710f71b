"""The local mailbox: pymap on a maildir that survives restarts, and a mail server of ours beside it (``mail_desk``)."""

import asyncio
import imaplib
import sys
from pathlib import Path

from pysasl.hashing import BuiltinHash

from local_stack.processes import Program, StackError, is_free, is_listening
from local_stack.server import LocalServer

READY_SECONDS = 30.0
PROBE_GAP_SECONDS = 0.05
USER = "mailbox311"
HASH_ROUNDS = 1_000
"""Of a password that opens nothing but this folder."""


class LocalMailbox(LocalServer):
    """An IMAP server on a port and a data folder that outlive its restarts. Start it from the main thread."""

    STOP_SECONDS = 5.0

    def __init__(self, data: Path, port: int, password: str, *, log: Path | None = None) -> None:
        self.data = data.resolve()
        self.port = port
        self.log = log or self.data / "mailbox.log"
        self._password = password
        arguments = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "maildir", str(self.data)]
        self.program = Program("mailbox", [str(Path(sys.executable).with_name("pymap")), *arguments], log=self.log)

    @property
    def folder(self) -> Path:
        """The INBOX: a file moved into its ``new`` is a mail that arrived."""
        return self.data / USER

    async def start(self) -> None:
        """Start the server and wait until it lets us in.

        Raises:
            StackError: the port is taken, or the server ended or was not ready in time; with the last lines of its log.
        """
        if not is_free(self.port):
            raise StackError(f"port {self.port} for the mailbox is taken by another program")
        for part in ("cur", "new", "tmp"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.data / "pymap-etc-passwd").write_text(f"{USER}:x::::{USER}:\n")
        (self.data / "pymap-etc-shadow").write_text(f"{USER}:{BuiltinHash(rounds=HASH_ROUNDS).hash(self._password)}:::::::\n")
        self.program.start()
        await self.program.until_ready("the mailbox", self._is_ready, READY_SECONDS, PROBE_GAP_SECONDS)

    async def _is_ready(self) -> bool:
        return is_listening(self.port) and await asyncio.to_thread(self._lets_in)

    def _lets_in(self) -> bool:
        try:
            with imaplib.IMAP4("127.0.0.1", self.port, timeout=2.0) as client:
                return client.login(USER, self._password)[0] == "OK"
        except (imaplib.IMAP4.error, OSError):
            return False
