"""Keeping a request's document small: old entries move to a collection of their own. Pure."""

from collections.abc import Container
from dataclasses import replace
from typing import Final
from uuid import UUID

from tracker.state import HistoryEntry, RequestState

MAX_ENTRIES: Final = 200
"""A request with more moves its older ones; a usual request has under ten."""
KEPT_ENTRIES: Final = 100
"""How many stay then, so that not every further event moves one."""
MAX_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
"""A quarter of what MongoDB takes: one more batch of the largest events still fits."""
KEPT_OF_LARGE: Final = 4


def split(state: RequestState, *, size_bytes: int, staying: Container[UUID] = ()) -> tuple[RequestState, tuple[HistoryEntry, ...]]:
    """The request as it stays, and the entries that move, oldest first. The creation always stays: it is what tells the report's id.

    ``staying``: what a redaction of this batch names. Were it moved as the redaction leaves it, and the request's write then lost to
    a projection that has not come to the redaction, that one would find it cleared before its time.
    """
    if len(state.history) > MAX_ENTRIES:
        return _without_oldest(state, len(state.history) - KEPT_ENTRIES, staying)
    if size_bytes > MAX_DOCUMENT_BYTES and len(state.history) > KEPT_OF_LARGE:
        return _without_oldest(state, len(state.history) - KEPT_OF_LARGE, staying)
    return state, ()


def recent(state: RequestState) -> tuple[HistoryEntry, ...]:
    """The newest entries: as many as stay whenever old ones move. What an event means may rest on these and on no older ones, or it
    would depend on how the events before were cut into batches.
    """
    return state.history[1 - KEPT_ENTRIES :]


def _without_oldest(state: RequestState, count: int, staying: Container[UUID]) -> tuple[RequestState, tuple[HistoryEntry, ...]]:
    old, new = state.history[1 : count + 1], state.history[count + 1 :]
    moving = tuple(entry for entry in old if entry.event_id not in staying)
    kept = (state.history[0], *(entry for entry in old if entry.event_id in staying), *new)
    return replace(state, history=kept, archived_entries=state.archived_entries + len(moving)), moving
