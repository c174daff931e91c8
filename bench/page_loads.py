"""Page loads in Chromium: `make page-loads`, or `python -m bench.page_loads --pages draw`.

Each page is loaded with an empty cache, again with a full one, with a CPU four times slower, and
over a network with 400 ms latency and 50 KB/s. The site serves the built static files.

A stranger then opens the address and draws a digit: the time from the address to the end of the
stroke, to the preview of the browser and to the prediction of the site, and the share of the page
that moved.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.harness.bench_site import BenchSite
from bench.harness.bench_users import PASSWORD, user_name

PAGES = {
    "landing": "/",
    "sign-up": "/accounts/signup/",
    "draw": "/",
    "history": "/history/",
    "how it works": "/how-it-works/",
    "models": "/models/",
}
ANONYMOUS_PAGES = ("landing", "sign-up")
CPU_SLOWDOWN = 4
SLOW_NETWORK = {"latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SETTLE_MS = 1_000
"""The wait after the load event: the page fetches its data, and the last paint is reported."""

MAX_COLD_REQUESTS, MAX_COLD_KB, MAX_WARM_REQUESTS = 12, 60.0, 2
MAX_USABLE_S = MAX_PREDICTION_S = 3.0
MAX_LAYOUT_SHIFT = 0.02
DIGIT = 7
POINT_STEP = 4
"""Each movement of the mouse waits for the page: with all points it is slower than a hand."""

INKS = Path(__file__).resolve().parent.parent / "tests" / "ink" / "digits.json"

READ_TIMES = """() => new Promise((resolve) => {
  const [navigation] = performance.getEntriesByType("navigation");
  new PerformanceObserver((list) => resolve({
    usable: navigation.domContentLoadedEventEnd / 1000,
    lcp: list.getEntries().at(-1).startTime / 1000,
  })).observe({ type: "largest-contentful-paint", buffered: true });
})"""

WATCH = """(() => {
  const times = (window.benchTimes = { shift: 0 });
  const note = (name, selector) => {
    if (document.querySelector(selector)) times[name] ??= performance.now() / 1000;
  };
  const look = () => {
    note("preview", "[data-bars] .bar.best");
    note("prediction", "[data-prediction][data-state=digit]");
  };
  const changes = { subtree: true, childList: true, attributes: true };
  new MutationObserver(look).observe(document, changes);
  new PerformanceObserver((list) => {
    const shifts = list.getEntries().filter((entry) => !entry.hadRecentInput);
    for (const { value } of shifts) times.shift += value;
  }).observe({ type: "layout-shift", buffered: true });
  addEventListener("pointerup", () => (times.drawn = performance.now() / 1000), true);
})();"""


@dataclass
class PageLoad:
    """One load. `usable_s` is the time until the scripts have run, `lcp_s` the largest paint."""

    requests: list[str] = field(default_factory=list)
    bytes: float = 0.0
    usable_s: float = 0.0
    lcp_s: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.page_loads", description=__doc__)
    parser.add_argument("--pages", nargs="+", choices=list(PAGES), default=list(PAGES))
    parser.add_argument("--list", action="store_true", help="print the requests of each load")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        print("There is no Chromium here.", file=sys.stderr)
        return 1
    with BenchSite(environment={"STATIC_SOURCES": "false"}) as site, sync_playwright() as driver:
        site.run(["bench.harness.bench_users", "1"])
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        print_heading()
        fits = [measure_page(browser, site, name, options.list) for name in options.pages]
        fits.append(measure_stranger(browser, site))
        browser.close()
    return 0 if all(fits) else 1


def measure_page(browser: Browser, site: BenchSite, name: str, is_listed: bool) -> bool:
    """Print a row. Return False if the drawing page misses a goal."""
    url = f"http://localhost:{site.port}{PAGES[name]}"
    contexts = [open_context(browser, site, name in ANONYMOUS_PAGES) for _ in range(3)]
    cold, warm = load_page(contexts[0], url), load_page(contexts[0], url)
    slow_cpu = load_page(contexts[1], url, cpu_slowdown=CPU_SLOWDOWN)
    slow_network = load_page(contexts[2], url, network=SLOW_NETWORK)
    for context in contexts:
        context.close()
    print(
        f"{name:14}{len(cold.requests):9}{cold.bytes / 1000:9.1f}{len(warm.requests):9}"
        f"{warm.bytes / 1000:9.1f}{slow_cpu.lcp_s:11.2f}{slow_cpu.usable_s:9.2f}"
        f"{slow_network.lcp_s:13.2f}{slow_network.usable_s:9.2f}",
        flush=True,
    )
    if is_listed:
        for kind, load in (("cold", cold), ("warm", warm)):
            print(*(f"    {kind}: {request}" for request in load.requests), sep="\n")
    return name != "draw" or (
        len(cold.requests) <= MAX_COLD_REQUESTS
        and cold.bytes / 1000 <= MAX_COLD_KB
        and len(warm.requests) <= MAX_WARM_REQUESTS
        and slow_network.usable_s <= MAX_USABLE_S
    )


def measure_stranger(browser: Browser, site: BenchSite) -> bool:
    """Print the times of a stranger's first and second visit. Return False if one misses a goal."""
    url = f"http://localhost:{site.port}/"
    heading = f"{'usable':>9}{'drawn':>9}{'preview':>9}{'prediction':>12}{'shift':>9}"
    print(f"\n{'a stranger draws':28}{heading}")
    fits = True
    for name, cpu in (("", 1), (", 4x slower CPU", CPU_SLOWDOWN)):
        context = browser.new_context()
        for visit in ("first visit", "second visit"):
            times = draw_as_stranger(context, url, cpu=cpu)
            print_stranger(visit + name, times)
            fits &= times["prediction"] <= MAX_PREDICTION_S and times["shift"] < MAX_LAYOUT_SHIFT
        context.close()
    context = browser.new_context()
    print_stranger("400 ms, 50 KB/s", draw_as_stranger(context, url, network=SLOW_NETWORK))
    context.close()
    return fits


