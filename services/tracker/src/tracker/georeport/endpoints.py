"""GeoReport v2 as HTTP: what each address reads and answers. Everything is public but ``POST servicerequestupdates``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from shared.api_keys import Scope as KeyScope
from shared.contracts import Actor
from shared.identity import content_digest
from shared.tracking_number import InvalidNumber, parse_tracking_number
from tracker import changes
from tracker.bodies import FORM_TYPE, from_form, read_body
from tracker.georeport import catalogue
from tracker.georeport.answers import PREFIX, Format, answer, answer_encoded, asked_format
from tracker.georeport.errors import bad, forbidden, required, unknown
from tracker.georeport.notes import extended_view
from tracker.georeport.params import MAX_SKIP, check_jurisdiction, present, requested_period, requests_params
from tracker.georeport.updates import posted_update, update_view
from tracker.parts import Parts
from tracker.writing import Wish

REQUESTS: Final = "service_requests"
UPDATES: Final = "service_request_updates"
MAX_UPDATES: Final = 5_000
"""Of one answer. More is refused rather than cut: whoever asks for a period at a time would never see the rest."""

Params = Mapping[str, str]


class GeoReport:
    """The handlers."""

    def __init__(self, parts: Parts, *, max_updates: int = MAX_UPDATES) -> None:
        self._parts = parts
        self._max_updates = max_updates
        self._services = catalogue.services(parts.catalogue)

    async def discovery(self, request: Request) -> Response:
        """``GET discovery``."""
        form, _ = self._asked(request, request.path_params["form"])
        settings, town = self._parts.settings, self._parts.town
        url = settings.public_base_url + PREFIX
        contact = settings.discovery_contact or f"{town.web_311}, {town.phones.advocate_outside.number}, {town.email}"
        value = catalogue.discovery(
            base_url=url,
            test_base_url=settings.discovery_test_url or url,
            changeset=min(settings.discovery_changeset, self._parts.clock()),
            contact=contact,
            key_service=settings.discovery_key_service or f"Ask for a key: {contact}",
        )
        return answer(form, "discovery", value)

    async def services(self, request: Request) -> Response:
        """``GET services``."""
        form, _ = self._asked(request, request.path_params["form"])
        return answer(form, "services", self._services)

    async def service(self, request: Request) -> Response:
        """``GET services/{code}``."""
        code, form, _ = self._asked_for(request)
        service = self._parts.catalogue.services.get(code)
        if service is None:
            raise unknown("service_code")
        return answer(form, "service_definition", catalogue.definition(service))

    async def requests(self, request: Request) -> Response:
        """``GET requests``."""
        form, params = self._asked(request, request.path_params["form"])
        asked = requests_params(params, self._parts.clock())
        store = self._parts.store
        if asked.numbers is None and asked.query.skip > MAX_SKIP:
            return answer(form, REQUESTS, [])
        if not asked.has_extensions:
            objects = await store.find_georeport(asked.query) if asked.numbers is None else await store.georeport(asked.numbers)
            return answer_encoded(form, REQUESTS, objects)
        states = await store.find(asked.query) if asked.numbers is None else await store.find_numbers(asked.numbers)
        return answer(form, REQUESTS, [extended_view(state) for state in states])

    async def request(self, request: Request) -> Response:
        """``GET requests/{id}``: an array of one."""
        written, form, params = self._asked_for(request)
        number = _number(written, "service_request_id")
        if params.get("extensions", "").lower() in {"true", "1", "yes"}:
            states = await self._parts.store.find_numbers([number])
            return answer(form, REQUESTS, _one([extended_view(state) for state in states], "service_request_id"))
        return answer_encoded(form, REQUESTS, _one(await self._parts.store.georeport([number]), "service_request_id"))

    async def token(self, request: Request) -> Response:
        """``GET tokens/{token}``: numbers are told at once, so a token is the number itself."""
        written, form, _ = self._asked_for(request)
        number = _number(written, "token")
        _one(await self._parts.store.georeport([number]), "token")
        return answer(form, REQUESTS, [{"service_request_id": number, "token": written}])

    async def updates(self, request: Request) -> Response:
        """``GET servicerequestupdates``: public changes in a period."""
        form, params = self._asked(request, request.path_params["form"])
        period = requested_period(params, self._parts.clock())
        found = await self._parts.store.updates(period, self._max_updates + 1)
        if len(found) > self._max_updates:
            raise bad("start_date", f"and end_date hold more than {self._max_updates} updates: ask for a shorter period")
        return answer(form, UPDATES, [update_view(update) for update in found])

    async def post_update(self, request: Request) -> Response:
        """``POST servicerequestupdates``: an integrator's news. A known ``update_id`` again changes nothing, whatever comes with it."""
        form = asked_format(request.path_params["form"])
        body = await read_body(request, FORM_TYPE, self._parts.body_limits) if "content-type" in request.headers else b""
        params = present([*from_form(request.scope["query_string"]), *from_form(body)])
        actor = self._integrator(params)
        check_jurisdiction(params, self._parts.settings.jurisdiction_id)
        update = posted_update(params)
        wish = Wish(update.service_request_id, "update", actor, content_digest(b"update"), idempotency_key=update.update_id)
        rules = self._parts.rules
        done = await self._parts.writing.carry_out(wish, lambda state, order: changes.posted(state, update, order, rules))
        headers = {"Idempotent-Replayed": "true"} if done.is_replayed else None
        return answer(form, UPDATES, [{"update_id": str(done.event_id)}], headers=headers)

    def _integrator(self, params: Params) -> Actor:
        if "api_key" not in params:
            raise forbidden()
        actor = self._parts.gate.integrator(params["api_key"], KeyScope.OPEN311_UPDATE)
        if actor is None:
            raise forbidden()
        return actor

    def _asked(self, request: Request, ending: str) -> tuple[Format, Params]:
        form = asked_format(ending)
        params = present(from_form(request.scope["query_string"]))
        check_jurisdiction(params, self._parts.settings.jurisdiction_id)
        return form, params

    def _asked_for(self, request: Request) -> tuple[str, Format, Params]:
        """The name in the last step of the address, before its ending."""
        name, _, ending = request.path_params["name"].rpartition(".")
        form, params = self._asked(request, ending)
        if not name:
            raise required("an id before the format")
        return name, form, params


def _number(written: str, field: str) -> str:
    parsed = parse_tracking_number(written)
    if isinstance(parsed, InvalidNumber):
        raise unknown(field)
    return parsed


def _one(found: Sequence[Any], field: str) -> Sequence[Any]:
    if not found:
        raise unknown(field)
    return found
