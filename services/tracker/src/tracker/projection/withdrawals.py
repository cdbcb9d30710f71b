"""What had to go: redactions, and sources that are no longer there. Pure."""

from dataclasses import replace

from shared.contracts import Attention, LogPosition, RedactionScope, ServiceRequestRedacted, SourceWithdrawn, Text
from shared.identity import derived_event_id
from tracker.projection.entries import advanced, entered, recorded, with_attention
from tracker.projection.results import Applied, Known
from tracker.redaction import CONTENT_FIELDS, CREATED, Cleared, clear
from tracker.state import RequestState

FOLLOW_UP = "FollowUpReceived"
REPLY_ADDRESSES = "reply_addresses"


def redact(state: RequestState, event: ServiceRequestRedacted, position: LogPosition, known: Known) -> Applied:
    """The request without what had to go. The entry keeps what was cleared and why, and nothing of the content."""
    named = {scope.event_id for scope in event.scope}
    archived = [entry for entry in known.archived.values() if entry.event_id in named]
    cleared = clear(state, event.scope, archived)
    after = advanced(cleared.state, event, counts=True)
    has_lost_addresses = after.reply_addresses != state.reply_addresses
    entry = entered(
        state,
        after,
        event,
        position,
        note=Text(content=event.reason),
        changed=(REPLY_ADDRESSES,) if has_lost_addresses else (),
        redacted=cleared.scope,
        redacted_submission_ids=cleared.submission_ids,
        request_digest=event.request_digest,
    )
    return Applied(recorded(after, entry), entry, forgotten=cleared.forgotten, redacted=cleared.scope)


def withdraw(state: RequestState, event: SourceWithdrawn, position: LogPosition) -> Applied:
    """The author's post is gone: a person looks, and its copy goes too unless a legal hold stands (``derived``)."""
    after = advanced(state, event, attention=with_attention(state, Attention.SOURCE_WITHDRAWN))
    entry = entered(state, after, event, position, changed=() if state.has_legal_hold else ("source",))
    return Applied(recorded(after, entry), entry)


def scope_of_withdrawal(state: RequestState, event: SourceWithdrawn) -> tuple[RedactionScope, ...]:
    """Everything that came with the withdrawn submission."""
    if state.report.submission_id == event.submission_id:
        creations = [entry.event_id for entry in state.history if entry.kind == CREATED]
        return tuple(RedactionScope(event_id=event_id, fields=CONTENT_FIELDS) for event_id in creations)
    follow_ups = [entry.event_id for entry in state.history if entry.report and entry.report.submission_id == event.submission_id]
    event_ids = follow_ups or [derived_event_id(event.submission_id, FOLLOW_UP)]  # an older one is in the side collection
    return tuple(RedactionScope(event_id=event_id, fields=CONTENT_FIELDS) for event_id in event_ids)


def reapplied(state: RequestState, scopes: tuple[RedactionScope, ...]) -> Cleared:
    """A restored request without what the ledger says had to go; its counts stay, because nothing new happened."""
    cleared = clear(state, scopes)
    return replace(cleared, state=replace(cleared.state, revision=state.revision, version=state.version))
