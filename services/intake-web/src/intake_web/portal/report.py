"""The report form: one page and one POST without JavaScript, steps with it; whatever happens, nothing typed is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from intake_web.forms import Form, read_form
from intake_web.intake import Accepted
from intake_web.messages import FieldError
from intake_web.portal import answers as answered
from intake_web.portal.already import AlreadyReported, KnownReport
from intake_web.portal.answers import Answers
from intake_web.portal.language import known
from intake_web.portal.mistakes import Shown, shown
from intake_web.portal.pages import Pages
from intake_web.portal.ports import Portal
from intake_web.portal.questions import chosen, grouped, questions, service_view
from intake_web.portal.script_texts import TEXTS
from intake_web.portal.spam import suspicion
from intake_web.portal.translations import mark as _
from intake_web.portal.web import NOT_KEPT, PRIVATE, language_of, page, wants_json
from shared.contracts import Language
from shared.errors import SpoolFullError, TransientError
from shared.tracking_number import display

CONFIRM = _("Please confirm that you want to send this: press “Send report” once more.")
OFTEN = _("That was a lot in a short time. Nothing you typed is lost: wait a minute and press “Send report” again.")
BUSY = _("We cannot take your report at this moment. Nothing you typed is lost: wait a little and press “Send report” again.")


@dataclass(frozen=True, slots=True)
class _Posted:
    """A posted form, understood."""

    request: Request
    answers: Answers
    language: Language
    action: str
    form: Form

    @property
    def has_photos(self) -> bool:
        return bool(self.form.uploads)


class ReportPages:
    """``/report`` and what belongs to it."""

    def __init__(self, portal: Portal, pages: Pages, already: AlreadyReported) -> None:
        self._portal = portal
        self._pages = pages
        self._already = already

    async def show(self, request: Request) -> Response:
        """GET: an empty form, perhaps for a service."""
        language = language_of(request)
        service = self._portal.catalogue.services.get(request.query_params.get("service", ""))
        return self._form_page(request, self._issued(Answers(service_code=service.code if service else "")), language)

    async def post(self, request: Request) -> Response:
        """POST: check, change, switch the language or send."""
        form = await read_form(request.receive, request.headers.raw, self._portal.form_limits)
        try:
            action = form.first("action") or "send"
            asked = action.rpartition("lang-")[2] if "lang-" in action else form.first("lang")
            language = language_of(request, asked=known(asked))
            posted = _Posted(request, self._issued(answered.read(form.fields)), language, action, form)
            return await self._acted(posted)
        finally:
            form.close()

    async def _acted(self, posted: _Posted) -> Response:
        if "lang-" in posted.action or posted.action in {"start", "change"}:
            return await self._reshown(posted)
        errors = self._portal.desk.mistakes(posted.answers, posted.language)
        if errors and not self._only_unasked(posted.answers, errors):
            return self._wrong(posted, errors)
        if posted.action == "check" or errors:
            return await self._checked(posted)
        fetch_site = posted.request.headers.get("sec-fetch-site")
        if suspicion(posted.answers, now=self._portal.clock(), fetch_site=fetch_site) is not None:
            return await self._unsure(posted)
        return await self._offered(posted) or await self._sent(posted)

    async def _reshown(self, posted: _Posted) -> Response:
        """The same answers once more, unjudged: another language, a change, the first words from the start page."""
        if posted.action.startswith("check-lang-"):
            return await self._check_page(posted)
        return self._form_page(
            posted.request, posted.answers, posted.language, photos_were_lost=posted.has_photos, is_chosen="lang-" in posted.action
        )

    def _only_unasked(self, given: Answers, errors: Sequence[FieldError]) -> bool:
        """All that is missing are answers to questions that the page had no chance to show (no JavaScript): ask them now."""
        service = chosen(self._portal.catalogue, given.service_code)
        return service is not None and given.questions_of != service.code and all(answered.attribute_code(error.field) for error in errors)

    def _wrong(self, posted: _Posted, errors: Sequence[FieldError]) -> Response:
        lines = self._shown(posted, errors)
        if wants_json(posted.request):
            return _json(HTTPStatus.UNPROCESSABLE_ENTITY, errors=[{"field": line.anchor, "text": line.text} for line in lines])
        return self._form_page(
            posted.request,
            posted.answers,
            posted.language,
            mistakes=lines,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            photos_were_lost=posted.has_photos,
        )

    async def _checked(self, posted: _Posted) -> Response:
        if not wants_json(posted.request):
            return await self._check_page(posted)
        summary = self._pages.render(
            "summary.html", posted.language, with_photos=True, known=(), **self._said(posted.answers, posted.language)
        )
        return _json(HTTPStatus.OK, summary=summary)

    async def _unsure(self, posted: _Posted) -> Response:
        if wants_json(posted.request):
            return _json(HTTPStatus.CONFLICT, confirm=self._pages.translate(posted.language, CONFIRM))
        return await self._check_page(posted, please_confirm=True)

    async def _offered(self, posted: _Posted) -> Response | None:
        """Sent without a look at what is reported already (no JavaScript): shown now, once. None: nothing is known, or it was seen.

        Nobody chooses photos again for an offer: whoever sent some along is not stopped.
        """
        if wants_json(posted.request) or posted.has_photos or posted.answers.was_offered:
            return None
        reported = await self._already.find(posted.answers, posted.language)
        return self._check_page_with(posted, reported) if reported else None

    async def _sent(self, posted: _Posted) -> Response:
        verdict = self._portal.admit(posted.request.scope)
        if not verdict.is_allowed:
            return self._busy(posted, HTTPStatus.TOO_MANY_REQUESTS, OFTEN, verdict.reset_seconds)
        try:
            result = await self._portal.desk.send(posted.answers, posted.language, posted.form.uploads)
        except SpoolFullError as full:
            return self._busy(posted, HTTPStatus.SERVICE_UNAVAILABLE, BUSY, full.retry_after_seconds)
        except TransientError:
            return self._busy(posted, HTTPStatus.SERVICE_UNAVAILABLE, BUSY, self._portal.options.retry_after_seconds)
        if not isinstance(result, Accepted):
            return self._wrong(posted, result)
        location = f"/requests/{display(result.service_request_id)}/received?receipt={result.receipt}"
        if wants_json(posted.request):
            return _json(HTTPStatus.CREATED, location=location)
        return RedirectResponse(location, HTTPStatus.SEE_OTHER, headers=NOT_KEPT)

    def _busy(self, posted: _Posted, status: HTTPStatus, sentence: str, wait: int) -> Response:
        text = self._pages.translate(posted.language, sentence)
        if wants_json(posted.request):
            return _json(status, wait=wait, text=text)
        response = self._form_page(
            posted.request,
            posted.answers,
            posted.language,
            mistakes=(Shown("", text),),
            status=status,
            photos_were_lost=posted.has_photos,
        )
        response.headers["Retry-After"] = str(wait)
        return response

    def _issued(self, given: Answers) -> Answers:
        """With the form's key and time, where it has none yet; they then travel with the answers."""
        if given.form_key:
            return given
        return replace(given, form_key=self._portal.new_key(), issued_at=str(int(self._portal.clock().timestamp())))

    def _said(self, given: Answers, language: Language) -> dict[str, object]:
        service = chosen(self._portal.catalogue, given.service_code)
        found = self._portal.emergencies.find(given.description)
        return {
            "answers": given,
            "emergency_told": found.emergency if found else None,
            "service": service_view(service, language) if service else None,
            "questions": questions(service, given.attributes, language),
        }

    def _shown(self, posted: _Posted, errors: Sequence[FieldError]) -> tuple[Shown, ...]:
        service = chosen(self._portal.catalogue, posted.answers.service_code)
        asked = {item.code: item.description(posted.language) for item in service.attributes} if service else {}
        return shown(errors, lambda text: self._pages.translate(posted.language, text), lambda code: asked.get(code, code))

    def _form_page(  # noqa: PLR0913 - what a page may have to say
        self,
        request: Request,
        given: Answers,
        language: Language,
        *,
        mistakes: Sequence[Shown] = (),
        status: HTTPStatus = HTTPStatus.OK,
        photos_were_lost: bool = False,
        is_chosen: bool = False,
    ) -> Response:
        content = self._pages.render(
            "report.html",
            language,
            here="report",
            mistakes=mistakes,
            photos_were_lost=photos_were_lost,
            groups=grouped(self._portal.catalogue, language),
            texts=self._pages.texts(language, TEXTS),
            options=self._portal.options,
            limits=self._portal.form_limits,
            **self._said(given, language),
            **self._pages.hours(self._portal.clock()),
        )
        # The empty form may be kept: the back button brings the words back, and with this page the key that they were sent under.
        # (Forms are posted to ``/report?send``, because a browser forgets what it has kept of an address that is posted to.)
        kept = PRIVATE if request.method == "GET" else NOT_KEPT
        return page(request, language, content, status, kept, chosen=is_chosen)

    async def _check_page(self, posted: _Posted, *, please_confirm: bool = False) -> Response:
        reported = await self._already.find(posted.answers, posted.language)
        return self._check_page_with(posted, reported, please_confirm=please_confirm)

    def _check_page_with(self, posted: _Posted, reported: tuple[KnownReport, ...] | None, *, please_confirm: bool = False) -> Response:
        given = posted.answers if reported is None or reported else replace(posted.answers, same_as="")  # there is no such report there
        service = chosen(self._portal.catalogue, given.service_code)
        asks_now = service is not None and bool(service.attributes) and given.questions_of != service.code
        carried = replace(
            given,
            website="",
            same_as="" if reported else given.same_as,  # chosen anew where the page offers something
            was_offered="yes",
            questions_of=service.code if service else "",
            attributes={} if asks_now else given.attributes,
            is_confirmed="yes" if please_confirm else given.is_confirmed,
        )
        content = self._pages.render(
            "check.html",
            posted.language,
            here="report",
            with_photos=False,
            known=reported or (),
            same_as=given.same_as,
            now=self._portal.clock(),
            hidden_pairs=list(carried.pairs()),
            asks_now=asks_now,
            please_confirm=please_confirm,
            photos_were_lost=posted.has_photos,
            limits=self._portal.form_limits,
            **self._said(given, posted.language),
        )
        return page(posted.request, posted.language, content, HTTPStatus.OK, NOT_KEPT, chosen="lang-" in posted.action)


def _json(status: HTTPStatus, **content: object) -> Response:
    return JSONResponse(content, status, headers=NOT_KEPT)
