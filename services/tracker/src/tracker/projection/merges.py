"""Duplicates and their followers. Pure.

A duplicate is followed at its target: the target's answers go to the duplicate's reporter too. A request knows only itself, so
what it means for another travels as a derived event. Chains pass followers on; each request passes a follower on once, so that a
circle (two people merging towards each other) ends, and is put before a person.
"""

from dataclasses import replace

from shared.contracts import Attention, DetailedStatus, FollowerAdded, FollowerRemoved, LogPosition, MarkedDuplicate, UnmarkedDuplicate
from tracker import status
from tracker.projection.entries import advanced, entered, moved, recorded, refused, to_be_answered, with_attention, without_attention
from tracker.projection.results import Applied, Refused
from tracker.redaction import forget
from tracker.state import Follower, Refusal, RequestState

FOLLOWERS = "followers"
"""In ``HistoryEntry.changed``: the list of followers is another one than before."""


def mark(state: RequestState, event: MarkedDuplicate, position: LogPosition) -> Applied | Refused:
    """The request is closed as a duplicate and followed at its target."""
    if event.expected_version != state.version:
        return Refused(*refused(state, event, position, Refusal.STALE_VERSION))
    after = advanced(
        state,
        event,
        counts=True,
        duplicate_of=event.duplicate_of,
        attention=without_attention(state, (Attention.POSSIBLE_DUPLICATE,)),
        status_notes=None,
        answer_due_datetime=None,
        **moved(state, event, DetailedStatus.DUPLICATE),
    )
    entry = entered(
        state,
        after,
        event,
        position,
        is_public=True,
        other=event.duplicate_of,
        request_digest=event.request_digest,
        replies=to_be_answered(after),
    )
    return Applied(recorded(after, entry), entry)


def unmark(state: RequestState, event: UnmarkedDuplicate, position: LogPosition) -> Applied | Refused:
    """The request is worked on again. One that is no duplicate of that target keeps its state."""
    if event.expected_version != state.version:
        return Refused(*refused(state, event, position, Refusal.STALE_VERSION))
    was_one = state.duplicate_of == event.duplicate_of
    fields = {**moved(state, event, status.REOPENED), "duplicate_of": None} if was_one else {}
    after = advanced(state, event, counts=True, **fields)
    entry = entered(
        state,
        after,
        event,
        position,
        is_public=was_one,
        other=event.duplicate_of,
        request_digest=event.request_digest,
        replies=to_be_answered(after) if was_one else (),
    )
    return Applied(recorded(after, entry), entry)


def add_follower(state: RequestState, event: FollowerAdded, position: LogPosition) -> Applied:
    """Another request's reporter is told what happens here. Coming back to its own request, a follower shows a circle."""
    if event.follower == state.service_request_id:
        after = advanced(state, event, attention=with_attention(state, Attention.POSSIBLE_DUPLICATE))
        entry = entered(state, after, event, position, other=event.follower)
        return Applied(recorded(after, entry), entry)
    newcomer = Follower(event.follower, event.reply_addresses)
    is_new = all(known.service_request_id != event.follower for known in state.followers)
    followers = tuple(known for known in state.followers if known.service_request_id != event.follower)
    after = advanced(state, event, followers=(*followers, newcomer))
    entry = entered(state, after, event, position, other=event.follower, changed=(FOLLOWERS,) if is_new else ())
    return Applied(recorded(after, entry), entry)


def remove_follower(state: RequestState, event: FollowerRemoved, position: LogPosition) -> Applied:
    """A follower goes, and every copy of its addresses with it, but for those that others here have too."""
    leaving = [known for known in state.followers if known.service_request_id == event.follower]
    staying = tuple(known for known in state.followers if known.service_request_id != event.follower)
    theirs = {(reply.channel.value, reply.address) for known in leaving for reply in known.reply_addresses}
    others = [*state.reply_addresses, *(reply for known in staying for reply in known.reply_addresses)]
    gone = frozenset(theirs - {(reply.channel.value, reply.address) for reply in others})
    after = advanced(forget(replace(state, followers=staying), gone), event)
    entry = entered(state, after, event, position, other=event.follower, changed=(FOLLOWERS,) if leaving else ())
    return Applied(recorded(after, entry), entry, forgotten=gone)
