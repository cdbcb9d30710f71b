"""intake-web behind its real server and a socket, for what only the wire can show."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from intake_web.server import Server, serve, server_config
from support.intake_web import World, intake_world


class Listening:
    """A world behind a socket."""

    def __init__(self, world: World, port: int, stop: asyncio.Event, serving: asyncio.Task[None]) -> None:
        self.world, self.port, self.stop, self.serving = world, port, stop, serving
        self.url = f"http://127.0.0.1:{port}"

    def http(self) -> httpx.AsyncClient:
        """A client of its own; follows no redirect."""
        return httpx.AsyncClient(base_url=self.url, timeout=60)

    async def raw(self, *pieces: bytes, pause: float = 0.0) -> bytes:
        """What comes back for these bytes, until the server closes or has nothing more to say."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answering = asyncio.ensure_future(_heard(reader))
        try:
            with contextlib.suppress(ConnectionError):  # it may close before it has heard all
                for piece in pieces:
                    if answering.done():
                        break
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause)
            return await answering
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def _heard(reader: asyncio.StreamReader) -> bytes:
    heard, patience_seconds = b"", 10.0
    while True:
        try:
            piece = await asyncio.wait_for(reader.read(100_000), patience_seconds)
        except TimeoutError:
            assert heard, "no answer"
            return heard
        except ConnectionError:  # it closed while we were still sending: what it said before counts
            if not heard:
                raise
            return heard
        if not piece:
            return heard
        heard, patience_seconds = heard + piece, 0.3


@asynccontextmanager
async def listening(folder: Path, **changes: Any) -> AsyncIterator[Listening]:  # noqa: ANN401 - settings by name
    async with intake_world(folder, portal_port=0, shutdown_seconds=4.0, **changes) as world:
        server, stop = Server(server_config(world.parts)), asyncio.Event()
        serving = asyncio.create_task(serve(server, stop, world.parts.settings))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells no other way
            await asyncio.sleep(0.01)
        try:
            yield Listening(world, server.servers[0].sockets[0].getsockname()[1], stop, serving)
        finally:
            stop.set()
            await serving
