"""Is there anything that a person should read? A rejection is an outcome with a reason, never a failure."""

from normalizer.pipeline.words import Words
from shared.contracts import Channel, RejectionReason, SubmissionReceived

ALWAYS_KEPT = frozenset({Channel.WEB, Channel.API, Channel.PHONE})
"""These validate fully and told their sender "received": what they accepted is never rejected later."""


def reason_to_reject(submission: SubmissionReceived, words: Words) -> RejectionReason | None:
    """Why it becomes neither a request nor a follow-up; None where it does."""
    if submission.channel in ALWAYS_KEPT:
        return None
    if submission.is_automatic:
        return RejectionReason.AUTOMATIC
    has_content = words.description or words.subject or submission.attachments or submission.service_code
    return None if has_content else RejectionReason.EMPTY
