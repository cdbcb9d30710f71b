"""What all our Kafka clients have in common: how they connect, and how the client library's failures are sorted."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from aiokafka.errors import KafkaError

from shared.errors import TransientError
from shared.settings import KafkaSettings

DEPENDENCY: Final = "kafka"
REQUEST_MS: Final = 10_000
"""How long one request may take; the library's own default is 40 s."""
START_SECONDS: Final = 10.0
"""How long a client may take to connect, join nothing yet, and know the cluster."""
RETRY_SECONDS: Final = 0.1
CLOSE_SECONDS: Final = 4.0
"""How long a client may take to say good-bye; an idempotent producer whose broker is away would never end."""

T = TypeVar("T")


def client_arguments(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    """Arguments that producers, consumers and admin clients share.

    Raises:
        TransientError: the file of certificates is away, as while it is replaced.
    """
    with kafka_errors():
        tls = settings.kafka_tls()
    return {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "client_id": client_id,
        "request_timeout_ms": REQUEST_MS,
        "metadata_max_age_ms": 30_000,  # a moved leader or a grown cluster is noticed within half a minute
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": tls,
        **_credentials(settings),
    }


def _credentials(settings: KafkaSettings) -> dict[str, Any]:
    if settings.kafka_sasl_password is None:
        return {}
    return {
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
    }


@contextmanager
def kafka_errors() -> Iterator[None]:
    """Whatever the client library or the network raises is ``TransientError("kafka")``: the broker is away, or will answer later."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise TransientError(DEPENDENCY, type(error).__name__) from error


async def bounded(seconds: float, work: Callable[[], Awaitable[T]]) -> T:
    """What ``work`` gives within the time.

    Raises:
        TransientError: it did not, or Kafka is away.
    """
    with kafka_errors():
        async with asyncio.timeout(seconds):
            return await work()


async def patiently(seconds: float, work: Callable[[], Awaitable[T]]) -> T:
    """What ``work`` gives within the time, asked again while the broker says "not yet": a new cluster's coordinators, leaders that move.

    Raises:
        TransientError: not within the time, or the broker says something else.
    """

    async def tried() -> T:
        while True:
            try:
                return await work()
            except KafkaError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(RETRY_SECONDS)

    return await bounded(seconds, tried)


async def closed_within(seconds: float, stop: Callable[[], Awaitable[object]], drop: Callable[[], Awaitable[object]] | None = None) -> None:
    """Stop a client; past the time, or when that fails, ``drop`` what it holds.

    The library's ``stop`` raises ``CancelledError`` of its own, or never returns, when the broker is away: neither must reach us.
    """
    stopping = asyncio.ensure_future(_awaited(stop))
    done, _ = await asyncio.wait({stopping}, timeout=seconds)
    if not done:
        stopping.cancel()
        await asyncio.wait({stopping}, timeout=1.0)
    if stopping.done() and not stopping.cancelled():
        stopping.exception()  # looked at, so that nothing complains later
    if drop is not None and (not stopping.done() or stopping.cancelled() or stopping.exception() is not None):
        await closed_within(seconds, drop)


async def _awaited(work: Callable[[], Awaitable[object]]) -> None:
    await work()
