"""Pages in a real browser: how they are served, opened, and checked for everyone's use."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import uvicorn
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from fastapi import FastAPI
from playwright.sync_api import Page
from pytest_playwright.pytest_playwright import CreateContextCallback as NewContext

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HEIGHT = 800
# Wide first: what a narrow page folds away is opened there, and would stay so on a wide one.
WIDTHS = (1280, 360)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AXE_OPTIONS: dict[str, object] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
RUN_AXE = "options => axe.run(options).then(({ violations }) => ({ violations }))"
UNFOLD = """() => {
    const folded = () => [...document.querySelectorAll("details:not([open]) > summary")]
        .filter(summary => summary.checkVisibility());
    for (let some = folded(); some.length; some = folded())
        some.forEach(summary => { summary.parentElement.open = true; });
}"""


def wait_until(page: Page, expression: str) -> None:
    """Ask the page until the expression is true. `Page.wait_for_function` would have the page
    itself evaluate a text, which our policy forbids, as soon as it has to ask twice."""
    deadline = time.monotonic() + 30
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of a real server on the loopback interface."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def open_page(new_context: NewContext, width: int, *, javascript: bool = True) -> Page:
    """An empty page in a context of its own, which ends with the test.

    With JavaScript, our own policy is passed by: axe could not be brought in otherwise.
    """
    context = new_context(
        viewport={"width": width, "height": HEIGHT},
        java_script_enabled=javascript,
        bypass_csp=javascript,
    )
    return context.new_page()


def axe(page: Page, options: dict[str, object] = AXE_OPTIONS) -> AxeResults:
    """What axe finds in the page as it stands; the page needs JavaScript."""
    page.evaluate(AXE_SCRIPT)
    return AxeResults(page.evaluate(RUN_AXE, options))


def assert_accessible(page: Page, name: str) -> None:
    """No rule of WCAG 2.2 AA is broken on a wide or a narrow screen, light or dark, all unfolded.

    The page needs JavaScript. Pictures are left in the folder ACERVO_SHOTS, when it is set.
    """
    shots = os.environ.get("ACERVO_SHOTS")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.evaluate(UNFOLD)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            results = axe(page)
            view = f"{name}-{width}-{scheme}"
            assert results.violations_count == 0, f"{view}: {results.generate_report()}"
            if shots:
                page.screenshot(path=Path(shots) / f"{view}.png", full_page=True)
