"""``ServiceRequestUpdated``: the projection announces each applied event once, for whoever answers or follows."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Contract, Line, LongText, Message, ServiceRequestId, Timestamp
from shared.contracts.events import RedactionScope
from shared.contracts.parts import ReplyAddress, Service
from shared.contracts.vocabulary import Attention, Channel, DetailedStatus, Emergency, Language, Nature, Status


class LogPosition(Contract):
    """Where the event lies in ``request.events.v1``: a redelivery has the same position, a double another."""

    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]


class ServiceRequestUpdated(Message):
    """An event was applied and the request is now like this. Built from the history entry alone, so that it can be
    announced again byte for byte.
    """

    kind: Literal["ServiceRequestUpdated"] = "ServiceRequestUpdated"
    schema_version: Literal[1] = 1
    announcement_id: UUID
    """Derived from the event id; consumers drop what they have seen."""
    service_request_id: ServiceRequestId
    event_id: UUID
    event_kind: Line
    """The ``kind`` of the event, e.g. ``ServiceRequestCreated``."""
    position: LogPosition
    occurred_at: Timestamp
    revision: Annotated[int, Field(ge=1)]
    """Counts every event of the request."""
    version: Annotated[int, Field(ge=1)]
    """Counts what staff and the reporter changed: the ETag."""
    status: Status
    detailed_status: DetailedStatus
    service: Service
    is_private: bool
    channel: Channel
    language: Language
    nature: Nature = Nature.SERVICE_REQUEST
    emergency: Emergency | None = None
    attention: tuple[Attention, ...] = ()
    requested_datetime: Timestamp
    expected_datetime: Timestamp | None = None
    """Until when the work should be done; None: there is none, or nobody can say."""
    answer_due_datetime: Timestamp | None = None
    """Until when the resident should hear from the town; None: no answer is owed, or it was given."""
    public_text: LongText | None = None
    """What the public may read about this change: the masked comment or reason. None when the change is internal."""
    service_notice: Line | None = None
    replies: tuple[ReplyAddress, ...] = ()
    """Whom to answer about this change: the reporter and the followers. Empty when the change is internal."""
    redacted: tuple[RedactionScope, ...] = ()
    """What the owners of files, raw mail and outbox texts must now delete."""
    redacted_submission_ids: tuple[UUID, ...] = ()
    """The submissions that ``redacted`` is about."""

    @property
    def key(self) -> ServiceRequestId:
        """Everything about one request lies in one partition."""
        return self.service_request_id
