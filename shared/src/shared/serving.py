"""Serving HTTP until the process is asked to stop. Knows no server: services bring theirs."""

import asyncio
from typing import Protocol

from shared.errors import ConfigurationError


class HttpServer(Protocol):
    """What is needed of a server; uvicorn's has it."""

    should_exit: bool
    """Set to True: answer what is under way, then return from ``serve``."""

    async def serve(self) -> None:
        """Serve. Raises SystemExit when the port is taken."""


async def serve_until(stop: asyncio.Event, server: HttpServer, *, host: tuple[str, str], port: tuple[str, int]) -> None:
    """Serve until ``stop`` is set and what is under way is answered. ``host`` and ``port``: the setting's name and its value.

    Raises:
        ConfigurationError: the port is taken.
    """

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    ending = asyncio.create_task(end())
    try:
        await server.serve()
    except SystemExit:
        raise ConfigurationError(f"{host[0]} and {port[0]}: cannot listen on {host[1]}:{port[1]}; is it in use?") from None
    finally:
        ending.cancel()
