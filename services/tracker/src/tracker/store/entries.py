"""A history entry as a part of its request's document, or as a document of its own, and back. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from shared.contracts import (
    Actor,
    ActorKind,
    Attachment,
    Attention,
    Channel,
    DeliveryOutcome,
    DetailedStatus,
    LogPosition,
    Nature,
    RedactionScope,
    ReplyAddress,
    Report,
    Service,
    Status,
    Text,
)
from tracker.redaction import CREATED
from tracker.state import Delivery, HistoryEntry, Outcome, Refusal, Standing

Document = dict[str, Any]

_report_to_python = Report.__pydantic_serializer__.to_python
_REPLIES: Final = TypeAdapter(tuple[ReplyAddress, ...])
_ATTACHMENTS: Final = TypeAdapter(tuple[Attachment, ...])
_SCOPES: Final = TypeAdapter(tuple[RedactionScope, ...])


def entry_key(number: str, event_id: UUID | str) -> str:
    """The ``_id`` of an old entry or an orphan. An event's id alone would do, were every adapter without a fault: one message
    that claimed two requests has one event id at both.
    """
    return f"{number}:{event_id}"


def entry_document(entry: HistoryEntry) -> Document:
    """A history entry without what is by default."""
    document: Document = {
        "event_id": str(entry.event_id),
        "kind": entry.kind,
        "occurred_at": entry.occurred_at,
        "actor": {"kind": entry.actor.kind.value, "id": entry.actor.id},
        "position": {"partition": entry.position.partition, "offset": entry.position.offset},
        "outcome": entry.outcome.value,
        "revision": entry.revision,
        "version": entry.version,
    }
    if entry.status is not None:
        document["status"] = entry.status.value
    if entry.detailed_status is not None:
        document["detailed_status"] = entry.detailed_status.value
    if entry.is_public:
        document["is_public"] = True
    if entry.other is not None:
        document["other"] = entry.other
    if entry.kind != CREATED:  # a creation's addresses and standing are its report's
        _add_details(document, entry)
    return document


def _add_details(document: Document, entry: HistoryEntry) -> None:
    for name, convert in _DETAILS:
        value = getattr(entry, name)
        if value is not None and value is not False and value != ():
            document[name] = convert(value)
    if entry.report is not None:
        document.pop("note", None)  # the note of a follow-up is its report's description


def from_entry_document(document: Mapping[str, Any], created_as: Report | None = None) -> HistoryEntry:
    """The entry of a document; ``created_as`` is the request's report, whose addresses a creation answers."""
    get = document.get
    kind, position, report = document["kind"], document["position"], get("report")
    parsed = Report.model_validate(report) if report is not None else None
    note = get("note")
    is_creation = kind == CREATED and created_as is not None
    return HistoryEntry(
        event_id=UUID(document["event_id"]),
        kind=kind,
        occurred_at=in_utc(document["occurred_at"]),
        actor=Actor(kind=ActorKind(document["actor"]["kind"]), id=document["actor"]["id"]),
        position=LogPosition(partition=position["partition"], offset=position["offset"]),
        outcome=Outcome(document["outcome"]),
        revision=document["revision"],
        version=document["version"],
        refusal=Refusal(refusal) if (refusal := get("refusal")) else None,
        status=Status(status) if (status := get("status")) else None,
        detailed_status=DetailedStatus(detailed) if (detailed := get("detailed_status")) else None,
        public_text=get("public_text"),
        note=parsed.description if parsed is not None else Text.model_validate(note) if note is not None else None,
        is_public=get("is_public", False),
        is_third_party=get("is_third_party", False),
        changed=tuple(get("changed", ())),
        attachments=_ATTACHMENTS.validate_python(get("attachments", ())),
        report=parsed,
        service=Service.model_validate(service) if (service := get("service")) else None,
        other=get("other"),
        formerly_duplicate_of=get("formerly_duplicate_of"),
        external_id=get("external_id"),
        redacted=_SCOPES.validate_python(get("redacted", ())),
        request_digest=get("request_digest"),
        replies=created_as.reply_addresses if is_creation and created_as else _REPLIES.validate_python(get("replies", ())),
        redacted_submission_ids=tuple(map(UUID, get("redacted_submission_ids", ()))),
        delivery=_from_delivery(delivery) if (delivery := get("delivery")) else None,
        standing=_from_standing(standing) if (standing := get("standing")) else None,
    )


