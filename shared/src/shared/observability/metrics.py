"""Every metric of the system in one place: names, meanings, labels. Base units; counters end in ``_total``.

A label never holds anything that a resident wrote or that is unbounded: channels, kinds, reasons and route templates only.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, PlatformCollector, ProcessCollector

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds; 0.3 s (look-ups) and 1 s (acknowledgement) are the objectives that the steps must tell apart."""
_TO_VISIBLE: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)


class SubmissionMetrics:
    """A message's way: accepted = stored + rejected, per channel, is what the alerts compare."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.submissions_accepted = Counter(
            "cary311_submissions_accepted_total", "Submissions that were told 'received'.", ["channel"], registry=registry
        )
        self.submissions_spooled = Counter(
            "cary311_submissions_spooled_total", "Accepted submissions that wait in the spool first.", ["channel"], registry=registry
        )
        self.submissions_refused = Counter(
            "cary311_submissions_refused_total", "Submissions answered with an error, by reason.", ["channel", "reason"], registry=registry
        )
        self.submissions_normalized = Counter(
            "cary311_submissions_normalized_total",
            "Submissions the normalizer settled, by outcome (created, follow_up, rejected).",
            ["channel", "outcome"],
            registry=registry,
        )
        self.submissions_rejected = Counter(
            "cary311_submissions_rejected_total", "Submissions that became no request, by reason.", ["channel", "reason"], registry=registry
        )
        self.events_stored = Counter(
            "cary311_events_stored_total",
            "Events that the projection made durable, by kind and outcome.",
            ["channel", "kind", "outcome"],
            registry=registry,
        )
        self.updates_announced = Counter(
            "cary311_updates_announced_total", "Announcements acknowledged by Kafka.", ["channel"], registry=registry
        )
        self.visible_seconds = Histogram(
            "cary311_visible_seconds", "From received to stored.", ["channel"], buckets=_TO_VISIBLE, registry=registry
        )
        self.staff_changes = Counter(
            "cary311_staff_changes_total",
            "Staff changes by kind and answer (applied, accepted, conflict, refused).",
            ["kind", "outcome"],
            registry=registry,
        )


class ConsumerMetrics:
    """The consumer loop and the producer."""

    def __init__(self, registry: CollectorRegistry) -> None:
        where = ["group", "topic", "partition"]
        self.consumer_lag_records = Gauge(
            "cary311_consumer_lag_records", "Records beyond the committed position.", where, registry=registry
        )
        self.consumer_lag_seconds = Gauge(
            "cary311_consumer_lag_seconds", "Age of the oldest record that is not settled; 0 when there is none.", where, registry=registry
        )
        self.consumer_records = Counter("cary311_consumer_records_total", "Records settled.", ["group", "topic"], registry=registry)
        self.consumer_batches = Counter("cary311_consumer_batches_total", "Batches settled.", ["group"], registry=registry)
        self.consumer_batch_seconds = Histogram(
            "cary311_consumer_batch_seconds", "From poll to commit.", ["group"], buckets=_FAST, registry=registry
        )
        self.consumer_holds = Counter(
            "cary311_consumer_holds_total",
            "Times that work was held because a dependency was away.",
            ["group", "dependency"],
            registry=registry,
        )
        self.consumer_held_partitions = Gauge(
            "cary311_consumer_held_partitions", "Partitions held at present.", ["group"], registry=registry
        )
        self.consumer_rebalances = Counter("cary311_consumer_rebalances_total", "Changes of the assignment.", ["group"], registry=registry)
        self.consumer_commit_failures = Counter(
            "cary311_consumer_commit_failures_total", "Commits that the coordinator did not take.", ["group"], registry=registry
        )
        self.consumer_last_poll_age_seconds = Gauge(
            "cary311_consumer_last_poll_age_seconds", "Since the last completed poll.", ["group"], registry=registry
        )
        self.consumer_bugs = Counter("cary311_consumer_bugs_total", "Records on which our own code failed.", ["group"], registry=registry)
        self.dead_letters = Counter(
            "cary311_dead_letters_total", "Records put aside, by reason.", ["group", "topic", "reason"], registry=registry
        )
        self.publish_seconds = Histogram(
            "cary311_publish_seconds", "From send to acknowledgement by all in-sync replicas.", buckets=_FAST, registry=registry
        )
        self.publish_failures = Counter(
            "cary311_publish_failures_total", "Publishes not acknowledged, by reason.", ["reason"], registry=registry
        )
        self.publisher_restarts = Counter("cary311_publisher_restarts_total", "Producers replaced after a fatal error.", registry=registry)


class StoreMetrics:
    """The spool, the attachments, calls to MongoDB."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.spool_bytes = Gauge("cary311_spool_bytes", "Bytes of waiting submissions and photos.", registry=registry)
        self.spool_max_bytes = Gauge("cary311_spool_max_bytes", "What the spool may hold.", registry=registry)
        self.spool_entries = Gauge("cary311_spool_entries", "Submissions that wait.", registry=registry)
        self.spool_oldest_age_seconds = Gauge(
            "cary311_spool_oldest_age_seconds", "Age of the oldest waiting submission; 0 when there is none.", registry=registry
        )
        self.spool_drained = Counter("cary311_spool_drained_total", "Submissions that left the spool for Kafka.", registry=registry)
        self.spool_refused = Counter(
            "cary311_spool_refused_total",
            "Submissions the spool could not take, by reason (bytes, age, disk).",
            ["reason"],
            registry=registry,
        )
        self.spool_put_aside = Counter(
            "cary311_spool_put_aside_total",
            "Damaged spool files or entries put aside for a person to look at.",
            ["what"],
            registry=registry,
        )
        self.attachments_stored = Counter(
            "cary311_attachments_stored_total", "Files stored; a repeat of the same file is not counted.", registry=registry
        )
        self.attachment_bytes = Counter("cary311_attachment_bytes_total", "Bytes of files stored.", registry=registry)
        self.attachments_swept = Counter(
            "cary311_attachments_swept_total", "Remains removed by the orphan sweep (file, chunks).", ["what"], registry=registry
        )
        self.dependency_failures = Counter(
            "cary311_dependency_failures_total", "Calls that failed because a dependency was away.", ["dependency"], registry=registry
        )


