"""Debian's chromium before whatever the fixture ``address`` of a folder serves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
Opened = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """Playwright's asynchronous half: its other one would hold the loop that all other tests run on."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        await started.close()


@pytest.fixture
async def open_page(browser: Browser, address: str) -> AsyncIterator[Opened]:
    """Opens a phone-sized page; errors of scripts and what the policy refuses fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    async def opened(path: str, **options: Any) -> Page:  # noqa: ANN401 - playwright's own options
        settings: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "en-US", **options}
        context = await browser.new_context(base_url=address, **settings)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", heard)
        await page.goto(path)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert not complaints
