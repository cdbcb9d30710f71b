"""uvicorn as this service runs it."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

import uvicorn

from intake_web.app import build_app
from intake_web.parts import Parts
from intake_web.protocol import patient_protocol
from intake_web.settings import IntakeWebSettings
from shared.observability.logs import logger
from shared.serving import serve_until

_KEEP_ALIVE_SECONDS: Final = 30
_log = logger(__name__)


class Server(uvicorn.Server):
    """uvicorn, stopped by us: signals are handled once for the whole process (``shared.lifecycle``)."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


def server_config(parts: Parts) -> uvicorn.Config:
    """How it listens, and how long it waits for whom."""
    settings = parts.settings
    return uvicorn.Config(
        build_app(parts),
        host=settings.portal_host,
        port=settings.portal_port,
        http=patient_protocol(settings.head_seconds),
        lifespan="off",  # opening and closing is done here
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # whom to believe is decided in limits.py
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds / 2)),
        backlog=1024,
    )


async def serve(server: uvicorn.Server, stop: asyncio.Event, settings: IntakeWebSettings) -> None:
    """Serve until ``stop`` is set and what is under way is answered.

    Raises:
        ConfigurationError: the port is taken.
    """
    _log.info("starting", portal_port=settings.portal_port)
    await serve_until(stop, server, host=("PORTAL_HOST", settings.portal_host), port=("PORTAL_PORT", settings.portal_port))
