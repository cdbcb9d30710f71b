"""What had to go is gone everywhere; what must stay stays."""

from datetime import timedelta

import pytest

from shared.contracts import (
    Actor,
    ActorKind,
    Attention,
    Channel,
    ClaimProof,
    CommentAdded,
    Decision,
    Evidence,
    PersonalKind,
    Place,
    RedactionScope,
    ServiceRequestRedacted,
    SourceWithdrawn,
    Span,
    Text,
    WithdrawalReason,
)
from shared.identity import caller_event_id, derived_event_id
from support.examples import NOW, PHOTO, STAFF, changed
from support.logs import Log, creation, follow_up, merge, number_of, submission_of, updates
from tracker.redaction import CONTENT_FIELDS, MASK, clear, mask
from tracker.state import RequestState
from tracker.store.entries import entry_key

A = number_of("a")
SECRET_WORD = "Xylophonia"
TEXT = Text(content=f"My neighbour {SECRET_WORD} leaves rubbish.")
WORD = Span(start=13, end=13 + len(SECRET_WORD), kind=PersonalKind.NAME)


def redaction(*scope: RedactionScope, key: str = "r1") -> ServiceRequestRedacted:
    return ServiceRequestRedacted(
        event_id=caller_event_id(A, "s", "redact", key),
        service_request_id=A,
        occurred_at=NOW + timedelta(hours=5),
        actor=STAFF,
        scope=scope,
        reason="asked for by the person named",
    )


def comment(key: str = "c1", *, is_public: bool = True) -> CommentAdded:
    return CommentAdded(
        event_id=caller_event_id(A, "s", "comment", key),
        service_request_id=A,
        occurred_at=NOW + timedelta(hours=2),
        actor=STAFF,
        text=TEXT,
        is_public=is_public,
        attachments=(PHOTO,),
    )


def withdrawal(name: str, of: str) -> SourceWithdrawn:
    return SourceWithdrawn(
        event_id=derived_event_id(submission_of(name), "withdrawn"),
        service_request_id=number_of(of),
        occurred_at=NOW + timedelta(hours=6),
        actor=Actor(kind=ActorKind.SYSTEM),
        channel=Channel.X,
        submission_id=submission_of(name),
        reason=WithdrawalReason.DELETED,
    )


def is_anywhere(log: Log, word: str = SECRET_WORD) -> bool:
    kept = log.store.everything().lower()
    return word.lower().encode() in kept


async def test_a_stretch_goes_from_every_text_and_every_search() -> None:
    """Report, public text, search terms, encoded answers, comments, reasons, follow-ups: the word is in none of them."""
    log = Log()
    notes = changed(1, service_request_id=A, status_notes=TEXT)
    again = follow_up("again", "a", sender="a", description=TEXT)
    await log.add(creation("a", description=TEXT), comment(), notes, again)
    assert is_anywhere(log)
    events = (creation("a"), comment(), notes, again)
    (update,) = updates(await log.add(redaction(*(RedactionScope(event_id=event.event_id, spans=(WORD,)) for event in events))))
    assert not is_anywhere(log)
    state = log.store.state(A)
    masked = f"My neighbour {MASK * len(SECRET_WORD)} leaves rubbish."
    assert state.public_description == state.status_notes == state.history[1].public_text == masked
    assert set(update.redacted_submission_ids) == {submission_of("a"), submission_of("again")}
    assert update.public_text is None


@pytest.mark.parametrize("field", ["description", "subject"])
async def test_what_was_decided_by_a_text_goes_with_it(field: str) -> None:
    """The phrases that a decision shows to staff are the author's words, of the text or of its subject."""
    log = Log()
    decided = Decision(step="service", outcome="OTHER", why="unsure", evidence=Evidence(phrases=(SECRET_WORD,)))
    await log.add(creation("a", decisions=(decided,)))
    assert is_anywhere(log)
    await log.add(redaction(RedactionScope(event_id=creation("a").event_id, fields=(field,))))
    assert not is_anywhere(log)


@pytest.mark.parametrize(("start", "end", "is_gone"), [(8, 20, True), (12, 14, True), (21, 27, False)])
async def test_a_place_that_was_found_in_the_text_goes_with_its_words(start: int, end: int, is_gone: bool) -> None:  # noqa: FBT001 - a parameter
    """Whoever clears the words in the text means the place; other words do not take it along."""
    log, place = Log(), Place(address="12 Cedar Ln", normalized_address="12 CEDAR LN", is_guessed=True)
    text = Text(content="Hole at 12 Cedar Ln, ask Ada.")
    await log.add(creation("a", description=text, place=place, address_public="12 Cedar Ln"))
    scope = RedactionScope(event_id=creation("a").event_id, spans=(Span(start=start, end=end, kind=PersonalKind.OTHER),))
    await log.add(redaction(scope))
    report = log.store.state(A).report
    assert (report.place is None, report.address_public is None) == (is_gone, is_gone)


async def test_a_place_that_was_given_stays_when_the_text_is_cleared() -> None:
    """It is a field of its own, and is cleared by its own name."""
    log = Log()
    await log.add(creation("a", place=Place(address="12 Cedar Ln"), address_public="12 Cedar Ln"))
    await log.add(redaction(RedactionScope(event_id=creation("a").event_id, fields=("description",))))
    assert log.store.state(A).report.address_public == "12 Cedar Ln"


