"""A request as its MongoDB document and back. Pure, and tuned: it runs for every event.

Identifiers and words are stored as strings, moments as dates. What is as in the report, or as by default, is not stored twice;
``from_document(to_document(state)) == state`` holds for every state.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from shared.contracts import Attention, DetailedStatus, Nature, Report, Service, Status
from tracker import views
from tracker.batches import Redaction
from tracker.state import EventOutcome, Follower, Orphan, RequestState
from tracker.store.entries import (
    Document,
    entry_document,
    entry_key,
    from_entry_document,
    from_replies,
    in_utc,
    in_utc_or_none,
    replies_document,
    report_document,
    service_document,
)
from tracker.terms import address_keys, search_terms

MAX_STAFF_TERMS: Final = 1_000
MAX_NOTED_ENTRIES: Final = 20
"""Texts of this many newest entries are found by staff; each write makes the terms anew."""


def to_document(state: RequestState) -> Document:
    """The request as it is stored, with the answers of the public views encoded once."""
    report = state.report
    document: Document = {
        "_id": state.service_request_id,
        "revision": state.revision,
        "version": state.version,
        "status": state.status.value,
        "detailed_status": state.detailed_status.value,
        "service": service_document(state.service),
        "is_private": state.is_private,
        "has_legal_hold": state.has_legal_hold,
        "assignee": state.assignee,
        "attention": [reason.value for reason in state.attention],
        "requested_datetime": state.requested_datetime,
        "updated_datetime": state.updated_datetime,
        "closed_datetime": state.closed_datetime,
        "expected_datetime": state.expected_datetime,
        "answer_due_datetime": state.answer_due_datetime,
        "nature": state.nature.value,
        "status_notes": state.status_notes,
        "duplicate_of": state.duplicate_of,
        "followers": [_follower(follower) for follower in state.followers],
        "report": report_document(report),
        "public_description": state.public_description,
        "mentions": state.mentions,
        "history": [entry_document(entry) for entry in state.history],
        "archived_entries": state.archived_entries,
        "channel": report.channel.value,
        "public_json": views.public_json(state),
        "georeport_json": views.georeport_json(state),
    }
    if state.reply_addresses != report.reply_addresses:
        document["reply_addresses"] = replies_document(state.reply_addresses)
    place = report.place
    if place is not None and place.lat is not None and not state.is_private:
        document["point"] = {"type": "Point", "coordinates": [place.long, place.lat]}
    if keys := same_place(report):
        document["address_keys"] = keys
    document["terms"], document["staff_terms"] = _terms(state)
    return document


def same_place(report: Report) -> tuple[str, ...]:
    """What another request at the same address has too. Of the public words: the others, asked for, would answer who lives there."""
    return address_keys(report.address_public, report.place.normalized_address if report.place else None)


def from_document(document: Mapping[str, Any]) -> RequestState:
    """The request of a document."""
    report = Report.model_validate(document["report"])
    replies = document.get("reply_addresses")
    return RequestState(
        service_request_id=document["_id"],
        revision=document["revision"],
        version=document["version"],
        status=Status(document["status"]),
        detailed_status=DetailedStatus(document["detailed_status"]),
        service=Service.model_validate(document["service"]),
        is_private=document["is_private"],
        has_legal_hold=document["has_legal_hold"],
        assignee=document["assignee"],
        attention=tuple(map(Attention, document["attention"])),
        requested_datetime=in_utc(document["requested_datetime"]),
        updated_datetime=in_utc(document["updated_datetime"]),
        closed_datetime=in_utc_or_none(document["closed_datetime"]),
        expected_datetime=in_utc_or_none(document["expected_datetime"]),
        answer_due_datetime=in_utc_or_none(document["answer_due_datetime"]),
        nature=Nature(document.get("nature", report.nature)),  # older documents do not say it
        status_notes=document["status_notes"],
        duplicate_of=document["duplicate_of"],
        followers=tuple(
            Follower(follower["service_request_id"], from_replies(follower["reply_addresses"])) for follower in document["followers"]
        ),
        report=report,
        public_description=document["public_description"],
        mentions=document["mentions"],
        history=tuple(from_entry_document(entry, report) for entry in document["history"]),
        archived_entries=document["archived_entries"],
        reply_addresses=report.reply_addresses if replies is None else from_replies(replies),
    )


def _follower(follower: Follower) -> Document:
    replies = replies_document(follower.reply_addresses)
    return {"service_request_id": follower.service_request_id, "reply_addresses": replies}


def _terms(state: RequestState) -> tuple[list[str], list[str]]:
    report, place = state.report, state.report.place
    public = () if state.is_private else search_terms(state.public_description, report.address_public, state.service.name)
    texts = [report.description.content, report.subject.content if report.subject else None, state.service.name]
    if place is not None:
        texts += [place.address, place.zipcode]
    if (person := report.reporter) is not None:
        texts += [person.first_name, person.last_name, person.email, person.phone]
    texts += [entry.note.content for entry in state.history[-MAX_NOTED_ENTRIES:] if entry.note is not None]
    return list(public), list(search_terms(*texts, limit=MAX_STAFF_TERMS))


def orphan_document(orphan: Orphan) -> Document:
    """An event that changed no request, without anything that it said."""
    return {
        "_id": entry_key(orphan.service_request_id, orphan.event_id),
        "event_id": str(orphan.event_id),
        "service_request_id": orphan.service_request_id,
        "kind": orphan.kind,
        "occurred_at": orphan.occurred_at,
        "position": {"partition": orphan.position.partition, "offset": orphan.position.offset},
        "refusal": orphan.refusal.value if orphan.refusal else None,
        "became": orphan.became,
        "request_digest": orphan.request_digest,
    }


def outcome_document(outcome: EventOutcome, expires_at: datetime) -> Document:
    """What became of an event that somebody waits for."""
    return {
        "_id": str(outcome.event_id),
        "service_request_id": outcome.service_request_id,
        "outcome": outcome.outcome.value,
        "revision": outcome.revision,
        "version": outcome.version,
        "refusal": outcome.refusal.value if outcome.refusal else None,
        "request_digest": outcome.request_digest,
        "expires_at": expires_at,
    }


def redaction_document(redaction: Redaction) -> Document:
    """An entry of the ledger."""
    return {
        "_id": str(redaction.event_id),
        "service_request_id": redaction.service_request_id,
        "occurred_at": redaction.occurred_at,
        "position": {"partition": redaction.position.partition, "offset": redaction.position.offset},
        "scope": [scope.model_dump(mode="json", exclude_defaults=True) for scope in redaction.scope],
    }
