"""Invented messages of every kind: the smallest that the contract allows, and one with every field filled."""

from datetime import UTC, datetime, timedelta

from shared.contracts import (
    Actor,
    ActorKind,
    Area,
    Attachment,
    Attention,
    AttributeAnswer,
    Candidate,
    Channel,
    ClaimProof,
    CommentAdded,
    DeadLetterDecided,
    DeadLetterDecision,
    Decision,
    DeliveryOutcome,
    DeliveryRecorded,
    DetailedStatus,
    Emergency,
    Evidence,
    FollowerAdded,
    FollowerRemoved,
    FollowUpReceived,
    Language,
    LogPosition,
    MarkedDuplicate,
    Message,
    Nature,
    Person,
    PersonalKind,
    Place,
    RedactionScope,
    RejectionReason,
    ReplyAddress,
    Report,
    Service,
    ServiceRequestChanged,
    ServiceRequestCreated,
    ServiceRequestRedacted,
    ServiceRequestUpdated,
    Source,
    SourceWithdrawn,
    Span,
    Status,
    SubmissionReceived,
    SubmissionRejected,
    Text,
    ThreadClaim,
    UnmarkedDuplicate,
    WithdrawalReason,
)
from shared.identity import announcement_id, caller_event_id, derived_event_id, submission_id
from shared.tracking_number import tracking_number

SECRET = b"a town secret that exists in tests only"
NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
FIRST = submission_id(Channel.WEB, "first")
SECOND = submission_id(Channel.EMAIL, "<second@example.org>")
NUMBER = tracking_number(SECRET, FIRST)
OTHER_NUMBER = tracking_number(SECRET, SECOND)
POTHOLE = Service(code="ST-POTHOLE", name="Pothole or road surface", group="Streets", department="Public Works & Utilities")
STAFF = Actor(kind=ActorKind.STAFF, id="advocate-1")
SYSTEM = Actor(kind=ActorKind.SYSTEM)
RESIDENT = Actor(kind=ActorKind.RESIDENT)
DESCRIPTION = "The pothole at the gate is deep. Call me at 919-555-0123."
PHOTO = Attachment(
    file_id="0123456789abcdef0123456789abcdef",
    sha256="9f" * 32,
    media_type="image/jpeg",
    size_bytes=48_213,
    width_pixels=1600,
    height_pixels=1200,
    alt_text="A hole in the road beside a gate",
)
PLACE = Place(
    address="300 N Academy St", address_id="A-17", zipcode="27513", lat=35.7915, long=-78.7811, normalized_address="300 N ACADEMY ST"
)
PERSON = Person(first_name="Ada", last_name="Example", email="ada@example.org", phone="919-555-0123", account_id="acc-7", device_id="dev-9")
REPLY = ReplyAddress(
    channel=Channel.EMAIL,
    address="ada@example.org",
    language=Language.ES,
    references=("<one@example.org>", "<two@example.org>"),
    conversation="conv-1",
)
CLAIM = ThreadClaim(service_request_id=NUMBER, proof=ClaimProof.TOKEN)


def submission(**changes: object) -> SubmissionReceived:
    """A submission with every field filled, changed where the test cares."""
    full = SubmissionReceived(
        submission_id=FIRST,
        service_request_id=NUMBER,
        channel=Channel.WEB,
        received_at=NOW,
        written_at=NOW - timedelta(minutes=5),
        subject="Pothole",
        text=DESCRIPTION,
        cut_characters=3,
        quoted_text="> earlier words",
        language=Language.EN,
        service_code="ST-POTHOLE",
        attributes=(AttributeAnswer(code="DEPTH", values=("deep",)),),
        place=PLACE,
        reporter=PERSON,
        reply_addresses=(REPLY,),
        attachments=(PHOTO,),
        same_as=OTHER_NUMBER,
        entered_by=STAFF,
        source=Source(url="https://example.org/post/1", native_id="1", raw_id="raw-1", sender_verified=True),
    )
    return full.model_copy(update=changes)


def report(**changes: object) -> Report:
    """A report with every field filled, changed where the test cares."""
    full = Report(
        submission_id=FIRST,
        service_request_id=NUMBER,
        channel=Channel.WEB,
        received_at=NOW,
        written_at=NOW - timedelta(minutes=5),
        subject=Text(content="Pothole"),
        description=Text(content=DESCRIPTION, personal=(Span(start=44, end=56, kind=PersonalKind.PHONE),)),
        quoted_text=Text(content="> earlier words"),
        language=Language.EN,
        is_language_supposed=True,
        detected_language="en",
        nature=Nature.SERVICE_REQUEST,
        emergency=Emergency.WATER_SEWER,
        service=POTHOLE,
        attributes=(AttributeAnswer(code="DEPTH", values=("deep",)),),
        place=PLACE.model_copy(update={"area": Area(south=35.7, west=-78.9, north=35.8, east=-78.7), "is_guessed": True}),
        address_public="300 N Academy St",
        reporter=PERSON,
        reply_addresses=(REPLY,),
        attachments=(PHOTO,),
        source=Source(native_id="1"),
        answer_due_datetime=NOW + timedelta(days=1),
        expected_datetime=NOW + timedelta(days=5),
        service_notice="Work starts within five business days.",
        attention=(Attention.UNSURE_SERVICE,),
        decisions=(
            Decision(
                step="service",
                outcome="ST-POTHOLE",
                why="the resident chose it",
                confidence=1.0,
                candidates=(Candidate(service_code="ST-POTHOLE", confidence=1.0),),
                version="1",
                evidence=Evidence(phrases=("pothole",), nearest_example="There is a pothole in front of our house."),
            ),
        ),
    )
    return full.model_copy(update=changes)