def print_stranger(name: str, times: dict[str, float]) -> None:
    print(
        f"{name:28}{times['usable']:9.2f}{times['drawn']:9.2f}{times['preview']:9.2f}"
        f"{times['prediction']:12.2f}{times['shift']:9.3f}",
        flush=True,
    )


def draw_as_stranger(
    context: BrowserContext, url: str, *, cpu: int = 1, network: dict[str, int] | None = None
) -> dict[str, float]:
    """Draw as soon as there is a canvas. Return the seconds since the start of the navigation."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    if network:
        session.send("Network.emulateNetworkConditions", {"offline": False, **network})
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => document.querySelector('[data-canvas]')?.stopRecorder")
    usable_s = page.evaluate("performance.now() / 1000")
    draw_digit(page)
    page.wait_for_function("() => benchTimes.prediction && benchTimes.preview")
    page.wait_for_timeout(SETTLE_MS)
    times: dict[str, float] = page.evaluate("benchTimes")
    page.close()
    return {**times, "usable": usable_s}


def draw_digit(page: Page) -> None:
    inks = json.loads(INKS.read_text())
    [stroke] = next(ink["strokes"] for ink in inks if ink["label"] == DIGIT)
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    xs, ys = ([point[axis] for point in stroke] for axis in (0, 1))
    scale = 0.6 * box["height"] / max(max(xs) - min(xs), max(ys) - min(ys))
    left, top = box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"]
    for number, (x, y, *_) in enumerate(stroke[::POINT_STEP]):
        page.mouse.move(left + scale * (x - min(xs)), top + scale * (y - min(ys)))
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def print_heading() -> None:
    print(f"{'':14}{'cold':>18}{'warm':>18}{'4x slower CPU':>20}{'400 ms, 50 KB/s':>22}")
    print(
        f"{'page':14}{'requests':>9}{'KB':>9}{'requests':>9}{'KB':>9}"
        f"{'LCP s':>11}{'usable':>9}{'LCP s':>13}{'usable':>9}"
    )


def open_context(browser: Browser, site: BenchSite, is_anonymous: bool) -> BrowserContext:
    """Return a context with an empty cache, signed in by its cookies unless anonymous."""
    if is_anonymous:
        return browser.new_context()
    signed_in = browser.new_context()
    page = signed_in.new_page()
    page.goto(f"http://localhost:{site.port}/accounts/login/")
    page.fill("[name=login]", user_name(0))
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"http://localhost:{site.port}/")
    state = signed_in.storage_state()
    signed_in.close()
    return browser.new_context(storage_state=state)


def load_page(
    context: BrowserContext,
    url: str,
    *,
    cpu_slowdown: int = 1,
    network: dict[str, int] | None = None,
) -> PageLoad:
    """Load a page in a new tab, as a visit by a link does, and measure it."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    load = PageLoad()
    record_requests(session, load)
    session.send("Emulation.setCPUThrottlingRate", {"rate": cpu_slowdown})
    if network:
        session.send("Network.emulateNetworkConditions", {"offline": False, **network})
    page.goto(url, wait_until="load")
    page.wait_for_timeout(SETTLE_MS)
    read_times(page, load)
    page.close()
    return load


def record_requests(session: CDPSession, load: PageLoad) -> None:
    """Count what the network transfers; a response of the cache transfers nothing."""
    sent: dict[str, str] = {}

    def note_request(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            sent[event["requestId"]] = f"{event['request']['method']} {event['request']['url']}"

    def note_end(event: dict[str, Any]) -> None:
        name = sent.pop(event["requestId"], None)
        if name and event["encodedDataLength"]:
            load.requests.append(f"{event['encodedDataLength']:6.0f} {name}")
            load.bytes += event["encodedDataLength"]

    session.on("Network.requestWillBeSent", note_request)
    session.on("Network.loadingFinished", note_end)
    session.send("Network.enable")


def read_times(page: Page, load: PageLoad) -> None:
    times = page.evaluate(READ_TIMES)
    load.usable_s, load.lcp_s = times["usable"], times["lcp"]


if __name__ == "__main__":
    sys.exit(main())
