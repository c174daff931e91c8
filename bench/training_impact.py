"""Prediction latency during a training run: `python -m bench.training_impact`.

Users send 20 drawings per second (open loop) in turn with and without a training run of the site's
background worker, which is suspended in between. The exit status is 1 if p95 with the run is more
than 1.5 times p95 alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from typing import Any

import psutil
import uvloop

from bench.harness.api_client import JSON, ApiClient, wait_for
from bench.harness.bench_site import BenchSite
from bench.harness.bench_users import user_name
from bench.harness.load_generator import connect_websocket, run_open_loop
from bench.harness.login import sign_in_new_users
from bench.harness.measurement import compute_percentiles
from bench.harness.result_table import format_range, print_goal
from bench.harness.sample_drawings import TEST_INKS, load_inks

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
    with BenchSite(programs=["background"]) as site:
        connect = connect_websocket([site.port], sign_in_new_users(site, NUM_USERS))
        training = TrainingLoad(site)

        def measure() -> Percentiles:
            tally = uvloop.run(
                run_open_loop(
                    connect, NUM_USERS, inks, per_s=DRAWINGS_PER_S, seconds=options.seconds
                )
            )
            if not tally.is_complete:
                raise SystemExit(f"lost {tally.lost}, duplicated {tally.duplicates}")
            return compute_percentiles(tally.latencies)

        training.start()
        measure()  # discarded
        alone: list[Percentiles] = []
        with_run: list[Percentiles] = []
        for number in range(options.rounds):
            training.suspend()  # shorter than the lease of the run
            alone.append(measure())
            training.resume()
            with_run.append(measure())
            print(_format_round(number, alone[-1], with_run[-1]), flush=True)
    return _check_ratio(alone, with_run)


class TrainingLoad:
    """A training run that is started through the API."""

    def __init__(self, site: BenchSite) -> None:
        self._site = site
        self._snapshot = _import_snapshot(site)
        site.run(["django", "set_role", user_name(0), "admin"])
        token = site.run(["django", "create_api_token", user_name(0)]).strip()
        self._api = ApiClient(site.port, token)
        self._path = ""

    def start(self) -> None:
        """Start the run and wait until it trains."""
        options = {"epochs": MAX_EPOCHS, "base": None, "rehearsal": "synthetic"}
        run = self._api.post("training-runs/", {"snapshot": self._snapshot, **options})
        self._path = f"training-runs/{run['id']}/"
        wait_for(self._is_training, within_s=START_TIMEOUT_S, interval_s=0.2)

    def suspend(self) -> None:
        self._find_process().suspend()

    def resume(self) -> None:
        self._find_process().resume()
        self._load_active_run()

    def _is_training(self) -> bool:
        run = self._load_active_run()
        return (run["progress"] or {}).get("phase") == "training"

    def _load_active_run(self) -> JSON:
        run: JSON = self._api.get(self._path)
        if run["status"] not in ("queued", "running"):
            raise SystemExit(f"The run ended: {run['status']} {run['detail']}")
        return run

    def _find_process(self) -> psutil.Process:
        worker = psutil.Process(self._site.process_ids()["background"])
        (process,) = worker.children(recursive=True)
        return process


def _import_snapshot(site: BenchSite) -> str:
    """Import the drawings in tests/ink as a snapshot; return its id."""
    rows: list[dict[str, Any]] = json.loads(TEST_INKS.read_text())
    lines = [
        json.dumps({"label": row["label"], "strokes": row["strokes"], "user": f"user{number}"})
        for number, row in enumerate(rows)
    ]
    path = site.home / "drawings.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return site.run(["django", "import_snapshot", str(path)]).splitlines()[-1]


def _format_round(number: int, alone: Percentiles, with_run: Percentiles) -> str:
    texts = [f"{one[0]:6.2f} {one[1]:6.2f} {one[2]:6.2f}" for one in (alone, with_run)]
    return (
        f"round {number + 1}: p50 p95 p99 alone {texts[0]} ms, with a run {texts[1]} ms,"
        f" ratio of p95 {with_run[1] / alone[1]:.2f}"
    )


def _check_ratio(alone: list[Percentiles], with_run: list[Percentiles]) -> int:
    ratios = [after[1] / before[1] for before, after in zip(alone, with_run, strict=True)]
    medians = [statistics.median(one[1] for one in each) for each in (alone, with_run)]
    ratio = medians[1] / medians[0]
    text = f"p95 with a run to p95 alone (rounds {format_range(ratios)})"
    print_goal(text, ratio, most=MAX_RATIO)
    return 0 if ratio <= MAX_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
