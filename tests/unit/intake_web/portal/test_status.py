"""Confirmation, status and look-up."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.contracts import Emergency, Language, Nature
from shared.tracking_number import ALPHABET, InvalidNumber, display, parse_tracking_number
from support.fake_portal import SATURDAY_NIGHT, TUESDAY_NOON, PortalForTests, a_number
from support.pages import PageForm

NUMBER = a_number()
PATH = f"/requests/{display(NUMBER)}"
POTHOLE = {"code": "ST-POTHOLE", "name": "Pothole or road surface", "group": "Streets", "department": "Public Works & Utilities"}


async def test_any_spelling_leads_to_one_address(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Lower case, no hyphens: a redirect to the spelling that people see, the rest of the query kept."""
    portal.lookup.tell(NUMBER, "received", TUESDAY_NOON)
    response = await browser.get(f"/requests/{NUMBER.lower()}?lang=es")
    assert (response.status_code, response.headers["location"]) == (308, f"{PATH}?lang=es")
    assert (await browser.get(PATH)).status_code == 200


async def test_state_history_and_place_are_told_in_words(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Plain words, the reason, the newest entry first, dates in the town's zone; for people only, not for search engines."""
    portal.lookup.tell(NUMBER, "received", TUESDAY_NOON, service=POTHOLE, description="A hole & <b>a bump</b>", address="Chatham St")
    portal.lookup.tell(NUMBER, "resolved", TUESDAY_NOON + timedelta(days=1), text="Filled today.", status_notes="Filled today.")
    response = await browser.get(PATH)
    page = PageForm(response.text)
    assert "Done" in page.title
    assert page.text.index("The work is finished.") < page.text.index("Report received")
    assert "Chatham St" in page.text
    assert "A hole & <b>a bump</b>" in page.text
    assert "<b>a bump" not in response.text
    assert "March 3, 2026, 12:00" in page.text
    assert response.headers["x-robots-tag"] == "noindex, nofollow"
    assert 'name="robots" content="noindex"' in response.text


async def test_service_and_department_are_translated(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """The catalogue's own words in the reader's language."""
    portal.lookup.tell(NUMBER, "in_progress", TUESDAY_NOON, service=POTHOLE)
    text = (await browser.get(f"{PATH}?lang=es")).text
    assert "Trabajo en curso" in text
    assert portal.portal.catalogue.services["ST-POTHOLE"].name(Language.ES) in text


async def test_a_private_request_shows_its_state_alone(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Even if the tracker told more, nothing but state and dates is on the page."""
    portal.lookup.tell(NUMBER, "received", TUESDAY_NOON, is_private=True, service=POTHOLE, description="My bill", address="Home")
    portal.lookup.tell(NUMBER, "answered", TUESDAY_NOON, text="Your bill is right.", status_notes="Your bill is right.")
    text = (await browser.get(PATH)).text
    assert "This report is private" in text
    assert "Answered" in text
    for secret in ("My bill", "Home", "Your bill is right", "Pothole"):
        assert secret not in text


async def test_a_fresh_number_is_on_its_way(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """The signed receipt answers until the tracker knows the number, also while the tracker is away; without one it is unknown."""
    receipt = portal.receipt(NUMBER)
    page = (await browser.get(f"{PATH}?receipt={receipt}")).text
    assert "on its way to the advocates" in page
    assert f"receipt={receipt}" in page
    assert (await browser.get(PATH)).status_code == 404
    assert (await browser.get(f"{PATH}?receipt={receipt[:-2]}AA")).status_code == 404
    portal.lookup.is_down = True
    assert (await browser.get(f"{PATH}?receipt={receipt}")).status_code == 200
    portal.lookup.is_down = False
    portal.lookup.tell(NUMBER, "received", TUESDAY_NOON)
    assert "on its way" not in (await browser.get(f"{PATH}?receipt={receipt}")).text


async def test_the_tracker_is_away(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """A friendly 503 with Retry-After and a way to try again."""
    portal.lookup.is_down = True
    response = await browser.get(PATH)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert f'href="{PATH}"' in response.text
    live = await browser.get(f"{PATH}/live")
    assert (live.status_code, "retry-after" in live.headers) == (503, True)


async def test_the_live_part_changes_its_tag_with_its_content(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """304 while nothing changed; a change has another tag and says what to announce. The page itself carries the first tag."""
    portal.lookup.tell(NUMBER, "received", TUESDAY_NOON)
    first = await browser.get(f"{PATH}/live?lang=en")
    tag = first.headers["etag"]
    assert f'data-etag="{tag.replace(chr(34), "&#34;")}"' in (await browser.get(PATH)).text
    assert (await browser.get(f"{PATH}/live?lang=en", headers={"If-None-Match": tag})).status_code == 304
    portal.lookup.tell(NUMBER, "in_progress", TUESDAY_NOON)
    second = await browser.get(f"{PATH}/live?lang=en", headers={"If-None-Match": tag})
    assert second.status_code == 200
    assert second.json()["announce"] == "Work under way"


async def _confirmation(portal: PortalForTests, browser: httpx.AsyncClient, service_code: str | None = None) -> str:
    response = await browser.get(f"{PATH}/received?receipt={portal.receipt(NUMBER, service_code)}")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    return PageForm(response.text).text


async def test_the_confirmation_says_what_happens_when(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """The number, the next steps and their days by the business calendar."""
    text = await _confirmation(portal, browser, "ST-POTHOLE")
    assert display(NUMBER) in text
    assert "Wednesday, March 4" in text
    assert "Pothole" in text


async def test_after_hours_the_confirmation_names_the_next_opening(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """On a Saturday the advocates are back on Monday."""
    portal.clock.now = SATURDAY_NIGHT
    text = await _confirmation(portal, browser)
    assert "Advocates are away now. They are back on Monday, March 9, at 7:00 a.m." in text


async def test_after_hours_before_a_holiday_it_is_named(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Why nobody is there on Thursday and Friday, in the reader's language."""
    portal.clock.now = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
    text = await _confirmation(portal, browser)
    assert "Because of Thanksgiving they are back on Monday, November 30, at 7:00 a.m." in text
    spanish = PageForm((await browser.get(f"{PATH}/received?receipt={portal.receipt(NUMBER)}&lang=es")).text).text
    assert "Por el Día de Acción de Gracias, vuelven el lunes 30 de noviembre a las 7:00 a. m." in spanish


async def test_a_water_emergency_is_told_the_numbers_of_any_hour(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """After hours, and not that somebody is back on Monday."""
    portal.clock.now = SATURDAY_NIGHT
    receipt = portal.receipt(NUMBER, emergency=Emergency.WATER_SEWER)
    text = PageForm((await browser.get(f"{PATH}/received?receipt={receipt}")).text).text
    assert "taken by phone at any hour: call 311, or (919) 469-4000 from outside the town" in text
    assert "They are back" not in text


async def test_a_question_is_promised_an_answer_and_no_work(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """On the confirmation by its receipt, on the status page as the tracker has it; in both languages."""
    receipt = portal.receipt(NUMBER, "ST-POTHOLE", Nature.INQUIRY)
    text = PageForm((await browser.get(f"{PATH}/received?receipt={receipt}")).text).text
    assert "We have your question" in text
    assert "We answer your question by Wednesday, March 4." in text
    assert "usually finish" not in text
    portal.lookup.tell(NUMBER, "received", TUESDAY_NOON, nature="inquiry", answer_due_datetime="2026-03-04T17:00:00.000Z")
    page = PageForm((await browser.get(f"{PATH}?lang=es")).text).text
    assert "Tenemos su pregunta. Un asesor la responde." in page
    assert "miércoles 4 de marzo" in page


async def test_thanks_are_promised_nothing(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """No day, but the way to say that something was meant."""
    text = PageForm((await browser.get(f"{PATH}/received?receipt={portal.receipt(NUMBER, nature=Nature.NEITHER)}")).text).text
    assert "We have your message" in text
    assert "at the latest by" not in text
    assert "If you want something done or answered, tell us" in text


async def test_a_confirmation_needs_its_receipt(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Without the receipt of this number the way leads to the status page."""
    other = portal.receipt(a_number("another"))
    for query in ("", f"?receipt={other}", "?receipt=nonsense"):
        response = await browser.get(f"{PATH}/received{query}")
        assert (response.status_code, response.headers["location"]) == (303, PATH)


def _wrong_check() -> str:
    return NUMBER[:-1] + next(symbol for symbol in ALPHABET if isinstance(parse_tracking_number(NUMBER[:-1] + symbol), InvalidNumber))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("7KQ4", "has twelve letters and digits"),
        ("UUUU-UUUU-UUUU", "without U"),
        (_wrong_check(), "One of the letters or digits is wrong"),
        ("", "Enter a tracking number"),
        ("<script>", "has twelve letters and digits"),
    ],
)
async def test_a_mistyped_number_gets_the_help_that_fits(browser: httpx.AsyncClient, typed: str, sentence: str) -> None:
    """Too short, a letter that is never used, a slip: each is told in its own words, and what was typed stays."""
    response = await browser.get("/track", params={"number": typed})
    page = PageForm(response.text)
    assert response.status_code == 422
    assert page.title.startswith("Error: ")
    assert page.text.count(sentence) >= 2
    assert "<script>" not in response.text
    assert dict(page.fields)["number"] == typed


async def test_a_correct_but_unknown_number_is_told_apart(browser: httpx.AsyncClient) -> None:
    """The number could be right: the page says that no report has it."""
    found = await browser.get("/track", params={"number": f"  {NUMBER.lower()} "})
    assert (found.status_code, found.headers["location"]) == (303, PATH)
    response = await browser.get(PATH)
    assert response.status_code == 404
    assert "We know no report with this number" in response.text


async def test_a_mistyped_address_helps_as_well(browser: httpx.AsyncClient) -> None:
    """The same help where the number stands in the address."""
    response = await browser.get("/requests/7KQ4-M2XD")
    assert response.status_code == 404
    assert "has twelve letters and digits" in response.text


async def test_odd_answers_of_the_tracker_break_nothing(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """A newer tracker's states, missing and mistyped members: shown as far as they are understood."""
    portal.lookup.requests[NUMBER] = {
        "detailed_status": "polished",
        "requested_datetime": "yesterday",
        "lat": "x",
        "service": "pothole",
        "updated_datetime": "2026-03-03",
    }
    portal.lookup.histories[NUMBER] = [{"kind": "Sparkled"}, {}]
    response = await browser.get(PATH)
    assert response.status_code == 200
    assert "Being handled" in response.text


async def test_what_the_resident_should_know_stands_on_the_page(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Such as whom to ask about a place outside; once it is closed nobody needs it."""
    portal.lookup.tell(NUMBER, "received", TUESDAY_NOON, service=POTHOLE, service_notice="This place lies outside.")
    assert "This place lies outside." in (await browser.get(PATH)).text
    portal.lookup.tell(NUMBER, "not_ours", TUESDAY_NOON)
    assert "This place lies outside." not in (await browser.get(PATH)).text
