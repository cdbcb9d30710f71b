"""The JSON API's bodies, for the OpenAPI document and for checking what comes in.

An answer leaves out what is unknown or not for the reader, so nothing in it is ever null. Answers are written from plain values
(``views``, ``staff_views``); tests hold those against these models.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from shared.contracts import Attention, Channel, Code, DetailedStatus, Nature, RedactionScope, Report, Status, Text
from shared.contracts.base import ServiceRequestId, Timestamp

MAX_WRITTEN = 20_000
"""Code points of a text that is read at all; what is kept is less (``changes``)."""


class Answer(BaseModel):
    """What all answers have in common: what is absent is unknown."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class ServiceNamed(Answer):
    """A service of the town, as it was called when the request was filed under it."""

    code: Code
    name: str
    group: str | None = None
    department: str | None = None
    """The department that is responsible."""


class StaffPart(Answer):
    """What only staff read."""

    assignee: Code | None = None
    """Who works on it: the id of a member of staff or a team."""
    attention: list[Attention]
    """Why a person should look."""
    is_overdue: bool
    has_legal_hold: bool
    """Nothing of it may be cleared."""
    mentions: ServiceRequestId | None = None
    """Another request that the author named; with `possible_duplicate` in `attention`: as the same."""
    followers: list[ServiceRequestId]
    """Duplicates that are followed here."""
    archived_entries: int
    report: Report
    """The report as it came, personal data included."""


class ServiceRequest(Answer):
    """A request. The public reads what is not personal, and of a private one only its number, state and dates."""

    service_request_id: ServiceRequestId
    """The tracking number in canonical form."""
    tracking_number: str
    """The number as people read it."""
    version: Annotated[int, Field(ge=1)]
    """Counts what staff and the reporter changed; what `If-Match` is about."""
    revision: Annotated[int, Field(ge=1)]
    """Counts everything that happened."""
    status: Status
    detailed_status: DetailedStatus
    is_private: bool
    requested_datetime: Timestamp
    updated_datetime: Timestamp
    closed_datetime: Timestamp | None = None
    expected_datetime: Timestamp | None = None
    """Until when the work should be done, in business time; absent where there is no work."""
    answer_due_datetime: Timestamp | None = None
    """Until when the resident should have heard from the town."""
    service: ServiceNamed | None = None
    nature: Nature | None = None
    """A question (`inquiry`), which an advocate answers; a `service_request`, which is work; or `neither`, such as thanks."""
    description: str | None = None
    """What was reported, personal data masked."""
    status_notes: str | None = None
    """Why the request is in this state."""
    service_notice: str | None = None
    channel: Channel | None = None
    """Where it was reported."""
    address: str | None = None
    address_id: str | None = None
    zipcode: str | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    long: Annotated[float, Field(ge=-180, le=180)] | None = None
    duplicate_of: ServiceRequestId | None = None
    """The request where this one is followed."""
    staff: StaffPart | None = None


class StaffEntry(Answer):
    """What only staff read of an entry."""

    outcome: str
    """`applied` or `refused`."""
    refusal: str | None = None
    actor_id: Code | None = None
    version: int
    is_public: bool
    is_third_party: bool
    changed: list[str]
    note: Text | None = None
    """The full text, with the personal data found in it."""
    report: Report | None = None
    attachments: list[dict[str, Any]]
    other: ServiceRequestId | None = None
    external_id: str | None = None
    redacted: list[RedactionScope]
    delivery: dict[str, Any] | None = None
    position: dict[str, int]


class HistoryItem(Answer):
    """Something that happened to a request."""

    event_id: str
    kind: str
    """The event's kind, such as `ServiceRequestChanged`."""
    revision: int
    occurred_at: Timestamp
    by: str
    """`resident`, `staff`, `integrator` or `system`."""
    status: Status | None = None
    """The state from here on, where it changed."""
    detailed_status: DetailedStatus | None = None
    text: str | None = None
    service: ServiceNamed | None = None
    duplicate_of: ServiceRequestId | None = None
    staff: StaffEntry | None = None


class RequestList(Answer):
    """One page of a list."""

    items: list[ServiceRequest]
    has_more: bool
    """False: this is the end for now."""
    next_cursor: str | None = None
    """Continue from here, at once or later; absent when the list was empty from the start."""


class PossibleDuplicate(Answer):
    """An open request that may be about the same thing: of the same service, near or at the same address, received within days."""

    service_request_id: ServiceRequestId
    tracking_number: str
    """The number as people read it."""
    status: Status
    detailed_status: DetailedStatus
    is_private: bool
    """True only for staff."""
    requested_datetime: Timestamp
    age_days: Annotated[int, Field(ge=0)]
    """Whole days since it was received."""
    service: ServiceNamed
    address: str | None = None
    """The place in words, personal data masked."""
    distance_metres: Annotated[int, Field(ge=0)] | None = None
    """From the point asked about, as the crow flies; absent where one of the two has no point."""


class PossibleDuplicates(Answer):
    """A few, newest first; most often none."""

    items: list[PossibleDuplicate]


class History(Answer):
    """One page of a history, oldest first."""

    items: list[HistoryItem]
    has_more: bool
    next_after: int
    """Continue with `after` set to this."""


class ChangePending(Answer):
    """The change is safely on its way and was not yet applied when the wait was over."""

    service_request_id: ServiceRequestId
    event_id: str
    status_url: str
    """Read the request here in a moment."""


class ProblemDocument(Answer):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="allow")

    type: str
    """Names the kind of problem; all are listed at `/docs`."""
    title: str
    status: int
    detail: str | None = None
    request_id: str
    """Tell this to the town when asking about the problem."""
    errors: list[dict[str, str]] | None = None
    """Fields, and what is wrong with each."""


Written = Annotated[str, StringConstraints(min_length=1, max_length=MAX_WRITTEN)]


class RequestPatch(TypedDict, total=False):
    """A change by staff; what is absent stays as it is."""

    __pydantic_config__ = ConfigDict(extra="forbid", hide_input_in_errors=True)  # type: ignore[misc]

    status: Annotated[Status, Field(description="`open` reopens a closed request; `closed` goes with a `detailed_status`.")]
    detailed_status: DetailedStatus
    service_code: Annotated[Code, Field(description="File it under another service of the catalogue.")]
    nature: Annotated[Nature, Field(description="What it is after all. What is owed, and by when, follows from it.")]
    assignee: Annotated[Code | None, Field(description="Who works on it; null: nobody.", json_schema_extra={"nullable_on_purpose": True})]
    expected_datetime: Timestamp
    is_private: bool
    has_legal_hold: bool
    status_notes: Annotated[Written, Field(description="The reason, for the resident and the public; personal data is masked.")]
    attention_resolved: Annotated[list[Attention], Field(min_length=1, max_length=50, description="Reasons that a person has looked at.")]


class NewComment(BaseModel):
    """A comment of staff. Internal unless said otherwise."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", hide_input_in_errors=True)

    text: Written
    is_public: bool = False
    """True: the answer to the resident, and for everybody to read. False: for staff alone."""


class DuplicateMark(BaseModel):
    """Where a duplicate is followed from now on."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", hide_input_in_errors=True)

    duplicate_of: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """The number of the other request, in any spelling."""


class RedactionOrder(BaseModel):
    """What is to be cleared, everywhere and for good."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", hide_input_in_errors=True)

    scope: Annotated[list[RedactionScope], Field(min_length=1, max_length=500)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Why, without a word of what is cleared: the ledger keeps it."""
