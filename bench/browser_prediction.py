"""Predictions in the browser: `make preview`, or `python -m bench.browser_prediction`.

Chromium runs the modules of the drawing page on example drawings, at full speed and with a CPU six
times slower. They run in the main thread, because Chromium slows no web workers down. There is no
site: the modules, the drawings and the bundle are those of this repository.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
ORIGIN = "http://preview.localhost"
CPU_SLOWDOWN = 6
MAX_BUNDLE_BYTES = 350 * 1024
MAX_MS, MAX_SLOW_MS = 20.0, 80.0
"""Goals for the 95th percentile of the predictions."""
MAX_MAIN_THREAD_MS = 2.0
"""Goal for the work of the page's own thread for one request, with the slower CPU."""

MEASURE = """async ({ bundle, rounds }) => {
  const { parseBundle, predict } = await import("/static/js/inference/network.js");
  const { flattenStrokes, rasterize } = await import("/static/js/inference/rasterize.js");
  const read = async (path) => (await fetch(path)).arrayBuffer();
  const network = parseBundle(await read(bundle));
  const inks = JSON.parse(new TextDecoder().decode(await read("/tests/ink/digits.json")));
  const longest = [Array.from({ length: 5000 }, (_, i) => [i % 997, i % 787, i, 0.5])];
  const timed = (work) => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  const run = (count) => {
    const predictions = [];
    const requests = [];
    for (let round = 0; round < count; round++) {
      for (const { strokes } of inks) {
        predictions.push(timed(() => predict(network, rasterize(flattenStrokes(strokes)))));
      }
      requests.push(timed(() => flattenStrokes(longest)));
    }
    return { predictions, requests };
  };
  run(1); // the first round compiles
  return run(rounds);
}"""


class Times(TypedDict):
    """Milliseconds of each prediction, and of the copying of the longest allowed drawing."""

    predictions: list[float]
    requests: list[float]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.browser_prediction", description=__doc__)
    parser.add_argument("--model", default="inknet", help="a name in ml/weights")
    parser.add_argument("--rounds", type=int, default=5, help="rounds over the example drawings")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        print("There is no Chromium here.", file=sys.stderr)
        return 1
    bundle = f"/ml/weights/{options.model}/browser.bin"
    size = (ROOT / bundle[1:]).stat().st_size
    print(f"{options.model}: {size:,} bytes (goal {MAX_BUNDLE_BYTES:,})")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.route(f"{ORIGIN}/**", serve_file)
        page.goto(f"{ORIGIN}/")
        fits = [
            measure(page, bundle, options.rounds, slowdown=1, goal=MAX_MS),
            measure(page, bundle, options.rounds, slowdown=CPU_SLOWDOWN, goal=MAX_SLOW_MS),
        ]
        browser.close()
    return 0 if all(fits) and size <= MAX_BUNDLE_BYTES else 1


def serve_file(route: Route) -> None:
    """Respond with a file of the repository, or with an empty page."""
    path = urlsplit(route.request.url).path
    if path == "/":
        route.fulfill(content_type="text/html", body="<!doctype html><title>Preview</title>")
    else:
        route.fulfill(path=ROOT / path[1:])


def measure(page: Page, bundle: str, rounds: int, *, slowdown: int, goal: float) -> bool:
    """Print the times with a slower CPU. Return False for a missed goal."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    times: Times = page.evaluate(MEASURE, {"bundle": bundle, "rounds": rounds})
    session.detach()
    predictions, requests = sorted(times["predictions"]), sorted(times["requests"])
    p95 = predictions[int(0.95 * (len(predictions) - 1))]
    copying = requests[len(requests) // 2]
    print(
        f"CPU {slowdown}x slower, {len(predictions)} predictions: median"
        f" {predictions[len(predictions) // 2]:.1f} ms, p95 {p95:.1f} ms (goal {goal:.0f});"
        f" copying 5,000 points {copying:.2f} ms (goal {MAX_MAIN_THREAD_MS:.0f})",
        flush=True,
    )
    return p95 <= goal and copying <= MAX_MAIN_THREAD_MS


if __name__ == "__main__":
    sys.exit(main())
