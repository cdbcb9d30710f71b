"""Puts the stand-in together: an app of Starlette on a folder of data."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from local_stack.x import reading, writing
from local_stack.x.calls import Endpoint, Handler, Site
from local_stack.x.control import Control
from local_stack.x.faults import Faults
from local_stack.x.limits import LIMITS, Limits
from local_stack.x.log import Log
from local_stack.x.network import Network
from local_stack.x.page import Desk
from local_stack.x.photos import Photos
from local_stack.x.problems import plain
from local_stack.x.records import Account, Place
from local_stack.x.signing_in import Keys, SignIn
from local_stack.x.vocabulary import Vocabulary

SEEN = 1_000
UNLIMITED = 1_000_000
"""In 15 minutes; the headers tell it."""
CARY = Place(id="01cary27511nc000", full_name="Cary, NC", bbox=(-78.95, 35.63, -78.7, 35.87))
"""The one place that can be chosen; its id is invented."""
ENDPOINTS: tuple[tuple[str, str, str, Handler], ...] = (
    ("GET", "/2/tweets/search/recent", "search", reading.search_recent),
    ("GET", "/2/tweets/search/all", "search_all", reading.search_all),
    ("GET", "/2/tweets", "posts", reading.posts_by_ids),
    ("POST", "/2/tweets", "create", writing.create),
    ("GET", "/2/tweets/{id}", "posts", reading.post_by_id),
    ("DELETE", "/2/tweets/{id}", "delete", writing.delete),
    ("GET", "/2/users/me", "me", reading.me),
    ("GET", "/2/users/by", "users", reading.users_by_usernames),
    ("GET", "/2/users/by/username/{username}", "users", reading.user_by_username),
    ("GET", "/2/users", "users", reading.users_by_ids),
    ("GET", "/2/users/{id}", "users", reading.user_by_id),
    ("GET", "/2/users/{id}/mentions", "mentions", reading.mentions),
    ("GET", "/2/users/{id}/tweets", "timeline", reading.timeline),
    ("POST", "/2/media/upload", "media", writing.upload),
    ("POST", "/2/media/metadata", "media", writing.describe),
)
"""Method, path, name of its limit, and what it does. The first that fits."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came. Never its Authorization header."""

    method: str
    path: str
    query: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a stand-in is."""

    data: Path
    keys: Keys = field(repr=False)
    town: Account
    """The account that answers."""
    vocabulary: Vocabulary = Vocabulary.ASKED
    answers_anybody: bool = False
    is_at_ease: bool = False
    """Search shows what is written at once, and takes as many questions as come: X for a person who waits for the answer."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class StandIn:
    """The app. ``base`` is its own address; whoever serves it says which one that is.

    Raises:
        StackError: its data are damaged, or belong to another one that is running.
    """

    def __init__(self, options: Options, base: str = "") -> None:
        self.base = base
        self.log = Log.open(options.data / "log.jsonl")
        self.network = Network(self.log, options.clock)
        if self.network.accounts.get(options.town.id) != options.town:
            self.network.keep(options.town)
        if CARY.id not in self.network.places:
            self.network.keep(CARY)
        self.limits = Limits(options.clock, dict.fromkeys(LIMITS, UNLIMITED) if options.is_at_ease else None)
        self.photos = Photos(options.data / "photos", self.network)
        self.seen: deque[Seen] = deque(maxlen=SEEN)
        self.site = Site(
            self.network,
            self.photos,
            SignIn(options.keys, options.clock),
            self.limits,
            lambda: self.base,
            options.vocabulary,
            options.answers_anybody,
            options.is_at_ease,
        )
        control = Control(self.site, lambda: self.faults)
        desk = Desk(self.site, options.town)
        endpoints = [Route(path, Endpoint(self.site, name, handler).answer, methods=[method]) for method, path, name, handler in ENDPOINTS]
        routes = [*endpoints, *control.routes(), *desk.routes(), Route("/media/{name}", self.photo)]
        handlers = {404: _no_such_page, 405: _no_such_page}
        self.faults = Faults(Starlette(routes=routes, exception_handlers=handlers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http":
            self.seen.append(Seen(scope["method"], scope["path"], scope["query_string"].decode("latin-1")))
        await self.faults(scope, receive, send)

    async def photo(self, request: Request) -> Response:
        """The bytes of a photo."""
        found = self.photos.file(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        path, media_type = found
        return FileResponse(path, media_type=media_type, headers={"cache-control": "public, max-age=86400"})

    def close(self) -> None:
        """Give the data to others."""
        self.log.close()


async def _no_such_page(_request: Request, error: Exception) -> Response:
    problem = plain(getattr(error, "status_code", 404))
    return JSONResponse(problem.body, problem.status)
