"""A resident reports and follows, in a browser: with JavaScript, without it, and with the keyboard alone."""

import io
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from PIL import Image
from playwright.async_api import Page, expect

from support.fake_portal import PortalForTests

Opened = Callable[..., Awaitable[Page]]
MISTAKE = "Tell us what is going on"


def photo(colour: str = "green", *, gps: bool = False) -> dict[str, str | bytes]:
    """A small JPEG, perhaps with a position as a camera writes it."""
    content, exif = io.BytesIO(), Image.Exif()
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 47.0, 24.0), 3: "W", 4: (78.0, 46.0, 48.0)})
    Image.new("RGB", (400, 300), colour).save(content, "JPEG", exif=exif)
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


async def number_on(page: Page) -> str:
    return (await page.locator("#tracking-number").inner_text()).replace("-", "")


async def test_steps_with_javascript(portal: PortalForTests, open_page: Opened) -> None:
    """From the first words to a status page that shows a staff change by itself."""
    page = await open_page("/")
    await page.get_by_label("What is going on?").fill("There is a deep pothole in the right lane")
    await page.get_by_role("button", name="Start a report").click()
    await page.get_by_role("button", name="Pothole or road surface").click()
    await expect(page.locator("#questions")).to_contain_text("business day")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("The place, in words").fill("Kildaire Farm Road, before the bridge")
    await page.get_by_role("button", name="Continue").click()
    await page.locator("#photos").set_input_files([photo("green", gps=True), photo("red")])
    await expect(page.locator("#previews img")).to_have_count(2)
    await page.get_by_role("button", name="Use this as the place").click()
    await page.get_by_role("button", name="Remove photo 2").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("group", name="How should we tell you what happens?")).to_be_hidden()  # there is nowhere to write to
    await page.get_by_label("E-mail address").fill("ada@example.com")
    await expect(page.get_by_role("group", name="How should we tell you what happens?")).to_be_visible()
    await page.get_by_label("Not at all; I follow it by its number").check()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator("#summary")).to_contain_text("Not at all; you follow it by its number")
    await expect(page.locator("#summary")).to_contain_text("Kildaire Farm Road")
    await expect(page.locator("[data-photo-count]")).to_have_text("Photos: 1")
    await page.get_by_role("button", name="Change How to reach you").click()
    await page.get_by_label("Phone number").fill("(919) 555-0100")
    await page.get_by_role("button", name="Back to your answers").click()
    await expect(page.locator("#summary")).to_contain_text("(919) 555-0100")
    await page.wait_for_timeout(3_100)  # what the time trap wants
    await page.get_by_role("button", name="Send report").dblclick()
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")
    number = await number_on(page)
    assert list(portal.intake.drafts) == [number]
    draft = portal.intake.drafts[number]
    assert len(draft.photos) == 1
    assert draft.place is not None
    assert (draft.place.lat, draft.place.long) == (35.79, -78.78)
    assert await page.evaluate("localStorage.length") == 0

    await page.get_by_role("link", name="See the status").evaluate(
        "link => { link.href = new URL(link.href).pathname + new URL(link.href).search }"
    )
    await page.get_by_role("link", name="See the status").click()
    await expect(page.locator("h1")).to_contain_text("on its way")
    portal.lookup.tell(number, "received", datetime.now(UTC), description="There is a deep pothole in the right lane")
    portal.lookup.tell(number, "in_progress", datetime.now(UTC), text="A crew is on its way.")
    await expect(page.locator("h1")).to_have_text("Work under way", timeout=15_000)
    await expect(page.locator("#announce")).to_have_text("Work under way")
    await expect(page.locator(".timeline")).to_contain_text("A crew is on its way.")


async def test_without_javascript(portal: PortalForTests, open_page: Opened) -> None:
    """One page, a mistake that loses nothing but the photos, a second look, a number."""
    page = await open_page("/report", java_script_enabled=False)
    await page.get_by_label("E-mail address").fill("ada@example.com")
    await page.locator("#photos").set_input_files([photo()])
    await page.wait_for_timeout(3_100)  # what the time trap wants; the page has no script that could tell
    await page.get_by_role("button", name="Send report").click()
    await expect(page).to_have_title(re.compile("^Error: "))
    await expect(page.locator(".error-summary a")).to_have_text(MISTAKE)
    await expect(page.locator("#photos-lost")).to_be_visible()
    await expect(page.get_by_label("E-mail address")).to_have_value("ada@example.com")
    await page.get_by_label("Tell us in your own words").fill("A branch lies on the path")
    await page.get_by_role("button", name="Check your answers first").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    await page.get_by_role("button", name="Change Where is it?").click()
    await page.get_by_label("The place, in words").fill("Bond Park")
    await page.get_by_role("button", name="Check your answers first").click()
    await page.locator("#photos").set_input_files([photo()])
    await page.get_by_role("button", name="Send report").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")
    draft = portal.intake.drafts[await number_on(page)]
    assert draft.place is not None
    assert draft.place.address == "Bond Park"
    assert len(draft.photos) == 1


