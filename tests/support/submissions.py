"""Invented submissions whose identity is right: the number fits the id, as an adapter would have it."""

from shared.contracts import Channel, Language, Place, SubmissionReceived
from shared.identity import submission_id
from shared.tracking_number import tracking_number
from support.examples import NOW, SECRET


def plain(native_id: str = "one", *, channel: Channel = Channel.WEB, **changes: object) -> SubmissionReceived:
    """A short report from ``channel``, changed where the test cares."""
    identity = submission_id(channel, native_id)
    fields: dict[str, object] = {
        "submission_id": identity,
        "service_request_id": tracking_number(SECRET, identity),
        "channel": channel,
        "received_at": NOW,
        "text": "There is a deep pothole in front of the library.",
        "language": Language.EN,
        "service_code": "ST-POTHOLE",
        "place": Place(address="300 N Academy St"),
    }
    return SubmissionReceived.model_validate(fields | changes)
