"""The portal on a real port, and Debian's chromium before it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from support.fake_portal import PortalForTests, make_portal

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
Opened = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.chromium)


@pytest.fixture
def portal() -> PortalForTests:
    """With the real clock: a browser's time passes by itself."""
    return make_portal(clock=lambda: datetime.now(UTC))


@pytest.fixture
async def address(portal: PortalForTests) -> AsyncIterator[str]:
    """Where the portal listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(portal.app, log_level="error", lifespan="off", http="h11", ws="none"))
        # _serve, because serve() would take over the signals of the whole test run.
        serving = asyncio.create_task(server._serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


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
