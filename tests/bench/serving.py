"""Servers under load: ours and a bare one, asked by a fresh load generator in each run."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, InvalidMeasurementError
from bench.place import Place
from bench.processes import cores, pin, run_module
from bench.rounds import Run
from local_stack.processes import Program, free_ports, is_listening
from support.servers import unique

CONNECTIONS: Final = 8
WARM_UP: Final = 300
START_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is up."""

    port: int
    pid: int


@dataclass
class Loads:
    """Runs of the load generator, and the numbers that the server gave in all of them."""

    place: Place
    numbers: list[str] = field(default_factory=list)

    def against(self, server: Target, spec: Mapping[str, Any], *, are_kept: bool = False) -> Run:
        """A run with this specification; ``are_kept``: the numbers in its answers are promises of ours."""

        async def run() -> Figure:
            given = {
                "connections": CONNECTIONS,
                "warm_up": min(WARM_UP, spec["items"]),
                **spec,
                "port": server.port,
                "pid": server.pid,
                "core": cores()[1],
                "run": unique("run"),
            }
            result = await run_module("bench.load", given, self.place.environment)
            if result["wrong"]:
                raise InvalidMeasurementError(f"answers with another status than {spec['expected']}: {result['wrong'][:5]}")
            if are_kept:
                self.numbers += result["numbers"]
            more = {name: result[name] for name in ("p50_ms", "p99_ms", "children_cpu_seconds")}
            return Figure(result["items"], result["cpu_seconds"], result["wall_seconds"], more)

        return run


@asynccontextmanager
async def bare_server(place: Place, *, document: Path | None = None) -> AsyncIterator[Target]:
    """FastAPI with bare routes, in a process of its own on the servers' core."""
    port = free_ports(1)[0]
    spec = json.dumps({"port": port, "document": str(document) if document else None})
    program = Program("bare", [sys.executable, "-m", "bench.bare", spec], environment=place.environment, log=place.folder / "bare.log")
    program.start()
    try:
        await _until(lambda: is_listening(port), "the bare server does not start")
        pin(program.pid, cores()[0])
        yield Target(port, program.pid)
    finally:
        await program.stop()


async def _until(is_true: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_true():
        if time.monotonic() > deadline:
            raise InvalidMeasurementError(complaint)
        await asyncio.sleep(0.05)
