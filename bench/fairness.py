"""Latency for other users while one account sends the most expensive requests.

`make fairness`, or `python -m bench.fairness [--seconds 6] [--rounds 3] [--only PART]`. Two users
draw five times per second each, within the default limits. In each round they draw once alone and
once next to each attack of `bench.harness.attacks`.

The exit status is 1 if an attack raises their p95 to more than twice their p95 alone in the same
round (median of the rounds), or the memory of the web process by 100 MiB.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread

import psutil
import uvloop

from bench.harness.attacks import ATTACKS
from bench.harness.bench_site import ROOT, BenchSite
from bench.harness.bench_users import user_name
from bench.harness.load_generator import (
    PREDICTION_TIMEOUT_S,
    WARM_UP_S,
    Tally,
    connect_websocket,
    run_open_loop,
)
from bench.harness.login import sign_in_new_users
from bench.harness.measurement import compute_percentiles
from bench.harness.result_table import format_range, print_goal
from bench.harness.sample_drawings import load_inks
from bench.noisy_neighbours import DEFAULT_LIMITS

NUM_OTHER_USERS = 2
DRAWINGS_PER_S_EACH = 5
NUM_HEAVY_DRAWINGS = 400
MAX_RATIO = 2.0
MAX_GROWTH_MIB = 100.0
SAMPLE_INTERVAL_S = 0.05
IDLE_TIMEOUT_S = 120.0


@dataclass
class AttackResult:
    """Measurements of one attack, one for each round."""

    alone_p95s: list[float] = field(default_factory=list)
    p95s: list[float] = field(default_factory=list)
    growths_mib: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        return [value / base for value, base in zip(self.p95s, self.alone_p95s, strict=True)]


class MemoryWatch:
    """A context manager that records the largest growth of a process's resident memory."""

    def __init__(self, pid: int) -> None:
        self.growth_mib = 0.0
        self._process = psutil.Process(pid)
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._before = self._process.memory_info().rss
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(SAMPLE_INTERVAL_S):
            growth = (self._process.memory_info().rss - self._before) / 2**20
            self.growth_mib = max(self.growth_mib, growth)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="part of the name of the attacks to run")
    options = parser.parse_args()
    results = {name: AttackResult() for name in ATTACKS if options.only in name}
    with BenchSite(environment=DEFAULT_LIMITS) as site:
        measure_attacks(site, results, rounds=options.rounds, seconds=options.seconds)
    return _check_results(results)


def measure_attacks(
    site: BenchSite, results: dict[str, AttackResult], *, rounds: int, seconds: float
) -> None:
    """Measure each attack in each round, by separate accounts, and add to `results`."""
    accounts = sum(ATTACKS[name].accounts for name in results)
    keys = sign_in_new_users(site, NUM_OTHER_USERS + accounts)[:NUM_OTHER_USERS]
    inks, numbers = load_inks(), count(NUM_OTHER_USERS)
    tokens = {
        name: [_create_token(site, name, user_name(next(numbers))) for _ in range(each)]
        for name, each in ((name, ATTACKS[name].accounts) for name in results)
    }
    web = site.process_ids()["web"]
    _draw(site, keys, inks, seconds)  # warms the site up
    for _ in range(rounds):
        for name, result in results.items():
            _wait_until_idle(site)
            alone = _draw(site, keys, inks, seconds)
            with MemoryWatch(web) as memory:
                attack = _start_attack(site, name, tokens[name], seconds)
                attacked = _draw(site, keys, inks, seconds)
                statuses = json.loads(attack.communicate()[0])
            result.alone_p95s.append(compute_percentiles(alone.latencies)[1])
            result.p95s.append(compute_percentiles(attacked.latencies)[1])
            result.growths_mib.append(memory.growth_mib)
            _print_attack(name, result, attacked, statuses)


def _create_token(site: BenchSite, attack: str, user: str) -> str:
    """Return a token of a user, who gets drawings if the attack reads them."""
    if "reads" in attack:
        site.run(["bench.harness.heavy_drawings", user, str(NUM_HEAVY_DRAWINGS)])
    return site.run(["django", "create_api_token", user]).strip()


def _draw(site: BenchSite, keys: Sequence[str], inks: Sequence[str], seconds: float) -> Tally:
    """Draw at the fixed rate. Drawings without a prediction in time count with the timeout."""
    per_s = NUM_OTHER_USERS * DRAWINGS_PER_S_EACH
    tally: Tally = uvloop.run(
        run_open_loop(
            connect_websocket([site.port], keys),
            NUM_OTHER_USERS,
            inks,
            per_s=per_s,
            seconds=seconds,
        )
    )
    missing = int(per_s * seconds) - len(tally.latencies) - 1  # the last one can miss the window
    tally.latencies += [1000 * PREDICTION_TIMEOUT_S] * max(0, missing)
    return tally


def _wait_until_idle(site: BenchSite) -> None:
    """Wait until the site has predicted all drawings of the attack before."""
    query = "SELECT count(*) FROM recognizer_drawing WHERE status = 'queued'"
    until = time.monotonic() + IDLE_TIMEOUT_S
    with closing(sqlite3.connect(f"file:{site.database}?mode=ro", uri=True)) as database:
        while database.execute(query).fetchone()[0] and time.monotonic() < until:
            time.sleep(0.2)


def _start_attack(
    site: BenchSite, name: str, tokens: Sequence[str], seconds: float
) -> subprocess.Popen[str]:
    arguments = [name, str(site.port), str(WARM_UP_S + seconds), *tokens]
    return subprocess.Popen(
        [sys.executable, "-m", "bench.harness.attacks", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _print_attack(name: str, result: AttackResult, tally: Tally, statuses: dict[str, int]) -> None:
    times = f"p95 {result.alone_p95s[-1]:6.1f} -> {result.p95s[-1]:7.1f} ms"
    growth = f"web +{result.growths_mib[-1]:.0f} MiB"
    print(f"{name:26} {times}   lost {tally.lost}   {growth}   {statuses}", flush=True)


def _check_results(results: dict[str, AttackResult]) -> int:
    print("\np95 of the other users, relative to their p95 alone (median of the rounds):")
    for name, result in results.items():
        ratio = statistics.median(result.ratios)
        print_goal(f"{name} ({format_range(result.ratios)})", ratio, most=MAX_RATIO)
    print("\ngrowth of the web process, in MiB (largest of the rounds):")
    for name, result in results.items():
        print_goal(name, max(result.growths_mib), most=MAX_GROWTH_MIB)
    return int(
        any(
            statistics.median(result.ratios) > MAX_RATIO or max(result.growths_mib) > MAX_GROWTH_MIB
            for result in results.values()
        )
    )


if __name__ == "__main__":
    sys.exit(main())
