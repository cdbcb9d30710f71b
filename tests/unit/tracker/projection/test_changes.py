"""What staff did, and what became of answers."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts import (
    Actor,
    ActorKind,
    Attention,
    Channel,
    CommentAdded,
    DeliveryOutcome,
    DeliveryRecorded,
    DetailedStatus,
    Nature,
    Service,
    ServiceRequestChanged,
    Span,
    Status,
    Text,
)
from shared.contracts.vocabulary import PersonalKind
from shared.identity import announcement_id, caller_event_id
from support.examples import NOW, STAFF, changed
from support.logs import Log, creation, follow_up, number_of, updates
from tracker.state import Outcome, Refusal

A = number_of("a")
NOTES = Text(content="Call 919-555-0123 for access.", personal=(Span(start=5, end=17, kind=PersonalKind.PHONE),))


def change(version: int, key: str = "k1", **changes: object) -> ServiceRequestChanged:
    plain: dict[str, Any] = {"detailed_status": None, "service_request_id": A, **changes}
    return changed(version, event_id=caller_event_id(A, "s", "change", key), **plain)


def comment(key: str = "c1", **changes: object) -> CommentAdded:
    plain = CommentAdded(
        event_id=caller_event_id(A, "s", "comment", key),
        service_request_id=A,
        occurred_at=NOW + timedelta(hours=2),
        actor=STAFF,
        text=NOTES,
        is_public=True,
    )
    return plain.model_copy(update=changes)


def delivery(outcome: DeliveryOutcome, **changes: object) -> DeliveryRecorded:
    plain = DeliveryRecorded(
        event_id=caller_event_id(A, "mail", "delivery", str(changes)),
        service_request_id=A,
        occurred_at=NOW + timedelta(hours=3),
        actor=Actor(kind=ActorKind.SYSTEM),
        announcement_id=announcement_id(creation("a").event_id),
        channel=Channel.EMAIL,
        reply_index=0,
        outcome=outcome,
    )
    return plain.model_copy(update=changes)


@pytest.mark.parametrize(
    ("wish", "field", "value"),
    [
        ({"detailed_status": DetailedStatus.ASSIGNED}, "detailed_status", DetailedStatus.ASSIGNED),
        ({"service": Service(code="W", name="Water")}, "service", Service(code="W", name="Water")),
        ({"assignee": "crew-4"}, "assignee", "crew-4"),
        ({"expected_datetime": NOW}, "expected_datetime", NOW),
        ({"is_private": True}, "public_description", None),
        ({"has_legal_hold": True}, "has_legal_hold", True),
        ({"status_notes": NOTES}, "status_notes", "Call [phone] for access."),
        ({"status_notes": NOTES}, "answer_due_datetime", None),
        ({"detailed_status": DetailedStatus.RESOLVED}, "closed_datetime", NOW + timedelta(hours=1)),
        ({"detailed_status": DetailedStatus.RESOLVED}, "status", Status.CLOSED),
        ({"detailed_status": DetailedStatus.DUPLICATE}, "detailed_status", DetailedStatus.DUPLICATE),
    ],
)
async def test_each_wish_is_granted_and_counts(wish: dict[str, Any], field: str, value: object) -> None:
    """A change at the right version sets its field, whatever today's table says of it, and makes a new version."""
    log = Log()
    await log.add(creation("a"), change(1, **wish))
    state = log.store.state(A)
    assert getattr(state, field) == value
    assert (state.revision, state.version) == (2, 2)


QUESTION = {"nature": Nature.INQUIRY, "answer_due_datetime": NOW + timedelta(days=1)}


