"""How a history entry is made: the same few lines for every event. Pure."""

from dataclasses import replace
from typing import Any

from shared.contracts import Attention, LogPosition, ReplyAddress, RequestEvent, Status
from tracker.state import HistoryEntry, Outcome, Refusal, RequestState, Standing

_ORDER = {attention: place for place, attention in enumerate(Attention)}


def advanced(state: RequestState, event: RequestEvent, *, counts: bool = False, **changes: Any) -> RequestState:  # noqa: ANN401 - fields of RequestState
    """The request one revision later; ``counts``: one version later too. Time never runs backwards in ``updated_datetime``."""
    return replace(
        state,
        revision=state.revision + 1,
        version=state.version + counts,
        updated_datetime=max(state.updated_datetime, event.occurred_at),
        **changes,
    )


def entered(before: RequestState, after: RequestState, event: RequestEvent, position: LogPosition, **details: Any) -> HistoryEntry:  # noqa: ANN401 - fields of HistoryEntry
    """The entry of an applied event: what it changed is read from the request before and after it."""
    names = ("detailed_status", "service", "nature", "assignee", "expected_datetime", "is_private", "has_legal_hold")
    changed = tuple(name for name in names if getattr(before, name) != getattr(after, name))
    has_moved = "detailed_status" in changed
    details.setdefault("changed", changed)
    return HistoryEntry(
        event_id=event.event_id,
        kind=event.kind,
        occurred_at=event.occurred_at,
        actor=event.actor,
        position=position,
        outcome=Outcome.APPLIED,
        revision=after.revision,
        version=after.version,
        status=after.status if has_moved else None,
        detailed_status=after.detailed_status if has_moved else None,
        service=after.service if "service" in changed else None,
        formerly_duplicate_of=before.duplicate_of if before.duplicate_of != after.duplicate_of else None,
        standing=standing(after),
        **details,
    )


def standing(state: RequestState) -> Standing:
    """What an announcement says of the request at this point."""
    return Standing(
        status=state.status,
        detailed_status=state.detailed_status,
        service=state.service,
        is_private=state.is_private,
        attention=state.attention,
        expected_datetime=state.expected_datetime,
        nature=state.nature,
        answer_due_datetime=state.answer_due_datetime,
    )


def recorded(state: RequestState, entry: HistoryEntry) -> RequestState:
    """The request with its newest entry."""
    return replace(state, history=(*state.history, entry))


def refused(state: RequestState, event: RequestEvent, position: LogPosition, refusal: Refusal) -> tuple[RequestState, HistoryEntry]:
    """The request with an event that changed nothing in its history; no text of the event is kept."""
    entry = HistoryEntry(
        event_id=event.event_id,
        kind=event.kind,
        occurred_at=event.occurred_at,
        actor=event.actor,
        position=position,
        outcome=Outcome.REFUSED,
        revision=state.revision + 1,
        version=state.version,
        refusal=refusal,
        request_digest=getattr(event, "request_digest", None),
    )
    return recorded(replace(state, revision=entry.revision), entry), entry


def to_be_answered(state: RequestState) -> tuple[ReplyAddress, ...]:
    """The reporter's addresses and the followers', each once."""
    everybody = [*state.reply_addresses, *(reply for follower in state.followers for reply in follower.reply_addresses)]
    return tuple({(reply.channel, reply.address): reply for reply in reversed(everybody)}.values())[::-1]


def with_attention(state: RequestState, *reasons: Attention) -> tuple[Attention, ...]:
    """The request's reasons to look, and these, in the order of the vocabulary."""
    return tuple(sorted({*state.attention, *reasons}, key=_ORDER.__getitem__))


def without_attention(state: RequestState, reasons: tuple[Attention, ...]) -> tuple[Attention, ...]:
    """The request's reasons to look without these."""
    return tuple(reason for reason in state.attention if reason not in reasons)


def moved(state: RequestState, event: RequestEvent, to: Any) -> dict[str, Any]:  # noqa: ANN401 - DetailedStatus, and fields of RequestState
    """The fields that a new state sets."""
    closed = (state.closed_datetime or event.occurred_at) if to.status is Status.CLOSED else None
    return {"detailed_status": to, "status": to.status, "closed_datetime": closed}
