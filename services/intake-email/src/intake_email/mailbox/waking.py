"""Waiting for a connection, and being woken from another thread."""

import select
import socket
from contextlib import suppress


class Waking:
    """Sleeps until something comes over a connection, or until somebody calls ``wake``."""

    def __init__(self) -> None:
        self._wakened, self._waker = socket.socketpair()
        self._wakened.setblocking(False)
        self._waker.setblocking(False)

    def wake(self) -> None:
        """From any thread: end the sleep, or the next one, at once."""
        with suppress(OSError):
            self._waker.send(b"\0")

    def sleep(self, connection: socket.socket | None, seconds: float) -> None:
        """Until the connection has something to read or is gone, at most ``seconds``; None: there is nothing to listen to."""
        poller = select.poll()
        poller.register(self._wakened, select.POLLIN)
        if connection is not None:
            poller.register(connection, select.POLLIN)
        poller.poll(seconds * 1000)
        with suppress(BlockingIOError):
            self._wakened.recv(1024)

    def close(self) -> None:
        """For good."""
        self._wakened.close()
        self._waker.close()
