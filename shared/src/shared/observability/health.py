"""``/livez``, ``/readyz`` and ``/metrics`` on a port of their own, answered by a server too small to fall over.

Liveness is free of Kafka and MongoDB: a process is restarted for what a restart can heal (a loop that does not come round any
more), never because a dependency is away. Readiness may look at anything that a service says about itself. Both are answered by
the event loop that does the work, so that an answer shows that it still goes round.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from prometheus_client.exposition import choose_encoder

from shared.errors import ConfigurationError
from shared.observability.logs import logger
from shared.observability.loop_lag import LoopLag
from shared.observability.metrics import METRICS, Metrics
from shared.settings import OperationsSettings

Check = Callable[[], str | None]
"""None when all is well, else a sentence for the operator (without data)."""

Facts = Callable[[], Mapping[str, object]]
"""What an operator may want to know though nothing is wrong, without data: switched off, read only. Must not fail."""

MAX_HEAD_BYTES: Final = 8 * 1024
MAX_CONNECTIONS: Final = 64
CLIENT_SECONDS: Final = 5.0
"""How long one exchange may take from connect to close; a probe needs milliseconds."""

_JSON: Final = "application/json; charset=utf-8"
_log = logger(__name__)


def age_check(what: str, age_seconds: Callable[[], float], *, limit_seconds: float) -> Check:
    """A check that fails when something did not happen for longer than ``limit_seconds``."""

    def check() -> str | None:
        age = age_seconds()
        return None if age <= limit_seconds else f"{what} was {age:.0f} s ago (limit {limit_seconds:.0f} s)"

    return check


class HealthServer:
    """Answers the probes and the scraper of one process.

    ``checks`` decide readiness, ``liveness`` (the age of the last completed poll, say) decides life; the lag of the event loop
    is always part of both. ``facts`` are shown with the readiness and decide nothing.
    """

    def __init__(
        self,
        settings: OperationsSettings,
        checks: Mapping[str, Check],
        liveness: Mapping[str, Check] | None = None,
        *,
        facts: Facts | None = None,
        metrics: Metrics = METRICS,
    ) -> None:
        self._settings = settings
        self._lag = LoopLag(metrics.event_loop_lag_seconds)
        self._liveness = {"event_loop": self._lag.check, **(liveness or {})}
        self._readiness = {**self._liveness, **checks}
        self._facts = facts
        self._metrics = metrics
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        if self._server is None or not self._server.sockets:
            return self._settings.health_port
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigurationError: the port is taken or the address is not ours.
        """
        host, port = self._settings.health_host, self._settings.health_port
        try:
            self._server = await asyncio.start_server(self._connected, host, port, limit=MAX_HEAD_BYTES)
        except OSError as error:
            raise ConfigurationError(
                f"HEALTH_HOST and HEALTH_PORT: cannot listen on {host}:{port} ({error.strerror or type(error).__name__})"
            ) from error
        self._lag.start()

    async def close(self) -> None:
        """Stop listening and drop what is connected."""
        await self._lag.close()
        if self._server is None:
            return
        self._server.close()
        for connection in tuple(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A plain function, so that the tasks are ours: to count, to bound, to end."""
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        connection = asyncio.get_running_loop().create_task(self._exchange(reader, writer), name="health")
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CLIENT_SECONDS):
                writer.write(await self._read_and_answer(reader))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, EOFError, TimeoutError):
            pass  # a client that went away, sent half a request or reads too slowly has nothing to be told
        finally:
            writer.transport.abort()  # does nothing where it was closed in order

    async def _read_and_answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return self._answer(await reader.readuntil(b"\r\n\r\n"))
        except asyncio.LimitOverrunError:
            return _response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, b"", _JSON)

    def _answer(self, head: bytes) -> bytes:
        line, _, rest = head.partition(b"\r\n")
        words = line.split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):  # noqa: PLR2004 - method, target, version
            return _response(HTTPStatus.BAD_REQUEST, b"", _JSON)
        method, path = words[0], words[1].partition(b"?")[0]
        if method not in {b"GET", b"HEAD"}:
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, b"", _JSON, allow=True)
        match path:
            case b"/livez":
                status, body, media_type = _verdict(self._liveness)
            case b"/readyz":
                status, body, media_type = _verdict(self._readiness, self._facts)
            case b"/metrics":
                status, body, media_type = self._exposition(rest)
            case _:
                status, body, media_type = HTTPStatus.NOT_FOUND, b'{"paths": ["/livez", "/readyz", "/metrics"]}', _JSON
        return _response(status, body, media_type, has_body=method == b"GET")

    def _exposition(self, headers: bytes) -> tuple[HTTPStatus, bytes, str]:
        encode, media_type = choose_encoder(_accept(headers))
        return HTTPStatus.OK, encode(self._metrics.registry), media_type


def _verdict(checks: Mapping[str, Check], facts: Facts | None = None) -> tuple[HTTPStatus, bytes, str]:
    complaints: dict[str, str] = {}
    for name, check in checks.items():
        try:
            complaint = check()
        except Exception as error:  # noqa: BLE001 - a check that fails is itself a finding, never a dropped connection
            _log.exception("health_check_failed", check=name)
            complaint = f"the check itself failed: {type(error).__name__}"
        if complaint is not None:
            complaints[name] = complaint
    status = HTTPStatus.SERVICE_UNAVAILABLE if complaints else HTTPStatus.OK
    told = {"facts": facts()} if facts else {}
    return status, json.dumps({"ok": not complaints, "complaints": complaints, **told}).encode(), _JSON


def _accept(headers: bytes) -> str:
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"accept":
            return value.strip().decode("ascii", "replace")
    return ""


def _response(status: HTTPStatus, body: bytes, media_type: str, *, has_body: bool = True, allow: bool = False) -> bytes:
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *(["Allow: GET, HEAD"] if allow else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (body if has_body else b"")