async def test_whole_fields_go_with_their_files() -> None:
    """A cleared field leaves nothing, and the announcement names the files that their owner must delete."""
    log = Log()
    place = Place(address=f"{SECRET_WORD} Road 7", lat=35.79, long=-78.78)
    await log.add(creation("a", description=TEXT, place=place, address_public=f"{SECRET_WORD} Road 7", attachments=(PHOTO,)))
    (update,) = updates(await log.add(redaction(RedactionScope(event_id=creation("a").event_id, fields=CONTENT_FIELDS))))
    state = log.store.state(A)
    assert not is_anywhere(log)
    assert not is_anywhere(log, "a@example.org")
    assert b"Point" not in log.store.requests[A]
    assert (state.public_description, state.reply_addresses, state.report.service) == (None, (), creation("a").report.service)
    assert update.redacted[0].file_ids == (PHOTO.file_id,)


async def test_files_go_one_by_one() -> None:
    """A file named alone goes from its comment, and the text stays."""
    log = Log()
    await log.add(creation("a"), comment(), redaction(RedactionScope(event_id=comment().event_id, file_ids=(PHOTO.file_id,))))
    entry = log.store.state(A).history[1]
    assert (entry.attachments, entry.note) == ((), TEXT)


async def test_an_address_that_another_message_still_has_stays() -> None:
    """Redacting one of two messages of a person does not take away where they are answered."""
    log = Log()
    again = follow_up("again", "a", sender="a")
    await log.add(creation("a"), again, redaction(RedactionScope(event_id=again.event_id, fields=CONTENT_FIELDS)))
    assert [reply.address for reply in log.store.state(A).reply_addresses] == ["a@example.org"]


async def test_the_ledger_holds_no_content() -> None:
    """What is kept of a redaction are ids, fields and positions."""
    log = Log()
    await log.add(creation("a", description=TEXT), redaction(RedactionScope(event_id=creation("a").event_id, spans=(WORD,))))
    (entry,) = log.store.redactions.values()
    assert b"rubbish" not in entry
    assert b"asked for" not in entry


async def test_a_followed_request_forgets_the_addresses_too() -> None:
    """A duplicate's reporter is redacted: the copy of the address at the request that it was merged into goes as well."""
    log = Log()
    await log.add(creation("a"), creation("b"))
    await log.add(merge("a", "b"))
    await log.add(changed(1, service_request_id=number_of("b")))
    assert b"a@example.org" in log.store.requests[number_of("b")]
    await log.add(redaction(RedactionScope(event_id=creation("a").event_id, fields=("reply_addresses", "reporter"))))
    assert b"a@example.org" not in log.store.everything()


async def test_a_redaction_is_cleared_in_old_entries_even_after_a_crash() -> None:
    """The process dies between the request and its old entries: the record comes again, and the old entries are cleared."""
    log = Log()
    many = [comment(f"c{place}") for place in range(250)]
    await log.add(creation("a"), *many)
    assert len(log.store.history) > 100
    named = RedactionScope(event_id=many[0].event_id, spans=(WORD,), fields=("attachments",))
    log.store.fails_at = "clearing"
    with pytest.raises(Exception, match="clearing"):
        await log.add(redaction(named))
    assert SECRET_WORD.encode() in log.store.history[entry_key(A, many[0].event_id)]
    await log.replay([1000])
    assert SECRET_WORD.encode() not in log.store.history[entry_key(A, many[0].event_id)]


async def test_a_withdrawn_post_takes_its_copy_along() -> None:
    """The author deleted the post: a redaction is appended, and a person is told."""
    log = Log()
    await log.add(creation("a", description=TEXT), withdrawal("a", "a"))
    assert not is_anywhere(log)
    assert Attention.SOURCE_WITHDRAWN in log.store.state(A).attention


async def test_a_legal_hold_keeps_the_copy() -> None:
    """Under a legal hold nothing goes by itself; a person decides."""
    log = Log()
    await log.add(creation("a", description=TEXT), changed(1, service_request_id=A, has_legal_hold=True), withdrawal("a", "a"))
    assert is_anywhere(log)
    assert Attention.SOURCE_WITHDRAWN in log.store.state(A).attention


async def test_a_withdrawn_follow_up_takes_only_itself_along() -> None:
    """The request stays; the message that is gone is gone."""
    log = Log()
    await log.add(creation("a"), follow_up("again", "a", sender="a", description=TEXT), withdrawal("again", "a"))
    state = log.store.state(A)
    assert not is_anywhere(log)
    assert state.public_description == "A pothole, says a."


@pytest.mark.parametrize("exists", [True, False])
async def test_a_withdrawn_message_is_found_where_it_went(exists: bool) -> None:  # noqa: FBT001 - a parameter
    """Its adapter knows the request that it claimed; the message became one of its own, and goes there."""
    log = Log()
    claimed = "a" if exists else "nobody"
    if exists:
        await log.add(creation("a"))
    stranger = follow_up("stranger", claimed, proof=ClaimProof.TAG, description=TEXT)
    await log.add(stranger, withdrawal("stranger", claimed))
    assert not is_anywhere(log)
    assert (number_of(claimed) in log.store.requests) is exists


def test_masking_twice_is_masking_once() -> None:
    """Positions stay true, so that an event or a ledger applied again changes nothing; a stretch beyond the end is nothing."""
    once = mask(TEXT, (WORD, Span(start=500, end=900, kind=PersonalKind.OTHER)))
    assert mask(once, (WORD,)) == once
    assert len(once.content) == len(TEXT.content)


async def test_the_ledger_applied_again_changes_nothing() -> None:
    """Clearing a request that is cleared already gives the same request."""
    log = Log()
    scope = RedactionScope(event_id=creation("a").event_id, spans=(WORD,), fields=("reporter",))
    await log.add(creation("a", description=TEXT), redaction(scope))
    state: RequestState = log.store.state(A)
    assert clear(state, (scope,)).state == state
