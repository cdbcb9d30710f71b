"""Confirmation, status and look-up pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from intake_web.portal import status_view
from intake_web.portal.failures import Failures
from intake_web.portal.mistakes import Shown
from intake_web.portal.pages import Pages, digest
from intake_web.portal.ports import Portal
from intake_web.portal.questions import chosen, service_view
from intake_web.portal.states import STAGES
from intake_web.portal.status_view import StatusView
from intake_web.portal.translations import mark as _
from intake_web.portal.web import NOT_KEPT, language_of, other_language_url, page
from intake_web.receipts import Receipt
from shared.contracts import Language, Nature
from shared.errors import TransientError
from shared.town.after_hours import closed_desk
from shared.tracking_number import InvalidNumber, NumberFault, display, parse_tracking_number

MAX_TYPED_CHARACTERS = 60
EMPTY = _("Enter a tracking number")
FAULTS = {
    NumberFault.LENGTH: _("A tracking number has twelve letters and digits; please count again"),
    NumberFault.SYMBOL: _("A tracking number has only digits and the letters A to Z without U; please look again"),
    NumberFault.CHECK: _("One of the letters or digits is wrong; please compare with your confirmation"),
}
HELP = {
    NumberFault.LENGTH: (_("It looks like this: 7KQ4\u2011M2XD\u20119RTB. Hyphens and blanks do not matter."),),
    NumberFault.SYMBOL: (_("The letter O counts as zero, and I and L count as one, so those are never the mistake."),),
    NumberFault.CHECK: (
        _("Every number carries a check letter at its end, and yours does not fit. Often two neighbors are swapped, or an 8 was a B."),
    ),
}
UNKNOWN = _("We know no report with this number")
UNKNOWN_HELP = (
    _("The number is written correctly, but no report has it. Perhaps it belongs to another town's 311?"),
    _("If you sent the report a moment ago, open the link from your confirmation, or try again in a minute."),
)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a number."""

    view: StatusView
    receipt: Receipt | None


