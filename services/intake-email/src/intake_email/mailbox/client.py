"""The client library with what its IDLE lacks.

Its own ``idle`` raises on what comes before "+ idling", its ``idle_check`` does not see what came together with it, loses lines that
come in pieces, and takes a server that died for one that is silent.
"""

import socket
import ssl
from typing import Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

MAX_EARLY_LINES: Final = 1_000
"""Before a server says that it idles."""


class Client(IMAPClient):  # type: ignore[misc]  # the library has no types
    """The client with what its IDLE lacks."""

    def quiet(self) -> None:
        """No line of a mail is formatted for a log, and small commands are sent at once (an APPEND would take 45 ms)."""
        self._imap.debug = 0
        self.normalise_times = False
        self.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def begin_idle(self) -> bool:
        """Whether something had come by the time that the server idles: before its answer, or together with it."""
        connection = self._imap
        self._idle_tag = connection._command("IDLE")  # noqa: SLF001 - ``idle()`` raises on what comes before "+ idling"
        is_early = False
        for _ in range(MAX_EARLY_LINES):
            if connection._get_response() is None:  # noqa: SLF001 - as above; None: "+ idling"
                return is_early or self._has_buffered()
            if connection.tagged_commands[self._idle_tag]:
                raise IMAPClientError("IDLE refused")
            is_early = True
        raise IMAPClientAbortError("no end before IDLE")

    def _has_buffered(self) -> bool:
        """What came in one segment with "+ idling" has left the socket: waiting for the socket would not see it."""
        connection = self.socket()
        connection.setblocking(False)
        try:
            return bool(self._imap.file.peek(1))
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        finally:
            connection.setblocking(True)
            self._set_read_timeout()
