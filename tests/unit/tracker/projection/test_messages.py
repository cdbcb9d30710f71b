"""New requests, and who wrote again."""

from datetime import timedelta

import pytest

from shared.contracts import (
    Attention,
    Channel,
    ClaimProof,
    DetailedStatus,
    Language,
    Nature,
    Person,
    ReplyAddress,
    Source,
    decode_event,
)
from shared.errors import PoisonError
from support.examples import NOW, changed
from support.logs import Log, creation, follow_up, number_of, report_of, updates
from tracker.state import RequestState

A = number_of("a")


async def resolved(log: Log) -> RequestState:
    await log.add(creation("a"), changed(1, detailed_status=DetailedStatus.RESOLVED, service_request_id=A))
    return log.store.state(A)


async def test_a_creation_makes_a_request_and_is_announced() -> None:
    """A new request is received, at revision and version 1, and its reporter is to be answered."""
    log = Log()
    (update,) = updates(await log.add(creation("a")))
    state = log.store.state(A)
    assert (state.revision, state.version, state.detailed_status) == (1, 1, DetailedStatus.RECEIVED)
    assert (update.service_request_id, update.event_kind) == (A, "ServiceRequestCreated")
    assert [reply.address for reply in update.replies] == ["a@example.org"]


async def test_a_double_of_a_creation_changes_nothing_and_is_not_announced() -> None:
    """The same event at another place in the log: the first wins."""
    log = Log()
    await log.add(creation("a"))
    before = log.store.everything()
    assert await log.add(creation("a")) == []
    assert log.store.everything() == before


async def test_two_submissions_with_one_number_are_told_loudly() -> None:
    """A collision of numbers is a dead letter, and the request that has the number asks for a person."""
    log = Log()
    other = creation("b").model_copy(update={"service_request_id": A})
    await log.add(creation("a"), other)
    (failure,) = log.failures
    assert isinstance(failure.error, PoisonError)
    assert failure.error.reason == "number_collision"
    assert Attention.DEAD_LETTER in log.store.state(A).attention


@pytest.mark.parametrize("proof", list(ClaimProof))
async def test_the_reporters_message_is_a_follow_up_whatever_its_proof(proof: ClaimProof) -> None:
    """Known by the address, in any spelling: a follow-up counts, reopens what was closed, and asks for a person."""
    log = Log()
    await resolved(log)
    await log.add(follow_up("again", "a", sender="A", proof=proof))
    state = log.store.state(A)
    assert (state.version, state.detailed_status, state.closed_datetime) == (3, DetailedStatus.TRIAGED, None)
    assert Attention.FOLLOW_UP in state.attention
    assert state.history[-1].is_public
    assert state.history[-1].public_text is None


async def test_answers_continue_the_newest_message() -> None:
    """One address is answered once, in the thread as the follow-up continued it."""
    log = Log()
    await log.add(creation("a"), follow_up("again", "a", sender="a"))
    (reply,) = log.store.state(A).reply_addresses
    assert reply.references == ("<a@example.org>", "<again@example.org>")