def created(**changes: object) -> ServiceRequestCreated:
    """A creation with every field filled, changed where the test cares."""
    full = ServiceRequestCreated(
        event_id=derived_event_id(FIRST, "ServiceRequestCreated"),
        service_request_id=NUMBER,
        occurred_at=NOW,
        actor=RESIDENT,
        report=report(),
    )
    return full.model_copy(update=changes)


def changed(version: int = 1, key: str = "k1", **changes: object) -> ServiceRequestChanged:
    """A staff change against ``version``."""
    full = ServiceRequestChanged(
        event_id=caller_event_id(NUMBER, "advocate-1", "ServiceRequestChanged", key),
        service_request_id=NUMBER,
        occurred_at=NOW + timedelta(hours=1),
        actor=STAFF,
        expected_version=version,
        detailed_status=DetailedStatus.IN_PROGRESS,
    )
    return full.model_copy(update=changes)


def _full_messages() -> tuple[Message, ...]:
    mark = derived_event_id(FIRST, "mark")
    scope = (
        RedactionScope(
            event_id=created().event_id,
            fields=("reporter",),
            spans=(Span(start=0, end=3, kind=PersonalKind.OTHER),),
            file_ids=(PHOTO.file_id,),
        ),
    )
    follow_up = report(submission_id=SECOND, service_request_id=OTHER_NUMBER, channel=Channel.EMAIL)

    def head(kind: str, actor: Actor) -> dict[str, object]:
        return {"event_id": derived_event_id(FIRST, kind), "service_request_id": NUMBER, "occurred_at": NOW, "actor": actor}

    return (
        submission(claim=CLAIM, submission_id=SECOND, service_request_id=OTHER_NUMBER),
        SubmissionRejected(
            submission_id=FIRST,
            service_request_id=NUMBER,
            channel=Channel.EMAIL,
            reason=RejectionReason.AUTOMATIC,
            rejected_at=NOW,
            claim=CLAIM,
        ),
        created(mentions=OTHER_NUMBER, derived_from=mark),
        FollowUpReceived.model_validate({**head("follow-up", RESIDENT), "report": follow_up, "claim": CLAIM}),
        changed(
            service=POTHOLE,
            nature=Nature.SERVICE_REQUEST,
            answer_due_datetime=NOW + timedelta(days=1),
            assignee="crew-4",
            expected_datetime=NOW + timedelta(days=2),
            is_private=True,
            has_legal_hold=True,
            attention_resolved=(Attention.UNSURE_SERVICE,),
            status_notes=Text(content="A crew is on its way."),
            request_digest="ab" * 32,
        ),
        CommentAdded.model_validate(
            {
                **head("comment", STAFF),
                "text": Text(content="We will patch it on Friday."),
                "is_public": True,
                "attachments": (PHOTO,),
                "detailed_status": DetailedStatus.WAITING,
                "external_id": "upd-1",
                "request_digest": "ab" * 32,
            }
        ),
        MarkedDuplicate.model_validate({**head("mark", STAFF), "expected_version": 1, "duplicate_of": OTHER_NUMBER}),
        UnmarkedDuplicate.model_validate({**head("unmark", STAFF), "expected_version": 2, "duplicate_of": OTHER_NUMBER}),
        ServiceRequestRedacted.model_validate({**head("redact", STAFF), "scope": scope, "reason": "asked for", "derived_from": mark}),
        FollowerAdded.model_validate(
            {**head("follower", SYSTEM), "follower": OTHER_NUMBER, "reply_addresses": (REPLY,), "derived_from": mark}
        ),
        FollowerRemoved.model_validate({**head("unfollow", SYSTEM), "follower": OTHER_NUMBER, "derived_from": mark}),
        DeliveryRecorded.model_validate(
            {
                **head("delivery", SYSTEM),
                "announcement_id": announcement_id(mark),
                "channel": Channel.EMAIL,
                "reply_index": 0,
                "outcome": DeliveryOutcome.FAILED,
                "detail": "550",
                "sent_reference": "<out-1@example.org>",
            }
        ),
        SourceWithdrawn.model_validate(
            {**head("withdrawn", SYSTEM), "channel": Channel.X, "submission_id": FIRST, "reason": WithdrawalReason.DELETED}
        ),
        ServiceRequestUpdated(
            announcement_id=announcement_id(created().event_id),
            service_request_id=NUMBER,
            event_id=created().event_id,
            event_kind="ServiceRequestCreated",
            position=LogPosition(partition=3, offset=17),
            occurred_at=NOW,
            revision=1,
            version=1,
            status=Status.OPEN,
            detailed_status=DetailedStatus.RECEIVED,
            service=POTHOLE,
            is_private=False,
            channel=Channel.WEB,
            language=Language.EN,
            emergency=Emergency.LIFE_SAFETY,
            attention=(Attention.EMERGENCY,),
            requested_datetime=NOW,
            nature=Nature.SERVICE_REQUEST,
            expected_datetime=NOW + timedelta(days=5),
            answer_due_datetime=NOW + timedelta(days=1),
            public_text="We have your report.",
            service_notice="Work starts within five business days.",
            replies=(REPLY,),
            redacted=scope,
            redacted_submission_ids=(FIRST,),
        ),
        DeadLetterDecided(
            topic="request.events.v1.tracker-project.dlt",
            partition=3,
            offset=17,
            decision=DeadLetterDecision.PARKED,
            decided_at=NOW,
            decided_by="operator-1",
            because="waits for the repair of the adapter",
        ),
    )


FULL_MESSAGES: dict[str, Message] = {type(message).__name__: message for message in _full_messages()}
"""One full message of every kind, by its kind."""
