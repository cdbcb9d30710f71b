"""What tests and ``make demo`` do on the other side of the network: write as anybody, and script what goes wrong.

No part of X: everything lies under ``/stand-in/``, takes and gives JSON, and asks nobody who they are.
"""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_stack.x.calls import Site
from local_stack.x.faults import Fault, Faults
from local_stack.x.network import Draft, ReplySettings
from local_stack.x.records import Post

USERNAME = r"^[A-Za-z0-9_]{1,15}$"
BAD_REQUEST, NOT_FOUND = 400, 404
FAULTS: TypeAdapter[list[Fault]] = TypeAdapter(list[Fault])


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GivenPhoto(_Given):
    """A photo of a post."""

    base64: str
    alt_text: str = ""


class GivenPost(_Given):
    """A post by anybody; the account is made where there is none of that name."""

    username: Annotated[str, Field(pattern=USERNAME)]
    text: Annotated[str, Field(max_length=25_000)] = ""
    reply_to: str | None = None
    quotes: str | None = None
    reposts: str | None = None
    photos: tuple[GivenPhoto, ...] = ()
    place_id: str | None = None
    point: tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]] | None = None
    """Longitude, latitude."""
    lang: str = "en"
    reply_settings: ReplySettings = "everyone"
    at: AwareDatetime | None = None
    found_after_seconds: Annotated[float, Field(ge=0)] = 0.0
    """How much later search finds it."""


class _Text(_Given):
    text: str


class _Countries(_Given):
    country_codes: tuple[str, ...]


class Control:
    """The endpoints."""

    def __init__(self, site: Site, faults: Callable[[], Faults]) -> None:
        self._site = site
        self._faults = faults

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/stand-in/posts", self.write, methods=["POST"]),
            Route("/stand-in/posts/{id}", self.edit, methods=["PUT"]),
            Route("/stand-in/posts/{id}", self.delete, methods=["DELETE"]),
            Route("/stand-in/posts/{id}/replies", self.replies, methods=["GET"]),
            Route("/stand-in/posts/{id}/withheld", self.withhold, methods=["PUT"]),
            Route("/stand-in/faults", self.faults, methods=["GET", "POST", "DELETE"]),
        ]

    async def write(self, request: Request) -> Response:
        """A post; the answer holds its id."""
        try:
            given = GivenPost.model_validate_json(await request.body())
            post = write_as(self._site, given)
        except (ValueError, LookupError) as error:
            return _refused(error)
        return JSONResponse({"id": post.id, "author_id": post.author_id, "conversation_id": post.conversation_id}, 201)

    async def edit(self, request: Request) -> Response:
        """A new version; the answer holds its id."""
        post = self._post(request)
        try:
            given = _Text.model_validate_json(await request.body())
        except ValidationError as error:
            return _refused(error)
        if post is None:
            return _gone()
        return JSONResponse({"id": self._site.network.edit(post, given.text).id})

    async def delete(self, request: Request) -> Response:
        """It is gone."""
        post = self._post(request)
        if post is None:
            return _gone()
        self._site.network.delete(post)
        return Response(status_code=204)

    async def replies(self, request: Request) -> Response:
        """What was written below it, the oldest first."""
        network = self._site.network
        below = [post for post in network.newest_first() if post.parent_id == request.path_params["id"]]
        written = [{"id": post.id, "username": network.accounts[post.author_id].username, "text": post.text} for post in reversed(below)]
        return JSONResponse(written)

    async def withhold(self, request: Request) -> Response:
        """In some countries, or nowhere any more."""
        post = self._post(request)
        try:
            given = _Countries.model_validate_json(await request.body())
        except ValidationError as error:
            return _refused(error)
        if post is None:
            return _gone()
        self._site.network.withhold(post, given.country_codes)
        return Response(status_code=204)

    async def faults(self, request: Request) -> Response:
        """Those to come: read, add behind them, clear."""
        faults = self._faults()
        if request.method == "DELETE":
            faults.clear()
        if request.method == "POST":
            try:
                faults.add(*FAULTS.validate_json(await request.body()))
            except ValidationError as error:
                return _refused(error)
        return JSONResponse(FAULTS.dump_python(faults.coming, mode="json"))

    def _post(self, request: Request) -> Post | None:
        return self._site.network.there(request.path_params["id"])


def write_as(site: Site, given: GivenPost) -> Post:
    """Write as anybody.

    Raises:
        LookupError: what it refers to is not there.
        ValueError: a photo that is none.
    """
    for post_id in (given.reply_to, given.quotes, given.reposts):
        if post_id is not None and site.network.there(post_id) is None:
            raise LookupError(f"There is no post {post_id}.")
    if given.place_id is not None and given.place_id not in site.network.places:
        raise LookupError(f"There is no place {given.place_id}; there are {', '.join(site.network.places)}.")
    photos = [site.photos.add(base64.b64decode(photo.base64, validate=True), photo.alt_text) for photo in given.photos]
    draft = Draft(
        text=given.text,
        parent_id=given.reply_to,
        quoted_id=given.quotes,
        reposted_id=given.reposts,
        photo_keys=tuple(photo.key for photo in photos),
        place_id=given.place_id,
        point=given.point,
        lang=given.lang,
        reply_settings=given.reply_settings,
        at=given.at,
        found_after=timedelta(seconds=given.found_after_seconds),
    )
    return site.network.write(site.network.account_for(given.username), draft)


def _refused(error: Exception) -> Response:
    if isinstance(error, ValidationError):
        found: Any = error.errors(include_input=False, include_url=False)
        return JSONResponse({"error": "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)}, BAD_REQUEST)
    return JSONResponse({"error": str(error.args[0] if error.args else error)}, BAD_REQUEST)


def _gone() -> Response:
    return JSONResponse({"error": "There is no such post."}, NOT_FOUND)
