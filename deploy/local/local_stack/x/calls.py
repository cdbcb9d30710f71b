"""An endpoint of the API: who asks is known, counted and told, and refusals have X's form, before anything is done."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_stack.x.asking import Asked, asked_for, only
from local_stack.x.limits import Limits
from local_stack.x.network import Network
from local_stack.x.photos import Photos
from local_stack.x.problems import Json, ProblemError, plain
from local_stack.x.shapes import Shapes
from local_stack.x.signing_in import Caller, SignIn, signed_urls
from local_stack.x.vocabulary import Vocabulary

MAX_BODY_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that an endpoint needs."""

    network: Network
    photos: Photos
    sign_in: SignIn
    limits: Limits
    base: Callable[[], str]
    """The stand-in's own address, without a slash at its end; known once it listens."""
    vocabulary: Vocabulary = Vocabulary.ASKED
    answers_anybody: bool = False
    """See ``rules.refusal``."""
    is_at_ease: bool = False
    """See ``app.Options``."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request, as far as it was read."""

    site: Site
    caller: Caller
    path: str
    query: dict[str, str]
    named: dict[str, str]
    """What stands in the path."""
    body: Json = field(repr=False)

    @property
    def network(self) -> Network:
        """Of the site."""
        return self.site.network

    def asked(self, allowed: frozenset[str] = frozenset()) -> Asked:
        """Fields and expansions; ``allowed``: the other parameters that there are.

        Raises:
            ProblemError: there is another one.
        """
        only(self.query, allowed, self.site.vocabulary)
        return asked_for(self.query, self.site.vocabulary)

    def shapes(self, asked: Asked) -> Shapes:
        """Makes the answer."""
        return Shapes(self.network, asked, self.site.base())


Answer = tuple[int, Json]
Handler = Callable[[Call], Answer]


class Endpoint:
    """A handler behind sign-in and limits, as a function of Starlette. ``name``: what its limit is called."""

    def __init__(self, site: Site, name: str, handler: Handler) -> None:
        self._site = site
        self._name = name
        self._handler = handler

    async def answer(self, request: Request) -> Response:
        """Answer a request."""
        headers: dict[str, str] = {}
        try:
            caller = self._caller(request)
            headers, refusal = self._site.limits.spend(caller, self._name)
            if refusal is not None:
                raise refusal
            body = await _body(request) if request.method == "POST" else {}
            call = Call(self._site, caller, request.url.path, dict(request.query_params), request.path_params, body)
            status, answer = self._handler(call)
        except ProblemError as problem:
            return _json(problem.status, problem.body, headers, "application/problem+json")
        return _json(status, answer, headers)

    def _caller(self, request: Request) -> Caller:
        query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        urls = signed_urls(request.url.path, self._site.base())
        return self._site.sign_in.caller(request.headers.get("authorization", ""), request.method, urls, query)


def _json(status: int, content: Json, headers: dict[str, str], media_type: str = "application/json; charset=utf-8") -> Response:
    return JSONResponse(content, status, headers, media_type)


async def _body(request: Request) -> Json:
    """A JSON object, or the fields of a form with the bytes of its files."""
    if int(request.headers.get("content-length", "0") or 0) > MAX_BODY_BYTES:
        raise plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_part_size=MAX_BODY_BYTES) as form:
            return {name: await value.read() if isinstance(value, UploadFile) else value for name, value in form.items()}
    try:
        body: Any = json.loads(await request.body())
        json.dumps(body, ensure_ascii=False).encode()  # JSON can name half of a sign, which no answer could hold
    except (ValueError, RecursionError):
        raise _no_body() from None
    if not isinstance(body, dict):
        raise _no_body()
    return body


def _no_body() -> ProblemError:
    return plain(HTTPStatus.BAD_REQUEST, "The request body is not a JSON object.", title="Invalid Request")
