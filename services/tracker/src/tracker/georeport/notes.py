"""``extensions=true``: the public history as notes[], and where the request came in. Pure."""

from typing import Any, Final

from tracker.state import RequestState
from tracker.views import georeport_moment, georeport_view, public_history

_SUMMARIES: Final = {
    "ServiceRequestCreated": "Received",
    "ServiceRequestChanged": "Changed",
    "CommentAdded": "Comment",
    "FollowUpReceived": "The reporter wrote again",
    "MarkedDuplicate": "Followed at another request",
    "UnmarkedDuplicate": "Followed on its own again",
}


def extended_view(state: RequestState) -> dict[str, Any]:
    """The request with its extensions; of a private one the notes are empty of words and the channel is not told."""
    told = {str(item["event_id"]): item for item in public_history(state.history, is_private=state.is_private)}
    notes = [
        {
            "datetime": georeport_moment(entry.occurred_at),
            "type": item.get("detailed_status", "comment"),
            "summary": _SUMMARIES.get(entry.kind, entry.kind),
            "description": item.get("text"),
        }
        for entry in state.history
        if (item := told.get(str(entry.event_id)))
    ]
    channel = None if state.is_private else state.report.channel.value
    return georeport_view(state) | {"notes": notes, "extended_attributes": {"channel": channel}}
