"""Latency of the champion's prediction with the side-by-side panel open.

`python -m bench.side_by_side_cost`. The same users draw in turn with the panel closed and with the
panel open, where all bundled models predict. They draw at a natural rate (open loop) and without
pauses (closed loop). The exit status is 1 if, at the natural rate, p95 with the panel is more than
1.5 times p95 without it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import orjson
import uvloop

from bench.harness.bench_site import ROOT, BenchSite
from bench.harness.load_generator import (
    Connect,
    Connection,
    DrawingClient,
    Tally,
    connect_websocket,
    run_closed_loop,
    run_open_loop,
)
from bench.harness.login import sign_in_new_users
from bench.harness.measurement import compute_percentiles
from bench.harness.result_table import format_range, print_goal
from bench.harness.sample_drawings import load_inks
from bench.harness.websocket_client import open_websocket

NUM_USERS = 8
DRAWINGS_PER_S = 24.0
MAX_RATIO = 1.5
SELECT_MODELS_CODE = f"""
from pathlib import Path
from recognizer.side_by_side.shown_models import set_shown_models
from recognizer.registry.artifact_store import register_model
folders = sorted(Path({str(ROOT)!r}, "ml", "weights").iterdir())
print(set_shown_models([register_model(folder).ref for folder in folders if folder.is_dir()]))
"""


class SideBySidePanel:
    """Clients that request all models after each prediction, as the page does.

    `latencies` are the ms from the request to the predictions of all models.
    """

    def __init__(self, port: int, keys: Sequence[str]) -> None:
        self._port, self._keys = port, keys
        self._sent_at: dict[str, float] = {}
        self.num_requests = 0
        self.latencies: list[float] = []

    async def connect(self, client: DrawingClient, number: int) -> Connection:
        connection: Connection

        def receive(text: bytes) -> None:
            client.receive(text)
            if text.startswith(b'{"type":"prediction"'):
                connection.send(self._build_request(orjson.loads(text)))
            elif text.startswith(b'{"type":"side_by_side"'):
                self._record(orjson.loads(text))

        key = self._keys[number]
        connection = await open_websocket(receive, port=self._port, session_key=key)
        return connection

    def _build_request(self, prediction: dict[str, object]) -> bytes:
        id = str(prediction["id"])
        self.num_requests += 1
        self._sent_at[id] = time.perf_counter()
        return orjson.dumps({"type": "side_by_side", "id": id, "revision": prediction["revision"]})

    def _record(self, message: dict[str, object]) -> None:
        sent_at = self._sent_at.pop(str(message["id"]), None)
        if message["predictions"] is not None and sent_at is not None:
            self.latencies.append((time.perf_counter() - sent_at) * 1000)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    inks = load_inks()
    with BenchSite(programs=["background"]) as site:
        keys = sign_in_new_users(site, NUM_USERS)
        models = int(site.run(["django", "shell", "-v0", "-c", SELECT_MODELS_CODE])) - 1
        panel, closed_panel = SideBySidePanel(site.port, keys), connect_websocket([site.port], keys)

        def draw_at_natural_rate(connect: Connect) -> Tally:
            return uvloop.run(
                run_open_loop(
                    connect, NUM_USERS, inks, per_s=DRAWINGS_PER_S, seconds=options.seconds
                )
            )

        def draw_without_pauses(connect: Connect) -> Tally:
            return uvloop.run(run_closed_loop(connect, NUM_USERS, inks, options.seconds))

        draw_at_natural_rate(panel.connect)  # discarded: loads the models
        print(f"{NUM_USERS} users, {models} models and the champion, {options.rounds} rounds")
        name = f"{DRAWINGS_PER_S:g} drawings/s"
        ratio = _compare(draw_at_natural_rate, closed_panel, panel, name, options.rounds)
        _compare(draw_without_pauses, closed_panel, panel, "without pauses", options.rounds)
    print_goal("p95 with the panel to p95 without", ratio, most=MAX_RATIO)
    return 0 if ratio <= MAX_RATIO else 1


def _compare(
    run: Callable[[Connect], Tally],
    closed_panel: Connect,
    panel: SideBySidePanel,
    name: str,
    rounds: int,
) -> float:
    """Measure both in turn; return the ratio of the median p95."""
    without: list[Tally] = []
    with_panel: list[Tally] = []
    panel.num_requests, panel.latencies = 0, []
    for number in range(rounds):
        pair = [(closed_panel, without), (panel.connect, with_panel)]
        for connect, tallies in pair if number % 2 else reversed(pair):
            tallies.append(run(connect))
    both = (without, with_panel)
    percentiles = [[compute_percentiles(one.latencies) for one in each] for each in both]
    p50s = [statistics.median(one[0] for one in each) for each in percentiles]
    p95s = [statistics.median(one[1] for one in each) for each in percentiles]
    ratios = [after[1] / before[1] for before, after in zip(*percentiles, strict=True)]
    predictions = [sum(len(one.latencies) for one in each) for each in both]
    errors = sum(one.lost + one.duplicates + one.refused for one in without + with_panel)
    p50, p95, _ = compute_percentiles(panel.latencies)
    print(
        f"{name}, without and with the panel: p50 {p50s[0]:.2f}, {p50s[1]:.2f} ms;"
        f" p95 {p95s[0]:.2f}, {p95s[1]:.2f} ms, ratio {p95s[1] / p95s[0]:.2f}"
        f" ({format_range(ratios)}); predictions {predictions[0]}, {predictions[1]};"
        f" errors {errors}\n  panel: {panel.num_requests} requests,"
        f" {len(panel.latencies)} completed, p50 {p50:.0f} ms, p95 {p95:.0f} ms",
        flush=True,
    )
    return p95s[1] / p95s[0]


if __name__ == "__main__":
    sys.exit(main())