async def test_with_the_keyboard_alone(portal: PortalForTests, open_page: Opened) -> None:
    """Tab, type, Enter: through all steps to the number; Enter in a field goes on and never sends too early."""
    page = await open_page("/report")
    await page.locator("h1").wait_for()
    await page.locator(".stepper").wait_for()
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await _tab_to(page, "#description")
    await page.keyboard.type("A branch lies on the path")
    await _tab_to(page, "button:has-text('Continue')")
    await page.keyboard.press("Enter")
    await expect(page.locator("#where-title")).to_be_focused()
    await _tab_to(page, "#address")
    await page.keyboard.type("Bond Park")
    await page.keyboard.press("Enter")
    await expect(page.locator("#photos-title")).to_be_focused()
    await _tab_to(page, "button:has-text('Continue')")
    await page.keyboard.press("Enter")
    await expect(page.locator("#contact-title")).to_be_focused()
    await _tab_to(page, "button:has-text('Continue')")
    await page.keyboard.press("Enter")
    await expect(page.locator("#check-title")).to_be_focused()
    await page.wait_for_timeout(1_500)
    await _tab_to(page, "[data-send]")
    await page.keyboard.press("Enter")
    await page.wait_for_timeout(300)
    if not page.url.count("/received"):  # a fast typist is asked to confirm
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")
    assert len(portal.intake.drafts) == 1


async def _tab_to(page: Page, selector: str) -> None:
    target = page.locator(selector)
    for _ in range(40):
        if await target.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(selector)


async def test_a_mistake_in_a_step(open_page: Opened) -> None:
    """The summary takes the focus, links to the field, says the same words twice; the photos stay."""
    page = await open_page("/report")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".error-summary")).to_be_focused()
    await expect(page).to_have_title(re.compile("^Error: "))
    await expect(page.locator("#description-error")).to_contain_text(MISTAKE)
    await page.locator(".error-summary a").click()
    await expect(page.locator("#description")).to_be_focused()
    await page.keyboard.type("A branch")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".error-summary")).to_have_count(0)
    await page.get_by_role("button", name="Continue").click()
    await page.locator("#photos").set_input_files([photo()])
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("E-mail address").fill("nothing")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator("#email-error")).to_contain_text("Enter an e-mail address")
    await page.get_by_label("E-mail address").fill("")
    await page.get_by_role("button", name="Back to your answers").or_(page.get_by_role("button", name="Continue")).click()
    await expect(page.locator("[data-photo-count]")).to_have_text("Photos: 1")


async def test_the_network_is_lost_while_sending(portal: PortalForTests, open_page: Opened) -> None:
    """The report stays on the phone over a reload, and is sent later under the same key."""
    page = await open_page("/report")
    await page.get_by_label("Tell us in your own words").fill("A branch lies on the path")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue").click()
    await page.locator("#photos").set_input_files([photo()])
    await expect(page.locator("#previews img")).to_have_count(1)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator("#summary")).to_contain_text("A branch")
    key = await page.locator("[name=form_key]").input_value()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Send report").click()
    await expect(page.locator("#sending")).to_contain_text("kept on this device")
    await page.context.set_offline(False)
    await page.goto("/report")
    await expect(page.locator(".notice")).to_contain_text("We kept a report")
    await expect(page.get_by_label("Tell us in your own words")).to_have_value("A branch lies on the path")
    assert await page.locator("[name=form_key]").input_value() == key
    for _ in range(4):
        await page.get_by_role("button", name="Continue").click()
        await page.wait_for_timeout(250)
    await expect(page.locator("[data-photo-count]")).to_have_text("Photos: 1")
    await page.get_by_role("button", name="Send report").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")
    assert len(next(iter(portal.intake.drafts.values())).photos) == 1


async def test_the_language_changes_in_the_middle(open_page: Opened) -> None:
    """The same step in Spanish, with the words, the answers and the photos."""
    page = await open_page("/report?service=ST-LIGHT")
    await page.get_by_label("Tell us in your own words").fill("It is dark")
    await page.locator("#questions input[type=radio]").first.check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("The place, in words").fill("Chatham St")
    await page.get_by_role("button", name="Continue").click()
    await page.locator("#photos").set_input_files([photo()])
    await expect(page.locator("#previews img")).to_have_count(1)
    await page.get_by_role("button", name="Español").click()
    await expect(page.locator("html")).to_have_attribute("lang", "es")
    await expect(page.locator("#photos-title")).to_be_visible()
    await expect(page.locator("#previews img")).to_have_count(1)
    await expect(page.locator("#description")).to_have_value("It is dark")
    await expect(page.locator("#address")).to_have_value("Chatham St")
    assert await page.locator("#questions input[type=radio]").first.is_checked()
    await expect(page.locator(".notice")).to_have_count(0)
