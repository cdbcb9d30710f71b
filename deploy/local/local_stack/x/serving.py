"""The one module that knows uvicorn: serves an app on a port of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[int]:
    """Serve within the running event loop, on a free port; ends at once, where uvicorn's own way waits for its next tick."""
    server = server_for(app, 0)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        for listener in server.servers:
            listener.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        for task in list(server.server_state.tasks):
            task.cancel()
        while server.server_state.connections:  # noqa: ASYNC110 - uvicorn tells no other way
            await asyncio.sleep(0)
