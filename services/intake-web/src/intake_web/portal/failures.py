"""What did not work, as a page in the portal's own style: with words, a way on, and a phone number."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from intake_web.portal.pages import Pages
from intake_web.portal.ports import Portal
from intake_web.portal.translations import mark as _
from intake_web.portal.web import NOT_KEPT, language_of, page

WORDS = {
    400: (_("We could not read that"), _("What your browser sent was incomplete or damaged. Please go back and try once more.")),
    404: (_("There is no such page"), _("The address may be mistyped, or the page has moved.")),
    405: (_("That does not work here"), _("This address is meant to be opened, not sent to, or the other way round.")),
    408: (_("That took too long"), _("Your report did not arrive in time. Please go back and send it again, perhaps with fewer photos.")),
    413: (_("That is too large"), _("The photos together are too large. Please go back and choose fewer or smaller ones.")),
    415: (_("We could not read that"), _("This form was sent in a way that we do not understand. Please go back and try once more.")),
    429: (_("One moment, please"), _("That was a lot in a short time. Please wait a minute, then try again.")),
    500: (_("Something went wrong on our side"), _("We were told about it. What you typed may still be there when you go back.")),
    503: (_("We cannot look that up just now"), _("It is on our side and usually short. Your report is not lost.")),
}
RETRIED = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


class Failures:
    """Renders failures."""

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages

    def page(self, request: Request, status: int, *, retry_url: str | None = None) -> Response:
        """A page for a status of 400 or above; an unlisted one is told as the nearest that is."""
        title, sentence = WORDS.get(status) or WORDS[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400]
        language = language_of(request)
        content = self._pages.render(
            "failure.html",
            language,
            status=status,
            title=self._pages.translate(language, title),
            sentences=[self._pages.translate(language, sentence)],
            retry_url=retry_url,
            other_language_url="/?lang=es" if language.value == "en" else "/?lang=en",
        )
        response = page(request, language, content, status, NOT_KEPT)
        if status in RETRIED:
            response.headers["Retry-After"] = str(self._portal.options.retry_after_seconds)
        return response
