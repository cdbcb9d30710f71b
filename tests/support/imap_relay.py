"""Stands between a client and an IMAP server, and does something at one moment of their talk, seen on the wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

Act = Callable[[], Awaitable[None]]


class Moment(Enum):
    """The words that tell the moment; whether the server says them; how much of their chunk is still passed on."""

    IDLING = (b"+ idling", True, 1.0)
    FETCH_ASKED = (b"BODY.PEEK[]", False, 1.0)
    IN_A_LITERAL = (b"BODY[] {", True, 0.5)
    MOVE_ASKED = (b"UID MOVE", False, 1.0)
    MOVED = (b"COPYUID", True, 0.0)


@dataclass
class Relay:
    """Passes everything on. At the ``moment``, once, ``act`` is done, and the connection cut behind it."""

    target: int
    moment: Moment
    act: Act
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """The moment has come, and what was to be done is done."""
    port: int = 0
    _acting: "asyncio.Task[None] | None" = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self.target)
            flows = [
                asyncio.create_task(self._pass_on(reader, behind_writer, is_server=False)),
                asyncio.create_task(self._pass_on(behind_reader, writer, is_server=True)),
            ]
            await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
            for flow in flows:
                flow.cancel()
            await asyncio.gather(*flows, return_exceptions=True)
            behind_writer.close()
        writer.close()

    async def _act(self) -> None:
        await self.act()
        self.over.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_server: bool) -> None:
        words, from_server, share = self.moment.value
        while chunk := await reader.read(65_536):
            is_now = is_server is from_server and words in chunk and self._acting is None
            writer.write(chunk[: int(len(chunk) * share)] if is_now else chunk)
            await writer.drain()
            if is_now:
                self._acting = asyncio.create_task(self._act())
                await asyncio.shield(self._acting)  # goes on when one of the two hangs up meanwhile
                return


@asynccontextmanager
async def relay(target: int, moment: Moment, act: Act) -> AsyncIterator[Relay]:
    """A relay to a port of this machine."""
    made = Relay(target, moment, act)
    server = await asyncio.start_server(made._serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
        server.close()
