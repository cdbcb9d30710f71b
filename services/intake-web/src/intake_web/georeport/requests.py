"""``POST /open311/v2/requests.{json,xml}``: creating a request by GeoReport v2. Reading the same address is passed through."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from intake_web.answers import attribute_code
from intake_web.bodies import BodyRefusedError, discard, read_body
from intake_web.door import InvalidIdempotencyKeyError, idempotency_key, traceparent
from intake_web.draft import Draft
from intake_web.forms import Form, read_form
from intake_web.georeport.answers import Format, GeoReportError, answer, answer_error, asked_format, field_errors
from intake_web.georeport.passthrough import PassThrough
from intake_web.intake import Accepted, Caller
from intake_web.messages import FieldError
from intake_web.parts import Parts
from intake_web.telling import told_at_once
from intake_web.validate import GEOREPORT, RawReport, validate
from shared.api_keys import ApiKey
from shared.api_keys import Scope as KeyScope
from shared.cleaning import clean_line
from shared.contracts import Actor, ActorKind, Channel, Language
from shared.errors import SpoolFullError, TransientError
from shared.observability.metrics import METRICS

ALLOWED: Final = "GET, HEAD, OPTIONS, POST"
_PASSED_ON: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_RETRY: Final = {"Retry-After": "15"}
_MAX_QUERY_FIELDS: Final = 300


class Requests:
    """The endpoint."""

    def __init__(self, parts: Parts, passthrough: PassThrough) -> None:
        self._parts = parts
        self._passthrough = passthrough
        self._form_limits = parts.settings.form_limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] in _PASSED_ON:
            await self._passthrough(scope, receive, send)
            return
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        form = asked_format(scope["path"], headers.get(b"accept", b"").decode("latin-1"))
        try:
            if scope["method"] != "POST":
                raise GeoReportError.single(405, "only GET and POST are possible here", headers={"Allow": ALLOWED})
            response = await self._created(scope, receive, headers, form)
        except GeoReportError as error:
            METRICS.submissions_refused.labels(channel="api", reason=f"georeport_{error.status}").inc()
            response = answer_error(form, error)
        except BodyRefusedError as refused:
            METRICS.submissions_refused.labels(channel="api", reason=refused.reason).inc()
            is_read_out = refused.may_continue and await discard(receive)
            closing = None if is_read_out or refused.reason == "malformed" else {"Connection": "close"}
            response = answer_error(form, GeoReportError.single(refused.status, refused.detail, headers=closing))
        await response(scope, receive, send)

    async def _created(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes], form: Format) -> Response:
        posted = await self._read(scope, receive, headers)
        try:
            key = self._key(posted, scope)
            jurisdiction = posted.first("jurisdiction_id")
            if jurisdiction and jurisdiction != self._parts.settings.jurisdiction_id:
                raise GeoReportError.single(404, "jurisdiction_id was not found")
            draft = await self._draft(posted)
            accepted = await self._accepted(draft, key, headers)
        finally:
            posted.close()
        told = told_at_once(accepted, draft.language or Language.EN, self._parts.town, self._parts.calendar)
        return _answer(form, accepted, told or "", clean_line(posted.first("account_id") or "") or None)

    async def _read(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Form:
        """The form, and behind its fields those of the address: some clients send the key there."""
        if b"content-type" in headers:
            posted = await read_form(receive, scope["headers"], self._form_limits)
        elif await read_body(receive, self._parts.settings.json_limits):
            raise GeoReportError.single(415, "send application/x-www-form-urlencoded or multipart/form-data")
        else:
            posted = Form()
        query = scope["query_string"].decode("utf-8", "replace")
        try:
            posted.fields += parse_qsl(query, max_num_fields=_MAX_QUERY_FIELDS, errors="replace")
        except ValueError:
            raise GeoReportError.single(400, "too many parameters") from None
        return posted

    def _key(self, posted: Form, scope: Scope) -> ApiKey:
        door = self._parts.door
        key = door.find(posted.first("api_key"), KeyScope.OPEN311)
        verdict = door.admit_key(key) if key else door.admit_anonymous(door.address(scope))
        if not verdict.is_allowed:
            raise GeoReportError.single(429, "too many requests", headers=verdict.headers())
        if key is None:
            raise GeoReportError.single(403, "api_key missing or not valid for this method")
        return key

    async def _draft(self, posted: Form) -> Draft:
        draft = validate(_raw(posted.fields), self._parts.catalogue, GEOREPORT)
        if not isinstance(draft, Draft):
            raise field_errors(draft)
        if not posted.uploads:
            return draft
        try:
            developed = await self._parts.darkroom.develop(posted.uploads, field="media")
        except TransientError:
            raise GeoReportError.single(503, "too many photos wait; try again", headers=_RETRY) from None
        if isinstance(developed, FieldError):
            raise field_errors((developed,))
        return draft.with_photos(tuple(processed.photo for processed in developed))

    async def _accepted(self, draft: Draft, key: ApiKey, headers: Mapping[bytes, bytes]) -> Accepted:
        caller = Caller(Channel.API, key.prefix, Actor(kind=ActorKind.INTEGRATOR, id=key.prefix))
        try:
            native_id = idempotency_key(headers)
            return await self._parts.intake.accept(draft, caller=caller, native_id=native_id, traceparent=traceparent(headers))
        except InvalidIdempotencyKeyError:
            raise GeoReportError.single(400, "Idempotency-Key must be 1 to 255 printable ASCII characters") from None
        except SpoolFullError as full:
            retry = {"Retry-After": str(full.retry_after_seconds)}
            raise GeoReportError.single(503, "the request cannot be kept at the moment; try again", headers=retry) from None


def _raw(fields: Sequence[tuple[str, str]]) -> RawReport:
    plain: dict[str, str] = {}
    attributes: dict[str, list[str]] = {}
    for name, value in fields:
        code = attribute_code(name)
        if code is not None:
            attributes.setdefault(code, []).append(value)
        elif value:
            plain.setdefault(name, value)
    get = plain.get
    return RawReport(
        description=get("description"),
        service_code=get("service_code"),
        address=get("address_string"),
        address_id=get("address_id"),
        lat=get("lat"),
        long=get("long"),
        first_name=get("first_name"),
        last_name=get("last_name"),
        email=get("email"),
        phone=get("phone"),
        account_id=get("account_id"),
        device_id=get("device_id"),
        media_url=get("media_url"),
        attributes=attributes,
    )


def _answer(form: Format, accepted: Accepted, told: str, account_id: str | None) -> Response:
    notice = f"{told} Received. Follow it at {accepted.status_url}".lstrip()
    member = {"service_request_id": accepted.service_request_id, "service_notice": notice, "account_id": account_id}
    headers = {"Idempotent-Replayed": "true"} if accepted.is_replayed else None
    # 200 in both cases, acknowledged or spooled: the number is final, and clients of the standard know no other success.
    return answer(form, "service_requests", "request", [member], headers=headers)
