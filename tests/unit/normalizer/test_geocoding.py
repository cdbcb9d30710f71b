"""A geocoder: asked around the pure pipeline, about addresses alone, never long, and never a reason to fail."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from normalizer.app import build_geocoder
from normalizer.census import MAX_REMEMBERED, REST_SECONDS, CensusGeocoder, point_in
from normalizer.geocoding import NoGeocoder, Point
from normalizer.handler import converter, handler
from normalizer.settings import GeocoderSettings
from shared.contracts import Attention, Channel, Place, ServiceRequestCreated, SubmissionReceived, decode_event
from shared.kafka.records import Record
from shared.kafka.topics import SUBMISSION_RECEIVED
from shared.observability.logs import configure
from shared.observability.metrics import Metrics
from shared.settings import OperationsSettings
from shared.town.boundary import Boundary
from support.submissions import plain
from support.town_rules import RULES

SQUARE = [(-79.0, 35.0), (-78.0, 35.0), (-78.0, 36.0), (-79.0, 36.0), (-79.0, 35.0)]
TOWN = replace(RULES, boundary=Boundary([SQUARE], "0123456789abcdef"))
INSIDE, OUTSIDE = Point(35.5, -78.5), Point(35.5, -77.5)


@dataclass
class FakeGeocoder:
    """Knows what a test tells it, and remembers what it was asked."""

    known: Mapping[str, Point] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def locate(self, addresses: Collection[str]) -> Mapping[str, Point]:
        self.asked += sorted(addresses)
        return {address: self.known[address] for address in addresses if address in self.known}

    async def close(self) -> None:
        """Nothing to do."""


def record(received: SubmissionReceived, offset: int = 0) -> Record:
    return Record(SUBMISSION_RECEIVED.name, 0, offset, b"key", received.encode(), 0, ())


async def made_of(geocoder: FakeGeocoder | NoGeocoder, *received: SubmissionReceived) -> list[ServiceRequestCreated]:
    handled = await handler(TOWN, geocoder, Metrics(CollectorRegistry()))([record(one, place) for place, one in enumerate(received)])
    assert not handled.failures
    events = [decode_event(outgoing.value) for outgoing in handled.outgoing]
    return [event for event in events if isinstance(event, ServiceRequestCreated)]


MAIN = plain("main", place=Place(address="123 Main St"))
ASKED = "123 MAIN ST, Cary, NC"


async def test_a_known_address_gets_its_point() -> None:
    """The decision says that nobody pointed there; everything else of the event stays as it is without."""
    [event] = await made_of(FakeGeocoder({ASKED: INSIDE}), MAIN)
    [without] = await made_of(NoGeocoder(), MAIN)
    assert event.report.place == Place(address="123 Main St", normalized_address="123 MAIN ST", lat=INSIDE.lat, long=INSIDE.long)
    assert event.report.decisions[-1].step == "geocoder"
    assert event.event_id == without.event_id
    changed = {"place": without.report.place, "decisions": without.report.decisions}
    assert event.model_copy(update={"report": event.report.model_copy(update=changed)}) == without


async def test_a_point_outside_is_told_like_any_other() -> None:
    """Whom to ask, and an advocate sees it."""
    [event] = await made_of(FakeGeocoder({ASKED: OUTSIDE}), MAIN)
    assert event.report.attention == (Attention.OUTSIDE_TOWN,)
    assert RULES.outside_town() in (event.report.service_notice or "")


@pytest.mark.parametrize(
    ("place", "question"),
    [
        (Place(address="123 main street apt 4, call 919-555-0123"), "123 MAIN ST, Cary, NC"),
        (Place(address="9 Oak Ave, Apex, NC 27502"), "9 OAK AVE, Apex, NC 27502"),
        (Place(address="Main & Oak"), "MAIN & OAK, Cary, NC"),
        (Place(address="123 Main St", lat=35.5, long=-78.5), None),
        (Place(address="behind the library"), None),
        (Place(address="300 block of Main St"), None),
        (Place(lat=35.5, long=-78.5), None),
        (None, None),
    ],
)
async def test_nothing_but_the_address_is_asked(place: Place | None, question: str | None) -> None:
    """Neither the text nor what else stood in the field, and nothing where there is a point or no address."""
    geocoder = FakeGeocoder()
    await made_of(geocoder, plain(place=place, text="My name is Ada."))
    assert geocoder.asked == ([question] if question else [])


async def test_a_private_matter_is_not_asked_about() -> None:
    """That somebody wrote about this house stays here."""
    geocoder = FakeGeocoder()
    await made_of(geocoder, plain(service_code="UTIL-BILL", place=Place(address="123 Main St")))
    assert geocoder.asked == []


async def test_a_batch_asks_once_and_its_poison_stops_nothing() -> None:
    """One address, asked once; what is no submission is a failure by itself; the order stays."""
    geocoder = FakeGeocoder({ASKED: INSIDE})
    bad = Record(SUBMISSION_RECEIVED.name, 0, 1, b"key", b"{", 0, ())
    records = [
        record(MAIN),
        bad,
        record(plain("two", place=Place(address="123 MAIN STREET")), 2),
        record(plain("m", channel=Channel.EMAIL, is_automatic=True), 3),
    ]
    handled = await handler(TOWN, geocoder, Metrics(CollectorRegistry()))(records)
    assert [failure.record for failure in handled.failures] == [bad]
    assert geocoder.asked == [ASKED]
    assert len(handled.outgoing) == 3


async def test_offline_a_batch_gives_what_each_record_gives() -> None:
    """Byte for byte."""
    records = [record(MAIN), record(plain("x", text="Hole at 5 Elm St", place=None), 1)]
    handled = await handler(TOWN, NoGeocoder(), Metrics(CollectorRegistry()))(records)
    convert = converter(TOWN, Metrics(CollectorRegistry()))
    assert list(handled.outgoing) == [outgoing for one in records for outgoing in convert(one)]


def test_off_unless_set() -> None:
    """Nothing leaves without an operator's word."""
    assert isinstance(build_geocoder(GeocoderSettings()), NoGeocoder)


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(*points: Point) -> dict[str, Any]:
    """As the Census Bureau's geocoder writes it."""
    return {"result": {"addressMatches": [{"matchedAddress": "X", "coordinates": {"x": point.long, "y": point.lat}} for point in points]}}


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def census(
    reply: Callable[[httpx.Request], httpx.Response | Exception],
    clock: Clock | None = None,
    *,
    delay: float = 0.0,
    batch_seconds: float = 5.0,
) -> AsyncIterator[tuple[CensusGeocoder, list[str]]]:
    """The real adapter on a transport in memory."""
    asked: list[str] = []

    async def transport(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["address"])
        assert set(request.url.params) == {"address", "benchmark", "format"}
        await asyncio.sleep(delay)
        replied = reply(request)
        if isinstance(replied, Exception):
            raise replied
        return replied

    geocoder = CensusGeocoder(
        "http://geocoder.test/geocoder",
        timeout_seconds=1.0,
        batch_seconds=batch_seconds,
        connections=4,
        clock=clock or Clock(),
        transport=httpx.MockTransport(transport),
    )
    try:
        yield geocoder, asked
    finally:
        await geocoder.close()


