"""uvicorn as the serve role runs it."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from shared.observability.logs import logger
from shared.serving import serve_until
from tracker.settings import ServeSettings

_KEEP_ALIVE_SECONDS: Final = 30
_log = logger(__name__)


class Server(uvicorn.Server):
    """uvicorn, stopped by us: signals are handled once for the whole process (``shared.lifecycle``)."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return int(self.servers[0].sockets[0].getsockname()[1])


def server_config(app: ASGIApp, settings: ServeSettings) -> uvicorn.Config:
    """How it listens, and how long it waits for whom."""
    return uvicorn.Config(
        app,
        host=settings.tracker_host,
        port=settings.tracker_port,
        http="httptools",
        lifespan="off",  # opening and closing is done in serve_app
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who calls, but for their keys
        limit_concurrency=settings.tracker_max_connections,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds / 2)),
        backlog=1024,
    )


async def serve(server: uvicorn.Server, stop: asyncio.Event, settings: ServeSettings) -> None:
    """Serve until ``stop`` is set and what is under way is answered.

    Raises:
        ConfigurationError: the port is taken.
    """
    _log.info("starting", tracker_port=settings.tracker_port)
    await serve_until(stop, server, host=("TRACKER_HOST", settings.tracker_host), port=("TRACKER_PORT", settings.tracker_port))
