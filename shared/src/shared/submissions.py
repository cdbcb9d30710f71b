"""A submission as the record that every channel publishes."""

from shared.contracts import SubmissionReceived
from shared.kafka.records import Outgoing
from shared.kafka.topics import SUBMISSION_RECEIVED


def submission_record(submission: SubmissionReceived, traceparent: str | None = None) -> Outgoing:
    """The record. Without a caller's trace (W3C Trace Context) it starts one that follows from the submission, so that a repeat, or
    a copy that waited in a spool, belongs to the same.
    """
    identity = submission.submission_id.hex
    trace = traceparent or f"00-{identity}-{identity[16:]}-01"
    return Outgoing(
        SUBMISSION_RECEIVED.name, submission.key.encode("ascii"), submission.encode(), (("traceparent", trace.encode("ascii")),)
    )
