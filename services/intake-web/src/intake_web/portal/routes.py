"""The portal's addresses: the front door of this package. ``build_portal`` is called once by the composition root."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from intake_web.portal.already import AlreadyReported
from intake_web.portal.failures import Failures
from intake_web.portal.files import FOR_EVER, PREFIX, StaticFiles
from intake_web.portal.hints import Hints
from intake_web.portal.pages import Pages
from intake_web.portal.ports import Portal
from intake_web.portal.questions import grouped, service_view
from intake_web.portal.report import ReportPages
from intake_web.portal.status import StatusPages
from intake_web.portal.tiles import TILES
from intake_web.portal.web import language_of, other_language_url, page

ROBOTS = "User-agent: *\nDisallow: /requests/\nDisallow: /track\nDisallow: /portal/\n"

__all__ = ["FOR_EVER", "BuiltPortal", "build_portal"]


@dataclass(frozen=True, slots=True)
class BuiltPortal:
    """Routes to add to the app, and the pages for what fails elsewhere in it."""

    routes: Sequence[BaseRoute]
    failures: Failures
    content_security_policy: str
    """Strict: our own files only; no inline script or style, so that no nonce is needed."""


class _PlainPages:
    """Pages that only tell something."""

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages

    async def home(self, request: Request) -> Response:
        """The start page."""
        language = language_of(request)
        services = self._portal.catalogue.services
        tiles = [{"code": code, "icon": icon, "name": services[code].name(language)} for code, icon in TILES if code in services]
        now = self._portal.clock()
        issued = {"form_key": self._portal.new_key(), "issued_at": int(now.timestamp())}
        return self._page(request, "home.html", tiles=tiles, **issued, **self._pages.hours(now))

    async def services(self, request: Request) -> Response:
        """Everything that can be reported, before the form."""
        language = language_of(request)
        general = service_view(self._portal.catalogue.general, language)
        return self._page(request, "services.html", groups=grouped(self._portal.catalogue, language), general=general)

    async def privacy(self, request: Request) -> Response:
        """What becomes of what is written."""
        return self._page(request, "privacy.html")

    async def robots(self, _request: Request) -> Response:
        """What search engines leave alone."""
        return PlainTextResponse(ROBOTS, headers={"Cache-Control": "public, max-age=86400"})

    def _page(self, request: Request, template: str, **values: object) -> Response:
        language = language_of(request)
        content = self._pages.render(template, language, other_language_url=other_language_url(request, language), **values)
        return page(request, language, content)


def _policy(tile_url: str | None) -> str:
    tiles = ""
    if tile_url:
        scheme, _, rest = tile_url.partition("://")
        host = rest.partition("/")[0].replace("{s}", "*")
        tiles = f" {scheme}://{host}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'none'; "
        f"img-src 'self' blob: data:{tiles}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def build_portal(portal: Portal) -> BuiltPortal:
    """The portal from its parts. Translations and our own files are read here, so a broken one stops the start."""
    static = StaticFiles()
    pages = Pages(portal, static)
    failures = Failures(portal, pages)
    already = AlreadyReported(portal)
    plain, report, status = _PlainPages(portal, pages), ReportPages(portal, pages, already), StatusPages(portal, pages, failures)
    hints = Hints(portal, pages, already)

    async def file(request: Request) -> Response:
        return static.answer(request)

    routes = [
        Route("/", plain.home, methods=["GET"]),
        Route("/report", report.show, methods=["GET"]),
        Route("/report", report.post, methods=["POST"]),
        Route("/track", status.track, methods=["GET"]),
        Route("/services", plain.services, methods=["GET"]),
        Route("/privacy", plain.privacy, methods=["GET"]),
        Route("/robots.txt", plain.robots, methods=["GET"]),
        Route("/requests/{number}", status.status, methods=["GET"]),
        Route("/requests/{number}/live", status.live, methods=["GET"]),
        Route("/requests/{number}/received", status.received, methods=["GET"]),
        Route("/portal/suggest", hints.suggest, methods=["POST"]),
        Route("/portal/already", hints.already, methods=["POST"]),
        Route("/portal/services/{code}", hints.questions, methods=["GET"]),
        Route(PREFIX + "/{version}/{name:path}", file, methods=["GET"]),
    ]
    return BuiltPortal(routes, failures, _policy(portal.options.map_tile_url))
