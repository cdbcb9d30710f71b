"""What the adapters publish, and what the normalizer answers where no request came of it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Code, Line, LongText, Message, ServiceRequestId, Timestamp
from shared.contracts.parts import (
    MAX_ATTACHMENTS,
    Actor,
    Attachment,
    AttributeAnswer,
    Person,
    Place,
    ReplyAddress,
    Source,
    ThreadClaim,
)
from shared.contracts.vocabulary import Channel, Language, RejectionReason


class SubmissionReceived(Message):
    """Somebody wrote to 311. Published once per message by the adapter of its channel, before anything is made of it."""

    kind: Literal["SubmissionReceived"] = "SubmissionReceived"
    schema_version: Literal[1] = 1
    submission_id: UUID
    """``uuid5(namespace, channel + ":" + native id)``: the same message always has the same id (``shared.identity``)."""
    service_request_id: ServiceRequestId
    """The tracking number derived from ``submission_id``; the record's key unless a ``claim`` names another."""
    channel: Channel
    received_at: Timestamp
    """When our adapter took it; later clocks (business time, ``requested_datetime``) start here."""
    written_at: Timestamp | None = None
    """When the author says it was written (the mail's Date, the post's creation)."""
    subject: Line | None = Field(default=None, repr=False)
    text: LongText = Field(default="", repr=False)
    """The author's own new words, apart from quoted history and signature."""
    cut_characters: Annotated[int, Field(ge=0)] = 0
    """How many characters the adapter cut from ``text``; the whole is then among the attachments."""
    quoted_text: LongText | None = Field(default=None, repr=False)
    """What the adapter set apart as quoted history and signature, so that nothing is lost."""
    language: Language | None = None
    """The language of the page that the resident wrote on; None where nobody chose one, and the text is to tell."""
    service_code: Code | None = None
    """The author's own choice; None: "leave it to us"."""
    attributes: tuple[AttributeAnswer, ...] = Field(default=(), max_length=100)
    place: Place | None = None
    reporter: Person | None = None
    reply_addresses: tuple[ReplyAddress, ...] = Field(default=(), max_length=10)
    """Where the author asked to be answered; empty: only by looking up the number."""
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=MAX_ATTACHMENTS)
    claim: ThreadClaim | None = None
    same_as: ServiceRequestId | None = None
    """An earlier request that this one is about too, as the author says: for an advocate to look at. It belongs to nobody's thread."""
    is_automatic: bool = False
    """Sent by a machine (out of office, list, bounce): never opens or reopens anything."""
    entered_by: Actor | None = None
    """The advocate who typed a phone call, or the integrator's key."""
    source: Source | None = None

    @property
    def key(self) -> ServiceRequestId:
        """The number under which this lies in Kafka: the claimed request's, else its own."""
        return self.claim.service_request_id if self.claim else self.service_request_id


class SubmissionRejected(Message):
    """A submission became neither a request nor a follow-up, and why. A normal outcome that the channel may tell."""

    kind: Literal["SubmissionRejected"] = "SubmissionRejected"
    schema_version: Literal[1] = 1
    submission_id: UUID
    service_request_id: ServiceRequestId
    channel: Channel
    reason: RejectionReason
    rejected_at: Timestamp
    """The submission's ``received_at``: the outcome depends on the submission alone, never on a clock."""
    claim: ThreadClaim | None = None

    @property
    def key(self) -> ServiceRequestId:
        """The same key as the submission's."""
        return self.claim.service_request_id if self.claim else self.service_request_id
