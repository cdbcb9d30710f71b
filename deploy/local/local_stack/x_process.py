"""The stand-in for X as a process of the stack (``local_stack.x`` is what runs in it)."""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.processes import Program, StackError, is_free, is_listening
from local_stack.server import LocalServer

ACCOUNT_ID, USERNAME = "3110", "cary311"
"""Of the town's account. Invented, as its posts never leave this machine."""
SECRET_BYTES = 24
READY_SECONDS = 30.0
PROBE_GAP_SECONDS = 0.05


def new_keys() -> dict[str, str]:
    """Fresh keys of the app and of the town's account, under the names of intake-social's settings."""
    names = ("X_BEARER_TOKEN", "X_CONSUMER_KEY", "X_CONSUMER_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
    return {name: secrets.token_urlsafe(SECRET_BYTES) for name in names}


def settings_at(port: int) -> dict[str, str]:
    """Of intake-social, beside the keys: where X is, who the town is there, and where photos may be fetched from."""
    url = f"http://127.0.0.1:{port}"
    return {"X_API_BASE": url, "X_ACCOUNT_IDS": json.dumps([ACCOUNT_ID]), "SOCIAL_PHOTO_ORIGINS": json.dumps([url])}


class LocalX(LocalServer):
    """X's API, a page to write and read posts, and a folder that outlives restarts. Start it from the main thread."""

    STOP_SECONDS = 5.0

    def __init__(self, data: Path, port: int, keys: Mapping[str, str], *, log: Path | None = None, options: tuple[str, ...] = ()) -> None:
        """``keys``: intake-social's settings that hold them, ``X_BEARER_TOKEN`` and the four of OAuth 1.0a."""
        self.data = data.resolve()
        self.port = port
        self.log = log or self.data / "x.log"
        found_by = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)} | dict(keys)
        account = ["--account-id", ACCOUNT_ID, "--username", USERNAME]
        command = [sys.executable, "-m", "local_stack.x", "--port", str(port), "--data", str(self.data), *account, *options]
        self.program = Program("x", command, environment=found_by, log=self.log)

    def settings(self) -> dict[str, str]:
        """As ``settings_at``."""
        return settings_at(self.port)

    @property
    def url(self) -> str:
        """The page, and ``X_API_BASE`` of intake-social; also the origin of its photos."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            StackError: the port is taken, or it ended or was not ready in time; with the last lines of its log.
        """
        if not is_free(self.port):
            raise StackError(f"port {self.port} for the stand-in for X is taken by another program")
        self.program.start()
        await self.program.until_ready("the stand-in for X", self._is_ready, READY_SECONDS, PROBE_GAP_SECONDS)

    async def _is_ready(self) -> bool:
        return is_listening(self.port)
