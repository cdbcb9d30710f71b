"""What the form's module asks while somebody types: the service's questions, services that fit, reports that are known already."""

from dataclasses import replace
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from intake_web.forms import Form, read_form
from intake_web.portal import answers as answered
from intake_web.portal.already import AlreadyReported
from intake_web.portal.language import known
from intake_web.portal.pages import Pages
from intake_web.portal.ports import Portal
from intake_web.portal.questions import chosen, questions, service_view
from intake_web.portal.web import NOT_KEPT, language_of, page


class Hints:
    """``/portal/…``. POST where the resident's words are asked about, because an address ends up in logs."""

    def __init__(self, portal: Portal, pages: Pages, already: AlreadyReported) -> None:
        self._portal = portal
        self._pages = pages
        self._already = already

    async def questions(self, request: Request) -> Response:
        """GET: what one service asks, as a fragment for the form."""
        language = language_of(request)
        service = chosen(self._portal.catalogue, request.path_params["code"])
        if service is None:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=NOT_KEPT)
        content = self._pages.render(
            "questions.html", language, service=service_view(service, language), questions=questions(service, {}, language)
        )
        return page(request, language, content)

    async def suggest(self, request: Request) -> Response:
        """POST: services that fit what is being typed, and what is told where it sounds like an emergency."""
        form = await self._form(request)
        language = language_of(request, asked=known(form.first("lang")))
        words = (form.first("description") or "")[: answered.MAX_VALUE_CHARACTERS]
        services = [{"code": service.code, "name": service.name(language)} for service in self._portal.catalogue.suggest(words, language)]
        found = self._portal.emergencies.find(words)
        told = self._pages.render("emergency_told.html", language, emergency_told=found.emergency) if found else ""
        return JSONResponse({"services": services, "emergency": told}, headers=NOT_KEPT)

    async def already(self, request: Request) -> Response:
        """POST: reports of the same kind at the place that is being told, as a fragment for the form.

        204: none. 503: nobody could tell in time, and the form goes on without.
        """
        form = await self._form(request)
        language = language_of(request, asked=known(form.first("lang")))
        found = await self._already.find(answered.read(form.fields), language)
        if not found:
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE if found is None else HTTPStatus.NO_CONTENT, headers=NOT_KEPT)
        content = self._pages.render("already.html", language, known=found, same_as="", now=self._portal.clock())
        return page(request, language, content, headers=NOT_KEPT)

    async def _form(self, request: Request) -> Form:
        limits = replace(self._portal.form_limits, body=self._portal.text_limits)
        return await read_form(request.receive, request.headers.raw, limits)
