"""The serve role's HTTP half: which address is answered by what. Opens nothing and starts nothing."""

from importlib.metadata import version

from fastapi import FastAPI
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from shared.observability.metrics import METRICS
from tracker.api.answers import PUBLIC_HEADERS, encoded
from tracker.api.changing import Changing
from tracker.api.docs_page import POLICY, docs_page
from tracker.api.duplicates import Duplicates
from tracker.api.files import RequestFiles
from tracker.api.reading import Reading
from tracker.failures import answer_failure, on_exception
from tracker.georeport.answers import PREFIX
from tracker.georeport.endpoints import GeoReport
from tracker.middleware import Observed
from tracker.openapi.document import document
from tracker.parts import Parts
from tracker.resources import resource


def build_app(parts: Parts) -> ASGIApp:
    """The application: JSON API, GeoReport, their description."""
    app = FastAPI(
        title="Cary 311 tracker",
        docs_url=None,  # its pages load scripts from elsewhere, which our policy forbids
        redoc_url=None,
        openapi_url=None,
        exception_handlers={HTTPException: on_exception, Exception: on_exception},
    )
    app.router.redirect_slashes = False  # a redirect to the address that the Host header claims
    app.router.routes[:] = [*_requests(parts), *_georeport(parts), *_descriptions(parts)]
    return Observed(app, METRICS.http_request_seconds, answer_failure)


def _requests(parts: Parts) -> list[Route]:
    reading, changing, duplicates, files = Reading(parts), Changing(parts), Duplicates(parts), RequestFiles(parts)
    one = "/api/v1/requests/{number}"
    return [
        resource("/api/v1/requests/possible-duplicates", GET=duplicates.of_place),  # before what takes it for a number
        resource(one, GET=reading.one, PATCH=changing.patch),  # the hot one
        resource("/api/v1/requests", GET=reading.many),
        resource(f"{one}/history", GET=reading.history),
        resource(f"{one}/comments", POST=changing.comment),
        resource(f"{one}/possible-duplicates", GET=duplicates.of_request),
        resource(f"{one}/duplicate-of", PUT=changing.mark_duplicate, DELETE=changing.unmark_duplicate),
        resource(f"{one}/redactions", POST=changing.redact),
        resource(f"{one}/attachments/{{file_id}}", GET=files.get),
    ]


def _georeport(parts: Parts) -> list[Route]:
    endpoints = GeoReport(parts)
    return [
        resource(f"{PREFIX}/requests/{{name}}", GET=endpoints.request),
        resource(f"{PREFIX}/requests.{{form}}", GET=endpoints.requests),
        resource(f"{PREFIX}/services/{{name}}", GET=endpoints.service),
        resource(f"{PREFIX}/services.{{form}}", GET=endpoints.services),
        resource(f"{PREFIX}/tokens/{{name}}", GET=endpoints.token),
        resource(f"{PREFIX}/discovery.{{form}}", GET=endpoints.discovery),
        resource(f"{PREFIX}/servicerequestupdates.{{form}}", GET=endpoints.updates, POST=endpoints.post_update),
    ]


def _descriptions(parts: Parts) -> list[Route]:
    settings = parts.settings
    described = document(
        version=version("cary311-tracker"),
        page_items=settings.tracker_page_items,
        max_page_items=settings.tracker_max_page_items,
        jurisdiction_id=settings.jurisdiction_id,
    )
    as_json, as_page = to_json(described), docs_page(described)

    async def openapi(_request: Request) -> Response:
        return encoded(as_json, is_staff=False)

    async def docs(_request: Request) -> Response:
        headers = {**PUBLIC_HEADERS, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        return Response(as_page, headers=headers)

    return [resource("/api/v1/openapi.json", GET=openapi), resource("/docs", GET=docs)]
