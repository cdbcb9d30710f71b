"""The composition root's HTTP half: which address is answered by what."""

from importlib.metadata import version

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from intake_web import openapi
from intake_web.api import Submissions
from intake_web.bodies import BodyRefusedError
from intake_web.front import Front, FrontOptions
from intake_web.georeport.answers import PREFIX
from intake_web.georeport.passthrough import PassThrough
from intake_web.georeport.requests import Requests
from intake_web.parts import Parts
from intake_web.portal.desk import ReportDesk
from intake_web.portal.ports import Portal, PortalOptions
from intake_web.portal.routes import BuiltPortal, build_portal
from intake_web.problems import explain
from intake_web.refusals import Refusals


def build_app(parts: Parts) -> ASGIApp:
    """The application: portal, JSON API, GeoReport. Opens nothing and starts nothing."""
    settings = parts.settings
    portal = _portal(parts)
    refusals = Refusals(portal.failures)
    app = FastAPI(
        title="Cary 311 intake",
        docs_url=None,  # its pages load scripts from elsewhere, which our policy forbids
        redoc_url=None,
        openapi_url=None,
        exception_handlers={
            HTTPException: refusals.on_http_exception,
            BodyRefusedError: refusals.on_refused_body,
            Exception: refusals.on_failure,
        },
    )
    app.router.redirect_slashes = False  # a redirect to the address that the Host header claims
    app.router.routes[:] = [*_api_routes(parts), *portal.routes]
    options = FrontOptions(page_policy=portal.content_security_policy, is_https=settings.is_https, is_access_logged=settings.access_log)
    return Front(app, refusals, options, direct={"/api/v1/submissions": Submissions(parts)})


def _api_routes(parts: Parts) -> list[BaseRoute]:
    described = openapi.document(parts.settings.public_base_url, version("cary311-intake-web"))

    async def openapi_document(_request: Request) -> Response:
        return JSONResponse(described, headers={"Access-Control-Allow-Origin": "*"})

    async def explain_problem(request: Request) -> Response:
        return explain(request.path_params["kind"])

    passthrough = PassThrough(parts.tracker)
    return [
        Route("/api/v1/openapi.json", openapi_document, methods=["GET"]),
        Route("/api/v1/problems/{kind}", explain_problem, methods=["GET"]),
        Route(PREFIX + "/requests.json", Requests(parts, passthrough)),
        Route(PREFIX + "/requests.xml", Requests(parts, passthrough)),
        Route(PREFIX + "/{path:path}", passthrough),
    ]


def _portal(parts: Parts) -> BuiltPortal:
    settings = parts.settings
    return build_portal(
        Portal(
            town=parts.town,
            catalogue=parts.catalogue,
            emergencies=parts.emergencies,
            calendar=parts.calendar,
            desk=ReportDesk(parts.catalogue, parts.intake, parts.darkroom),
            receipts=parts.receipts,
            lookup=parts.tracker,
            options=PortalOptions(
                zone=settings.timezone,
                public_base_url=settings.public_base_url,
                map_tile_url=settings.map_tile_url,
                map_attribution=settings.map_attribution,
                already_seconds=settings.already_reported_timeout_seconds,
                map_center=(settings.map_center_lat, settings.map_center_long),
            ),
            clock=parts.clock,
            new_key=parts.new_form_key,
            admit=lambda scope: parts.door.admit_anonymous(parts.door.address(scope)),
            form_limits=settings.form_limits,
            text_limits=settings.json_limits,
        )
    )