async def test_what_it_is_after_all_decides_what_is_owed() -> None:
    """A question has no day for work; what is neither is owed nothing; what is work after all has its day."""
    log = Log()
    await log.add(creation("a", expected_datetime=NOW + timedelta(days=5)), change(1, **QUESTION))
    state = log.store.state(A)
    assert (state.nature, state.expected_datetime, state.answer_due_datetime) == (Nature.INQUIRY, None, NOW + timedelta(days=1))
    assert "nature" in state.history[-1].changed
    await log.add(change(2, "k2", nature=Nature.NEITHER))
    state = log.store.state(A)
    assert (state.nature, state.expected_datetime, state.answer_due_datetime) == (Nature.NEITHER, None, None)
    await log.add(change(3, "k3", nature=Nature.SERVICE_REQUEST, expected_datetime=NOW + timedelta(days=9)))
    assert log.store.state(A).expected_datetime == NOW + timedelta(days=9)


async def test_a_change_that_names_no_nature_keeps_it() -> None:
    """And its dates."""
    log = Log()
    await log.add(creation("a", nature=Nature.INQUIRY, expected_datetime=None), change(1, assignee="crew-4"))
    state = log.store.state(A)
    assert (state.nature, state.answer_due_datetime) == (Nature.INQUIRY, NOW + timedelta(days=1))


async def test_the_resident_hears_of_other_dates_and_not_that_nothing_is_owed() -> None:
    """Whoever was promised work and is now promised an answer is told; who wrote thanks is left in peace."""
    log = Log()
    await log.add(creation("a", expected_datetime=NOW + timedelta(days=5)))
    [question] = updates(await log.add(change(1, **QUESTION)))
    assert (question.nature, question.expected_datetime, question.answer_due_datetime) == (
        Nature.INQUIRY,
        None,
        NOW + timedelta(days=1),
    )
    assert question.replies
    [neither] = updates(await log.add(change(2, "k2", nature=Nature.NEITHER)))
    assert neither.replies == ()


async def test_closing_in_the_same_change_ends_what_was_owed() -> None:
    """A question that is answered at once waits for nothing."""
    log = Log()
    await log.add(creation("a"), change(1, detailed_status=DetailedStatus.ANSWERED, status_notes=NOTES, **QUESTION))
    state = log.store.state(A)
    assert (state.nature, state.status, state.answer_due_datetime) == (Nature.INQUIRY, Status.CLOSED, None)


async def test_a_stale_change_is_refused_recorded_and_not_announced() -> None:
    """Of two changes against one version the second changes nothing, leaves an entry without its text, and tells its caller."""
    log = Log()
    await log.add(creation("a"), change(1, assignee="crew-4"))
    published = await log.add(change(1, "k2", assignee="crew-5", status_notes=NOTES))
    state = log.store.state(A)
    assert published == []
    assert (state.assignee, state.version, state.revision) == ("crew-4", 2, 3)
    assert (state.history[-1].outcome, state.history[-1].refusal) == (Outcome.REFUSED, Refusal.STALE_VERSION)
    assert b"access" not in log.store.everything()
    assert log.store.outcomes[str(change(1, "k2").event_id)].refusal is Refusal.STALE_VERSION


async def test_a_change_of_an_unknown_request_is_refused_for_ever() -> None:
    """First wins: what was refused stays refused, also when the request appears later."""
    log = Log()
    await log.add(change(1), creation("a"), change(1))
    assert log.store.outcomes[str(change(1).event_id)].refusal is Refusal.UNKNOWN_REQUEST
    assert log.store.state(A).version == 1


async def test_the_outcome_of_the_first_stays_when_the_same_key_comes_with_another_wish() -> None:
    """Under one event id the first digest is what a caller finds, and so learns of the misuse."""
    log = Log()
    await log.add(creation("a"), change(1, request_digest="one"), change(1, assignee="crew-5", request_digest="two"))
    assert log.store.outcomes[str(change(1).event_id)].request_digest == "one"
    assert log.store.state(A).assignee is None


async def test_reopening_makes_it_triaged() -> None:
    """A reopened request is open again and has no closing date."""
    log = Log()
    await log.add(creation("a"), change(1, detailed_status=DetailedStatus.RESOLVED), change(2, "k2", is_reopened=True))
    state = log.store.state(A)
    assert (state.detailed_status, state.status, state.closed_datetime) == (DetailedStatus.TRIAGED, Status.OPEN, None)


