"""Staff changes by the JSON API: each a wish that ``writing`` carries out, answered with the request as it then is."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from shared.contracts import Actor
from shared.identity import content_digest
from shared.tracking_number import InvalidNumber, parse_tracking_number
from tracker import changes
from tracker.api.answers import answer, number_in
from tracker.api.conditions import Expected, expected_versions, idempotency_key
from tracker.api.models import DuplicateMark, NewComment, RedactionOrder, RequestPatch
from tracker.api.params import no_params
from tracker.api.problems import invalid
from tracker.api.reading import known, staff_answer
from tracker.bodies import JSON_TYPE, from_form, from_json, read_body
from tracker.parts import Parts
from tracker.state import RequestState
from tracker.writing import Build, Done, Wish

MAX_CHAIN: Final = 20
"""Merges that are followed to find a circle; people make chains of two or three."""
_PATCH: Final[TypeAdapter[RequestPatch]] = TypeAdapter(RequestPatch)
_COMMENT: Final = TypeAdapter(NewComment)
_MARK: Final = TypeAdapter(DuplicateMark)
_REDACTION: Final = TypeAdapter(RedactionOrder)
_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

T = TypeVar("T")


class Changing:
    """The handlers. Whoever may not write learns nothing else first: the key is looked at before the body."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def patch(self, request: Request) -> Response:
        """``PATCH /api/v1/requests/{number}``."""
        actor, number, expected = self._writer(request), self._number(request), expected_versions(request.headers.get("if-match"))
        patch = await self._body(request, _PATCH)
        wishes: Mapping[str, Any] = {**patch}
        if not wishes:
            raise invalid("body", "must name at least one field to change")
        rules = self._parts.rules
        wish = _wish(request, number, "change", actor, expected, _digest("change", dict(sorted(wishes.items()))))
        return await self._carried_out(wish, lambda state, order: changes.changed(state, wishes, state.version, order, rules))

    async def comment(self, request: Request) -> Response:
        """``POST /api/v1/requests/{number}/comments``: needs no version, a word to the resident stays true."""
        actor, number, expected = self._writer(request), self._number(request), _expected_if_said(request)
        new = await self._body(request, _COMMENT)
        rules = self._parts.rules
        wish = _wish(request, number, "comment", actor, expected, _digest("comment", new))
        return await self._carried_out(wish, lambda state, order: changes.commented(state, new.text, order, rules, is_public=new.is_public))

    async def mark_duplicate(self, request: Request) -> Response:
        """``PUT /api/v1/requests/{number}/duplicate-of``."""
        actor, number, expected = self._writer(request), self._number(request), expected_versions(request.headers.get("if-match"))
        mark = await self._body(request, _MARK)
        target_number = parse_tracking_number(mark.duplicate_of)
        if isinstance(target_number, InvalidNumber):
            raise invalid("duplicate_of", "must be a tracking number")
        target = await self._parts.store.get(target_number)
        chain = await self._chain(target)
        wish = _wish(request, number, "duplicate", actor, expected, _digest("duplicate", target_number))
        return await self._carried_out(wish, lambda state, order: changes.marked_duplicate(state, target, chain, state.version, order))

    async def unmark_duplicate(self, request: Request) -> Response:
        """``DELETE /api/v1/requests/{number}/duplicate-of``."""
        actor, number, expected = self._writer(request), self._number(request), expected_versions(request.headers.get("if-match"))
        wish = _wish(request, number, "unduplicate", actor, expected, _digest("unduplicate", None))
        return await self._carried_out(wish, lambda state, order: changes.unmarked_duplicate(state, state.version, order))

    async def redact(self, request: Request) -> Response:
        """``POST /api/v1/requests/{number}/redactions``."""
        actor, number, expected = self._writer(request), self._number(request), _expected_if_said(request)
        ordered = await self._body(request, _REDACTION)
        scope = tuple(ordered.scope)
        events = await self._events(number, frozenset(part.event_id for part in scope))
        wish = _wish(request, number, "redaction", actor, expected, _digest("redaction", ordered))
        return await self._carried_out(wish, lambda state, order: changes.redacted(state, scope, ordered.reason, order, events))

    def _writer(self, request: Request) -> Actor:
        return self._parts.gate.writer(request.headers.get("authorization"))

    @staticmethod
    def _number(request: Request) -> str:
        number = number_in(request)
        no_params(from_form(request.scope["query_string"]))
        return number

    async def _body(self, request: Request, adapter: TypeAdapter[T]) -> T:
        return from_json(await read_body(request, JSON_TYPE, self._parts.body_limits), adapter)

    async def _chain(self, target: RequestState | None) -> tuple[str, ...]:
        """What the target is itself followed at, nearest first."""
        chain: list[str] = []
        state = target
        while state is not None and state.duplicate_of is not None and len(chain) < MAX_CHAIN:
            chain.append(state.duplicate_of)
            state = await self._parts.store.get(state.duplicate_of)
        return tuple(chain)

    async def _events(self, number: str, wanted: frozenset[UUID]) -> frozenset[UUID]:
        """Which of these are events of the request, wherever its entries lie."""
        state = await known(self._parts, number)
        found = {entry.event_id for entry in state.history} & wanted
        if state.archived_entries:
            for event_id in wanted - found:
                if await self._parts.store.archived_entry(number, event_id) is not None:
                    found.add(event_id)
        return frozenset(found)

    async def _carried_out(self, wish: Wish, build: Build) -> Response:
        done = await self._parts.writing.carry_out(wish, build)
        if done.state is None:
            return _pending(wish, done)
        headers = {"Idempotent-Replayed": "true"} if done.is_replayed else None
        return staff_answer(done.state, now=self._parts.clock(), headers=headers)


def _wish(  # noqa: PLR0913, PLR0917 - who wishes what, of which request, against which version
    request: Request, number: str, kind: str, actor: Actor, expected: Expected | None, digest: str
) -> Wish:
    return Wish(
        number,
        kind,
        actor,
        digest,
        idempotency_key=idempotency_key(request.headers.get("idempotency-key")),
        expected=expected,
        traceparent=traceparent(request),
    )


def traceparent(request: Request) -> str | None:
    """The caller's trace (W3C Trace Context, version 00); None where there is none that is valid."""
    written = request.headers.get("traceparent", "")
    return written if _TRACEPARENT.fullmatch(written) else None


def _expected_if_said(request: Request) -> Expected | None:
    written = request.headers.get("if-match", "")
    return expected_versions(written) if written.strip() else None


def _digest(kind: str, content: Any) -> str:  # noqa: ANN401 - a checked body
    """Of what is asked for, not of its bytes: the same change in other spacing is the same change."""
    return content_digest(kind.encode(), to_json(content))


def _pending(wish: Wish, done: Done) -> Response:
    address = f"/api/v1/requests/{wish.service_request_id}"
    body = {"service_request_id": wish.service_request_id, "event_id": str(done.event_id), "status_url": address}
    headers = {"Location": address, "Retry-After": "1"} | ({"Idempotent-Replayed": "true"} if done.is_replayed else {})
    return answer(body, status=202, is_staff=True, headers=headers)
