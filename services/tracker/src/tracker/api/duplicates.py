"""Possible duplicates: for whoever is about to report something, and for the advocate who may merge. Nothing is merged here."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from tracker.api.answers import answer, number_in
from tracker.api.params import no_params, sought_place
from tracker.api.reading import known
from tracker.bodies import from_form
from tracker.duplicates import Alike, Sought, duplicate_view, found_in, questions, sought_for
from tracker.parts import Parts
from tracker.state import RequestState


class Duplicates:
    """The handlers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        settings = parts.settings
        self._alike = Alike(settings.tracker_duplicate_metres, settings.tracker_duplicate_days, settings.tracker_duplicate_items)

    async def of_place(self, request: Request) -> Response:
        """``GET /api/v1/requests/possible-duplicates``: has it been reported already?"""
        is_staff = self._parts.gate.reader(request.headers.get("authorization")) is not None
        sought = sought_place(from_form(request.scope["query_string"]), is_staff=is_staff, now=self._parts.clock())
        # What an advocate made public of a private service, the public still is not led to.
        is_told = is_staff or sought.service_code not in self._parts.rules.private_services
        return await self._answer(sought, is_staff=is_staff, is_told=is_told)

    async def of_request(self, request: Request) -> Response:
        """``GET /api/v1/requests/{number}/possible-duplicates``: what could be merged with it, for staff."""
        self._parts.gate.staff(request.headers.get("authorization"))
        number = number_in(request)
        no_params(from_form(request.scope["query_string"]))
        return await self._answer(sought_for(await known(self._parts, number)), is_staff=True)

    async def _answer(self, sought: Sought, *, is_staff: bool, is_told: bool = True) -> Response:
        now = self._parts.clock()
        found = await self._found(sought) if is_told else []
        return answer({"items": [duplicate_view(state, sought, now=now) for state in found]}, is_staff=is_staff)

    async def _found(self, sought: Sought) -> list[RequestState]:
        asked = questions(sought, self._alike)
        answers = await asyncio.gather(*(self._parts.store.find(query, has_history=False) for query in asked))
        return found_in(answers, sought, self._alike)
