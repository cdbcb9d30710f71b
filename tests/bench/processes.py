"""Processes under test: their CPU, their core, and one process for each run of a variant."""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, InvalidMeasurementError
from local_stack.processes import tied_to_parent

RUN_SECONDS: Final = 600.0
SAID_LINES: Final = 20
SAID_CHARACTERS: Final = 300
"""An error of the driver quotes whole documents."""
_PROCESS_CLOCK: Final = 2
"""``CPUCLOCK_SCHED`` of a whole process in the kernel's numbering of clocks (clock_getcpuclockid(3)): nanoseconds where /proc/stat has
hundredths of a second, and threads that ended are in it."""


def tree(pid: int) -> list[int]:
    """The process and all that it started and that still runs."""
    found = [pid]
    for child in _children(pid):
        found += tree(child)
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for task in _tasks(pid):
        try:
            children += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        except OSError:
            continue
    return children


def _tasks(pid: int) -> list[int]:
    try:
        return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time of these processes, all their threads, user and system."""
    return sum(map(_cpu_seconds, pids))


def ended_children_seconds() -> float:
    """CPU time of the child processes of this one that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def peak_mib(pids: Iterable[int]) -> float:
    """The sum of what each of these processes had resident at its peak; what they share counts in each."""
    lines = (line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return sum(int(line.split()[1]) for line in lines) / 1024


def _cpu_seconds(pid: int) -> float:
    return time.clock_gettime((~pid << 3) | _PROCESS_CLOCK)


def cores() -> tuple[int | None, int | None]:
    """The core of the servers and that of the load generator; None where there is but one."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[-1]) if len(usable) > 1 else (None, None)


def pin(pid: int, core: int | None) -> None:
    """Keep every thread of a process on a core; those that it starts later inherit it."""
    if core is not None:
        for task in _tasks(pid):
            os.sched_setaffinity(task, {core})


async def run_module(module: str, spec: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """What ``python -m module`` makes of a specification: the JSON object that it writes at its end.

    Raises:
        InvalidMeasurementError: it failed, or took too long; with the end of what it said.
    """
    process = await asyncio.create_subprocess_exec(
        *tied_to_parent([sys.executable, "-m", module, json.dumps(dict(spec))]),
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(RUN_SECONDS):
            written, said = await process.communicate()
    except TimeoutError:
        raise InvalidMeasurementError(f"{module} {spec} took longer than {RUN_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = [line[:SAID_CHARACTERS] for line in said.decode(errors="replace").splitlines()[-SAID_LINES:]]
        raise InvalidMeasurementError("\n".join([f"{module} {dict(spec)} failed:", *lines]))
    result: dict[str, Any] = json.loads(written.splitlines()[-1])
    return result


async def run_worker(spec: Mapping[str, Any], environment: Mapping[str, str]) -> Figure:
    """A run of a variant in a process of its own."""
    return Figure(**await run_module("bench.worker", spec, environment))
