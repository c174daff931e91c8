"""Whether people wait longer for their answers while a network is trained.

`python -m bench.training_impact`: 20 drawings a second, open loop, in turn with and without a run
of the
site's own background worker, which is frozen in between; ends with 1 when p95 is more than 1.5
times what it is alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import urllib.request
from contextlib import ExitStack
from typing import Any

import psutil
import uvloop

from bench.harness.bench_site import BenchSite
from bench.harness.bench_users import user_name
from bench.harness.load_generator import connect_websocket, run_open_loop
from bench.harness.login import sign_in_all
from bench.harness.measurement import compute_percentiles
from bench.harness.result_table import print_goal
from bench.harness.sample_drawings import OWN_INKS, load_inks

DRAWINGS_PER_S = 20.0
NUM_USERS = 4
MAX_RATIO = 1.5
MAX_EPOCHS = 200
START_TIMEOUT_S = 120.0
Percentiles = tuple[float, float, float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12)
    options = parser.parse_args()
    inks = load_inks()
    with ExitStack() as running:
        site = running.enter_context(BenchSite(programs=["background"]))
        site.run(["bench.harness.bench_users", str(NUM_USERS)])
        connect = connect_websocket(site.port, sign_in_all(site.port, NUM_USERS))
        trainer = TrainingLoad(site)

        def measure() -> Percentiles:
            tally = uvloop.run(
                run_open_loop(
                    connect, NUM_USERS, inks, per_s=DRAWINGS_PER_S, seconds=options.seconds
                )
            )
            if tally.lost or tally.duplicates or tally.refused:
                raise SystemExit(f"lost {tally.lost}, twice {tally.duplicates}")
            return compute_percentiles(tally.latencies)

        trainer.start()
        measure()  # a discarded one
        alone: list[Percentiles] = []
        beside: list[Percentiles] = []
        for number in range(options.rounds):  # alone is shorter than a lease
            trainer.freeze()
            alone.append(measure())
            trainer.thaw()
            beside.append(measure())
            print(_print_round(number, alone[-1], beside[-1]), flush=True)
    return _check_ratio(alone, beside)


class TrainingLoad:
    """A run of the site, asked for over its interface."""

    def __init__(self, site: BenchSite) -> None:
        self._site = site
        self._base = f"http://127.0.0.1:{site.port}/api/v1/training-runs/"
        self._snapshot = _import_drawings(site)
        site.run(["django", "set_role", user_name(0), "admin"])
        self._token = site.run(["django", "create_api_token", user_name(0)]).strip()
        self._id = ""

    def start(self) -> None:
        """Return when it trains."""
        wishes = {"snapshot": self._snapshot, "epochs": MAX_EPOCHS, "base": None}
        self._id = str(self._ask("", {**wishes, "rehearsal": "synthetic"})["id"])
        self._wait(lambda run: (run["progress"] or {}).get("phase") == "training")

    def freeze(self) -> None:
        self._process().suspend()

    def thaw(self) -> None:
        self._process().resume()
        run = self._ask(f"{self._id}/")
        if run["status"] != "running":
            raise SystemExit(f"The run is over: {run['status']} {run['detail']}")

    def _process(self) -> psutil.Process:
        worker = psutil.Process(self._site.process_ids()["background"])
        (trainer,) = worker.children(recursive=True)
        return trainer

    def _wait(self, is_so: Any) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not is_so(self._ask(f"{self._id}/")):
            if time.monotonic() > deadline:
                raise SystemExit(f"still {self._ask(f'{self._id}/')['status']}")
            time.sleep(0.2)

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._base + path, data, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


def _import_drawings(site: BenchSite) -> str:
    """The id of a training set of the drawings in tests/ink."""
    rows: list[dict[str, Any]] = json.loads(OWN_INKS.read_text())
    kept = [
        {"label": row["label"], "strokes": row["strokes"], "user": f"user{number}"}
        for number, row in enumerate(rows)
    ]
    path = site.home / "drawings.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in kept))
    return site.run(["django", "import_snapshot", str(path)]).splitlines()[-1]


def _print_round(number: int, alone: Percentiles, beside: Percentiles) -> str:
    texts = [f"{one[0]:6.2f} {one[1]:6.2f} {one[2]:6.2f}" for one in (alone, beside)]
    ratio = beside[1] / alone[1]
    return (
        f"round {number + 1}: p50 p95 p99 alone {texts[0]} ms, beside a run {texts[1]} ms,"
        f" p95 {ratio:.2f} times"
    )


def _check_ratio(alone: list[Percentiles], beside: list[Percentiles]) -> int:
    ratios = [b[1] / a[1] for a, b in zip(alone, beside, strict=True)]
    ratio = statistics.median(b[1] for b in beside) / statistics.median(a[1] for a in alone)
    spread = f"{min(ratios):.2f} – {max(ratios):.2f}"
    print_goal(f"p95 beside a run to p95 alone (rounds {spread})", ratio, most=MAX_RATIO)
    return 0 if ratio <= MAX_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
