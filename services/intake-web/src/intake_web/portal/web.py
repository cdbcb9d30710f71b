"""What every page's request and answer have in common: language, headers, links."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from intake_web.portal import language as languages
from shared.contracts import Language

PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Cookie"}
NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Accept-Language, Cookie", "X-Robots-Tag": "noindex, nofollow"}


def language_of(request: Request, *, asked: str | None = None) -> Language:
    """The language to answer in; ``asked`` is what a posted form says."""
    return languages.choose(
        asked=asked or request.query_params.get(languages.COOKIE),
        cookie=request.cookies.get(languages.COOKIE),
        header=request.headers.get("accept-language", ""),
    )


def other_language_url(request: Request, language: Language) -> str:
    """This page in the other language; a relative query, so that no other host can be written into it."""
    other = Language.ES if language is Language.EN else Language.EN
    return languages.same_page("", request.query_params.multi_items(), other)


def wants_json(request: Request) -> bool:
    """Our own module asks for JSON; browsers ask for a page."""
    return "application/json" in request.headers.get("accept", "")


def remember(response: Response, request: Request, language: Language) -> None:
    """Keep the language where it was chosen and differs from what is remembered."""
    if request.cookies.get(languages.COOKIE) != language.value:
        response.set_cookie(
            languages.COOKIE,
            language.value,
            max_age=languages.COOKIE_SECONDS,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )


def page(  # noqa: PLR0913 - what an answer is made of
    request: Request,
    language: Language,
    content: str,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] = PRIVATE,
    *,
    chosen: bool = False,
) -> Response:
    """A page. ``chosen``: the language was asked for here."""
    response = HTMLResponse(content, status, headers=dict(headers) | {"Content-Language": language.value})
    if chosen or request.query_params.get(languages.COOKIE) == language.value:
        remember(response, request, language)
    return response
