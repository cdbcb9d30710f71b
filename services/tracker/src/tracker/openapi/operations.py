"""The operations of the JSON API, by address and method. Pure."""

from typing import Any, Final

from tracker.api.problems import ProblemKind as Kind
from tracker.openapi import examples
from tracker.openapi.parts import (
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_MATCH_OPTIONAL,
    NUMBER,
    REPLAYED,
    RETRY_AFTER,
    Operation,
    history_parameters,
    json_answer,
    json_body,
    list_parameters,
    place_parameters,
    problems,
)

_STAFF: Final[list[dict[str, list[str]]]] = [{"staff": []}]
_PUBLIC: Final[list[dict[str, list[str]]]] = [{}, *_STAFF]
_OF_NUMBER = (Kind.UNKNOWN_REQUEST, Kind.INVALID_NUMBER)
_OF_KEY = (Kind.UNAUTHENTICATED, Kind.FORBIDDEN)


def paths(page_items: int, max_page_items: int) -> dict[str, Any]:
    """Every address."""
    one = "/api/v1/requests/{number}"
    return {
        "/api/v1/requests": {"get": _list(page_items, max_page_items)},
        "/api/v1/requests/possible-duplicates": {"get": _duplicates_of_place()},
        one: {"get": _get(), "patch": _patch()},
        f"{one}/history": {"get": _history()},
        f"{one}/comments": {"post": _comment()},
        f"{one}/possible-duplicates": {"get": _duplicates_of_request()},
        f"{one}/duplicate-of": {"put": _mark(), "delete": _unmark()},
        f"{one}/redactions": {"post": _redact()},
        f"{one}/attachments/{{file_id}}": {"get": _attachment()},
    }


def _list(page_items: int, max_page_items: int) -> Operation:
    return {
        "operationId": "listRequests",
        "tags": ["requests"],
        "summary": "Find requests",
        "description": (
            "Pages by cursor neither repeat nor skip a request while others arrive. Private requests are in staff's lists only. "
            "With `sort=updated_datetime` the last cursor, kept, asks later for what changed since."
        ),
        "security": _PUBLIC,
        "parameters": list_parameters(page_items, max_page_items),
        "responses": {
            "200": json_answer("A page.", "RequestList", examples.REQUEST_LIST),
            **problems(*_OF_KEY, Kind.INVALID, Kind.MALFORMED),
        },
    }


def _get() -> Operation:
    answer = json_answer("The request.", "ServiceRequest", examples.REQUEST, ETAG)
    content = answer["content"]["application/json"]
    content["examples"] = {"public": {"value": content.pop("example")}, "staff": {"value": examples.REQUEST_FOR_STAFF}}
    tag = {"name": "If-None-Match", "in": "header", "description": "An ETag that you have.", "schema": {"type": "string"}}
    return {
        "operationId": "getRequest",
        "tags": ["requests"],
        "summary": "Read one request",
        "description": "The public view; with a staff key the whole request. Of a private one the public reads number, state and dates.",
        "security": _PUBLIC,
        "parameters": [NUMBER, tag],
        "responses": {
            "200": answer,
            "304": {"description": "You have it already (public view)."},
            **problems(*_OF_KEY, *_OF_NUMBER, Kind.INVALID),
        },
    }


def _duplicates_of_place() -> Operation:
    return {
        "operationId": "findPossibleDuplicates",
        "tags": ["requests"],
        "summary": "Has it been reported already?",
        "description": (
            "Open requests of the service near a point or at the same address, received within days: to be offered before something is "
            "reported once more. Private ones are told to staff only, by their address. Nothing is ever merged by itself."
        ),
        "security": _PUBLIC,
        "parameters": place_parameters(),
        "responses": {
            "200": json_answer("A few, newest first.", "PossibleDuplicates", examples.POSSIBLE_DUPLICATES),
            **problems(*_OF_KEY, Kind.INVALID, Kind.MALFORMED),
        },
    }


def _duplicates_of_request() -> Operation:
    return {
        "operationId": "getPossibleDuplicates",
        "tags": ["requests"],
        "summary": "What may be about the same as a request",
        "description": (
            "For staff, computed when it is read: open requests of the same service, near or at the same address, received within days "
            "of this one. Merging is `PUT` on `duplicate-of`. What the author said themselves stands in `staff.mentions`, with "
            "`possible_duplicate` in `attention`."
        ),
        "security": _STAFF,
        "parameters": [NUMBER],
        "responses": {
            "200": json_answer("A few, newest first.", "PossibleDuplicates", examples.POSSIBLE_DUPLICATES),
            **problems(*_OF_KEY, *_OF_NUMBER, Kind.INVALID),
        },
    }


