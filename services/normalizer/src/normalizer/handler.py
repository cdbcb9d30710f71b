"""Records in, their events out: what the consumer loop calls for each batch."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from normalizer.geocoding import Geocoder
from normalizer.pipeline.geocoded import question, with_point
from normalizer.pipeline.normalize import Normalized, normalize
from normalizer.pipeline.rules import Rules
from shared.contracts import FollowUpReceived, ServiceRequestCreated, SubmissionRejected, decode_submission
from shared.kafka.consumer import per_record
from shared.kafka.ports import Handled, Handler
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


def handler(town: Rules, geocoder: Geocoder, metrics: Metrics = METRICS) -> Handler:
    """The work on a batch of ``submission.received.v1``: exactly one record comes of each submission.

    What each submission is depends on it alone; then, for all of them at once, a geocoder may add where their addresses are. Asked again
    after a crash it may answer otherwise: the event has the same id, and the first that was stored stays.
    """
    publish = publisher(metrics)

    async def handle(records: Sequence[Record]) -> Handled:
        understood: list[tuple[Record, Normalized]] = []

        def understand(record: Record) -> Sequence[Outgoing]:
            understood.append((record, understand_record(record, town)))
            return ()

        handled = await per_record(understand)(records)
        asked = [question(message, town.last_line) for _, message in understood]
        points = await geocoder.locate({address for address in asked if address})
        outgoing = []
        for (record, message), address in zip(understood, asked, strict=True):
            point = points.get(address) if address else None
            outgoing.append(publish(record, with_point(message, point, town) if point else message))
        return Handled(outgoing, handled.failures)

    return handle


def converter(town: Rules, metrics: Metrics = METRICS) -> Callable[[Record], Sequence[Outgoing]]:
    """The work on one record, offline.

    The function raises as ``understand_record`` does.
    """
    publish = publisher(metrics)
    return lambda record: (publish(record, understand_record(record, town)),)


def understand_record(record: Record, town: Rules) -> Normalized:
    """What became of a submission.

    Raises:
        PoisonError: it is no submission.
        TransientError: it is newer than this service.
        ConfigurationError: another secret gave its tracking number: that must stop the loop, nothing committed.
    """
    return normalize(decode_submission(record.value), town)


def publisher(metrics: Metrics) -> Callable[[Record, Normalized], Outgoing]:
    """Makes the record of a message, and counts it."""
    normalized = cache(metrics.submissions_normalized.labels)

    def publish(record: Record, message: Normalized) -> Outgoing:
        topic, outcome = _OUTCOMES[type(message)]
        channel = message.channel if isinstance(message, SubmissionRejected) else message.report.channel
        # Counts what was worked out; a redelivered record is worked out, and counted, again.
        normalized(channel, outcome).inc()
        if isinstance(message, SubmissionRejected):
            metrics.submissions_rejected.labels(channel, message.reason).inc()
        return Outgoing(topic, message.key.encode(), message.encode(), _trace(record.headers))

    return publish


def _trace(headers: Headers) -> Headers:
    return tuple(header for header in headers if header[0] in TRACE_HEADERS) if headers else ()
