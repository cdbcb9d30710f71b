"""``RequestEvent``: everything that ever happens to a request, as facts in the past tense.

The events of a request lie in one partition, in order, and are all that the projection needs: state is
``apply(state, event)``. Event ids are derived (``shared.identity``); what was stored first under an id stays.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Code, Contract, Line, Message, ServiceRequestId, Timestamp
from shared.contracts.parts import (
    MAX_ATTACHMENTS,
    Actor,
    Attachment,
    AttributeAnswer,
    Decision,
    FileId,
    Person,
    Place,
    ReplyAddress,
    Service,
    Source,
    Span,
    Text,
    ThreadClaim,
)
from shared.contracts.vocabulary import (
    Attention,
    Channel,
    DeliveryOutcome,
    DetailedStatus,
    Emergency,
    Language,
    Nature,
    WithdrawalReason,
)


class Report(Contract):
    """A submission as the normalizer understood it. A new request and a follow-up carry the same, because only the
    projection, which knows the request, can decide which of the two it is.
    """

    submission_id: UUID
    service_request_id: ServiceRequestId
    """The submission's own number, also where it claims to belong to another request."""
    channel: Channel
    received_at: Timestamp
    written_at: Timestamp | None = None
    subject: Text | None = None
    description: Text
    quoted_text: Text | None = None
    language: Language = Language.EN
    """The language we answer in."""
    is_language_supposed: bool = False
    """Neither a choice nor the text told it: in a thread, the language that is known of its author holds."""
    detected_language: Annotated[str, Field(max_length=35)] | None = None
    """BCP 47, where the text was written in another."""
    nature: Nature = Nature.SERVICE_REQUEST
    """Question, request or neither; older records, which do not say it, are requests."""
    emergency: Emergency | None = None
    service: Service
    is_private: bool = False
    """Never shown in public (a utility bill): the number answers with its state and nothing else."""
    attributes: tuple[AttributeAnswer, ...] = Field(default=(), max_length=100)
    place: Place | None = None
    address_public: Line | None = Field(default=None, repr=False)
    """``place.address`` with personal data masked; None where there is none."""
    reporter: Person | None = None
    reply_addresses: tuple[ReplyAddress, ...] = Field(default=(), max_length=10)
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=MAX_ATTACHMENTS)
    source: Source | None = None
    answer_due_datetime: Timestamp | None = None
    """Until when the resident should have heard from us: one business day for mail and posts, and for a question on every channel."""
    expected_datetime: Timestamp | None = None
    """Until when the work should be done, in business time; None where there is no work: an inquiry, or neither."""
    service_notice: Line | None = None
    """What the resident should know at once, in their language."""
    attention: tuple[Attention, ...] = ()
    decisions: tuple[Decision, ...] = ()


class Event(Message):
    """What every event has."""

    schema_version: Literal[1] = 1
    event_id: UUID
    service_request_id: ServiceRequestId
    """The request it happened to: the record's key."""
    occurred_at: Timestamp
    actor: Actor

    @property
    def key(self) -> ServiceRequestId:
        """Everything about one request lies in one partition."""
        return self.service_request_id


class ServiceRequestCreated(Event):
    """A new request under the submission's own number."""

    kind: Literal["ServiceRequestCreated"] = "ServiceRequestCreated"
    report: Report
    mentions: ServiceRequestId | None = None
    """Another request that the author named without being its reporter; with ``possible_duplicate`` in the report's ``attention``,
    as the same thing."""
    derived_from: UUID | None = None
    """The id of the ``FollowUpReceived`` that turned out to be a request of its own."""


class FollowUpReceived(Event):
    """Somebody wrote again. The projection decides: the reporter's follow-up, a third party's note, or a new request."""

    kind: Literal["FollowUpReceived"] = "FollowUpReceived"
    report: Report
    claim: ThreadClaim


class ServiceRequestChanged(Event):
    """Staff changed the request. None: that field stays as it is."""

    kind: Literal["ServiceRequestChanged"] = "ServiceRequestChanged"
    expected_version: Annotated[int, Field(ge=1)]
    """The version that the change was made against; at another one the projection refuses it as stale."""
    detailed_status: DetailedStatus | None = None
    is_reopened: bool = False
    """The request was closed and is triaged again."""
    service: Service | None = None
    nature: Nature | None = None
    """What it is after all. With it ``expected_datetime`` and ``answer_due_datetime`` are what is owed from now on; None: nothing."""
    answer_due_datetime: Timestamp | None = None
    """Only with ``nature``: until when the resident should have heard from us."""
    assignee: Code | None = None
    is_unassigned: bool = False
    expected_datetime: Timestamp | None = None
    is_private: bool | None = None
    has_legal_hold: bool | None = None
    attention_resolved: tuple[Attention, ...] = ()
    """Reasons to look that a person has looked at."""
    status_notes: Text | None = None
    """The reason, for the resident and the public (GeoReport ``status_notes``)."""
    request_digest: Annotated[str, Field(max_length=64)] | None = None
    """Digest of the caller's request under its Idempotency-Key; another one under the same event id is a misuse (422)."""


