"""A browser for the tests of pages: chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.support.processes.wait_until import PATIENCE_SECONDS

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for the tests of a module. While it is open, its thread has an event loop."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        assert "CI" not in os.environ, "CI needs a browser, of Debian's package chromium"
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        # As root, a browser has no sandbox; what it opens here is our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        expect.set_options(timeout=1000 * PATIENCE_SECONDS)  # otherwise it waits for 5 s
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Return a function that opens a page; fail at the end if the page logged or fetched more."""
    complaints: list[str] = []
    contexts = []

    def opened(url: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()

        def require_own(address: str) -> None:
            if address != url and not address.startswith(("http://127.0.0.1:", "data:")):
                complaints.append(f"fetched {address}")

        def note(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                complaints.append(message.text)

        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: require_own(request.url))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
