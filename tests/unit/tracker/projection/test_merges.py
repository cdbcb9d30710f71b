"""Duplicates and their followers, through the log and back."""

from shared.contracts import Attention, DetailedStatus, RequestEvent, ServiceRequestChanged, UnmarkedDuplicate
from shared.identity import caller_event_id
from support.examples import changed
from support.logs import Log, creation, follow_up, merge, number_of, staff_head, updates


def split(name: str, of: str, version: int = 2) -> UnmarkedDuplicate:
    return UnmarkedDuplicate(**staff_head(name, f"split {of} {version}"), expected_version=version, duplicate_of=number_of(of))


def staff(name: str, version: int, **changes: object) -> ServiceRequestChanged:
    number = number_of(name)
    return changed(version, service_request_id=number, event_id=caller_event_id(number, "s", "change", f"{version}{changes}"), **changes)


async def logged(*events: RequestEvent) -> Log:
    log = Log()
    for event in events:
        await log.add(event)
    return log


def followers(log: Log, name: str) -> set[str]:
    return {follower.service_request_id for follower in log.store.state(number_of(name)).followers}


async def test_a_duplicate_is_closed_and_followed() -> None:
    """Its reporter is answered with the target's answers from then on."""
    log = await logged(creation("a"), creation("b"), merge("a", "b"))
    state = log.store.state(number_of("a"))
    assert (state.detailed_status, state.duplicate_of, state.version) == (DetailedStatus.DUPLICATE, number_of("b"), 2)
    assert followers(log, "b") == {number_of("a")}
    (update,) = updates(await log.add(staff("b", 1, detailed_status=DetailedStatus.RESOLVED)))
    assert {reply.address for reply in update.replies} == {"a@example.org", "b@example.org"}


async def test_unmarking_ends_it() -> None:
    """The request is triaged again and no trace of its address is left at the other."""
    log = await logged(creation("a"), creation("b"), merge("a", "b"), staff("b", 1), split("a", "b"))
    state = log.store.state(number_of("a"))
    assert (state.detailed_status, state.duplicate_of) == (DetailedStatus.TRIAGED, None)
    assert followers(log, "b") == set()
    assert b"a@example.org" not in log.store.requests[number_of("b")]


async def test_unmarking_what_is_no_such_duplicate_keeps_the_state() -> None:
    """An unmark that names another target is recorded and changes no state."""
    log = await logged(creation("a"), creation("b"), creation("c"), merge("a", "b"), split("a", "c"))
    assert log.store.state(number_of("a")).duplicate_of == number_of("b")
    assert followers(log, "b") == {number_of("a")}


async def test_a_plain_change_of_a_duplicate_ends_the_following_too() -> None:
    """A duplicate that gets another state is followed nowhere."""
    log = await logged(creation("a"), creation("b"), merge("a", "b"), staff("a", 2, detailed_status=DetailedStatus.TRIAGED))
    assert log.store.state(number_of("a")).duplicate_of is None
    assert followers(log, "b") == set()


async def test_a_stale_merge_is_refused_and_causes_nothing() -> None:
    """Merges are staff changes: against another version they do nothing, at either request."""
    log = await logged(creation("a"), creation("b"), merge("a", "b", version=9))
    assert log.store.state(number_of("a")).duplicate_of is None
    assert followers(log, "b") == set()


async def test_chains_pass_followers_on_in_any_order() -> None:
    """Whoever follows a duplicate follows where that is followed, whichever merge came first."""
    later = await logged(creation("a"), creation("b"), creation("c"), merge("a", "b"), merge("b", "c"))
    earlier = await logged(creation("a"), creation("b"), creation("c"), merge("b", "c"), merge("a", "b"))
    assert followers(later, "c") == followers(earlier, "c") == {number_of("a"), number_of("b")}
    for log in (later, earlier):
        await log.add(split("b", "c"))
        assert followers(log, "c") == set()
        assert followers(log, "b") == {number_of("a")}


async def test_a_circle_ends_and_is_put_before_a_person() -> None:
    """Two people merging towards each other make no endless log, and somebody is asked to look."""
    log = await logged(creation("a"), creation("b"), creation("c"))
    await log.add(merge("a", "b"))
    await log.add(merge("b", "c"))
    await log.add(merge("c", "a"))
    assert len(log.records) < 30
    looked_at = [name for name in "abc" if Attention.POSSIBLE_DUPLICATE in log.store.state(number_of(name)).attention]
    assert looked_at


async def test_a_request_merged_into_itself_is_put_before_a_person() -> None:
    """The API refuses it; should it come, it ends and shows."""
    log = await logged(creation("a"), merge("a", "a"))
    assert Attention.POSSIBLE_DUPLICATE in log.store.state(number_of("a")).attention
    assert followers(log, "a") == set()


async def test_moving_a_duplicate_to_another_target() -> None:
    """Marked again, it follows the new one only."""
    log = await logged(creation("a"), creation("b"), creation("c"), merge("a", "b"), merge("a", "c", version=2))
    assert (followers(log, "b"), followers(log, "c")) == (set(), {number_of("a")})


async def test_a_merge_into_an_unknown_request_loses_nothing() -> None:
    """The follower is recorded as refused there; the duplicate can be unmarked."""
    log = await logged(creation("a"), merge("a", "b"), split("a", "b"))
    assert log.store.state(number_of("a")).detailed_status is DetailedStatus.TRIAGED
    assert len(log.store.orphans) == 2


async def test_a_follower_who_writes_to_the_target_is_heard() -> None:
    """A follower is a party of the request that they follow; a duplicate stays one when its reporter writes."""
    log = await logged(creation("a"), creation("b"), merge("a", "b"))
    await log.add(follow_up("again", "b", sender="a"), follow_up("once more", "a", sender="a"))
    assert log.store.state(number_of("b")).version == 2
    assert log.store.state(number_of("a")).detailed_status is DetailedStatus.DUPLICATE
    assert Attention.FOLLOW_UP in log.store.state(number_of("a")).attention
