"""What is reported already, in the form without JavaScript and in what its module asks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_web.portal.already import known_reports, place_of
from intake_web.portal.answers import Answers
from intake_web.portal.dates import Dates
from shared.contracts import Language
from shared.tracking_number import display
from support.fake_portal import BASE_URL, TUESDAY_NOON, ZONE, PortalForTests, a_number, make_portal
from support.pages import PageForm

KNOWN, OTHER = a_number("known"), a_number("other")
HOLE = {"description": "A deep hole", "service_code": "ST-POTHOLE", "address": "300 N Academy St"}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3)
)


@pytest.fixture
def known(portal: PortalForTests) -> PortalForTests:
    """Two days ago somebody reported a hole there."""
    portal.lookup.know(KNOWN, TUESDAY_NOON - timedelta(days=2), address="300 N Academy St", detailed_status="assigned")
    return portal


async def page_of(browser: httpx.AsyncClient, path: str = "/report") -> PageForm:
    return PageForm((await browser.get(path)).text)


async def post(browser: httpx.AsyncClient, page: PageForm, **values: str) -> httpx.Response:
    return await browser.post("/report", data=page.filled(**values), files=[("photos", ("", b"", "application/octet-stream"))])


async def ask(browser: httpx.AsyncClient, **values: str) -> httpx.Response:
    return await browser.post("/portal/already", data={"lang": "en", **HOLE, **values})


async def test_check_your_answers_tells_what_is_reported_already(known: PortalForTests, browser: httpx.AsyncClient) -> None:
    """What, where, when, how far it is, and the way to follow it; nothing is chosen beforehand."""
    page = await page_of(browser)
    known.clock.advance(30)
    checked = await post(browser, page, **HOLE, action="check")
    told = PageForm(checked.text)
    assert "Already reported? 1 report like this was found there." in told.text
    assert "Pothole or road surface, 300 N Academy St" in told.text
    assert "Reported 2 days ago · With a team" in told.text
    assert f'href="/requests/{display(KNOWN)}"' in checked.text
    assert ("same_as", "") in told.fields
    assert known.lookup.sought == [{"service_code": "ST-POTHOLE", "address": "300 N Academy St"}]
    await post(browser, told, action="send")
    [draft] = known.intake.drafts.values()
    assert draft.same_as is None


async def test_whoever_says_it_is_the_same_sends_all_the_same(known: PortalForTests, browser: httpx.AsyncClient) -> None:
    """A report with its own words and its own address to be told at, which names the other; also in Spanish."""
    page = await page_of(browser, "/report?lang=es")
    known.clock.advance(30)
    told = PageForm((await post(browser, page, **HOLE, email="ada@example.com", action="check")).text)
    assert "¿Ya está reportado? Encontramos 1 reporte así en ese lugar." in told.text
    assert "Reportado hace 2 días" in told.text
    sent = await post(browser, told, same_as=KNOWN, action="send")
    assert sent.status_code == 303
    [(number, draft)] = known.intake.drafts.items()
    assert (draft.same_as, draft.description) == (KNOWN, "A deep hole")
    assert number != KNOWN
    assert [reply.address for reply in draft.reply_addresses] == ["ada@example.com"]


async def test_whoever_sends_at_once_is_told_once(known: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Without JavaScript there was no other moment; one more press sends, with the very same words."""
    page = await page_of(browser)
    known.clock.advance(30)
    stopped = await post(browser, page, **HOLE, action="send")
    assert stopped.status_code == 200
    assert "Already reported?" in stopped.text
    assert not known.intake.drafts
    assert (await post(browser, PageForm(stopped.text), action="send")).status_code == 303
    assert len(known.intake.drafts) == 1


