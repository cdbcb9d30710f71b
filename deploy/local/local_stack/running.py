"""One stack at a time in a folder, what a dead one left behind, and what scripts may know of a running one."""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TextIO

import psutil

from local_stack.desk_process import OWN_ADDRESS
from local_stack.mailbox import USER
from local_stack.places import Places, read_json, write_json
from local_stack.processes import Program, StackError, is_free
from local_stack.stack import Stack
from local_stack.x_process import USERNAME

WAIT_FOR_STOPPING_SECONDS = 25.0
GRACE_SECONDS = 10.0
TRACKER_DATABASE = "tracker"
"""Where the environment names no other."""
SETTLE_SECONDS = 1.0
"""A stack whose make was killed hears of it a moment later."""


class Claim:
    """The right to run a stack in a folder: a lock that the kernel takes back whatever ends us."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    @classmethod
    async def take(cls, places: Places) -> Self:
        """Take it; one that is just stopping is waited for.

        Raises:
            StackError: a stack runs there.
        """
        places.root.mkdir(parents=True, exist_ok=True)
        file = places.lock_file.open("a+")
        began = time.monotonic()
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder, _, state = file.read().partition(" ")
                waited = time.monotonic() - began
                if waited > (WAIT_FOR_STOPPING_SECONDS if state == "stopping" else SETTLE_SECONDS):
                    file.close()
                    raise StackError(_already(places, holder)) from None
                await asyncio.sleep(0.1)
            else:
                claim = cls(file)
                claim.say("starting")
                return claim

    @staticmethod
    def is_taken(places: Places) -> bool:
        """Whether a stack runs there; the kernel knows, whatever files a dead one left."""
        try:
            with places.lock_file.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False

    def say(self, state: str) -> None:
        """Tell who asks next: starting, ready or stopping."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{os.getpid()} {state}")
        self._file.flush()

    def release(self) -> None:
        """Give it back."""
        self._file.close()


def _already(places: Places, holder: str) -> str:
    content = read_json(places.run_file)
    where = f" at {content['portal_url']}" if content else ""
    return f"Cary 311 runs already{where} (process {holder}). Stop it with Ctrl-C in its terminal, or: kill {holder}"


def refuse_busy_ports(ports: Mapping[str, int]) -> None:
    """Look before anything is started.

    Raises:
        StackError: naming each taken port and the variable that changes it.
    """
    taken = [(variable, port) for variable, port in ports.items() if not is_free(port)]
    if taken:
        raise StackError("\n".join(_taken(variable, port) for variable, port in taken))


def _taken(variable: str, port: int) -> str:
    taken = f"Port {port} is taken by another program{_name_of_listener(port)}."
    return f"{taken} Choose another with {variable}, e.g.: {variable}={port + 100} make run"


def _name_of_listener(port: int) -> str:
    try:
        listening = (found for found in psutil.net_connections("tcp") if found.status == psutil.CONN_LISTEN)
        found = next(found for found in listening if found.laddr and found.laddr.port == port and found.pid)
        return f" ({psutil.Process(found.pid).name()}, process {found.pid})"
    except (StopIteration, psutil.Error, OSError):
        return ""


def remember_processes(path: Path, programs: Mapping[str, Program]) -> None:
    """Write who runs, with the time each began: a process id alone may be somebody else's by then."""
    content = {}
    for name, program in programs.items():
        if program.is_running:
            try:
                content[name] = {"pid": program.pid, "began": psutil.Process(program.pid).create_time()}
            except psutil.Error:
                continue
    write_json(path, content)


def end_left_behind(path: Path, grace_seconds: float = GRACE_SECONDS) -> list[str]:
    """End what a dead run left; the names of what was found. Only call it with the claim in hand."""
    alive = {name: process for name, entry in (read_json(path) or {}).items() if (process := _same_process(entry))}
    for process in alive.values():
        _signal(process, psutil.Process.terminate)
        _signal(process, psutil.Process.resume)
    _, stubborn = psutil.wait_procs(list(alive.values()), timeout=grace_seconds)
    for process in stubborn:
        _signal(process, psutil.Process.kill)
    psutil.wait_procs(stubborn, timeout=GRACE_SECONDS)  # their ports and files are free only then
    path.unlink(missing_ok=True)
    return list(alive)


