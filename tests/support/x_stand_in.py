"""The stand-in for X within the test's own event loop, on a port of its own; time goes on when the test says so."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from local_stack.x.app import Options, StandIn
from local_stack.x.network import Draft
from local_stack.x.records import Account, Post
from local_stack.x.serving import listening
from local_stack.x.signing_in import Access, Keys

TOWN = Account(id="3110", username="cary311", name="Town of Cary 311")
PAT = Account(id="1001", username="pat_example", name="Pat Example")
TOWN_ACCESS = Access("3110", "an-invented-access-token", "an-invented-access-secret", "an-invented-user-token")
PAT_ACCESS = Access("1001", "a-second-access-token", "a-second-access-secret", "a-second-user-token")
KEYS = Keys("an-invented-bearer-token", "an-invented-consumer-key", "an-invented-consumer-secret", (TOWN_ACCESS, PAT_ACCESS))


@dataclass
class Clock:
    """Time in whole milliseconds: it is what it was when the test began, plus what the test let pass."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class RunningX:
    """A stand-in that listens, and what a test does on its other side."""

    app: StandIn
    clock: Clock

    @property
    def base(self) -> str:
        """Its address."""
        return self.app.base

    def writes(self, text: str, author: Account = PAT, *, ago: timedelta | None = None, **fields: object) -> Post:
        """A post by anybody; ``ago``: so long ago, else now."""
        at = None if ago is None else self.clock.now - ago
        return self.app.network.write(author, Draft(text=text, at=at, **fields))  # type: ignore[arg-type]  # by name


def photo(width: int = 8, height: int = 6) -> bytes:
    """A small photo."""
    data = BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, "JPEG")
    return data.getvalue()


@asynccontextmanager
async def x_stand_in(data: Path, **options: Any) -> AsyncIterator[RunningX]:  # noqa: ANN401 - those of ``Options``
    """A stand-in that knows the town and Pat."""
    clock = Clock(datetime.now(UTC).replace(microsecond=0))  # signatures carry the client's own time
    app = StandIn(Options(data=data, keys=KEYS, town=TOWN, clock=clock, **options))
    if PAT.id not in app.network.accounts:
        app.network.keep(PAT)
    try:
        async with listening(app) as port:
            app.base = f"http://127.0.0.1:{port}"
            yield RunningX(app, clock)
    finally:
        app.close()


def plain_client(base: str, **options: Any) -> httpx.AsyncClient:  # noqa: ANN401 - httpx's
    """A client without the certificates of the world: reading them takes longer than most tests."""
    return httpx.AsyncClient(base_url=base, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **options)
