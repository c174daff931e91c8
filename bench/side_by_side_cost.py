"""What the panel of all models costs the main answer: `python -m bench.side_by_side_cost`.

The same people draw in turn with the panel switched off and on, all of them at once and beside all
models that come with the site: at the rate of hands (open loop), and as fast as they can (closed).
Prints the ratios, and how long the panel itself takes; ends with 1 when at the rate of hands p95 is
more than 1.5 times what it is without.
"""

from __future__ import annotations

import argparse
import asyncio
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
    Drawer,
    Tally,
    connect_websocket,
    run_closed_loop,
    run_open_loop,
)
from bench.harness.login import sign_in_all
from bench.harness.measurement import compute_percentiles
from bench.harness.result_table import print_goal
from bench.harness.sample_drawings import load_inks
from bench.harness.websocket_client import WebsocketClient

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
    """Asks after each answer, as the page does; `waits` are ms from the question to all models."""

    def __init__(self, port: int, keys: Sequence[str]) -> None:
        self._port, self._keys = port, keys
        self._asked: dict[str, float] = {}
        self.asked = 0
        self.waits: list[float] = []

    async def connect(self, drawer: Drawer, number: int) -> Connection:
        connection: Connection

        def receive(text: bytes) -> None:
            drawer.receive(text)
            if text.startswith(b'{"type":"prediction"'):
                connection.send(self._question(orjson.loads(text)))
            elif text.startswith(b'{"type":"side_by_side"'):
                self._note(orjson.loads(text))

        connection = await _open(receive, self._port, self._keys[number])
        return connection

    def _question(self, answered: dict[str, object]) -> bytes:
        id = str(answered["id"])
        self.asked += 1
        self._asked[id] = time.perf_counter()
        return orjson.dumps({"type": "side_by_side", "id": id, "revision": answered["revision"]})

    def _note(self, message: dict[str, object]) -> None:
        asked_at = self._asked.pop(str(message["id"]), None)
        if message["predictions"] is not None and asked_at is not None:
            self.waits.append((time.perf_counter() - asked_at) * 1000)


async def _open(receive: Callable[[bytes], None], port: int, key: str) -> WebsocketClient:
    def make() -> WebsocketClient:
        headers = {"Cookie": f"sessionid={key}"}
        return WebsocketClient(receive, host=f"127.0.0.1:{port}", headers=headers)

    _, client = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", port)
    await client.opened
    return client


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    inks = load_inks()
    with BenchSite(programs=["background"]) as site:
        site.run(["bench.harness.bench_users", str(NUM_USERS)])
        models = int(site.run(["django", "shell", "-v0", "-c", SELECT_MODELS_CODE])) - 1
        keys = sign_in_all(site.port, NUM_USERS)
        panel, off = SideBySidePanel(site.port, keys), connect_websocket(site.port, keys)

        def hands(connect: Connect) -> Tally:
            return uvloop.run(
                run_open_loop(
                    connect, NUM_USERS, inks, per_s=DRAWINGS_PER_S, seconds=options.seconds
                )
            )

        def flat_out(connect: Connect) -> Tally:
            return uvloop.run(run_closed_loop(connect, NUM_USERS, inks, options.seconds))

        hands(panel.connect)  # a discarded one, which loads the models
        print(f"{NUM_USERS} people, {models} models beside the champion, {options.rounds} rounds")
        ratio = _compare(hands, off, panel, f"{DRAWINGS_PER_S:g} drawings/s", options.rounds)
        _compare(flat_out, off, panel, "as fast as they can", options.rounds)
    print_goal("p95 with all panels open to p95 without", ratio, most=MAX_RATIO)
    return 0 if ratio <= MAX_RATIO else 1


def _compare(
    run: Callable[[Connect], Tally], off: Connect, panel: SideBySidePanel, name: str, rounds: int
) -> float:
    """In turn; the ratio of the medians of p95."""
    without: list[Tally] = []
    beside: list[Tally] = []
    panel.asked, panel.waits = 0, []
    for number in range(rounds):
        pair = [(off, without), (panel.connect, beside)]
        for connect, tallies in pair if number % 2 else reversed(pair):
            tallies.append(run(connect))
    found = [[compute_percentiles(one.latencies) for one in each] for each in (without, beside)]
    p50s = [statistics.median(one[0] for one in each) for each in found]
    p95s = [[one[1] for one in each] for each in found]
    answers = [sum(len(one.latencies) for one in each) for each in (without, beside)]
    lost = sum(one.lost + one.duplicates + one.refused for one in without + beside)
    ratios = [b / a for a, b in zip(*p95s, strict=True)]
    ratio = statistics.median(p95s[1]) / statistics.median(p95s[0])
    waits = compute_percentiles(panel.waits)
    print(
        f"{name}: p50 {p50s[0]:.2f} ms without, {p50s[1]:.2f} with it;"
        f" p95 {statistics.median(p95s[0]):.2f} ms without, {statistics.median(p95s[1]):.2f}"
        f" with it, {ratio:.2f} times ({min(ratios):.2f} – {max(ratios):.2f}); answers"
        f" {answers[0]} and {answers[1]}, wrong {lost}\n  the panel: asked {panel.asked}, read"
        f" {len(panel.waits)}, p50 {waits[0]:.0f} ms, p95 {waits[1]:.0f} ms",
        flush=True,
    )
    return ratio


if __name__ == "__main__":
    sys.exit(main())
