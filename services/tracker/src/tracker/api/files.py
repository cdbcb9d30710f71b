"""Files of a request, for staff. They are what strangers sent: always downloaded, never shown in the tracker's own name."""

from collections.abc import Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from shared.contracts import Attachment
from tracker.api.answers import STAFF_HEADERS, number_in
from tracker.api.params import MAX_HISTORY_ITEMS, no_params
from tracker.api.problems import Problem, ProblemKind
from tracker.api.reading import known
from tracker.bodies import from_form
from tracker.parts import Parts
from tracker.state import HistoryEntry, RequestState

_ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/heic": "heic",
    "application/pdf": "pdf",
}
"""Types that are told as they are; everything else is bytes."""
_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"


class RequestFiles:
    """The handler."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def get(self, request: Request) -> Response:
        """``GET /api/v1/requests/{number}/attachments/{file_id}``."""
        self._parts.gate.staff(request.headers.get("authorization"))
        number, file_id = number_in(request), request.path_params["file_id"]
        no_params(from_form(request.scope["query_string"]))
        if not await self._belongs(number, file_id):
            raise Problem(ProblemKind.NOT_FOUND, "The request has no such file.")
        found = await self._parts.files.get(file_id)
        if found is None:
            raise Problem(ProblemKind.NOT_FOUND, "The file is not there any more.")
        attachment, content = found
        ending = _ENDINGS.get(attachment.media_type)
        return Response(
            content,
            headers={
                **STAFF_HEADERS,
                "Content-Type": attachment.media_type if ending else "application/octet-stream",
                "Content-Disposition": f'attachment; filename="{number}-{attachment.file_id[:8]}.{ending or "bin"}"',
                "Content-Security-Policy": _POLICY,
            },
        )

    async def _belongs(self, number: str, file_id: str) -> bool:
        """Whether the request, as it is now, has the file: what was redacted is gone from it before it is gone from the disk."""
        state = await known(self._parts, number)
        if any(file.file_id == file_id for file in _files(state)):
            return True
        after, left = 0, state.archived_entries
        while left > 0:
            entries = await self._parts.store.archived(number, after=after, limit=MAX_HISTORY_ITEMS)
            if any(file.file_id == file_id for entry in entries for file in _files_of_entry(entry)):
                return True
            if not entries:
                return False
            after, left = entries[-1].revision, left - len(entries)
        return False


def _files(state: RequestState) -> Iterator[Attachment]:
    yield from state.report.attachments
    for entry in state.history:
        yield from _files_of_entry(entry)


def _files_of_entry(entry: HistoryEntry) -> Iterator[Attachment]:
    yield from entry.attachments
    if entry.report is not None:
        yield from entry.report.attachments