@pytest.mark.parametrize(
    ("was", "now", "is_supposed", "answered"),
    [
        (Language.ES, Language.EN, True, Language.ES),
        (Language.EN, Language.ES, True, Language.EN),
        (Language.EN, Language.ES, False, Language.ES),
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
async def test_a_word_of_thanks_leaves_the_language_as_it_was(
    was: Language, now: Language, *, is_supposed: bool, answered: Language, is_known: bool
) -> None:
    """Where a message is too short to tell, its thread tells; also where the form was sent without an address to answer."""
    log, first, second = Log(), reply_to("a", was), reply_to("again", now)
    await log.add(
        creation("a", reply_addresses=(first,) if is_known else (), language=was),
        follow_up("again", "a", sender="a", reply_addresses=(second,), language=now, is_language_supposed=is_supposed),
    )
    state = log.store.state(A)
    assert [reply.language for reply in state.reply_addresses] == [answered]
    assert [reply.language for reply in state.history[-1].replies] == [answered]


def reply_to(name: str, language: Language) -> ReplyAddress:
    """Ada's address, as the message called ``name`` gave it."""
    return ReplyAddress(channel=Channel.EMAIL, address="a@example.org", language=language, references=(f"<{name}@example.org>",))


@pytest.mark.parametrize("proof", [ClaimProof.TOKEN, ClaimProof.THREAD])
async def test_a_third_party_in_the_thread_leaves_an_internal_note(proof: ClaimProof) -> None:
    """Somebody else who has the token or answers in the thread is noted, flagged, and reopens nothing."""
    log = Log()
    await resolved(log)
    (update,) = updates(await log.add(follow_up("stranger", "a", proof=proof)))
    state = log.store.state(A)
    assert (state.version, state.detailed_status) == (2, DetailedStatus.RESOLVED)
    assert state.attention == (Attention.THIRD_PARTY,)
    assert state.history[-1].is_third_party
    assert not state.history[-1].is_public
    assert (update.public_text, update.replies) == (None, ())
    assert [reply.address for reply in state.reply_addresses] == ["a@example.org"]


async def test_somebody_else_who_names_the_number_gets_a_request_of_their_own() -> None:
    """A number is public: naming it makes a request that mentions the other, which stays as it was."""
    log = Log()
    before = await resolved(log)
    await log.add(follow_up("stranger", "a", proof=ClaimProof.TAG))
    assert log.store.state(A) == before
    own = log.store.state(number_of("stranger"))
    assert (own.mentions, own.detailed_status) == (A, DetailedStatus.RECEIVED)
    assert len(log.store.orphans) == 1
    assert b"says stranger" not in next(iter(log.store.orphans.values()))


async def test_a_message_for_an_unknown_request_becomes_a_request() -> None:
    """Nothing that somebody wrote is lost because the number they named does not exist."""
    log = Log()
    await log.add(follow_up("b", "nobody", proof=ClaimProof.TOKEN))
    assert log.store.state(number_of("b")).mentions == number_of("nobody")


async def test_an_orphan_redelivered_causes_the_same_event_and_a_double_none() -> None:
    """Crashing before the derived event was published costs nothing; a double causes nothing."""
    log = Log()
    message = follow_up("b", "nobody")
    first = await log.add(message)
    again = await log.replay([1])
    assert [one for one in again if one.topic == "request.events.v1"] == [one for one in first if one.topic == "request.events.v1"]
    assert await log.add(message) == []


@pytest.mark.parametrize(
    ("changes", "is_follow_up"),
    [
        ({"reporter": None, "reply_addresses": ()}, True),
        ({"reporter": Person(phone="(919) 555-0123"), "reply_addresses": ()}, True),
        ({"reporter": Person(phone="919-555-9999"), "reply_addresses": ()}, False),
        ({"reporter": Person(account_id=" ACC-7 "), "reply_addresses": ()}, True),
        ({"reporter": Person(account_id="acc-8"), "reply_addresses": ()}, False),
        ({"reporter": None, "reply_addresses": (ReplyAddress(channel=Channel.X, address="post-1"),)}, True),
    ],
)
async def test_how_a_sender_is_known(changes: dict[str, object], is_follow_up: bool) -> None:  # noqa: FBT001 - a table
    """By phone, by account; a token without any name comes from somebody whom we wrote to."""
    log = Log()
    person = Person(phone="+1 919 555 0123", account_id="acc-7")
    await log.add(creation("a", reporter=person), follow_up("again", "a", **changes))
    assert log.store.state(A).history[-1].is_third_party is not is_follow_up


@pytest.mark.parametrize("changes", [{"source": Source(sender_verified=False)}, {"channel": Channel.WEB}])
async def test_a_mere_tag_with_an_easily_forged_address_is_nobody(changes: dict[str, object]) -> None:
    """Whoever knows the number and the address cannot write into somebody's request."""
    log = Log()
    await log.add(creation("a"), follow_up("forged", "a", sender="a", proof=ClaimProof.TAG, **changes))
    assert log.store.state(A).revision == 1
    assert log.store.state(number_of("forged")).mentions == A


async def test_a_follow_up_calls_for_what_it_says_not_for_its_service() -> None:
    """An emergency in a follow-up is put before a person; doubts about its service are not the request's."""
    log = Log()
    attention = (Attention.EMERGENCY, Attention.UNSURE_SERVICE)
    await log.add(creation("a"), follow_up("again", "a", sender="a", attention=attention))
    assert log.store.state(A).attention == (Attention.EMERGENCY, Attention.FOLLOW_UP)


async def test_a_private_request_has_no_public_description() -> None:
    """The description of a private request never enters a public field."""
    log = Log()
    await log.add(creation("a", is_private=True))
    assert log.store.state(A).public_description is None


async def test_thanks_do_not_reopen_what_is_closed() -> None:
    """They are shown to an advocate all the same; a word that the work is not done reopens."""
    log = Log()
    await resolved(log)
    await log.add(follow_up("b", "a", sender="a", nature=Nature.NEITHER, answer_due_datetime=None))
    state = log.store.state(A)
    assert state.detailed_status is DetailedStatus.RESOLVED
    assert Attention.FOLLOW_UP in state.attention
    await log.add(follow_up("c", "a", sender="a"))
    assert log.store.state(A).detailed_status is DetailedStatus.TRIAGED


async def test_who_wants_something_after_all_is_owed_it() -> None:
    """Thanks that are followed by a report are a request from then on."""
    log = Log()
    due = NOW + timedelta(days=3)
    await log.add(creation("a", nature=Nature.NEITHER, answer_due_datetime=None), follow_up("b", "a", sender="a", expected_datetime=due))
    state = log.store.state(A)
    assert (state.nature, state.expected_datetime) == (Nature.SERVICE_REQUEST, due)
    assert state.answer_due_datetime is not None


def test_the_derived_request_is_a_whole_event() -> None:
    """What the projection appends is read by the same contract."""
    report = report_of("b")
    assert decode_event(creation("b").encode()).key == report.service_request_id
