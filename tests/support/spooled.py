"""Invented submissions for the tests of the spool."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from shared.contracts import Channel, ClaimProof, SubmissionReceived, ThreadClaim
from shared.identity import submission_id
from shared.spool import SpooledPhoto
from shared.tracking_number import tracking_number

SECRET = b"an invented secret of 32 bytes!!"
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def number_of(name: str) -> str:
    """A tracking number that exists for this name only."""
    return tracking_number(SECRET, submission_id(Channel.WEB, name))


def submission(name: str, request: str | None = None, text: str = "a pothole") -> SubmissionReceived:
    """A submission of its own, or one that follows up the request of that name."""
    claim = ThreadClaim(service_request_id=number_of(request), proof=ClaimProof.TOKEN) if request else None
    return SubmissionReceived(
        submission_id=submission_id(Channel.WEB, name),
        service_request_id=number_of(name),
        channel=Channel.WEB,
        received_at=START,
        text=text,
        claim=claim,
    )


def photo(data: bytes = b"not really a picture") -> SpooledPhoto:
    """A photo as the form hands it over."""
    return SpooledPhoto(sha256=hashlib.sha256(data).hexdigest(), media_type="image/jpeg", data=data, width_pixels=4, height_pixels=3)


def ids(*names: str) -> list[UUID]:
    """The submission ids of these names."""
    return [submission_id(Channel.WEB, name) for name in names]