async def test_an_answer_is_remembered_also_where_it_is_none() -> None:
    """What was asked is not asked again."""
    async with census(lambda request: httpx.Response(200, json=answer(INSIDE) if "MAIN" in str(request.url) else answer())) as (
        geocoder,
        asked,
    ):
        for _ in range(3):
            assert await geocoder.locate(["1 MAIN ST", "2 NOWHERE"]) == {"1 MAIN ST": INSIDE}
        assert sorted(asked) == ["1 MAIN ST", "2 NOWHERE"]


async def test_a_crossing_is_not_asked_for() -> None:
    """It knows none."""
    async with census(lambda _: httpx.Response(200, json=answer(INSIDE))) as (geocoder, asked):
        assert await geocoder.locate(["MAIN ST & OAK AVE, Cary, NC"]) == {}
        assert asked == []


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("away"),
        httpx.ReadTimeout("slow"),
        httpx.Response(500),
        httpx.Response(302, headers={"location": "http://elsewhere.test/"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"x" * 300_000),
        httpx.Response(200, content=b"[" * 100_000),
    ],
    ids=["away", "slow", "500", "redirected", "no JSON", "too much", "deep"],
)
async def test_what_fails_leaves_no_point_and_is_left_alone_for_a_while(failure: httpx.Response | Exception) -> None:
    """Nothing is raised; then it is asked again. A log says that it rests, and nothing of the address."""
    clock, log = Clock(), io.StringIO()
    configure(OperationsSettings(log_format="json"), "normalizer", log)
    async with census(lambda _: failure, clock) as (geocoder, asked):
        assert await geocoder.locate(["1 MAIN ST"]) == {}
        assert await geocoder.locate(["1 MAIN ST"]) == {}
        assert len(asked) == 1
        clock.seconds += REST_SECONDS + 1
        assert await geocoder.locate(["1 MAIN ST"]) == {}
        assert len(asked) == 2
    assert "geocoder_rests" in log.getvalue()
    assert "MAIN" not in log.getvalue()


async def test_a_batch_waits_no_longer_than_it_may() -> None:
    """What is late has no point."""
    async with census(lambda _: httpx.Response(200, json=answer(INSIDE)), delay=30.0, batch_seconds=0.05) as (geocoder, _):
        assert await asyncio.wait_for(geocoder.locate([f"{number} MAIN ST" for number in range(1, 50)]), timeout=20) == {}


async def test_memory_is_bounded() -> None:
    """The oldest answers go."""
    async with census(lambda _: httpx.Response(200, json=answer())) as (geocoder, asked):
        geocoder.remember({f"{number} MAIN ST": None for number in range(MAX_REMEMBERED + 1)})
        await geocoder.locate(["0 MAIN ST", f"{MAX_REMEMBERED} MAIN ST"])
        assert asked == ["0 MAIN ST"]


@pytest.mark.parametrize(
    ("said", "point"),
    [
        (answer(INSIDE), INSIDE),
        (answer(), None),
        (answer(INSIDE, OUTSIDE), None),
        (answer(Point(91.0, 0.0)), None),
        ({"result": {"addressMatches": [{"coordinates": {"x": "1", "y": True}}]}}, None),
        ({"errors": ["x"]}, None),
        ([], None),
        (None, None),
    ],
)
def test_one_match_is_a_point_and_several_leave_it_open(said: object, point: Point | None) -> None:
    """A guess among several would send a crew to the wrong house."""
    assert point_in(said) == point


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["result", "addressMatches", "coordinates", "x", "y"]), inner, max_size=3)
        ),
    )
)
def test_any_json_is_an_answer(said: object) -> None:
    """Whatever is sent back."""
    found = point_in(json.loads(json.dumps(said)))
    assert found is None or (abs(found.lat) <= 90 and abs(found.long) <= 180)
