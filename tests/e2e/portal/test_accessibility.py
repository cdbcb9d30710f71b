"""axe finds nothing on any page, in both languages, light and dark; no page is wider than a phone."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from shared.tracking_number import display
from support.fake_portal import PortalForTests, a_number

Opened = Callable[..., Awaitable[Page]]
NUMBER = a_number()
PATH = f"/requests/{display(NUMBER)}"
PAGES = [
    "/",
    "/report",
    "/report?service=ST-LIGHT",
    "/track",
    "/track?number=7KQ4",
    "/services",
    "/privacy",
    "/nowhere",
    PATH,
    "received",
    "way",
    "private",
]


async def found_by_axe(page: Page) -> list[tuple[str, list[str]]]:
    results = await Axe().run(page)
    return [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in results.response["violations"]]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])  # neither says anything about the other
async def test_every_page(portal: PortalForTests, open_page: Opened, language: str, scheme: str) -> None:
    """0 violations, and nothing to scroll sideways."""
    private, fresh = a_number("private"), a_number("fresh")
    portal.lookup.tell(NUMBER, "received", datetime.now(UTC), description="A hole.", address="Chatham St")
    portal.lookup.tell(NUMBER, "not_ours", datetime.now(UTC), text="This is a state road.", status_notes="This is a state road.")
    portal.lookup.tell(private, "received", datetime.now(UTC), is_private=True)
    special = {
        "received": f"{PATH}/received?receipt={portal.receipt(NUMBER, 'ST-LIGHT')}",
        "way": f"/requests/{display(fresh)}?receipt={portal.receipt(fresh)}",
        "private": f"/requests/{display(private)}",
    }
    page = await open_page(f"/?lang={language}", color_scheme=scheme)
    for path in PAGES:
        await page.goto(special.get(path, path))
        await page.wait_for_load_state("networkidle")
        assert await found_by_axe(page) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert await page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_step_and_its_mistakes(open_page: Opened, scheme: str) -> None:
    """Each step, the mistakes and the check of the answers, with JavaScript and without."""
    page = await open_page("/report?service=ST-LIGHT", color_scheme=scheme)
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".error-summary")).to_be_visible()
    assert await found_by_axe(page) == []
    await page.get_by_label("Tell us in your own words").fill("the street light is out")
    await expect(page.locator(".chip").first).to_be_visible()
    for title in ("where", "photos", "contact", "check"):
        assert await found_by_axe(page) == []
        await page.get_by_role("button", name="Continue").click()
        if title == "where":
            await page.get_by_label("The place, in words").fill("Chatham St")
        await expect(page.locator(f"#{title}-title")).to_be_visible()
    assert await found_by_axe(page) == []
    served = await open_page("/report", color_scheme=scheme, java_script_enabled=False)
    await served.get_by_label("Tell us in your own words").fill("the street light is out")
    await served.get_by_label("What is it about?").select_option("ST-LIGHT")
    await served.get_by_label("The place, in words").fill("Chatham St")
    await served.get_by_role("button", name="Check your answers first").click()
    assert "Duke Energy" in await served.content()
    assert await served.locator("h1").inner_text() == "Check your answers"


async def test_text_at_twice_its_size_and_little_motion(open_page: Opened) -> None:
    """At 320 pixels, a page at 400 %, nothing is cut off; who wants no motion gets none."""
    page = await open_page("/", viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    for path in ("/", "/report", "/services", "/track"):
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    await page.goto("/report")
    assert await page.locator(".stepper i").evaluate("bar => getComputedStyle(bar, '::before').transitionDuration") == "0s"


async def test_the_confirmation_prints_its_number(portal: PortalForTests, open_page: Opened) -> None:
    """On paper: the number and what happens next, no buttons and no navigation."""
    page = await open_page(f"{PATH}/received?receipt={portal.receipt(NUMBER)}")
    await page.emulate_media(media="print")
    await expect(page.locator("#tracking-number")).to_be_visible()
    await expect(page.get_by_role("heading", name="What happens next")).to_be_visible()
    for hidden in ("nav", "footer", "[data-print]"):
        await expect(page.locator(hidden).first).to_be_hidden()