def _history() -> Operation:
    return {
        "operationId": "getHistory",
        "tags": ["requests"],
        "summary": "Read what happened to a request",
        "description": "Oldest first. A page of the public view may hold fewer entries than `limit`, because some are not public.",
        "security": _PUBLIC,
        "parameters": [NUMBER, *history_parameters()],
        "responses": {
            "200": json_answer("A page.", "History", examples.HISTORY),
            **problems(*_OF_KEY, *_OF_NUMBER, Kind.INVALID, Kind.MALFORMED),
        },
    }


def _change(  # noqa: PLR0913 - an operation's parts
    name: str, summary: str, description: str, *, body: Operation | None, version: dict[str, Any], kinds: tuple[Kind, ...]
) -> Operation:
    of_body = (Kind.TOO_SLOW, Kind.TOO_LARGE, Kind.MEDIA_TYPE) if body else ()
    headers = ETAG | REPLAYED
    done = json_answer("Done: the request as it is now.", "ServiceRequest", examples.REQUEST_FOR_STAFF, headers)
    later = json_answer(
        "Safely on its way; not yet done when the wait was over.", "ChangePending", examples.PENDING, RETRY_AFTER | REPLAYED
    )
    operation: Operation = {
        "operationId": name,
        "tags": ["changes"],
        "summary": summary,
        "description": description,
        "security": _STAFF,
        "parameters": [NUMBER, version, IDEMPOTENCY_KEY],
    }
    if body:
        operation["requestBody"] = body
    known = (Kind.STALE, Kind.KEY_REUSED, Kind.NOT_POSSIBLE, Kind.INVALID, Kind.MALFORMED)
    operation["responses"] = {"200": done, "202": later, **problems(*_OF_KEY, *_OF_NUMBER, *known, *of_body, *kinds)}
    return operation


def _patch() -> Operation:
    description = (
        "State, service, nature, assignee, dates, privacy, legal hold; what is absent stays. "
        "The reason in `status_notes` is for the resident. "
        "Filing a request under a private service makes it private, unless `is_private` says otherwise. With another `nature` come other "
        "dates: a question is owed an answer and no work, a request work, what is neither nothing."
    )
    body = json_body("RequestPatch", examples.PATCHES)
    return _change("changeRequest", "Change a request", description, body=body, version=IF_MATCH, kinds=(Kind.IF_MATCH,))


def _comment() -> Operation:
    description = "Internal for staff alone, or public: the answer to the resident. Personal data in a public one is masked."
    body = json_body("NewComment", examples.COMMENTS)
    return _change("addComment", "Comment on a request", description, body=body, version=IF_MATCH_OPTIONAL, kinds=())


def _mark() -> Operation:
    description = "The request is about the same as another and is followed there from now on; its reporter is told what happens there."
    body = json_body("DuplicateMark", examples.MARKS)
    return _change("markDuplicate", "Merge into another request", description, body=body, version=IF_MATCH, kinds=(Kind.IF_MATCH,))


def _unmark() -> Operation:
    description = "It was not about the same after all: the request is triaged again."
    return _change("unmarkDuplicate", "End a merge", description, body=None, version=IF_MATCH, kinds=(Kind.IF_MATCH,))


def _redact() -> Operation:
    description = "Clears fields, stretches of text or files of named events, everywhere and for good. Not possible under legal hold."
    body = json_body("RedactionOrder", examples.REDACTIONS)
    return _change("redactRequest", "Clear what had to go", description, body=body, version=IF_MATCH_OPTIONAL, kinds=(Kind.LEGAL_HOLD,))


def _attachment() -> Operation:
    file_id = {
        "name": "file_id",
        "in": "path",
        "required": True,
        "description": "As in `attachments` of the report or of an entry.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    }
    media = {"schema": {"type": "string", "format": "binary"}}
    disposition = {"Content-Disposition": {"schema": {"type": "string"}, "description": "Always an attachment."}}
    return {
        "operationId": "getAttachment",
        "tags": ["requests"],
        "summary": "Download a file of a request",
        "description": "For staff. Photographs may show people and are never public.",
        "security": _STAFF,
        "parameters": [NUMBER, file_id],
        "responses": {
            "200": {"description": "The file.", "headers": disposition, "content": {"*/*": media}},
            **problems(*_OF_KEY, *_OF_NUMBER, Kind.NOT_FOUND, Kind.INVALID),
        },
    }
