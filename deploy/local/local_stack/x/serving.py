"""The one module that knows uvicorn: serves an app on a port of this machine."""

import asyncio
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"


class _Droppable(H11Protocol):
    """Gives the app its connection, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def server_for(app: ASGIApp, port: int) -> uvicorn.Server:
    """A server that is not started yet."""
    config = uvicorn.Config(app, host=HOST, port=port, http=_Droppable, lifespan="off", log_level="warning", access_log=False)
    return uvicorn.Server(config)


def port_of(server: uvicorn.Server) -> int:
    """Where a started server listens."""
    return cast("int", server.servers[0].sockets[0].getsockname()[1])
