"""uvicorn's HTTP protocol with patience that ends: a request's head must arrive in time, and be of HTTP/1.

uvicorn waits for ever for the first byte of a head, and for the rest of half a head; a few hundred silent connections would then
be all it has. Bodies have their own clock (``bodies.py``).
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from intake_web.bodies import IS_HERE

_VERSIONS = frozenset({"1.1", "1.0"})
_LARGE_BYTES = 32 * 1024
"""Worth a write of its own: joining would copy it."""
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class JoinedWrites:
    """A transport that writes the head and the body of an answer at once.

    uvicorn writes them one by one, which is a system call more for us, a packet more for the network, and a wake-up more for the
    client. What is written first waits for the rest until the loop turns, and no longer.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._call_soon = loop.call_soon
        self._write = transport.write
        self._held = b""
        self.is_closing = transport.is_closing
        self.pause_reading, self.resume_reading = transport.pause_reading, transport.resume_reading
        self.get_extra_info = transport.get_extra_info

    def write(self, data: bytes) -> None:
        """Write soon, or now together with what waits."""
        if self._held:
            data, self._held = self._held + data, b""
            self._write(data)
        elif len(data) > _LARGE_BYTES:
            self._write(data)
        elif data:
            self._held = data
            self._call_soon(self.flush)

    def flush(self) -> None:
        """Write what waits."""
        if self._held:
            data, self._held = self._held, b""
            self._write(data)

    def close(self) -> None:
        """Write what waits, then close."""
        self.flush()
        self._transport.close()


class PatientProtocol(HttpToolsProtocol):
    """One connection. Use a subclass made by ``patient_protocol``."""

    head_seconds: ClassVar[float] = 10.0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client connected: its first head is due."""
        joined: Any = JoinedWrites(transport, self.loop)
        super().connection_made(joined)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes after an answer begin a new head, which is due as well."""
        cycle: Any = self.cycle
        if self._head_timer is None and cycle is not None and cycle.response_complete:
            self._expect_head()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is there.

        Raises:
            ValueError: HTTP/0.9 and the like; the parser turns it into a 400.
        """
        self._head_came()
        if self.parser.get_http_version() not in _VERSIONS:
            raise ValueError
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is there."""
        super().on_message_complete()
        scope: Any = self.scope
        scope[IS_HERE] = True

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._give_up)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        transport: Any = self.transport
        if not transport.is_closing():
            transport.write(_TOO_SLOW)
            transport.close()


def patient_protocol(head_seconds: float) -> type[PatientProtocol]:
    """The protocol class that gives each head so many seconds."""
    return type("PatientProtocol", (PatientProtocol,), {"head_seconds": head_seconds})
