"""A browser, and tabs in it that tolerate no complaint in their console."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from sandbox.imagine.camera import browser_here
from tests.browser.page_studio import Studio, opened
from tests.browser.wall import Open, Wall, built
from tests.kit.patience import slowness

_HOW = (
    "there is no Chromium: apt-get install --no-install-recommends chromium-headless-shell "
    "fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"
)
_READER: dict[str, Any] = {
    "viewport": {"width": 1100, "height": 900},
    "color_scheme": "dark",
    "locale": "en-US",
    "timezone_id": "UTC",
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of a worker."""
    path = browser_here()
    if path is None:
        pytest.skip(_HOW)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(browser: Browser) -> AsyncIterator[Open]:
    """Open tabs; at the end, none may have an error in its console."""
    async with _tabs(browser) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def _wall(browser: Browser) -> AsyncIterator[Wall]:
    async with built() as made, _tabs(browser) as opened:
        await made.look(opened)
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def wall(_wall: Wall) -> Wall:
    """A channel with an application in it, and Ann looking; one for all tests of a module."""
    await _wall.forget()
    return _wall


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def studio(browser: Browser, tmp_path_factory) -> AsyncIterator[Studio]:
    """The real bot and the page; one for all tests of a module."""
    assert browser.is_connected()
    async with opened(tmp_path_factory.mktemp("studio")) as running:
        yield running


@asynccontextmanager
async def _tabs(browser: Browser) -> AsyncGenerator[Open]:
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    async def opened(url: str, **options) -> Page:
        context = await browser.new_context(**_READER | options)
        contexts.append(context)
        context.set_default_timeout(10_000 * slowness())
        page = await context.new_page()
        page.on("console", lambda said: complaints.extend(_complaint(said)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert not complaints


def _complaint(said: ConsoleMessage) -> list[str]:
    return [said.text] if said.type in {"error", "warning"} else []
