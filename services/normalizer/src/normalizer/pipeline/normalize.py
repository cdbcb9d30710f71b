"""The story of a submission, read top to bottom. Each step lives beside this file.

Pure: what it decides depends on the submission and the town's rules alone, never on a clock, a random source or what came
before. The same submission therefore always gives the same event, byte for byte, however often Kafka delivers it.
"""

from typing import NamedTuple

from normalizer.pipeline.business_clock import Clocks, start_clocks
from normalizer.pipeline.decisions import explain_thread
from normalizer.pipeline.emergency import Heard, listen
from normalizer.pipeline.language import Spoken, choose_language
from normalizer.pipeline.nature import Meant, tell_nature
from normalizer.pipeline.number import check_number
from normalizer.pipeline.place import Located, locate, notice
from normalizer.pipeline.rejection import reason_to_reject
from normalizer.pipeline.repeated import Repeated, as_said
from normalizer.pipeline.rules import Rules
from normalizer.pipeline.service import Chosen, choose_service
from normalizer.pipeline.words import Texts, clean, find_personal
from shared.contracts import (
    Actor,
    ActorKind,
    Attention,
    FollowUpReceived,
    RejectionReason,
    Report,
    ServiceRequestCreated,
    Source,
    SubmissionReceived,
    SubmissionRejected,
    ThreadClaim,
)
from shared.identity import derived_event_id

RESIDENT = Actor(kind=ActorKind.RESIDENT)

Normalized = ServiceRequestCreated | FollowUpReceived | SubmissionRejected


def normalize(submission: SubmissionReceived, town: Rules) -> Normalized:
    """What became of a submission: a new request, a follow-up to one, or nothing, with the reason.

    Raises:
        ConfigurationError: its tracking number is not the one that our secret gives.
        PoisonError: it was received at a time at which no submission can have been.
    """
    # An adapter with another secret told the resident a number under which nothing would ever be found.
    check_number(submission, town.tracking_number_secret)

    # What can be seen of what was written; is there anything that a person should read?
    words = clean(submission)
    reason = reason_to_reject(submission, words)
    if reason is not None:
        return _rejected(submission, reason)

    # Does somebody need help at once?
    heard = listen(words, town.emergencies)

    # What may nobody but the town's staff read?
    texts = find_personal(words)

    # In which language was it written, and in which do we answer?
    spoken = choose_language(submission, words, town.recogniser)

    # What is it about; does it want an answer, work or neither; where is it, and by when do we owe what?
    service = choose_service(submission, texts, town.catalogue, town.classify, town.bounds)
    meant = tell_nature(submission, texts, heard, service.definition, town.natures)
    place = locate(submission, texts, service.definition, town.boundary)
    clocks = start_clocks(submission, service.definition, meant.nature, town)

    # Was it reported before, as the author says?
    repeated = as_said(submission.same_as)

    # What is the author told beside the answer: that the work, or the place, is somebody else's?
    told = notice(service.definition, spoken.answered, town.outside_town if place.is_outside else None)

    # A new request, or does it say that it belongs to one? The projection, which knows the requests, has the last word.
    report = _report(submission, Understood(heard, texts, spoken, service, meant, place, clocks, repeated, told))
    return _created(submission, report, repeated.mentions) if submission.claim is None else _follow_up(submission, report, submission.claim)


class Understood(NamedTuple):
    """What the steps found, in their order."""

    heard: Heard
    texts: Texts
    spoken: Spoken
    service: Chosen
    meant: Meant
    place: Located
    clocks: Clocks
    repeated: Repeated
    told: str | None


def _report(submission: SubmissionReceived, found: Understood) -> Report:
    heard, texts, spoken, service, meant, place, clocks, repeated, told = found
    definition = service.definition
    return Report(
        submission_id=submission.submission_id,
        service_request_id=submission.service_request_id,
        channel=submission.channel,
        received_at=submission.received_at,
        written_at=submission.written_at,
        subject=texts.subject,
        description=texts.description,
        quoted_text=texts.quoted,
        language=spoken.answered,
        is_language_supposed=spoken.is_supposed,
        detected_language=spoken.detected,
        nature=meant.nature,
        emergency=heard.emergency,
        service=definition.as_service(),
        is_private=definition.is_private,
        attributes=submission.attributes,
        place=place.place,
        address_public=place.address_public,
        reporter=submission.reporter,
        reply_addresses=spoken.reply_addresses,
        attachments=submission.attachments,
        source=submission.source,
        answer_due_datetime=clocks.answer_due,
        expected_datetime=clocks.expected,
        service_notice=told,
        attention=(
            *heard.attention,
            *_of_source(submission.source),
            *spoken.attention,
            *service.attention,
            *place.attention,
            *repeated.attention,
        ),
        decisions=(
            *heard.decisions,
            *texts.decisions,
            spoken.decision,
            service.decision,
            meant.decision,
            *place.decisions,
            clocks.decision,
            *repeated.decisions,
            explain_thread(submission.claim),
        ),
    )


def _of_source(source: Source | None) -> tuple[Attention, ...]:
    """What the adapter found out: not all of it could be read, or the sender is not who it says."""
    found = {
        Attention.UNREADABLE: source is not None and source.decoded_with_losses,
        Attention.SENDER_UNVERIFIED: source is not None and source.sender_verified is False,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _rejected(submission: SubmissionReceived, reason: RejectionReason) -> SubmissionRejected:
    return SubmissionRejected(
        submission_id=submission.submission_id,
        service_request_id=submission.service_request_id,
        channel=submission.channel,
        reason=reason,
        rejected_at=submission.received_at,
        claim=submission.claim,
    )


def _created(submission: SubmissionReceived, report: Report, mentions: str | None) -> ServiceRequestCreated:
    return ServiceRequestCreated(
        event_id=derived_event_id(submission.submission_id, "ServiceRequestCreated"),
        service_request_id=submission.service_request_id,
        occurred_at=submission.received_at,
        actor=submission.entered_by or RESIDENT,
        report=report,
        mentions=mentions,
    )


def _follow_up(submission: SubmissionReceived, report: Report, claim: ThreadClaim) -> FollowUpReceived:
    return FollowUpReceived(
        event_id=derived_event_id(submission.submission_id, "FollowUpReceived"),
        service_request_id=claim.service_request_id,
        occurred_at=submission.received_at,
        actor=submission.entered_by or RESIDENT,
        report=report,
        claim=claim,
    )
