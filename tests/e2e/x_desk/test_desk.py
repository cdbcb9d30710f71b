"""A newcomer writes a post on a phone and sees the answer."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from support.x_stand_in import TOWN, RunningX, photo

Opened = Callable[..., Awaitable[Page]]


async def test_a_post_and_its_answer(x: RunningX, open_page: Opened, tmp_path: Path) -> None:
    """The answer appears by itself, and what is being typed meanwhile stays; nothing is wider than a phone, and axe finds nothing."""
    (tmp_path / "hole.jpg").write_bytes(photo(400, 250))
    page = await open_page("/")
    await page.get_by_label("name").fill("sam_example")
    await page.get_by_label("text").press_sequentially("A pothole at 300 N Academy St " + "w" * 80)
    await page.get_by_label("photo (up").set_input_files(tmp_path / "hole.jpg")
    await page.get_by_label("what the photo shows").fill("A hole in the road")
    await page.get_by_role("button", name="Post").click()
    await expect(page.get_by_alt_text("A hole in the road")).to_be_visible()
    (post,) = x.app.network.newest_first()
    assert post.text == "A pothole at 300 N Academy St " + "w" * 80 + " @cary311 #311Cary"  # what was there already stays apart

    await page.get_by_label("text").fill("I am still typing")
    x.writes("Your number is 7KQ4-M2XD-9RTB", TOWN, parent_id=post.id)
    await expect(page.locator("article.ours")).to_contain_text("7KQ4-M2XD-9RTB")
    await expect(page.get_by_label("text")).to_have_value("I am still typing")

    await page.locator("article.ours").get_by_role("link", name="answer").click()
    await page.get_by_label("name").fill("sam_example")
    await page.get_by_label("text").fill("Thank you")
    await page.get_by_role("button", name="Post").click()
    await expect(page.locator("article").last).to_contain_text("@cary311 Thank you")
    await page.get_by_role("button", name="Post").click()
    await page.get_by_label("name").fill("not a name")
    await page.get_by_role("button", name="Post").click()
    await expect(page.get_by_role("alert")).to_contain_text("A name has")

    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    results = await Axe().run(page)
    assert results.response["violations"] == []
