"""What goes wrong with a network, on demand: the next requests that fit are answered so. ASGI middleware."""

import asyncio
import json
from collections import deque
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_stack.x.problems import credits_spent, plain

HTML = b"<!doctype html><html><head><title>Something went wrong</title></head><body>Something went wrong.</body></html>"
CUT = b'{"data": ['
ANNOUNCED_BYTES = b"1000"


class Fault(BaseModel):
    """One fault. It takes the place of an answer, or (``is_after``) loses the answer to a request that was carried out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[int, Field(ge=200, le=599)] = 503
    body: Literal["problem", "html", "empty", "truncated", "none"] = "problem"
    """``problem``: X's own JSON; ``truncated``: the connection ends within the body; ``none``: before any answer."""
    delay_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    headers: dict[str, str] = {}
    passes: bool = False
    """Only the delay: then the request is answered as always."""
    is_after: bool = False
    """The request does what it does, and its answer is lost."""
    method: str | None = None
    path: str = "/2/"
    """Only requests whose path begins so."""
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class Faults:
    """Those to come, in their order, around an app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._coming: deque[Fault] = deque()

    def add(self, *faults: Fault) -> None:
        """Behind those that are there."""
        self._coming.extend(faults)

    def clear(self) -> None:
        """No more of them."""
        self._coming.clear()

    @property
    def coming(self) -> list[Fault]:
        """What is still to come."""
        return list(self._coming)

    def _next_for(self, method: str, path: str) -> Fault | None:
        for index, fault in enumerate(self._coming):
            if path.startswith(fault.path) and fault.method in {None, method}:
                del self._coming[index]
                if fault.times > 1:
                    self._coming.insert(index, fault.model_copy(update={"times": fault.times - 1}))
                return fault
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        fault = self._next_for(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        await asyncio.sleep(fault.delay_seconds)
        if fault.passes:
            await self._app(scope, receive, send)
            return
        if fault.is_after:
            await self._app(scope, receive, _nowhere)
        await _fail(fault, scope, receive, send)


async def _nowhere(_message: Message) -> None:
    """An answer that nobody gets."""


async def _fail(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.body == "none":
        scope["state"]["transport"].abort()
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    body, content_type = _content(fault)
    length = ANNOUNCED_BYTES if fault.body == "truncated" else str(len(body)).encode()
    headers = {"content-type": content_type, "content-length": length.decode()} | {
        name.lower(): value for name, value in fault.headers.items()
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": fault.body == "truncated"})
    if fault.body == "truncated":
        scope["state"]["transport"].close()


def _content(fault: Fault) -> tuple[bytes, str]:
    match fault.body:
        case "html":
            return HTML, "text/html; charset=utf-8"
        case "empty":
            return b"", "application/json"
        case "truncated":
            return CUT, "application/json"
        case _:
            problem = credits_spent() if fault.status == 402 else plain(fault.status)  # noqa: PLR2004 - Payment Required
            return json.dumps(problem.body).encode(), "application/json; charset=utf-8"
