"""How long a cheap phone waits, from the tap on a result to its page with the passage marked.

    python -m benchmarks.slow_phone http://127.0.0.1:8000 [--question "…"] [--runs 5]

Chromium with the screen, the network (slow 4G: 1.6 Mbps, 150 ms there and back) and the processor
(a fourth) of the phone that Lighthouse thinks of. Each run has an empty cache. The clock stops when
the image of the page is there and a rectangle over the cited passage is in sight. Prints JSON.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from urllib.parse import urlencode

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
QUESTION = "¿Cuáles son los principios de gobernanza eficaz?"
HIT = 'main ol.groups a[href*="pasaje="]'
"""The first hit of the results that leads to a page; answers above them have links of their own."""
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,
}
SLOWER = 4
LONGEST_MS = 60_000
SHOWN = """() => {
  const image = document.querySelector('img.page');
  if (!image || !image.complete || !image.naturalWidth) return false;
  return [...document.querySelectorAll('.overlay .cited rect')].some((rectangle) => {
    const box = rectangle.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth;
    return box.width > 0 && box.height > 0 && inside
      && getComputedStyle(rectangle).visibility === 'visible'
      && !['none', 'transparent', 'rgba(0, 0, 0, 0)'].includes(getComputedStyle(rectangle).fill);
  });
}"""


@dataclass(frozen=True, slots=True)
class Run:
    """One tap: seconds until all is shown, what came over the network meanwhile, which image."""

    seconds: float
    kilobytes: float
    image: str
    address: str


def tap(browser: Browser, address: str, question: str, hit: str) -> Run:
    context = browser.new_context(
        viewport={"width": 412, "height": 823},
        device_scale_factor=1.75,
        is_mobile=True,
        has_touch=True,
        locale="es",
    )
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        received = slow_down(session)
        page.goto(f"{address}/?{urlencode({'q': question})}", wait_until="load", timeout=LONGEST_MS)
        link = page.locator(hit).first
        link.scroll_into_view_if_needed()
        received.clear()
        started = time.perf_counter()
        link.tap(no_wait_after=True)
        seconds = shown_after(page, started)
        image = page.evaluate("document.querySelector('img.page').currentSrc")
        return Run(round(seconds, 3), round(sum(received) / 1000, 1), image, page.url)
    finally:
        context.close()


def slow_down(session: CDPSession) -> list[float]:
    """Make network and processor those of the phone; the list grows with the bytes that come."""
    received: list[float] = []
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.on("Network.loadingFinished", lambda e: received.append(e["encodedDataLength"]))
    return received


def shown_after(page: Page, started: float) -> float:
    page.wait_for_url("**/documentos/**", wait_until="commit", timeout=LONGEST_MS)
    page.wait_for_function(SHOWN, polling="raf", timeout=LONGEST_MS)
    return time.perf_counter() - started


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("address", help="of the server, without a final slash")
    parser.add_argument("--question", default=QUESTION)
    parser.add_argument("--hit", default=HIT, help="which link to tap (the first of these)")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    address = options.address.rstrip("/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        runs = [tap(browser, address, options.question, options.hit) for _ in range(options.runs)]
        browser.close()
    report = {
        "question": options.question,
        "seconds, median": median(run.seconds for run in runs),
        "kilobytes, median": median(run.kilobytes for run in runs),
        "runs": [asdict(run) for run in runs],
    }
    print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
