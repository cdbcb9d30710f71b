"""What of the store a batch needs to see. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from shared.contracts import LogPosition, ServiceRequestCreated, ServiceRequestRedacted, SourceWithdrawn
from shared.identity import derived_event_id
from tracker.batches import Item
from tracker.projection import FOLLOW_UP, DeadLettered
from tracker.state import HistoryEntry, Orphan, Refusal, RequestState
from tracker.store.entries import entry_key, from_entry_document


def numbers(items: Sequence[Item]) -> set[str]:
    """The requests that the items name."""
    return {item.event.service_request_id for item in items}


def archived_keys(items: Sequence[Item], states: Mapping[str, RequestState]) -> set[str]:
    """Events that may lie in the side collection: of long histories those at hand, and whatever a redaction names."""
    wanted: set[str] = set()
    for item in items:
        event = item.event
        number = event.service_request_id
        state = states.get(number)
        if state is not None and state.archived_entries:
            wanted.add(entry_key(number, event.event_id))
        if isinstance(event, ServiceRequestRedacted):
            wanted.update(entry_key(number, scope.event_id) for scope in event.scope)
    return wanted


def orphan_keys(items: Sequence[Item]) -> set[str]:
    """Events that may have been recorded as orphans. A creation never is one."""
    wanted: set[str] = set()
    for item in items:
        event = item.event
        if isinstance(event, (ServiceRequestCreated, DeadLettered)):
            continue
        wanted.add(entry_key(event.service_request_id, event.event_id))
        if isinstance(event, SourceWithdrawn):
            wanted.add(entry_key(event.service_request_id, derived_event_id(event.submission_id, FOLLOW_UP)))
    return wanted


def archived(documents: Iterable[Mapping[str, Any]]) -> dict[str, dict[UUID, HistoryEntry]]:
    """Old entries by number and event id."""
    found: dict[str, dict[UUID, HistoryEntry]] = {}
    for document in documents:
        entry = from_entry_document(document)
        found.setdefault(document["service_request_id"], {})[entry.event_id] = entry
    return found


def orphans(documents: Iterable[Mapping[str, Any]]) -> dict[str, dict[UUID, Orphan]]:
    """Orphans by number and event id."""
    found: dict[str, dict[UUID, Orphan]] = {}
    for document in documents:
        orphan = _orphan(document)
        found.setdefault(orphan.service_request_id, {})[orphan.event_id] = orphan
    return found


def _orphan(document: Mapping[str, Any]) -> Orphan:
    position = document["position"]
    refusal = document["refusal"]
    return Orphan(
        event_id=UUID(document["event_id"]),
        service_request_id=document["service_request_id"],
        kind=document["kind"],
        occurred_at=document["occurred_at"],
        position=LogPosition(partition=position["partition"], offset=position["offset"]),
        refusal=Refusal(refusal) if refusal else None,
        became=document["became"],
        request_digest=document["request_digest"],
    )