class CommentAdded(Event):
    """Staff wrote a comment; the event's id is the comment's."""

    kind: Literal["CommentAdded"] = "CommentAdded"
    text: Text
    is_public: bool
    """Public comments are the answer to the resident; internal ones never leave the staff view."""
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=MAX_ATTACHMENTS)
    detailed_status: DetailedStatus | None = None
    """An integrator's update (GeoReport ``servicerequestupdates``) may bring a status along."""
    external_id: Line | None = None
    """The update's id in the integrator's system."""
    request_digest: Annotated[str, Field(max_length=64)] | None = None


class MarkedDuplicate(Event):
    """The request is about the same thing as an older one and is followed there."""

    kind: Literal["MarkedDuplicate"] = "MarkedDuplicate"
    expected_version: Annotated[int, Field(ge=1)]
    duplicate_of: ServiceRequestId
    request_digest: Annotated[str, Field(max_length=64)] | None = None


class UnmarkedDuplicate(Event):
    """It was not about the same thing after all: the request is triaged again."""

    kind: Literal["UnmarkedDuplicate"] = "UnmarkedDuplicate"
    expected_version: Annotated[int, Field(ge=1)]
    duplicate_of: ServiceRequestId
    request_digest: Annotated[str, Field(max_length=64)] | None = None


class RedactionScope(Contract):
    """What is to be cleared: fields of named events, or stretches of their texts."""

    event_id: UUID
    """The history entry it is about."""
    fields: tuple[Code, ...] = Field(default=(), max_length=50)
    """Names of the report's fields to clear whole: ``description``, ``subject``, ``place``, ``reporter``, ``attachments`` ..."""
    spans: tuple[Span, ...] = Field(default=(), max_length=500)
    """Stretches of the description or comment to mask, in code points of the content as it was stored."""
    file_ids: tuple[FileId, ...] = Field(default=(), max_length=MAX_ATTACHMENTS)
    """Attachments to delete one by one."""


class ServiceRequestRedacted(Event):
    """Something had to go. The projection clears it everywhere, and keeps this ledger entry, which holds no content."""

    kind: Literal["ServiceRequestRedacted"] = "ServiceRequestRedacted"
    scope: tuple[RedactionScope, ...] = Field(min_length=1, max_length=500)
    reason: Annotated[str, Field(max_length=200)]
    derived_from: UUID | None = None
    """The ``SourceWithdrawn`` that caused it."""
    request_digest: Annotated[str, Field(max_length=64)] | None = None


class FollowerAdded(Event):
    """A duplicate's reporter is told what happens here too. Derived by the projection from ``MarkedDuplicate``."""

    kind: Literal["FollowerAdded"] = "FollowerAdded"
    follower: ServiceRequestId
    """The duplicate."""
    reply_addresses: tuple[ReplyAddress, ...] = Field(default=(), max_length=10)
    derived_from: UUID


class FollowerRemoved(Event):
    """Derived by the projection from ``UnmarkedDuplicate`` or from a redaction of the follower."""

    kind: Literal["FollowerRemoved"] = "FollowerRemoved"
    follower: ServiceRequestId
    derived_from: UUID


class DeliveryRecorded(Event):
    """What became of an answer. Says nothing of the address: only its place in the announcement's list."""

    kind: Literal["DeliveryRecorded"] = "DeliveryRecorded"
    announcement_id: UUID
    channel: Channel
    reply_index: Annotated[int, Field(ge=0)]
    """Which of the announcement's ``replies`` it is about."""
    outcome: DeliveryOutcome
    detail: Annotated[str, Field(max_length=200)] | None = None
    """A status code or class name, never the server's words (they quote addresses)."""
    sent_reference: Annotated[str, Field(max_length=998)] | None = None
    """Our Message-ID or post id, to thread an answer by."""


class SourceWithdrawn(Event):
    """The post or message that a submission came from is no longer there for everybody."""

    kind: Literal["SourceWithdrawn"] = "SourceWithdrawn"
    channel: Channel
    submission_id: UUID
    reason: WithdrawalReason


RequestEvent = Annotated[
    ServiceRequestCreated
    | FollowUpReceived
    | ServiceRequestChanged
    | CommentAdded
    | MarkedDuplicate
    | UnmarkedDuplicate
    | ServiceRequestRedacted
    | FollowerAdded
    | FollowerRemoved
    | DeliveryRecorded
    | SourceWithdrawn,
    Field(discriminator="kind"),
]
"""Any event of a request; ``kind`` tells which."""
