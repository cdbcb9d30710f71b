"""A program of the stack: started with a log of its own, ended in order, and never left behind."""

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

POLL_SECONDS = 0.02
PORTS = range(20_000, 32_000)
"""Below 32768, where the kernel hands out client ports: a client retrying on such a port could take a dead server's."""
_given: set[int] = set()
LOG_TAIL_BYTES = 16_384


class StackError(Exception):
    """The stack cannot do what was asked; the text is a sentence for the person at the terminal."""


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now (a port in TIME_WAIT counts as free, as it does for the servers)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> tuple[int, ...]:
    """Different ports on which nobody listens, and that this process was not given before.

    ``FREE_PORTS`` (``first-last``) keeps processes apart that choose side by side: a port is free until somebody listens.

    Raises:
        StackError: there are not that many.
    """
    first, _, last = os.environ.get("FREE_PORTS", f"{PORTS.start}-{PORTS.stop - 1}").partition("-")
    ports = range(int(first), int(last) + 1)
    chance = random.Random(f"{os.getpid()}/{time.monotonic_ns()}")  # noqa: S311 - spreads test runs, keeps no secret
    found: list[int] = []
    for _ in range(len(ports)):
        port = chance.choice(ports)
        if port not in found and port not in _given and is_free(port):
            found.append(port)
        if len(found) == count:
            _given.update(found)
            return tuple(found)
    raise StackError(f"no {count} free ports between {first} and {last}")


def tied_to_parent(command: Sequence[str]) -> list[str]:
    """The command, ended by the kernel (SIGTERM) when the *thread* that starts it dies, where util-linux is there.

    So start programs from the main thread only: a worker thread that ends would take them along.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", *command] if setpriv else list(command)


def last_lines(log: Path, count: int = 15, *, since: int = 0) -> list[str]:
    """The end of a log from the byte ``since`` on, for saying why its process died."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]


class Program:
    """One process. It leads a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone."""

    def __init__(self, name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None, log: Path) -> None:
        self.name = name
        self.command = list(command)
        self.environment = environment
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._log_began = 0

    def start(self) -> None:
        """Start it, from the main thread; its output is added to the log.

        Raises:
            StackError: the program cannot be started at all.
        """
        assert not self.is_running, f"{self.name} runs already"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_began = log.tell()
            try:
                self._process = subprocess.Popen(
                    tied_to_parent(self.command),
                    env=None if self.environment is None else dict(self.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise StackError(f"{self.name} cannot be started: {error.strerror} ({self.command[0]})") from error

    @property
    def pid(self) -> int:
        """The process id of the present or last run; 0 before the first."""
        return self._process.pid if self._process else 0

    @property
    def return_code(self) -> int | None:
        """None while it runs (or before it ever did); negative: the signal that ended it."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and what it started; nothing happens where it has ended."""
        if self.is_running:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                return

    def pause(self) -> None:
        """Freeze it (SIGSTOP)."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen one go on (SIGCONT)."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once (SIGKILL) and wait for the kernel to say so."""
        self.signal(signal.SIGKILL)
        if self._process:
            self._process.wait()

    async def ended(self, within_seconds: float) -> bool:
        """Whether it ends within the time."""
        deadline = time.monotonic() + within_seconds
        while self.is_running and time.monotonic() < deadline:  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(POLL_SECONDS)
        return not self.is_running

    async def stop(self, within_seconds: float = 20.0) -> None:
        """Ask it to end (SIGTERM); past the time, kill it."""
        self.signal(signal.SIGTERM)
        self.resume()  # a frozen process would sleep on its SIGTERM
        if not await self.ended(within_seconds):
            self.kill()

    async def until_ready(self, title: str, is_ready: Callable[[], Awaitable[bool]], within_seconds: float, gap_seconds: float) -> None:
        """Wait until a server that was started does its work. ``title``: what people call it.

        Raises:
            StackError: it ended or was not ready in time, and is killed; with the last lines of its log.
        """
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            if not self.is_running:
                raise StackError(self.said(f"{title} did not start: {self.death()}"))
            if await is_ready():
                return
            await asyncio.sleep(gap_seconds)
        self.kill()
        raise StackError(self.said(f"{title} was not ready within {within_seconds:.0f} s"))

    def death(self) -> str:
        """How it ended, in words."""
        code = self.return_code
        if code is None:
            return f"{self.name} runs"
        if code >= 0:
            return f"{self.name} ended with exit code {code}"
        return f"{self.name} was ended by {signal.Signals(-code).name}"

    def last_lines(self) -> list[str]:
        """The end of what the present or last run wrote; not what those before it did."""
        return last_lines(self.log, since=self._log_began)

    def said(self, sentence: str) -> str:
        """The sentence, and below it what the process wrote last."""
        lines = self.last_lines()
        if not lines:
            return f"{sentence}. Nothing is in {self.log}"
        return "\n".join([f"{sentence}. The end of {self.log}:", *(f"    {line}" for line in lines)])


async def run_to_end(name: str, command: Sequence[str], log: Path, within_seconds: float = 120.0) -> None:
    """Run a tool from the main thread and wait for it; it does not outlive us.

    Raises:
        StackError: it ended with another code than 0, or was not done in time.
    """
    tool = Program(name, command, log=log)
    tool.start()
    try:
        if not await tool.ended(within_seconds):
            raise StackError(f"{name} was not done within {within_seconds:.0f} s")
        if tool.return_code:
            raise StackError(tool.death())
    finally:
        tool.kill()
