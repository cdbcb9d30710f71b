"""Where the stack keeps its files: one git-ignored folder, ``.local/`` or what ``CARY311_LOCAL`` names."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_stack.fetch import REPOSITORY

PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Places:
    """Files and folders of one stack."""

    root: Path

    @property
    def data(self) -> Path:
        """What ``make clean-data`` empties: Kafka, MongoDB, the mailbox, the mails that 311 wrote, the stand-in for X, and the spool."""
        return self.root / "data"

    @property
    def logs(self) -> Path:
        """A log for each process."""
        return self.root / "logs"

    @property
    def run_file(self) -> Path:
        """Addresses, keys and process ids for scripts; there while everything is ready."""
        return self.root / "run.json"

    @property
    def processes_file(self) -> Path:
        """The processes of the present (or a dead) run."""
        return self.root / "processes.json"

    @property
    def secrets_file(self) -> Path:
        """Made once and kept: numbers and keys stay valid."""
        return self.root / "secrets.json"

    @property
    def lock_file(self) -> Path:
        """Held by the one stack that runs here."""
        return self.root / "stack.lock"


def places() -> Places:
    """The places of this repository's stack."""
    return Places(Path(os.environ.get("CARY311_LOCAL") or REPOSITORY / ".local").resolve())


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file for its owner alone, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """The content of a file that ``write_json`` wrote; None where there is none, or it is damaged."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