class MailMetrics:
    """Mailboxes. ``mailbox`` is the name in the settings, never an address."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.mails_taken = Counter(
            "cary311_mails_taken_total",
            "Mails settled, by outcome (published, repeated, stand_in, spam).",
            ["mailbox", "outcome"],
            registry=registry,
        )
        self.mails_waiting = Gauge("cary311_mails_waiting", "Mails in the inbox at the last search.", ["mailbox"], registry=registry)
        self.mails_given_up = Gauge(
            "cary311_mails_given_up", "Mails in the inbox that nothing can be made of: a fault of ours.", ["mailbox"], registry=registry
        )
        self.mails_unmoved = Gauge(
            "cary311_mails_unmoved", "Mails that are settled, and that the server does not move.", ["mailbox"], registry=registry
        )
        self.mailbox_search_age_seconds = Gauge(
            "cary311_mailbox_search_age_seconds", "Since the last successful search; 0 while standing by.", ["mailbox"], registry=registry
        )
        self.mailbox_connects = Counter(
            "cary311_mailbox_connects_total",
            "Connections, by outcome (connected, refused, failed).",
            ["mailbox", "outcome"],
            registry=registry,
        )
        self.mail_parse_failures = Counter(
            "cary311_mail_parse_failures_total", "Mails that could not be read, by reason.", ["reason"], registry=registry
        )
        self.mail_batch_seconds = Histogram(
            "cary311_mail_batch_seconds", "From read to moved, of a batch.", ["mailbox"], buckets=_FAST, registry=registry
        )


class SocialMetrics:
    """Social networks. ``network`` is the channel, ``net`` one of the independent ways to its posts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.posts_taken = Counter(
            "cary311_posts_taken_total",
            "Posts seen, by outcome (published, repeated, not_ours, stand_in).",
            ["network", "outcome"],
            registry=registry,
        )
        self.social_requests = Counter(
            "cary311_social_requests_total",
            "Requests to the network, by outcome (answered, away, limited, stopped).",
            ["network", "outcome"],
            registry=registry,
        )
        self.social_behind_seconds = Gauge(
            "cary311_social_behind_seconds",
            "Age of the last moment until which everything was swept; 0 while standing by.",
            ["network", "net"],
            registry=registry,
        )
        self.social_gaps = Counter(
            "cary311_social_gaps_total", "Stretches of time whose posts can no longer be had.", ["network", "net"], registry=registry
        )
        self.social_spend_dollars = Gauge(
            "cary311_social_spend_dollars", "What the network has cost in this calendar month, estimated.", ["network"], registry=registry
        )
        self.social_withdrawn = Counter(
            "cary311_social_withdrawn_total",
            "Posts that are no longer there for everybody, by reason.",
            ["network", "reason"],
            registry=registry,
        )
        self.social_photos_lost = Counter(
            "cary311_social_photos_lost_total", "Photos that could not be had, by reason.", ["reason"], registry=registry
        )


class AnswerMetrics:
    """What residents are told, on whichever channel."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.answers = Counter(
            "cary311_answers_total",
            "Answers, by what became of them (sent, failed, not_permitted, needs_staff, unknown ...).",
            ["channel", "outcome"],
            registry=registry,
        )
        self.answers_waiting = Gauge("cary311_answers_waiting", "Answers that are not over yet.", ["channel"], registry=registry)
        self.oldest_unanswered_seconds = Gauge(
            "cary311_oldest_unanswered_seconds",
            "Age of the oldest message whose answer is not over yet; 0 when there is none.",
            ["channel"],
            registry=registry,
        )


class ProcessMetrics:
    """HTTP and the process itself."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.http_request_seconds = Histogram(
            "cary311_http_request_seconds",
            "From the request's head to the answer's end, by route template.",
            ["method", "route", "status"],
            buckets=_FAST,
            registry=registry,
        )
        self.http_streams = Gauge("cary311_http_streams", "Live streams open at present.", registry=registry)
        self.rate_limited = Counter("cary311_rate_limited_total", "Requests answered 429, by limit.", ["limit"], registry=registry)
        self.event_loop_lag_seconds = Gauge("cary311_event_loop_lag_seconds", "How late the event loop last was.", registry=registry)


class Metrics(SubmissionMetrics, ConsumerMetrics, StoreMetrics, MailMetrics, SocialMetrics, AnswerMetrics, ProcessMetrics):
    """All of them, on one registry, together with the process's own (CPU, memory, open files, collections)."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        for part in (SubmissionMetrics, ConsumerMetrics, StoreMetrics, MailMetrics, SocialMetrics, AnswerMetrics, ProcessMetrics):
            part.__init__(self, self.registry)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)


METRICS: Final = Metrics()
"""Those of this process."""
