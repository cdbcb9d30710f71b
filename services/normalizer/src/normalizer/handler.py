"""A record in, its event out: what the consumer loop calls for each record."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from normalizer.pipeline.normalize import Normalized, normalize
from normalizer.pipeline.rules import Rules
from shared.contracts import FollowUpReceived, ServiceRequestCreated, SubmissionRejected, decode_submission
from shared.kafka.records import Headers, Outgoing, Record
from shared.kafka.topics import REQUEST_EVENTS, SUBMISSION_REJECTED
from shared.observability.metrics import METRICS, Metrics

TRACE_HEADERS: Final = frozenset({"traceparent", "tracestate"})
"""W3C Trace Context. Nothing else is passed on: what a foreign header holds nobody has looked at."""

_OUTCOMES: Final[dict[type[Normalized], tuple[str, str]]] = {
    ServiceRequestCreated: (REQUEST_EVENTS.name, "created"),
    FollowUpReceived: (REQUEST_EVENTS.name, "follow_up"),
    SubmissionRejected: (SUBMISSION_REJECTED.name, "rejected"),
}


def converter(town: Rules, metrics: Metrics = METRICS) -> Callable[[Record], Sequence[Outgoing]]:
    """The work on one record of ``submission.received.v1``: exactly one record comes of it.

    The function raises ``PoisonError`` for what is no submission, ``TransientError`` for one that is newer than this service, and
    ``ConfigurationError`` for one whose tracking number another secret gave: that must stop the loop, nothing committed.
    """
    normalized = cache(metrics.submissions_normalized.labels)

    def convert(record: Record) -> Sequence[Outgoing]:
        submission = decode_submission(record.value)
        message = normalize(submission, town)
        topic, outcome = _OUTCOMES[type(message)]
        # Counts what was worked out; a redelivered record is worked out, and counted, again.
        normalized(submission.channel, outcome).inc()
        if isinstance(message, SubmissionRejected):
            metrics.submissions_rejected.labels(submission.channel, message.reason).inc()
        return (Outgoing(topic, message.key.encode(), message.encode(), _trace(record.headers)),)

    return convert


def _trace(headers: Headers) -> Headers:
    return tuple(header for header in headers if header[0] in TRACE_HEADERS) if headers else ()
