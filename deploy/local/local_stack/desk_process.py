"""The local mail server and its page as a process of the stack (``mail_desk`` is what runs in it)."""

import os
import sys
from pathlib import Path

from local_stack.processes import Program, StackError, is_free, is_listening
from local_stack.server import LocalServer

OWN_ADDRESS = "311@cary311.example.org"
"""Of the local mailbox. A name that belongs to nobody: nothing sent to it by mistake arrives anywhere."""
READY_SECONDS = 30.0
PROBE_GAP_SECONDS = 0.05


class LocalDesk(LocalServer):
    """An SMTP server on one port, a page on another, and a folder of what 311 wrote. Start it from the main thread."""

    STOP_SECONDS = 5.0

    def __init__(self, kept: Path, maildir: Path, smtp_port: int, http_port: int, *, log: Path) -> None:
        self.kept = kept
        self.smtp_port, self.http_port = smtp_port, http_port
        folders = ["--address", OWN_ADDRESS, "--maildir", str(maildir), "--kept", str(kept)]
        ports = ["--smtp-port", str(smtp_port), "--http-port", str(http_port)]
        found_by = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}  # pytest finds us by a setting that no child inherits
        command = [sys.executable, "-m", "local_stack.mail_desk", *ports, *folders]
        self.program = Program("mail-desk", command, environment=found_by, log=log)

    @property
    def url(self) -> str:
        """The page."""
        return f"http://127.0.0.1:{self.http_port}"

    async def start(self) -> None:
        """Start it and wait until both ports answer.

        Raises:
            StackError: a port is taken, or it ended or was not ready in time; with the last lines of its log.
        """
        for port in (self.smtp_port, self.http_port):
            if not is_free(port):
                raise StackError(f"port {port} for the mail desk is taken by another program")
        self.program.start()
        await self.program.until_ready("the mail desk", self._is_ready, READY_SECONDS, PROBE_GAP_SECONDS)

    async def _is_ready(self) -> bool:
        return is_listening(self.smtp_port) and is_listening(self.http_port)