def _same_process(entry: Mapping[str, Any]) -> psutil.Process | None:
    try:
        process = psutil.Process(int(entry["pid"]))
        is_same = abs(process.create_time() - float(entry["began"])) < 0.01 and _is_alive(process)  # noqa: PLR2004 - the clock's tick
    except (psutil.Error, KeyError, TypeError, ValueError):
        return None
    return process if is_same else None


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(process: psutil.Process, action: Callable[[psutil.Process], None]) -> None:
    try:
        action(process)
    except psutil.Error:
        return


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is either local or real."""

    name: str
    by: str
    """The variables that make it real."""
    folder: str
    """Of the data, where it is local."""


MAIL = Kind("mail", "MAILBOXES and SMTP_HOST make", "mailbox")
POSTS = Kind("posts", "X_BEARER_TOKEN makes", "x")


def keep_apart(places: Places, kind: Kind, *, is_ours: bool) -> None:
    """Note whose mail, or whose posts, the data is about.

    Raises:
        StackError: it is about the other: people whom a test made up would be written to, or real ones answered on this machine.
    """
    file = places.data / f"whose-{kind.name}"
    now = "local" if is_ours else "real"
    before = file.read_text().strip() if file.exists() else "local" if (places.data / kind.folder).exists() else now
    if before != now:
        raise StackError(
            f"The data in {places.root} is about {before} {kind.name}, and {kind.by} this run one of {now} {kind.name}. "
            "Start it in a folder of its own (CARY311_LOCAL=<folder> make run), or empty this one first (make clean-data)."
        )
    places.data.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{now}\n")


def announce(places: Places, stack: Stack) -> None:
    """Write ``run.json``: everything is ready."""
    credentials = stack.given.credentials
    write_json(
        places.run_file,
        {
            "portal_url": stack.portal_url,
            "tracker_url": stack.tracker_url,
            "kafka_bootstrap_servers": stack.engines.kafka_bootstrap_servers,
            "mongodb_uri": stack.engines.mongodb_uri,
            "tracker_database": stack.environment.get("TRACKER_DATABASE") or TRACKER_DATABASE,
            "is_mail_ours": stack.desk is not None,
            "mailbox": _mailbox(stack),
            "smtp_port": stack.desk.smtp_port if stack.desk else None,
            "mail_desk_url": stack.desk.url if stack.desk else None,
            "mail_folder": str(stack.desk.kept) if stack.desk else None,
            "mail_address": OWN_ADDRESS if stack.mailbox else None,
            "is_x_ours": stack.x is not None,
            "x_url": stack.x.url if stack.x else None,
            "x_username": USERNAME if stack.x else None,
            "staff_key": credentials.staff_key,
            "open311_key": credentials.open311_key,
            "health_urls": {name: service.ready_url for name, service in stack.services.items()},
            "metrics_urls": {name: service.metrics_url for name, service in stack.services.items()},
            "pids": {"supervisor": os.getpid(), **{name: program.pid for name, program in stack.programs.items()}},
            "log_dir": str(places.logs),
            "is_kafka_ours": stack.engines.is_kafka_ours,
            "is_apache_kafka": stack.kafka is None or stack.kafka.is_apache,
        },
    )


def _mailbox(stack: Stack) -> dict[str, Any] | None:
    """How to sign in to the mailbox; None where it is the person's own."""
    if stack.mailbox is None:
        return None
    return {"host": "127.0.0.1", "port": stack.mailbox.port, "user": USER, "password": stack.given.credentials.mailbox_password}


def running(places: Places) -> dict[str, Any]:
    """What ``run.json`` says of the running stack.

    Raises:
        StackError: none runs.
    """
    content = read_json(places.run_file)
    if content is None or not Claim.is_taken(places):
        raise StackError(f"Cary 311 does not run in {places.root}, or is not ready yet: start it with `make run` in another terminal")
    return content
