"""``python -m bench.bare SPEC``: FastAPI with bare routes, on uvicorn as the services run it. What the services are measured against.

Beside them one route of ours, ``/form/received``: a form taken in as the portal takes it, its photo hashed and capped, and no more.
"""

import asyncio
import json
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from intake_web.bodies import BodyLimits
from intake_web.forms import FormLimits, read_form

MEBIBYTE = 1024 * 1024
LIMITS = FormLimits(body=BodyLimits(max_bytes=52 * MEBIBYTE, seconds=180, idle_seconds=20), max_upload_bytes=10 * MEBIBYTE, max_uploads=5)


class Report(BaseModel):
    """A report, as a FastAPI route declares it."""

    description: str
    service_code: str | None = None
    address: str | None = None
    lat: float | None = None
    long: float | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None


class Receipt(BaseModel):
    """What the intake answers."""

    service_request_id: str
    tracking_number: str
    status_url: str


def build(document: bytes) -> FastAPI:
    """The routes. ``document``: what a look-up answers."""
    app = FastAPI(openapi_url=None)

    @app.post("/api/v1/submissions", status_code=HTTPStatus.CREATED)
    async def submit(report: Report) -> Receipt:
        """Read, validate, answer; nothing is kept."""
        del report
        number = "7KQ4M2XD9RTB"
        url = f"http://127.0.0.1:8311/requests/7KQ4-M2XD-9RTB?receipt={number}.1772461800.ST-POTHOLE.AAAAAAAAAAAAAAAAAAAAAA"
        return Receipt(service_request_id=number, tracking_number="7KQ4-M2XD-9RTB", status_url=url)

    @app.get("/api/v1/requests/{number}")
    async def look_up(number: str) -> Response:
        """Answer from memory."""
        del number
        return Response(document, media_type="application/json")

    @app.post("/form/read", status_code=HTTPStatus.CREATED)
    async def read(request: Request) -> Response:
        """Read the body, nothing else."""
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
        return Response(b"{}", HTTPStatus.CREATED, media_type="application/json")

    @app.post("/form/received", status_code=HTTPStatus.CREATED)
    async def received(request: Request) -> Response:
        """Take the form in."""
        form = await read_form(request.receive, request.scope["headers"], LIMITS)
        ok = len(form.uploads) == 1 and len(form.uploads[0].digest) == 64 and not form.uploads[0].is_too_large
        form.close()
        return Response(b"{}", HTTPStatus.CREATED if ok else HTTPStatus.BAD_REQUEST, media_type="application/json")

    return app


def config(spec: dict[str, Any]) -> uvicorn.Config:
    """The same kind of server as the services have."""
    return uvicorn.Config(
        build(Path(spec["document"]).read_bytes() if spec.get("document") else b"{}"),
        host="127.0.0.1",
        port=spec["port"],
        http="httptools",
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=1_000,
        timeout_keep_alive=30,
        backlog=1024,
    )


if __name__ == "__main__":
    asyncio.run(uvicorn.Server(config(json.loads(sys.argv[1]))).serve())