async def test_nobody_chooses_photos_again_for_an_offer(known: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Whoever sends photos along is not stopped."""
    page = await page_of(browser)
    known.clock.advance(30)
    photo = b"\xff\xd8\xff\xe0" + b"invented" * 10
    sent = await browser.post("/report", data=page.filled(**HOLE, action="send"), files=[("photos", ("1.jpg", photo, "image/jpeg"))])
    assert sent.status_code == 303


async def test_the_choice_survives_a_change_and_another_language(known: PortalForTests, browser: httpx.AsyncClient) -> None:
    """It comes back as it was, and can be taken back."""
    page = await page_of(browser)
    known.clock.advance(30)
    told = PageForm((await post(browser, page, **HOLE, action="check")).text)
    spanish = PageForm((await post(browser, told, same_as=KNOWN, action="check-lang-es")).text)
    assert ("same_as", KNOWN) in spanish.fields
    changing = PageForm((await post(browser, spanish, action="change")).text)
    assert ("same_as", KNOWN) in changing.fields
    again = PageForm((await post(browser, changing, description="Deeper", action="check")).text)
    assert [value for name, value in again.fields if name == "same_as"] == [KNOWN]  # once: else the first of two would win
    await post(browser, again, same_as="", action="send")
    [draft] = known.intake.drafts.values()
    assert (draft.same_as, draft.description) == (None, "Deeper")


async def test_what_is_there_no_more_cannot_be_the_same(known: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Another place, another list; where nobody can tell just now, what was chosen stays, and the page says so."""
    page = await page_of(browser)
    known.clock.advance(30)
    told = PageForm((await post(browser, page, **HOLE, action="check")).text)
    known.lookup.is_down = True
    blind = await post(browser, told, same_as=KNOWN, action="check")
    assert f"The same as {display(KNOWN)}" in PageForm(blind.text).text
    assert ("same_as", KNOWN) in PageForm(blind.text).fields
    known.lookup.is_down = False
    known.lookup.duplicates.clear()
    gone = await post(browser, PageForm(blind.text), action="check")
    assert "The same as" not in gone.text
    assert not [value for name, value in PageForm(gone.text).fields if name == "same_as" and value]


@pytest.mark.parametrize("trouble", ["down", "slow"])
async def test_a_tracker_that_cannot_tell_stops_nobody(trouble: str) -> None:
    """Silently: the form goes on as if nothing were known."""
    portal = make_portal(already_seconds=0.05)
    portal.lookup.know(KNOWN, TUESDAY_NOON)
    portal.lookup.is_down = trouble == "down"
    portal.lookup.seconds = 60 if trouble == "slow" else 0
    async with httpx.AsyncClient(transport=httpx.ASGITransport(portal.app), base_url=BASE_URL) as browser:
        page = await page_of(browser)
        portal.clock.advance(30)
        checked = await post(browser, page, **HOLE, action="check")
        assert checked.status_code == 200
        assert "Already reported?" not in checked.text
        assert (await ask(browser)).status_code == 503
        assert (await post(browser, page, **HOLE, action="send")).status_code == 303


async def test_the_module_gets_the_same_fieldset(known: PortalForTests, browser: httpx.AsyncClient) -> None:
    """A fragment that is kept nowhere; nothing where nothing is known."""
    answer = await ask(browser, lat="35.79", long="-78.78")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert f'value="{KNOWN}"' in answer.text
    assert known.lookup.sought[-1] == {"service_code": "ST-POTHOLE", "address": HOLE["address"], "lat": "35.790000", "long": "-78.780000"}
    known.lookup.duplicates.clear()
    nothing = await ask(browser)
    assert (nothing.status_code, nothing.content) == (204, b"")


UNASKED = [
    {"service_code": ""},
    {"service_code": "OTHER"},
    {"service_code": "NOT-THERE"},
    {"service_code": "UTIL-BILL"},
    {"address": "  "},
    {"address": "", "lat": "35.79"},
    {"address": "", "lat": "NaN", "long": "1"},
    {"address": "", "lat": "91", "long": "1"},
]


@pytest.mark.parametrize("values", UNASKED, ids=str)
async def test_the_tracker_is_not_asked_before_kind_and_place_are_known(
    known: PortalForTests, browser: httpx.AsyncClient, values: dict[str, str]
) -> None:
    """Nor ever about a kind of report that is private."""
    assert (await ask(browser, **values)).status_code == 204
    assert known.lookup.sought == []


async def test_a_point_has_a_place_in_words(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Also where nobody wrote any."""
    portal.lookup.know(KNOWN, TUESDAY_NOON)
    assert "Pothole or road surface, close to your map point" in (await ask(browser, lat="35.79", long="-78.78")).text


async def test_words_of_others_are_words(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """No markup of a stranger's address reaches the page."""
    portal.lookup.know(KNOWN, TUESDAY_NOON, address="<b>Main</b> St")
    assert "<b>Main" not in (await ask(browser)).text


def test_what_is_private_or_not_whole_is_left_out() -> None:
    """Whatever a tracker of another version answers, no private report is ever shown."""
    whole: dict[str, Any] = {"service_request_id": KNOWN, "is_private": False, "requested_datetime": "2026-03-01T17:00:00Z"}
    broken = [
        whole | {"is_private": True},
        {name: value for name, value in whole.items() if name != "is_private"},
        whole | {"service_request_id": "<script>"},
        whole | {"requested_datetime": "yesterday"},
        {},
    ]
    assert [report.number for report in known_reports([*broken, whole | {"service_request_id": OTHER}], "Pothole")] == [OTHER]


@given(st.dictionaries(st.sampled_from(["service_request_id", "is_private", "requested_datetime", "address", "detailed_status"]), ANY_JSON))
def test_any_answer_of_the_tracker_is_read(item: dict[str, Any]) -> None:
    """Never an error."""
    assert len(known_reports([item], "Pothole")) <= 1


@given(st.text(max_size=1_200), st.text(max_size=50), st.text(max_size=50))
def test_any_place_can_be_asked_about(address: str, lat: str, long: str) -> None:
    """What goes to the tracker is what it takes: words of bounded length, coordinates both or none, plain decimal degrees."""
    place = place_of(Answers(address=address, lat=lat, long=long))
    assert ("lat" in place) == ("long" in place)
    assert len(place.get("address", "")) <= 1_000
    for name, limit in (("lat", 90), ("long", 180)):
        assert abs(float(place.get(name, "0"))) <= limit
        assert "e" not in place.get(name, "")


AGO = [
    (0, "1 minute ago", "hace 1 minuto"),
    (-9, "1 minute ago", "hace 1 minuto"),
    (5, "5 hours ago", "hace 5 horas"),
    (49, "2 days ago", "hace 2 días"),
]


@pytest.mark.parametrize(("hours", "english", "spanish"), AGO)
def test_how_long_ago(hours: int, english: str, spanish: str) -> None:
    """In words, by the minute; a tracker whose clock runs ahead reports nothing from the future."""
    now = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
    then = now - timedelta(hours=hours)
    assert Dates(Language.EN, ZONE).ago(then, now) == english
    assert Dates(Language.ES, ZONE).ago(then, now) == spanish
