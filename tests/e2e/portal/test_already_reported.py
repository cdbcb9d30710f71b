"""What is reported already is offered before a report is sent, in a browser: with JavaScript, without it, by keyboard, on a phone."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from shared.tracking_number import display
from support.fake_portal import PortalForTests, a_number

Opened = Callable[..., Awaitable[Page]]
KNOWN = a_number("known")
OFFER = "Already reported? 1 report like this was found there."
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def known(portal: PortalForTests) -> PortalForTests:
    """Two days ago somebody reported a hole there."""
    portal.lookup.know(KNOWN, datetime.now(UTC) - timedelta(days=2), address="300 N Academy St", detailed_status="assigned")
    return portal


async def to_where(page: Page) -> None:
    """The first step is done."""
    await page.get_by_label("Tell us in your own words").fill("There is a deep pothole in the right lane")
    await page.get_by_label("What is it about?").select_option("ST-POTHOLE")
    await expect(page.locator("#questions")).to_contain_text("business day")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator("#where-title")).to_be_visible()


async def to_the_end(page: Page) -> str:
    """From where to the number."""
    for step in ("photos", "contact", "check"):
        await page.get_by_role("button", name="Continue").click()
        await expect(page.locator(f"#{step}-title")).to_be_visible()
    await page.wait_for_timeout(3_100)  # what the time trap wants
    await page.get_by_role("button", name="Send report").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")
    return (await page.locator("#tracking-number").inner_text()).replace("-", "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_offered_while_the_place_is_typed(known: PortalForTests, open_page: Opened, scheme: str) -> None:
    """Told once the typing rests, read aloud, without a fault that axe knows, within a phone's width; the choice goes along."""
    page = await open_page("/report", viewport=PHONE, color_scheme=scheme)
    await to_where(page)
    assert known.lookup.sought == []
    await page.get_by_label("The place, in words").press_sequentially("300 N Academy St")
    await expect(page.get_by_role("group", name=OFFER)).to_be_visible()
    await expect(page.locator("#already-said")).to_have_text(OFFER)
    assert len(known.lookup.sought) <= 2, "asked when the typing rests, not with every key"
    await expect(page.get_by_role("radio", name="No, mine is something else")).to_be_checked()
    await expect(page.get_by_role("link", name=re.compile("Follow it"))).to_have_attribute("href", f"/requests/{display(KNOWN)}")
    assert (await Axe().run(page)).response["violations"] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("radio", name="Pothole or road surface, 300 N Academy St").check()
    number = await to_the_end(page)
    assert known.intake.drafts[number].same_as == KNOWN


async def test_sending_anyway_is_as_quick_as_ever(known: PortalForTests, open_page: Opened) -> None:
    """Who goes on at once is shown the offer once, under the focus; the next press goes on, and nothing is chosen."""
    page = await open_page("/report")
    await to_where(page)
    await page.get_by_label("The place, in words").fill("300 N Academy St")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("group", name=OFFER)).to_be_focused()
    await expect(page.locator("#where-title")).to_be_visible()
    number = await to_the_end(page)
    assert known.intake.drafts[number].same_as is None


async def test_with_the_keyboard_alone(known: PortalForTests, open_page: Opened) -> None:
    """Enter, an arrow to the report, Enter, and it is chosen."""
    page = await open_page("/report")
    await to_where(page)
    await page.get_by_label("The place, in words").focus()
    await page.keyboard.type("300 N Academy St")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name=OFFER)).to_be_focused()
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name") == "same_as":
            break
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("radio", name="Pothole or road surface, 300 N Academy St")).to_be_checked()
    await page.keyboard.press("Enter")
    await expect(page.locator("#photos-title")).to_be_focused()
    await page.keyboard.press("Enter")
    assert known.intake.drafts == {}


async def test_the_choice_is_shown_kept_and_taken_back(known: PortalForTests, open_page: Opened) -> None:
    """In "check your answers", over a reload, in the other language; another place has another list."""
    page = await open_page("/report")
    await to_where(page)
    await page.get_by_label("The place, in words").fill("300 N Academy St")
    await page.get_by_role("radio", name="Pothole or road surface, 300 N Academy St").check()
    await page.wait_for_timeout(500)  # the draft is kept when the typing rests
    await page.reload()
    await expect(page.get_by_role("radio", name="Pothole or road surface, 300 N Academy St")).to_be_checked()
    await page.get_by_role("button", name="Español").click()
    await expect(page.locator("html")).to_have_attribute("lang", "es")
    await expect(page.locator(f"input[type=radio][value={KNOWN}]")).to_be_checked()
    await page.get_by_role("button", name="English").click()
    for step in ("photos", "contact", "check"):
        await page.get_by_role("button", name="Continue").click()
        await expect(page.locator(f"#{step}-title")).to_be_visible()
    await expect(page.locator("#summary")).to_contain_text(f"The same as {display(KNOWN)}")
    await page.get_by_role("button", name="Change Already reported").click()
    await expect(page.get_by_role("group", name=OFFER)).to_be_visible()
    known.lookup.duplicates.clear()
    await page.get_by_label("The place, in words").fill("Bond Park")
    await expect(page.get_by_role("group", name=OFFER)).to_have_count(0)
    await page.get_by_role("button", name="Back to your answers").click()
    await expect(page.locator("#summary")).to_contain_text("Bond Park")
    await expect(page.locator("#summary")).not_to_contain_text("The same as")


async def test_a_tracker_that_is_away_is_not_noticed(known: PortalForTests, open_page: Opened) -> None:
    """No word about it, and no press more."""
    known.lookup.is_down = True
    page = await open_page("/report")
    await to_where(page)
    await page.get_by_label("The place, in words").fill("300 N Academy St")
    number = await to_the_end(page)
    assert known.intake.drafts[number].same_as is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_that_offers_it_without_javascript_has_no_fault(known: PortalForTests, open_page: Opened, scheme: str) -> None:
    """For axe, which is a script itself, only the portal's own scripts are kept away."""
    page = await open_page("/", viewport=PHONE, color_scheme=scheme)
    await page.route("**/*.js", lambda route: route.abort())
    await page.goto("/report")
    await page.get_by_label("Tell us in your own words").fill("A deep pothole")
    await page.get_by_label("What is it about?").select_option("ST-POTHOLE")
    await page.get_by_label("The place, in words").fill("300 N Academy St")
    await page.get_by_role("button", name="Check your answers first").click()
    await expect(page.get_by_role("group", name=OFFER)).to_be_visible()
    assert (await Axe().run(page)).response["violations"] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_without_javascript(known: PortalForTests, open_page: Opened, scheme: str) -> None:
    """Who sends at once is told once, on "check your answers"; the choice goes along with the second press."""
    page = await open_page("/report", java_script_enabled=False, viewport=PHONE, color_scheme=scheme)
    await page.get_by_label("Tell us in your own words").fill("A deep pothole")
    await page.get_by_label("What is it about?").select_option("ST-POTHOLE")
    await page.get_by_label("The place, in words").fill("300 N Academy St")
    await page.wait_for_timeout(3_100)  # what the time trap wants
    await page.get_by_role("button", name="Send report").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    await page.get_by_role("radio", name="Pothole or road surface, 300 N Academy St").check()
    await page.get_by_role("button", name="Send report").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")
    number = (await page.locator("#tracking-number").inner_text()).replace("-", "")
    assert known.intake.drafts[number].same_as == KNOWN
