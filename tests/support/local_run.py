"""``python -m local_stack`` as a person has it: real processes in a folder and on ports of their own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil

from local_stack.processes import free_ports
from local_stack.services import MAIL_VARIABLES, PORT_VARIABLES
from local_stack.x_channel import X_VARIABLES

REPOSITORY = Path(__file__).resolve().parents[2]
READY_SECONDS = 120.0
GAP_SECONDS = 0.05
DATABASES = {"TRACKER_DATABASE", "ATTACHMENTS_DATABASE"}
NOT_INHERITED = {"KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "MAKELEVEL", *DATABASES, *MAIL_VARIABLES, *X_VARIABLES}


class LocalRun:
    """One folder and its ports, where a stack can be started again and again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports = dict(zip(PORT_VARIABLES, free_ports(len(PORT_VARIABLES)), strict=True))
        self.output = root.with_name(f"{root.name}.out")
        self._process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    @property
    def environment(self) -> dict[str, str]:
        """What the command is told: the jars and the Python environment are the session's, nothing else is."""
        own = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        ports = {variable: str(port) for variable, port in self.ports.items()}
        return own | ports | {"CARY311_LOCAL": str(self.root), "PYTHONPATH": str(REPOSITORY / "deploy" / "local"), "COLUMNS": "80"}

    def command(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the stack beside it."""
        command = [sys.executable, "-m", "local_stack", *arguments]
        return subprocess.run(command, env=self.environment | changes, capture_output=True, text=True, check=False, timeout=READY_SECONDS)

    def start(self, **changes: str) -> None:
        """Start it, in a session of its own like a terminal's."""
        self._said_before = len(self.output.read_bytes()) if self.output.exists() else 0
        with self.output.open("ab") as output:
            command = [sys.executable, "-m", "local_stack", "up"]
            self._process = subprocess.Popen(
                command, env=self.environment | changes, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        """The process of the present or last start."""
        assert self._process is not None
        return self._process

    @property
    def said(self) -> str:
        """What it printed since the present start."""
        return self.output.read_bytes()[self._said_before :].decode()

    @property
    def run_file(self) -> Path:
        """Where it says that it is ready."""
        return self.root / "run.json"

    def ready(self, **changes: str) -> dict[str, Any]:
        """What ``run.json`` says; it is started where it does not run, and waited for."""
        if self._process is None or self._process.poll() is not None:
            self.start(**changes)
        self.wait_for(lambda: self._run_content()["pids"]["supervisor"] == self.supervisor.pid)
        return self._run_content()

    def _run_content(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self.run_file.read_text())
        except FileNotFoundError:
            return {"pids": {"supervisor": 0}}
        return content

    def wait_for(self, happens: Callable[[], object], seconds: float = READY_SECONDS) -> None:
        """Wait until something is so, while it runs."""
        deadline = time.monotonic() + seconds
        while not happens():
            assert self.supervisor.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(GAP_SECONDS)

    def wait_until_said(self, words: str) -> None:
        """Wait until it printed the words."""
        self.wait_for(lambda: words in self.said)

    def processes(self) -> dict[str, psutil.Process]:
        """What it started, by name; also of a run that died."""
        content = json.loads((self.root / "processes.json").read_text())
        return {name: psutil.Process(entry["pid"]) for name, entry in content.items() if psutil.pid_exists(entry["pid"])}

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, once, and wait; the exit code."""
        self.supervisor.send_signal(number)
        return self.supervisor.wait(READY_SECONDS)

    def clear(self) -> None:
        """End all that is left and remove the folder: whatever a test did."""
        if self._process and self._process.poll() is None:
            self.end()
        if (self.root / "processes.json").exists():
            for process in self.processes().values():
                process.kill()
        shutil.rmtree(self.root, ignore_errors=True)


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def report(run: Mapping[str, Any], description: str) -> str:
    """Post a report; its number."""
    body = {"description": description, "address": "12 Invented Road", "service_code": "ST-POTHOLE"}
    answer = httpx.post(f"{run['portal_url']}/api/v1/submissions", json=body, timeout=30, trust_env=False)
    assert answer.is_success, answer.text
    return str(answer.json()["service_request_id"])


def is_visible(run: Mapping[str, Any], number: str) -> bool:
    """Whether anybody can look it up."""
    try:
        return httpx.get(f"{run['tracker_url']}/api/v1/requests/{number}", timeout=30, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