def report_document(report: Report) -> Document:
    """A report without what is by default."""
    document: Document = _report_to_python(report, mode="json", exclude_defaults=True)
    return document


def replies_document(replies: tuple[ReplyAddress, ...]) -> list[Document]:
    """Reply addresses without what is by default."""
    return [reply.model_dump(mode="json", exclude_defaults=True) for reply in replies]


def from_replies(documents: Any) -> tuple[ReplyAddress, ...]:  # noqa: ANN401 - a list of documents
    """Reply addresses of their documents."""
    return _REPLIES.validate_python(documents)


def service_document(service: Service) -> Document:
    """A service, whole."""
    return {"code": service.code, "name": service.name, "group": service.group, "department": service.department}


def in_utc(moment: datetime) -> datetime:
    """A stored moment in the zone object that the contracts use."""
    # The driver's own zone object is not datetime.UTC; with ours, what comes back is what was written, to the byte.
    return moment.replace(tzinfo=UTC)


def in_utc_or_none(moment: datetime | None) -> datetime | None:
    """Likewise, where there may be none."""
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _delivery(delivery: Delivery) -> Document:
    return {
        "announcement_id": str(delivery.announcement_id),
        "channel": delivery.channel.value,
        "reply_index": delivery.reply_index,
        "outcome": delivery.outcome.value,
        "detail": delivery.detail,
        "sent_reference": delivery.sent_reference,
    }


def _from_delivery(document: Mapping[str, Any]) -> Delivery:
    return Delivery(
        UUID(document["announcement_id"]),
        Channel(document["channel"]),
        document["reply_index"],
        DeliveryOutcome(document["outcome"]),
        document["detail"],
        document["sent_reference"],
    )


def _standing(standing: Standing) -> Document:
    return {
        "status": standing.status.value,
        "detailed_status": standing.detailed_status.value,
        "service": service_document(standing.service),
        "is_private": standing.is_private,
        "attention": [reason.value for reason in standing.attention],
        "expected_datetime": standing.expected_datetime,
        "nature": standing.nature.value,
        "answer_due_datetime": standing.answer_due_datetime,
    }


def _from_standing(document: Mapping[str, Any]) -> Standing:
    return Standing(
        Status(document["status"]),
        DetailedStatus(document["detailed_status"]),
        Service.model_validate(document["service"]),
        document["is_private"],
        tuple(map(Attention, document["attention"])),
        in_utc_or_none(document["expected_datetime"]),
        Nature(document.get("nature", Nature.SERVICE_REQUEST)),  # older entries do not say it
        in_utc_or_none(document.get("answer_due_datetime")),
    )


def _value(word: StrEnum) -> str:
    return word.value


def _as_is(value: Any) -> Any:  # noqa: ANN401 - what BSON knows anyway
    return value


_DETAILS: Final[tuple[tuple[str, Callable[[Any], Any]], ...]] = (
    ("public_text", _as_is),
    ("formerly_duplicate_of", _as_is),
    ("external_id", _as_is),
    ("request_digest", _as_is),
    ("is_third_party", _as_is),
    ("refusal", _value),
    ("changed", list),
    ("service", service_document),
    ("delivery", _delivery),
    ("standing", _standing),
    ("redacted_submission_ids", lambda ids: [str(submission) for submission in ids]),
    ("report", report_document),
    ("note", lambda note: note.model_dump(mode="json", exclude_defaults=True)),
    ("attachments", lambda files: _ATTACHMENTS.dump_python(files, mode="json", exclude_defaults=True)),
    ("replies", replies_document),
    ("redacted", lambda scopes: _SCOPES.dump_python(scopes, mode="json", exclude_defaults=True)),
)
"""What an entry may have beside its head, and how it is stored."""
