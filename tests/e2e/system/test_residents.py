"""What residents do in a browser, on the whole running system."""

import io
import uuid
from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Page, expect

from shared.tracking_number import display
from support.system import LOOKED_FOR_SECONDS, System, a_photo, until

Opened = Callable[..., Awaitable[Page]]
SOON_MS = 30_000

pytestmark = pytest.mark.chromium


def jpeg(seed: str) -> dict[str, str | bytes]:
    """A photo as a file chooser hands it over."""
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": a_photo(seed)}


async def sent(page: Page, heading: str = "We have your report") -> str:
    """The number on the confirmation."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(heading, timeout=SOON_MS)
    return (await page.locator("#tracking-number").inner_text()).replace("-", "")


async def found_by_axe(page: Page) -> list[tuple[str, list[str]]]:
    results = await Axe().run(page)
    return [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in results.response["violations"]]


async def test_a_report_with_a_photo_is_followed_live(system: System, open_page: Opened) -> None:
    """From the first word to a status page that shows a change by staff by itself; staff see the photo, nobody else does."""
    page = await open_page("/report")
    await page.get_by_label("Tell us in your own words").fill("The street light at the corner is out")
    await page.get_by_label("What is it about?").select_option("ST-LIGHT")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("The place, in words").fill("Invented Street 5")
    await page.get_by_role("button", name="Continue").click()
    await page.locator("#photos").set_input_files([jpeg("light")])
    await expect(page.locator("#previews img")).to_have_count(1)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator("#summary")).to_contain_text("Invented Street 5")
    await page.wait_for_timeout(LOOKED_FOR_SECONDS * 1000)  # what the time trap wants of a person
    await page.get_by_role("button", name="Send report").click()
    number = await sent(page)
    await page.get_by_role("link", name="See the status").click()
    await expect(page.locator(".facts")).to_contain_text("The street light at the corner is out", timeout=SOON_MS)
    await page.evaluate("window.isTheSamePage = true")

    await system.change(number, detailed_status="in_progress", status_notes="A crew is on its way.")

    await expect(page.locator("h1")).to_have_text("Work under way", timeout=SOON_MS)
    await expect(page.locator(".timeline")).to_contain_text("A crew is on its way.")
    assert await page.evaluate("window.isTheSamePage")
    await of_the_photo(system, number)


async def of_the_photo(system: System, number: str) -> None:
    report = (await system.look_up(number, is_staff=True)).json()["staff"]["report"]
    (attachment,) = report["attachments"]
    address = f"{system.tracker}/api/v1/requests/{number}/attachments/{attachment['file_id']}"
    kept = await system.client.get(address, headers=system.staff)
    assert Image.open(io.BytesIO(kept.content)).size == (32, 24)
    assert (await system.client.get(address)).status_code == 401


async def test_what_is_reported_already_is_offered_and_merged_by_an_advocate(system: System, open_page: Opened) -> None:
    """The second who sees the hole says that it is the same: a report of their own, which an advocate joins; then they follow."""
    place = f"{uuid.uuid4().int % 9_000 + 1_000} Invented Creek Rd"
    first = await system.reported("A deep hole before the bridge", service_code="ST-POTHOLE", address=place)
    await system.reported("My bill is wrong", service_code="UTIL-BILL", address=place)
    await system.visible(first)
    page = await open_page("/report")
    await page.get_by_label("Tell us in your own words").fill("There is a hole in the road")
    await page.get_by_label("What is it about?").select_option("ST-POTHOLE")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("The place, in words").fill(place.upper())
    await page.get_by_role("radio", name=f"Pothole or road surface, {place}").check()
    await expect(page.locator("#already [type=radio]")).to_have_count(2)  # that one, and none of them
    for step in ("photos", "contact"):
        await page.get_by_role("button", name="Continue").click()
        await expect(page.locator(f"#{step}-title")).to_be_visible()
    await page.get_by_label("E-mail address").fill("second@example.org")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator("#summary")).to_contain_text(f"The same as {display(first)}")
    await page.wait_for_timeout(LOOKED_FOR_SECONDS * 1000)  # what the time trap wants of a person
    await page.get_by_role("button", name="Send report").click()
    second = await sent(page)

    await system.visible(second)
    staff = (await system.look_up(second, is_staff=True)).json()["staff"]
    assert staff["mentions"] == first
    assert "possible_duplicate" in staff["attention"]
    one = f"{system.tracker}/api/v1/requests/{second}"
    proposed = (await system.client.get(f"{one}/possible-duplicates", headers=system.staff)).json()["items"]
    assert [item["service_request_id"] for item in proposed] == [first]
    merged = await system.client.put(
        f"{one}/duplicate-of", json={"duplicate_of": proposed[0]["tracking_number"]}, headers=system.staff | {"If-Match": "*"}
    )
    assert merged.status_code == 200, merged.text

    async def followed() -> list[str]:
        followers: list[str] = (await system.look_up(first, is_staff=True)).json()["staff"]["followers"]
        return followers

    assert await until(followed, "a follower") == [second]


async def test_a_report_without_javascript(system: System, open_page: Opened) -> None:
    """One page, one POST, a number; the status page shows a change by staff after a reload."""
    page = await open_page("/report", java_script_enabled=False)
    await page.get_by_label("Tell us in your own words").fill("A branch lies on the path")
    await page.get_by_label("The place, in words").fill("Invented Park, behind the third court")
    await page.locator("#photos").set_input_files([jpeg("branch")])
    await page.wait_for_timeout(LOOKED_FOR_SECONDS * 1000)  # what the time trap wants of a person
    await page.get_by_role("button", name="Send report").click()
    number = await sent(page)
    await system.visible(number)
    await page.get_by_role("link", name="See the status").click()
    await expect(page.locator(".facts")).to_contain_text("A branch lies on the path")

    await system.change(number, status="closed", detailed_status="resolved", status_notes="The path is clear again.")

    await page.reload()
    await expect(page.locator(".notes")).to_have_text("The path is clear again.")
    await of_the_photo(system, number)


async def test_a_report_in_spanish(system: System, open_page: Opened) -> None:
    """The pages, the number and the language to answer in are Spanish; the status is told in Spanish."""
    page = await open_page("/report?lang=es", java_script_enabled=False)
    await page.locator("#description").fill("La farola parpadea toda la noche")
    await page.locator("#address").fill("Calle Inventada 14")
    await page.wait_for_timeout(LOOKED_FOR_SECONDS * 1000)  # what the time trap wants of a person
    await page.locator("button[value=send]").first.click()
    number = await sent(page, "Tenemos su reporte")
    await system.visible(number)
    assert (await system.look_up(number, is_staff=True)).json()["staff"]["report"]["language"] == "es"

    await system.change(number, detailed_status="assigned")

    await page.goto(f"/requests/{number[:4]}-{number[4:8]}-{number[8:]}")
    assert await page.locator("html").get_attribute("lang") == "es"
    await expect(page.locator("h1")).to_have_text("Con un equipo")


@pytest.mark.parametrize("language", ["en", "es"])
async def test_axe_finds_nothing_on_what_the_system_fills(system: System, open_page: Opened, language: str) -> None:
    """0 violations on every page that the whole system fills: a confirmation, a long history, a private request.

    Those that are the same whatever is behind them are looked at in ``e2e/portal``, in both languages.
    """
    posted = await system.form(description="There is a deep pothole.", address="Invented Street 7", language=language)
    confirmation = posted.headers["location"]
    shown = confirmation.split("/")[2]
    number = shown.replace("-", "")
    await system.visible(number)
    await system.change(number, detailed_status="in_progress", status_notes="A crew is on its way.")
    await system.change(number, status="closed", detailed_status="resolved", status_notes="The hole is filled.")
    private = await system.reported("Somebody sleeps in the underpass.")
    await system.visible(private)
    await system.change(private, is_private=True)
    page = await open_page(f"/?lang={language}")
    for path in (confirmation, f"/requests/{shown}", f"/requests/{private[:4]}-{private[4:8]}-{private[8:]}"):
        await page.goto(path)
        assert await found_by_axe(page) == [], path
        assert await page.evaluate("document.documentElement.lang") == language
