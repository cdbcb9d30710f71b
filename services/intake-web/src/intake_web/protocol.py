"""uvicorn's HTTP protocol with patience that ends: a request's head must arrive in time, and be of HTTP/1.

uvicorn waits for ever for the first byte of a head, and for the rest of half a head; a few hundred silent connections would then
be all it has. Bodies have their own clock (``bodies.py``).
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_VERSIONS = frozenset({"1.1", "1.0"})
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class PatientProtocol(HttpToolsProtocol):
    """One connection. Use a subclass made by ``patient_protocol``."""

    head_seconds: ClassVar[float] = 10.0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client connected: its first head is due."""
        super().connection_made(transport)
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
