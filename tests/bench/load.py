"""``python -m bench.load SPEC``: the load generator. A process on a core of its own, a few connections kept alive, one request at a
time on each; it reads the servers' CPU clocks itself, at the first and at the last byte of what counts.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench import material
from bench.processes import cpu_seconds, pin, tree
from local_stack.rows import percentile

_LENGTH: Final = b"content-length: "
_HEAD_END: Final = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One kept-alive connection: a request out, its answer in."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_HEAD_END)
        if end < 0 or self._answer is None:
            return
        head = bytes(self._buffer[:end]).lower() + b"\r\n"
        start = head.find(_LENGTH) + len(_LENGTH)
        length = int(head[start : head.index(b"\r\n", start)]) if start >= len(_LENGTH) else 0
        whole = end + len(_HEAD_END) + length
        if len(self._buffer) >= whole:
            body = bytes(self._buffer[whole - length : whole])
            del self._buffer[:whole]
            self._answer.set_result((int(head[9:12]), body))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


@dataclass
class Tally:
    """What came back."""

    numbers: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)


def requests(spec: dict[str, Any], first: int, count: int) -> list[bytes]:
    """The requests that a specification asks for."""
    host = f"127.0.0.1:{spec['port']}"
    numbers = range(first, first + count)
    match spec["kind"]:
        case "post":
            return [material.post(host, number, spec["run"]) for number in numbers]
        case "form":
            photo = Path(spec["photo"]).read_bytes()
            return [material.form_post(host, spec["path"], photo, number, spec["run"]) for number in numbers]
        case _:
            paths = spec["paths"]
            return [material.get(host, paths[number * 7919 % len(paths)]) for number in numbers]


async def send(connections: list[Connection], waiting: list[bytes], expected: int) -> Tally:
    """All requests over the connections, each as soon as it is free."""
    tally, queue = Tally(), iter(waiting)

    async def work(connection: Connection) -> None:
        for request in queue:
            began = time.perf_counter()
            status, body = await connection.ask(request)
            tally.seconds.append(time.perf_counter() - began)
            if status != expected:
                tally.wrong.append(status)
            elif body.startswith(b'{"service_request_id":"'):
                tally.numbers.append(body[23:35].decode())

    await asyncio.gather(*map(work, connections))
    return tally


async def main(spec: dict[str, Any]) -> dict[str, Any]:
    """Warm up, then count."""
    loop = asyncio.get_running_loop()
    connections = [(await loop.create_connection(Connection, "127.0.0.1", spec["port"]))[1] for _ in range(spec["connections"])]
    warm = await send(connections, requests(spec, 0, spec["warm_up"]), spec["expected"])
    waiting = requests(spec, spec["warm_up"], spec["items"])
    server, *children = tree(spec["pid"])
    cpu, children_cpu, began = cpu_seconds([server]), cpu_seconds(children), time.perf_counter()
    tally = await send(connections, waiting, spec["expected"])
    wall, cpu, children_cpu = time.perf_counter() - began, cpu_seconds([server]) - cpu, cpu_seconds(children) - children_cpu
    return {
        "items": len(tally.seconds),
        "cpu_seconds": cpu,
        "children_cpu_seconds": children_cpu,
        "wall_seconds": wall,
        "wrong": warm.wrong + tally.wrong,
        "numbers": warm.numbers + tally.numbers,
        "p50_ms": percentile(tally.seconds, 50) * 1000,
        "p99_ms": percentile(tally.seconds, 99) * 1000,
    }


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    pin(os.getpid(), given["core"])
    print(json.dumps(asyncio.run(main(given))))
