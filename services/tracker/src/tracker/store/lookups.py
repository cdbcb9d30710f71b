"""What of the store a batch needs to see. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from shared.contracts import LogPosition, ServiceRequestCreated, ServiceRequestRedacted, SourceWithdrawn
from shared.identity import derived_event_id
from tracker.batches import Item
from tracker.projection import FOLLOW_UP, DeadLettered
from tracker.state import HistoryEntry, Orphan, Refusal, RequestState
from tracker.store.entries import from_entry_document


def numbers(items: Sequence[Item]) -> set[str]:
    """The requests that the items name."""
    return {item.event.service_request_id for item in items}


def archived_ids(items: Sequence[Item], states: Mapping[str, RequestState]) -> set[UUID]:
    """Events that may lie in the side collection: of long histories those at hand, and whatever a redaction names."""
    wanted: set[UUID] = set()
    for item in items:
        event = item.event
        state = states.get(event.service_request_id)
        if state is not None and state.archived_entries:
            wanted.add(event.event_id)
        if isinstance(event, ServiceRequestRedacted):
            wanted.update(scope.event_id for scope in event.scope)
    return wanted


def orphan_ids(items: Sequence[Item]) -> set[UUID]:
    """Events that may have been recorded as orphans. A creation never is one."""
    wanted: set[UUID] = set()
    for item in items:
        event = item.event
        if isinstance(event, (ServiceRequestCreated, DeadLettered)):
            continue
        wanted.add(event.event_id)
        if isinstance(event, SourceWithdrawn):
            wanted.add(derived_event_id(event.submission_id, FOLLOW_UP))
    return wanted


def by_request(documents: Iterable[Mapping[str, Any]]) -> dict[str, dict[UUID, HistoryEntry]]:
    """Old entries by number and event id."""
    found: dict[str, dict[UUID, HistoryEntry]] = {}
    for document in documents:
        entry = from_entry_document(document)
        found.setdefault(document["service_request_id"], {})[entry.event_id] = entry
    return found


def orphans(documents: Iterable[Mapping[str, Any]]) -> dict[UUID, Orphan]:
    """Orphans by event id."""
    return {UUID(document["_id"]): _orphan(document) for document in documents}


def _orphan(document: Mapping[str, Any]) -> Orphan:
    position = document["position"]
    refusal = document["refusal"]
    return Orphan(
        event_id=UUID(document["_id"]),
        service_request_id=document["service_request_id"],
        kind=document["kind"],
        occurred_at=document["occurred_at"],
        position=LogPosition(partition=position["partition"], offset=position["offset"]),
        refusal=Refusal(refusal) if refusal else None,
        became=document["became"],
        request_digest=document["request_digest"],
    )