class StatusPages:
    """``/requests/…`` and ``/track``."""

    def __init__(self, portal: Portal, pages: Pages, failures: Failures) -> None:
        self._portal = portal
        self._pages = pages
        self._failures = failures

    async def track(self, request: Request) -> Response:
        """GET: the look-up form, or the way to the number that was typed."""
        typed = request.query_params.get("number")
        if typed is None:
            return self._track_page(request)
        if not typed.strip():
            return self._track_page(request, mistake=EMPTY, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        number = parse_tracking_number(typed)
        if isinstance(number, InvalidNumber):
            return self._mistyped(request, typed, number.fault, HTTPStatus.UNPROCESSABLE_ENTITY)
        return RedirectResponse(f"/requests/{display(number)}", HTTPStatus.SEE_OTHER, headers=NOT_KEPT)

    async def status(self, request: Request) -> Response:
        """GET: the status page, under the number's one spelling."""
        written = request.path_params["number"]
        number = parse_tracking_number(written)
        if isinstance(number, InvalidNumber):
            return self._mistyped(request, written, number.fault, HTTPStatus.NOT_FOUND)
        if written != display(number):
            return _redirect(request, f"/requests/{display(number)}")
        try:
            found = await self._find(request, number)
        except TransientError:
            return self._failures.page(request, HTTPStatus.SERVICE_UNAVAILABLE, retry_url=_here(request))
        if found is None:
            return self._unknown(request, number)
        return self._status_page(request, found)

    async def live(self, request: Request) -> Response:
        """GET: the changing part of the status page as JSON, with an entity tag."""
        number = parse_tracking_number(request.path_params["number"])
        if isinstance(number, InvalidNumber):
            return JSONResponse({}, HTTPStatus.NOT_FOUND, headers=NOT_KEPT)
        try:
            found = await self._find(request, number)
        except TransientError:
            wait = str(self._portal.options.retry_after_seconds)
            return JSONResponse({}, HTTPStatus.SERVICE_UNAVAILABLE, headers={**NOT_KEPT, "Retry-After": wait})
        if found is None:
            return JSONResponse({}, HTTPStatus.NOT_FOUND, headers=NOT_KEPT)
        language = language_of(request)
        html = self._fragment(found, language)
        headers = {"Cache-Control": "private, no-cache", "ETag": digest(html), "X-Robots-Tag": "noindex"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        state = self._pages.translate(language, found.view.state.title)
        content = {
            "html": html,
            "title": f"{found.view.shown_number}: {state}",
            "announce": state,
            "is_on_its_way": found.view.is_on_its_way,
        }
        return JSONResponse(content, headers=headers)

    async def received(self, request: Request) -> Response:
        """GET: the confirmation, for whoever holds the receipt; anybody else gets the status page."""
        number = parse_tracking_number(request.path_params["number"])
        if isinstance(number, InvalidNumber):
            return self._mistyped(request, request.path_params["number"], number.fault, HTTPStatus.NOT_FOUND)
        receipt = self._portal.receipts.read_for(number, request.query_params.get("receipt"))
        if receipt is None:
            return RedirectResponse(f"/requests/{display(number)}", HTTPStatus.SEE_OTHER, headers=NOT_KEPT)
        language = language_of(request)
        content = self._pages.render("received.html", language, **self._confirmation(request, receipt, language))
        return page(request, language, content, headers=NOT_KEPT)

    def _confirmation(self, request: Request, receipt: Receipt, language: Language) -> Mapping[str, object]:
        shown, calendar, at = display(receipt.service_request_id), self._portal.calendar, receipt.accepted_at
        service = chosen(self._portal.catalogue, receipt.service_code or "")
        path = f"/requests/{shown}?receipt={quote(request.query_params['receipt'])}"
        base = self._portal.options.public_base_url
        return {
            "shown_number": shown,
            "status_url": base + path,
            "short_url": f"{urlsplit(base).netloc}/requests/{shown}",
            "answer_by": calendar.add_business_days(at, self._portal.town.answer_business_days),
            "service": service_view(service, language) if service else None,
            "finished_by": calendar.add_business_days(at, service.expected_business_days) if service else at,
            "emergency_told": receipt.emergency,
            "is_outside_town": receipt.is_outside_town,
            "nature": receipt.nature,
            "is_request": receipt.nature is Nature.SERVICE_REQUEST,
            "closed": closed_desk(calendar, at, language),
            "other_language_url": other_language_url(request, language),
        }

    async def _find(self, request: Request, number: str) -> _Found | None:
        """What the tracker knows; before it knows anything, and while it is away, what the receipt says.

        Raises:
            TransientError: the tracker is away and there is no receipt.
        """
        receipt = self._portal.receipts.read_for(number, request.query_params.get("receipt"))
        try:
            known = await self._portal.lookup.get_request(number)
            history = await self._portal.lookup.get_history(number) if known is not None else ()
        except TransientError:
            if receipt is None:
                raise
            known, history = None, ()
        if known is not None:
            return _Found(status_view.known_request(number, known, history), receipt)
        return _Found(status_view.on_its_way(receipt), receipt) if receipt else None

    def _fragment(self, found: _Found, language: Language) -> str:
        service = self._portal.catalogue.services.get(found.view.service_code or "")
        departments = {item.department: item.department_name(language) for item in self._portal.catalogue.services.values()}
        return self._pages.render(
            "status_live.html",
            language,
            view=found.view,
            stages=STAGES,
            service_name=service.name(language) if service else None,
            department=departments.get(found.view.department or "", found.view.department),
        )

    def _status_page(self, request: Request, found: _Found) -> Response:
        language = language_of(request)
        fragment = self._fragment(found, language)
        receipt = request.query_params.get("receipt")
        live = f"/requests/{found.view.shown_number}/live?lang={language.value}"
        content = self._pages.render(
            "status.html",
            language,
            here="track",
            view=found.view,
            fragment=fragment,
            etag=digest(fragment),
            live_url=f"{live}&receipt={quote(receipt)}" if receipt and found.receipt else live,
            other_language_url=other_language_url(request, language),
        )
        return page(request, language, content, headers=NOT_KEPT)

    def _mistyped(self, request: Request, typed: str, fault: NumberFault, status: HTTPStatus) -> Response:
        return self._track_page(request, typed=typed, mistake=FAULTS[fault], sentences=HELP[fault], status=status)

    def _unknown(self, request: Request, number: str) -> Response:
        return self._track_page(request, typed=display(number), mistake=UNKNOWN, sentences=UNKNOWN_HELP, status=HTTPStatus.NOT_FOUND)

    def _track_page(
        self,
        request: Request,
        *,
        typed: str = "",
        mistake: str | None = None,
        sentences: tuple[str, ...] = (),
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        language = language_of(request)
        mistakes = (Shown("number", self._pages.translate(language, mistake)),) if mistake else ()
        content = self._pages.render(
            "track.html",
            language,
            here="track",
            mistakes=mistakes,
            typed=typed[:MAX_TYPED_CHARACTERS],
            help_sentences=[self._pages.translate(language, sentence) for sentence in sentences],
            other_language_url=other_language_url(request, language),
        )
        return page(request, language, content, status, NOT_KEPT)


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _redirect(request: Request, path: str) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(path + query, HTTPStatus.PERMANENT_REDIRECT, headers=NOT_KEPT)
