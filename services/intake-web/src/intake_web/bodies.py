"""Request bodies, read with a cap on bytes and on time, so that neither a large nor a slow sender holds a worker.

Whoever is refused in the middle of an upload is read out to a bound first: a connection closed on unread bytes is reset by the
kernel, and the sender would never see why.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.types import Message, Receive

from shared.deadlines import within

IS_HERE: Final = "cary311.body_is_here"
"""Scope key that our server's protocol sets once it has the whole body: most reports come in one piece."""
DISCARD_BYTES: Final = 64 * 1024 * 1024
DISCARD_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """What a body may be."""

    max_bytes: int
    seconds: float
    """For the whole body."""
    idle_seconds: float
    """Between two pieces of it."""


class BodyRefusedError(Exception):
    """The body cannot be taken. ``reason`` is a short code, the sentence for people is in ``detail``; none holds data."""

    def __init__(self, status: HTTPStatus, reason: str, detail: str, *, may_continue: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.may_continue = may_continue
        """The sender is still sending: worth reading out before the answer."""


def too_large(max_bytes: int) -> BodyRefusedError:
    """413."""
    detail = f"The request may have at most {max_bytes} bytes."
    return BodyRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", detail, may_continue=True)


def malformed(detail: str, *, may_continue: bool = False) -> BodyRefusedError:
    """400: not what its content type says."""
    return BodyRefusedError(HTTPStatus.BAD_REQUEST, "malformed", detail, may_continue=may_continue)


def unsupported(accepted: str) -> BodyRefusedError:
    """415."""
    return BodyRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_type", f"Send {accepted}.", may_continue=True)


async def body_chunks(receive: Receive, limits: BodyLimits) -> AsyncIterator[bytes]:
    """The pieces of the body.

    Raises:
        BodyRefusedError: 413 over the cap, 408 too slow, 400 the sender went away in the middle.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + limits.seconds
    received = 0
    while True:
        try:
            with within(min(deadline - clock(), limits.idle_seconds)):
                message = await receive()
        except TimeoutError:
            raise BodyRefusedError(HTTPStatus.REQUEST_TIMEOUT, "too_slow", "The request took too long to arrive.") from None
        chunk = _piece(message)
        received += len(chunk)
        if received > limits.max_bytes:
            raise too_large(limits.max_bytes)
        if chunk:
            yield chunk
        if not message.get("more_body", False):
            return


def _piece(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise BodyRefusedError(HTTPStatus.BAD_REQUEST, "incomplete", "The request ended before its body did.")
    piece: bytes = message.get("body", b"")
    return piece


async def read_body(receive: Receive, limits: BodyLimits, *, is_here: bool = False) -> bytes:
    """The whole body; raises as ``body_chunks`` does. ``is_here``: the server has all of it already, so that nothing is waited for."""
    if is_here:
        whole = _piece(await receive())
        if len(whole) > limits.max_bytes:
            raise too_large(limits.max_bytes)
        return whole
    chunks = [chunk async for chunk in body_chunks(receive, limits)]
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def discard(receive: Receive) -> bool:
    """Read out what the sender still sends, within bounds. False: it did not end, and the connection should be closed."""
    discarded = 0
    try:
        async with asyncio.timeout(DISCARD_SECONDS):
            while discarded <= DISCARD_BYTES:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return False
                discarded += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return True
    except TimeoutError:
        pass
    return False
