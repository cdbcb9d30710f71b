"""However impatiently a report is sent, it is one request; and the form says what it needs."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from support.fake_portal import PortalForTests

Opened = Callable[..., Awaitable[Page]]


async def filled(open_page: Opened, *, has_scripts: bool) -> Page:
    """The form, or its last step, one press before it is sent; slowly enough for the time trap."""
    page = await open_page("/report", java_script_enabled=has_scripts)
    await page.get_by_label("Tell us in your own words").fill("A branch lies on the path")
    if has_scripts:
        for title in ("where", "photos-step", "contact", "check"):
            await page.get_by_role("button", name="Continue").click()
            await expect(page.locator(f"#{title}")).to_be_visible()
    await page.wait_for_timeout(3_100)
    return page


@pytest.mark.parametrize("has_scripts", [True, False])
async def test_a_double_click_is_one_request(portal: PortalForTests, open_page: Opened, has_scripts: bool) -> None:  # noqa: FBT001 - a parameter
    """With scripts the second press does nothing, without them both carry the same key."""
    page = await filled(open_page, has_scripts=has_scripts)
    await page.get_by_role("button", name="Send report").dblclick()
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")

    assert len(portal.intake.drafts) == 1
    assert portal.intake.calls == 1 or not has_scripts


@pytest.mark.parametrize("has_scripts", [True, False])
async def test_the_back_button_and_another_press_are_one_request(
    portal: PortalForTests,
    open_page: Opened,
    has_scripts: bool,  # noqa: FBT001 - a parameter
) -> None:
    """The browser brings the words back, and with them the key that they were sent under: the same number."""
    page = await filled(open_page, has_scripts=has_scripts)
    await page.get_by_role("button", name="Send report").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")
    number = await page.locator("#tracking-number").inner_text()
    await page.go_back()
    await expect(page.locator("#description")).to_have_value("A branch lies on the path")
    while await (onward := page.get_by_role("button", name="Continue")).is_visible():
        await onward.click()
        await page.wait_for_timeout(300)
    await page.get_by_role("button", name="Send report").click()
    await expect(page.locator("#tracking-number")).to_have_text(number)

    assert len(portal.intake.drafts) == 1


async def test_the_confirmation_may_be_loaded_again(portal: PortalForTests, open_page: Opened) -> None:
    """A reload asks for a page and sends nothing."""
    page = await filled(open_page, has_scripts=True)
    await page.get_by_role("button", name="Send report").click()
    await expect(page).to_have_url(re.compile("/received"))
    for _ in range(3):
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text("We have your report")

    assert portal.intake.calls == 1


async def test_a_place_is_optional_only_where_it_is(open_page: Opened) -> None:
    """What the form calls optional it does not ask for afterwards."""
    page = await open_page("/report")
    optional = page.locator("label[for=address] .optional")
    service = page.get_by_label("What is it about?")
    await page.locator(".stepper").wait_for()
    assert await optional.get_attribute("hidden") is None
    await service.select_option("ST-POTHOLE")
    await expect(page.locator("[data-place-needed]")).to_have_count(1)
    assert await optional.get_attribute("hidden") is not None
    await service.select_option("")
    assert await optional.get_attribute("hidden") is None
    served = await open_page("/report?service=ST-POTHOLE", java_script_enabled=False)
    assert not await served.locator("label[for=address] .optional").is_visible()


async def test_whoever_leaves_an_address_is_told_what_it_is_for(open_page: Opened) -> None:
    """Before it is typed, and after it was sent; in both languages."""
    page = await open_page("/report?lang=en", java_script_enabled=False)
    await expect(page.locator("#contact")).to_contain_text("We send updates here, unless you choose otherwise below")
    await page.goto("/report?lang=es")
    await expect(page.locator("#contact")).to_contain_text("Aquí le enviamos las novedades, salvo que elija otra cosa abajo")