async def test_looked_at_attention_goes() -> None:
    """A person who looked takes the reason away, and only that one."""
    log = Log()
    await log.add(creation("a", attention=(Attention.EMERGENCY, Attention.NO_PLACE)), change(1, attention_resolved=(Attention.NO_PLACE,)))
    assert log.store.state(A).attention == (Attention.EMERGENCY,)


async def test_a_public_comment_answers_masked_and_is_no_new_version() -> None:
    """The answer goes to the reporter with personal data masked; the clock for an answer stops; nobody's edit becomes stale."""
    log = Log()
    (_, update) = updates(await log.add(creation("a"), comment()))
    state = log.store.state(A)
    assert (state.version, state.answer_due_datetime) == (1, None)
    assert update.public_text == "Call [phone] for access."
    assert [reply.address for reply in update.replies] == ["a@example.org"]


async def test_an_internal_comment_never_leaves() -> None:
    """Its announcement holds neither text nor addresses."""
    log = Log()
    (_, update) = updates(await log.add(creation("a"), comment(is_public=False)))
    assert (update.public_text, update.replies) == (None, ())


async def test_an_integrators_update_may_bring_a_status() -> None:
    """A GeoReport update with a status counts as a change."""
    log = Log()
    await log.add(creation("a"), comment(detailed_status=DetailedStatus.RESOLVED, external_id="u-1"))
    state = log.store.state(A)
    assert (state.version, state.detailed_status, state.status_notes) == (2, DetailedStatus.RESOLVED, "Call [phone] for access.")
    assert state.history[-1].external_id == "u-1"


@pytest.mark.parametrize(
    ("outcome", "attention"),
    [
        (DeliveryOutcome.SENT, ()),
        (DeliveryOutcome.DUPLICATE_FOUND, ()),
        (DeliveryOutcome.FAILED, (Attention.FAILED_DELIVERY,)),
        (DeliveryOutcome.BOUNCED, (Attention.FAILED_DELIVERY,)),
        (DeliveryOutcome.GONE, (Attention.FAILED_DELIVERY,)),
        (DeliveryOutcome.NEEDS_STAFF, (Attention.FAILED_DELIVERY,)),
        (DeliveryOutcome.NOT_PERMITTED, (Attention.NO_REPLY_POSSIBLE,)),
        (DeliveryOutcome.AUTHOR_RESTRICTED, (Attention.NO_REPLY_POSSIBLE,)),
        (DeliveryOutcome.UNKNOWN, (Attention.UNKNOWN_DELIVERY,)),
    ],
)
async def test_what_became_of_an_answer(outcome: DeliveryOutcome, attention: tuple[Attention, ...]) -> None:
    """A failed answer asks for a person; no delivery makes a new version."""
    log = Log()
    await log.add(creation("a"), delivery(outcome))
    assert (log.store.state(A).attention, log.store.state(A).version) == (attention, 1)


async def test_the_next_answer_continues_the_one_that_was_sent() -> None:
    """Our own message joins the thread; one sent to an index that does not exist is only recorded."""
    log = Log()
    await log.add(
        creation("a"),
        delivery(DeliveryOutcome.SENT, sent_reference="<out-1@example.org>"),
        delivery(DeliveryOutcome.SENT, sent_reference="<out-2@example.org>", reply_index=7),
    )
    (reply,) = log.store.state(A).reply_addresses
    assert reply.references == ("<a@example.org>", "<out-1@example.org>")


async def test_time_never_runs_backwards() -> None:
    """An event of a slow clock does not make the request older."""
    log = Log()
    await log.add(creation("a"), comment(occurred_at=NOW - timedelta(hours=1)))
    assert log.store.state(A).updated_datetime == NOW


async def test_a_follow_up_starts_the_clock_for_an_answer_again() -> None:
    """After an answer the reporter wrote again: an answer is due again."""
    log = Log()
    await log.add(creation("a"), comment(), follow_up("again", "a", sender="a"))
    assert log.store.state(A).answer_due_datetime == NOW + timedelta(days=1)
