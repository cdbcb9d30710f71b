"""Announcements of requests that were made of posts."""

import uuid
from datetime import datetime

from shared.contracts import Channel, ReplyAddress, ServiceRequestUpdated
from shared.identity import submission_id
from shared.tracking_number import tracking_number
from support.examples import FULL_MESSAGES, SECRET


def created(native_id: str, moment: datetime, conversation: str | None = None, **changes: object) -> ServiceRequestUpdated:
    """The request of a post was made; nothing is the matter with it."""
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    identity = submission_id(Channel.X, native_id)
    values: dict[str, object] = {
        "announcement_id": uuid.uuid5(identity, "announcement"),
        "event_id": uuid.uuid5(identity, "event"),
        "event_kind": "ServiceRequestCreated",
        "service_request_id": tracking_number(SECRET, identity),
        "channel": Channel.X,
        "occurred_at": moment,
        "requested_datetime": moment,
        "attention": (),
        "emergency": None,
        "redacted": (),
        "redacted_submission_ids": (),
        "replies": (ReplyAddress(channel=Channel.X, address=native_id, conversation=conversation or native_id),),
    }
    return full.model_copy(update=values | changes)
