"""When an accepted report is visible, measured by asking for all of them at once."""

import asyncio
import time
from collections.abc import Callable

import httpx

from local_stack.following import GAP_PER_QUESTION, MOST_IN_A_QUESTION, Following


class Tracker:
    """Knows some numbers; counts questions."""

    def __init__(self, *, answers_after: float = 0.0) -> None:
        self.known: set[str] = set()
        self.questions: list[list[str]] = []
        self.answers_after = answers_after
        self.is_broken = False

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/open311/v2/requests.json"
        numbers = request.url.params["service_request_id"].split(",")
        self.questions.append(numbers)
        await asyncio.sleep(self.answers_after)
        if self.is_broken:
            return httpx.Response(503)
        return httpx.Response(200, json=[{"service_request_id": number} for number in numbers if number in self.known])


async def follow(tracker: Tracker, act: Callable[[Following], None], until: Callable[[], bool], seconds: float = 10.0) -> dict[str, float]:
    seen: dict[str, float] = {}
    async with httpx.AsyncClient(transport=httpx.MockTransport(tracker)) as client:
        following = Following("http://tracker", client, seen.__setitem__)
        looking = asyncio.create_task(following.run())
        act(following)
        deadline = time.monotonic() + seconds
        while not until() and time.monotonic() < deadline:  # noqa: ASYNC110 - any condition
            await asyncio.sleep(0.01)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        assert until()
    return seen


async def test_all_are_asked_for_in_one_question() -> None:
    """However many wait, looking costs the system one query."""
    tracker = Tracker()
    tracker.known = {f"N{number}" for number in range(100)}

    def accept(following: Following) -> None:
        for number in tracker.known:
            following.accepted(number, time.monotonic())

    seen = await follow(tracker, accept, lambda: bool(tracker.questions))
    assert len(tracker.questions[0]) == 100
    assert set(seen) == tracker.known


async def test_the_time_is_from_accepted_to_seen() -> None:
    """Not from when the follower heard of it."""
    tracker = Tracker()
    tracker.known = {"N1"}
    seen = await follow(tracker, lambda following: following.accepted("N1", time.monotonic() - 5.0), lambda: bool(tracker.questions))
    assert 5.0 <= seen["N1"] < 10.0


async def test_what_was_seen_is_not_asked_for_again() -> None:
    """And what was not, is."""
    tracker = Tracker()
    tracker.known = {"N1"}

    def accept(following: Following) -> None:
        following.accepted("N1", time.monotonic())
        following.accepted("N2", time.monotonic())

    seen = await follow(tracker, accept, lambda: len(tracker.questions) >= 3)
    assert set(seen) == {"N1"}
    assert tracker.questions[0] == ["N1", "N2"]
    assert tracker.questions[1:3] == [["N2"], ["N2"]]


async def test_more_than_fit_have_their_turn() -> None:
    """A number that never comes does not keep others from being seen."""
    tracker = Tracker()
    tracker.known = {"LAST"}
    lost = [f"N{number}" for number in range(MOST_IN_A_QUESTION)]

    def accept(following: Following) -> None:
        for number in (*lost, "LAST"):
            following.accepted(number, time.monotonic())

    seen = list(await follow(tracker, accept, lambda: len(tracker.questions) >= 3))
    assert seen == ["LAST"]
    assert all(len(question) <= MOST_IN_A_QUESTION for question in tracker.questions)


async def test_a_tracker_that_is_away_costs_time_and_no_number() -> None:
    """An outage while it looks loses nothing."""
    tracker = Tracker()
    tracker.known = {"N1"}
    tracker.is_broken = True

    def mended() -> bool:
        tracker.is_broken = len(tracker.questions) < 3
        return len(tracker.questions) >= 4

    assert set(await follow(tracker, lambda following: following.accepted("N1", time.monotonic()), mended)) == {"N1"}


async def test_a_slow_tracker_is_asked_less_often() -> None:
    """Looking takes at most a fifth of the time, so that it does not slow down what it measures."""
    tracker = Tracker(answers_after=0.03)
    began = time.monotonic()
    await follow(tracker, lambda following: following.accepted("N1", time.monotonic()), lambda: time.monotonic() - began > 0.6)
    assert 1 < len(tracker.questions) <= 0.6 / (0.03 * (1 + GAP_PER_QUESTION)) + 1
