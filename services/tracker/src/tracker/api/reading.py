"""Reading by the JSON API: one request, its history, lists. The public reads what is not personal, staff read everything."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from tracker.api.answers import PUBLIC_HEADERS, answer, encoded, number_in, page
from tracker.api.conditions import etag, is_unchanged
from tracker.api.params import PageItems, history_page, list_query, no_params
from tracker.api.problems import Problem, ProblemKind
from tracker.bodies import from_form
from tracker.cursors import Cursor, Sort, write_cursor
from tracker.parts import Parts
from tracker.redaction import CREATED
from tracker.staff_views import staff_history, staff_view
from tracker.state import HistoryEntry, RequestState
from tracker.views import public_history


class Reading:
    """The handlers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._items = PageItems(parts.settings.tracker_page_items, parts.settings.tracker_max_page_items)

    async def one(self, request: Request) -> Response:
        """``GET /api/v1/requests/{number}``: for the public the bytes as the store keeps them."""
        is_staff = self._is_staff(request)
        number = number_in(request)
        if request.scope["query_string"]:
            no_params(_pairs(request))
        if is_staff:
            return staff_answer(await known(self._parts, number), now=self._parts.clock())
        stored = await self._parts.store.stored(number)
        if stored is None:
            raise Problem(ProblemKind.UNKNOWN_REQUEST)
        tag = etag(stored.version, stored.revision)
        if is_unchanged(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers={**PUBLIC_HEADERS, "ETag": tag})
        return encoded(stored.public_json, is_staff=False, headers={"ETag": tag})

    async def history(self, request: Request) -> Response:
        """``GET /api/v1/requests/{number}/history``: everything that happened, the oldest first."""
        is_staff = self._is_staff(request)
        number = number_in(request)
        after, limit = history_page(_pairs(request))
        state = await known(self._parts, number)
        entries = await self._entries(state, after, limit + 1)
        shown = entries[:limit]
        views = staff_history(shown) if is_staff else public_history(shown, is_private=state.is_private)
        body = {"items": list(views), "has_more": len(entries) > limit, "next_after": shown[-1].revision if shown else after}
        return answer(body, is_staff=is_staff)

    async def many(self, request: Request) -> Response:
        """``GET /api/v1/requests``: a page of what the filters leave."""
        is_staff = self._is_staff(request)
        now = self._parts.clock()
        query = list_query(_pairs(request), is_staff=is_staff, now=now, items=self._items)
        wider = replace(query, limit=query.limit + 1)  # one more tells whether there is more
        if is_staff:
            states = await self._parts.store.find(wider, has_history=False)
            found = [(_place(state, query.sort), to_json(staff_view(state, now=now))) for state in states]
        else:
            listed = await self._parts.store.find_public(wider)
            found = [(Cursor(query.sort, item.moment, item.service_request_id), item.body) for item in listed]
        shown = found[: query.limit]
        last = shown[-1][0] if shown else query.after
        next_cursor = write_cursor(last) if last else None
        body = page([item for _, item in shown], has_more=len(found) > query.limit, next_cursor=next_cursor)
        return encoded(body, is_staff=is_staff)

    def _is_staff(self, request: Request) -> bool:
        return self._parts.gate.reader(request.headers.get("authorization")) is not None

    async def _entries(self, state: RequestState, after: int, limit: int) -> Sequence[HistoryEntry]:
        """Entries beyond ``after`` in order. An old one may just be moving: then it is in both places, and told once."""
        found = {entry.event_id: entry for entry in state.history if entry.revision > after}
        kept_from = min((entry.revision for entry in state.history if entry.kind != CREATED), default=0)
        if state.archived_entries and after + 1 < kept_from:
            old = await self._parts.store.archived(state.service_request_id, after=after, limit=limit)
            found |= {entry.event_id: entry for entry in old}
        return sorted(found.values(), key=_revision)[:limit]


async def known(parts: Parts, number: str) -> RequestState:
    """The whole request.

    Raises:
        Problem: there is none.
    """
    state = await parts.store.get(number)
    if state is None:
        raise Problem(ProblemKind.UNKNOWN_REQUEST)
    return state


def staff_answer(state: RequestState, *, now: datetime, headers: dict[str, str] | None = None) -> Response:
    """The whole request with the tag that a change is made against."""
    tag = etag(state.version, state.revision, is_staff=True)
    # No 304 for staff: whether something is overdue changes without the request.
    return answer(staff_view(state, now=now), is_staff=True, headers={"ETag": tag, **(headers or {})})


def _pairs(request: Request) -> list[tuple[str, str]]:
    return from_form(request.scope["query_string"])


def _place(state: RequestState, sort: Sort) -> Cursor:
    moment = state.requested_datetime if sort.field == "requested_datetime" else state.updated_datetime
    return Cursor(sort, moment, state.service_request_id, sort is Sort.EMERGENCIES_FIRST and state.is_open_emergency)


def _revision(entry: HistoryEntry) -> int:
    return entry.revision
