"""``POST /api/v1/submissions``: the JSON API of the intake, for programs and for the advocates' phone entry.

The hot path of the service: an ASGI endpoint beside FastAPI's machinery, body bytes validated by pydantic, the record serialised
from the model. Its OpenAPI entry is written by hand (``openapi.py``) and held against it by a test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from intake_web.bodies import IS_HERE, BodyRefusedError, discard, read_body, unsupported
from intake_web.door import InvalidIdempotencyKeyError, bearer, idempotency_key, traceparent
from intake_web.draft import Draft
from intake_web.forms import MULTIPART, Upload, read_form
from intake_web.intake import Accepted, Caller
from intake_web.limits import Verdict
from intake_web.messages import FieldError
from intake_web.parts import Parts
from intake_web.problems import problem
from intake_web.submission_in import Sent, from_fields, from_json
from intake_web.telling import told_at_once
from intake_web.validate import API, validate
from shared.api_keys import ApiKey
from shared.api_keys import Scope as KeyScope
from shared.contracts import Actor, ActorKind, Channel, Language
from shared.errors import SpoolFullError, TransientError
from shared.observability.metrics import METRICS

_RETRY: Final = {"Retry-After": "15"}
"""When busy photo workers are worth another try."""


class RefusedError(Exception):
    """The request cannot be fulfilled; all that the problem document says. Never holds data."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        *,
        detail: str = "",
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.status, self.kind, self.detail, self.errors, self.headers = status, kind, detail, errors, headers


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends."""

    key: ApiKey | None
    verdict: Verdict


class Submissions:
    """The endpoint."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._json_limits = parts.settings.json_limits
        self._form_limits = parts.settings.form_limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            if scope["method"] != "POST":
                raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", headers={"Allow": "POST"})  # noqa: TRY301 - one place for refusals
            response: ASGIApp = await self._answer(scope, receive)
        except RefusedError as refused:
            METRICS.submissions_refused.labels(channel="api", reason=refused.kind).inc()
            response = problem(refused.status, refused.kind, detail=refused.detail, errors=refused.errors, headers=refused.headers)
        except BodyRefusedError as refused:
            METRICS.submissions_refused.labels(channel="api", reason=refused.reason).inc()
            is_read_out = refused.may_continue and await discard(receive)
            headers = None if is_read_out or refused.reason == "malformed" else {"Connection": "close"}
            response = problem(refused.status, refused.reason, detail=refused.detail, headers=headers)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        sender = self._sender(scope, headers)
        try:
            native_id = idempotency_key(headers)
        except InvalidIdempotencyKeyError:
            detail = "Idempotency-Key must be 1 to 255 printable ASCII characters."
            raise RefusedError(HTTPStatus.BAD_REQUEST, "malformed", detail=detail) from None
        media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if media_type == b"application/json":
            sent = from_json(await read_body(receive, self._json_limits, is_here=IS_HERE in scope))
            return await self._accepted(sent, (), sender, native_id, headers)
        if media_type != MULTIPART:
            raise unsupported("application/json or multipart/form-data")
        form = await read_form(receive, scope["headers"], self._form_limits)
        try:
            return await self._accepted(from_fields(form.fields), form.uploads, sender, native_id, headers)
        finally:
            form.close()

    def _sender(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Sender:
        if headers.get(b"sec-fetch-site") == b"cross-site":
            # No session is at stake, but a visitor's browser must not become some other site's way to send reports.
            raise RefusedError(HTTPStatus.FORBIDDEN, "cross_site")
        door, presented = self._parts.door, bearer(headers)
        key = (door.find(presented, KeyScope.OPEN311) or door.find(presented, KeyScope.PHONE)) if presented else None
        verdict = door.admit_key(key) if key else door.admit_anonymous(door.address(scope))
        if not verdict.is_allowed:
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", headers=verdict.headers())
        if presented is not None and key is None:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
        return Sender(key, verdict)

    async def _accepted(
        self,
        sent: Sent | tuple[FieldError, ...],
        uploads: Sequence[Upload],
        sender: Sender,
        native_id: str | None,
        headers: Mapping[bytes, bytes],
    ) -> ASGIApp:
        if not isinstance(sent, Sent):
            raise _invalid(sent)
        caller = _caller(sender.key, sent.channel)
        draft = validate(sent.report, self._parts.catalogue, API)
        if not isinstance(draft, Draft):
            raise _invalid(draft)
        try:
            if uploads:
                draft = await self._with_photos(draft, uploads)
            accepted = await self._parts.intake.accept(draft, caller=caller, native_id=native_id, traceparent=traceparent(headers))
        except SpoolFullError as full:
            retry = {"Retry-After": str(full.retry_after_seconds)}
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", headers=retry) from None
        except TransientError:
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", headers=_RETRY) from None
        notice = told_at_once(accepted, draft.language or Language.EN, self._parts.town, self._parts.calendar)
        return _Received(accepted, sender.verdict, notice)

    async def _with_photos(self, draft: Draft, uploads: Sequence[Upload]) -> Draft:
        developed = await self._parts.darkroom.develop(uploads)
        if isinstance(developed, FieldError):
            raise _invalid((developed,))
        return draft.with_photos(tuple(processed.photo for processed in developed))


def _caller(key: ApiKey | None, channel: Channel) -> Caller:
    if channel is Channel.PHONE and (key is None or KeyScope.PHONE not in key.scopes):
        status = HTTPStatus.UNAUTHORIZED if key is None else HTTPStatus.FORBIDDEN
        headers = {"WWW-Authenticate": "Bearer"} if key is None else None
        raise RefusedError(status, "unauthorized", detail="channel phone needs a key with the scope phone.", headers=headers)
    if key is None:
        return Caller(channel)
    kind = ActorKind.STAFF if KeyScope.PHONE in key.scopes else ActorKind.INTEGRATOR
    return Caller(channel, key.prefix, Actor(kind=kind, id=key.prefix))


def _invalid(errors: Sequence[FieldError]) -> RefusedError:
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", errors=errors)


@dataclass(frozen=True, slots=True)
class _Received:
    """The answer to an accepted report, written by hand: a response object would cost as much as the parsing."""

    accepted: Accepted
    verdict: Verdict
    service_notice: str | None

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        accepted = self.accepted
        members = {
            "service_request_id": accepted.service_request_id,
            "tracking_number": accepted.tracking_number,
            "status_url": accepted.status_url,
        }
        if self.service_notice:
            members["service_notice"] = self.service_notice
        body = to_json(members)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"location", accepted.status_url.encode("ascii")),
            *self.verdict.raw_headers(),
        ]
        if accepted.is_replayed:
            headers.append((b"idempotent-replayed", b"true"))
        await send({"type": "http.response.start", "status": 202 if accepted.is_spooled else 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})
