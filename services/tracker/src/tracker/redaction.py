"""Clearing what had to go, everywhere in a request. Pure.

A stretch is masked by as many ``█`` as it had characters: the positions of later redactions stay true, and clearing twice is
clearing once, so that a repeated event or a ledger applied again changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from shared.contracts import Attachment, RedactionScope, ReplyAddress, Report, Span, Text
from tracker.state import HistoryEntry, RequestState

MASK: Final = "\u2588"
CREATED: Final = "ServiceRequestCreated"
NOTE_FIELDS: Final = frozenset({"note", "text", "status_notes", "description"})
"""Names under which the text of a comment or a reason is cleared whole."""
_EMPTY: Final[dict[str, Any]] = {
    "subject": None,
    "description": Text(content=""),
    "quoted_text": None,
    "detected_language": None,
    "attributes": (),
    "place": None,
    "address_public": None,
    "reporter": None,
    "reply_addresses": (),
    "attachments": (),
    "source": None,
    "service_notice": None,
    "decisions": (),
}
CONTENT_FIELDS: Final = tuple(_EMPTY)
"""Every field of a report that holds something of the author."""

Address = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Cleared:
    """A request after its redaction."""

    state: RequestState
    scope: tuple[RedactionScope, ...]
    """What was asked for, with the ids of the files that went with a whole field."""
    submission_ids: tuple[UUID, ...]
    forgotten: frozenset[Address]
    """Reply addresses (channel, address) that nothing of the request holds any more."""


def mask(text: Text, spans: Iterable[Span]) -> Text:
    """``text`` with these stretches unreadable; a stretch beyond its end is nothing to mask."""
    content = text.content
    for span in spans:
        end = min(span.end, len(content))
        if span.start < end:
            content = content[: span.start] + MASK * (end - span.start) + content[end:]
    return text.model_copy(update={"content": content})


def clear_report(report: Report, scope: RedactionScope) -> Report:
    """The report without what ``scope`` names. Fields that the town needs (service, dates, channel) cannot be cleared."""
    update: dict[str, Any] = {name: _EMPTY[name] for name in scope.fields if name in _EMPTY}
    if "place" in update:
        update["address_public"] = None
    if scope.spans and "description" not in update:
        update["description"] = mask(report.description, scope.spans)
    if not update.keys().isdisjoint({"subject", "description"}):
        update["decisions"] = ()  # they quote the text, and its subject
        if _is_unsaid(report, update):
            update |= {"place": None, "address_public": None}
    if scope.file_ids and "attachments" not in update:
        update["attachments"] = _without(report.attachments, scope)
    return report.model_copy(update=update) if update else report


def _is_unsaid(report: Report, update: dict[str, Any]) -> bool:
    """A place that was found in the text goes with its words."""
    place = report.place
    if place is None or not place.is_guessed:
        return False
    texts = [update.get(name, getattr(report, name)) for name in ("subject", "description")]
    return not any(text and (place.address or "") in " ".join(text.content.split()) for text in texts)


def clear_entry(entry: HistoryEntry, scope: RedactionScope) -> HistoryEntry:
    """The entry of a follow-up, comment or reason without what ``scope`` names."""
    if entry.report is not None:
        report = clear_report(entry.report, scope)
        return replace(entry, report=report, note=report.description)
    note = entry.note
    if note is not None:
        note = Text(content="") if NOTE_FIELDS.intersection(scope.fields) else mask(note, scope.spans)
    attachments = () if "attachments" in scope.fields else _without(entry.attachments, scope)
    public = entry.public_text if entry.public_text is None or note is None else note.public or None
    return replace(entry, note=note, attachments=attachments, public_text=public)


def clear(state: RequestState, scopes: Sequence[RedactionScope], archived: Sequence[HistoryEntry] = ()) -> Cleared:
    """The request without what ``scopes`` name, in its report, its history, its public text and its reply addresses.

    ``archived`` are older entries that the scopes name: they are cleared in their own collection, and only looked at here.
    """
    by_event = {scope.event_id: scope for scope in scopes}
    entries = {entry.event_id: entry for entry in (*archived, *state.history) if entry.event_id in by_event}
    full = tuple(_with_files(scope, state, entries.get(scope.event_id)) for scope in scopes)
    reports = _reports(state, entries.values())
    cleared = _clear_entries(state, {scope.event_id: scope for scope in full})
    after = [clear_report(report, by_event[event_id]) for event_id, report in reports]  # archived ones are in no state
    forgotten = _addresses(report for _, report in reports) - _addresses(after) - _held(cleared)
    submissions = tuple(dict.fromkeys(report.submission_id for _, report in reports))
    return Cleared(forget(cleared, forgotten), full, submissions, frozenset(forgotten))


def forget(state: RequestState, addresses: Iterable[Address]) -> RequestState:
    """The request with no copy of these reply addresses left in its history or its list of whom to answer."""
    gone = frozenset(addresses)
    if not gone:
        return state
    history = tuple(replace(entry, replies=_kept(entry.replies, gone)) if entry.replies else entry for entry in state.history)
    return replace(state, history=history, reply_addresses=_kept(state.reply_addresses, gone))


def public_description(report: Report, *, is_private: bool) -> str | None:
    """What the public may read of the description: masked, and nothing of a private request."""
    return None if is_private else (report.description.public or None)


def _clear_entries(state: RequestState, scopes: dict[UUID, RedactionScope]) -> RequestState:
    report, notes, history = state.report, state.status_notes, []
    for entry in state.history:
        scope = scopes.get(entry.event_id)
        if scope is None:
            history.append(entry)
        elif entry.kind == CREATED:
            report = clear_report(report, scope)
            history.append(replace(entry, replies=report.reply_addresses))
        else:
            cleared = clear_entry(entry, scope)
            if notes is not None and notes == entry.public_text:
                notes = cleared.public_text
            history.append(cleared)
    public = public_description(report, is_private=state.is_private)
    return replace(state, report=report, status_notes=notes, history=tuple(history), public_description=public)


def _with_files(scope: RedactionScope, state: RequestState, entry: HistoryEntry | None) -> RedactionScope:
    if entry is None or "attachments" not in scope.fields:
        return scope
    report = state.report if entry.kind == CREATED else entry.report
    files = [file.file_id for file in (report.attachments if report else entry.attachments)]
    return scope.model_copy(update={"file_ids": tuple(dict.fromkeys([*scope.file_ids, *files]))[:50]})


def _reports(state: RequestState, entries: Iterable[HistoryEntry]) -> list[tuple[UUID, Report]]:
    found = [(entry.event_id, state.report if entry.kind == CREATED else entry.report) for entry in entries]
    return [(event_id, report) for event_id, report in found if report is not None]


def _without(attachments: tuple[Attachment, ...], scope: RedactionScope) -> tuple[Attachment, ...]:
    return tuple(file for file in attachments if file.file_id not in scope.file_ids)


def _kept(replies: tuple[ReplyAddress, ...], gone: frozenset[Address]) -> tuple[ReplyAddress, ...]:
    return tuple(reply for reply in replies if (reply.channel.value, reply.address) not in gone)


def _held(state: RequestState) -> set[Address]:
    followed = {(reply.channel.value, reply.address) for follower in state.followers for reply in follower.reply_addresses}
    return followed | _addresses([state.report, *(entry.report for entry in state.history if entry.report is not None)])


def _addresses(reports: Iterable[Report]) -> set[Address]:
    return {(reply.channel.value, reply.address) for report in reports for reply in report.reply_addresses}
