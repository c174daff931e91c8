"""Resource growth over ten minutes at half the peak rate (`make soak`).

`--rate` sets the drawings per second instead of half the peak. The exit status is 1 if, after the
first minute, the memory of a process grew by more than 5 %, or files, connections or keys in the
broker grew, or if a drawing was lost or has not exactly one prediction and one row.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple

import uvloop

from bench.harness.bench_site import BenchSite
from bench.harness.load_generator import Tally, connect_websocket, run_open_loop
from bench.harness.login import sign_in_new_users
from bench.harness.measurement import Case, compute_percentiles, count_rows, measure
from bench.harness.process_sampler import (
    BROKER,
    BROKER_KINDS,
    KINDS,
    ProcessSampler,
    Samples,
    compute_growth,
    median_sample,
)
from bench.harness.sample_drawings import describe_inks, load_inks

PEAK_DURATION_S = 10.0
MAX_GROWTH = 0.05
MAX_DRIFT = 0.01
"""PSS also grows if another process with shared pages ends: once by 21 % in a broker whose RSS grew
by 0.5 %. A leak also grows RSS, so growth of PSS is ignored while RSS grows less than this."""

MAX_EXTRA_ITEMS = 3
"""Files and connections vary by a few between samples without a leak."""

WARM_UP_S = 60.0
WINDOW_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--sockets", type=int, default=256)
    options = parser.parse_args()
    inks, seconds = load_inks(), options.minutes * 60
    print(describe_inks(inks))
    with BenchSite() as site:
        connect = connect_websocket([site.port], sign_in_new_users(site, options.sockets))
        case = Case("peak", options.sockets, connect, site.database)
        # The largest batches occur at the peak, so that memory for them is allocated before.
        peak = measure(case, inks, PEAK_DURATION_S).rate
        rate = options.rate or peak / 2
        print(f"{options.sockets} sockets, peak {peak:,.0f} drawings/s;", end=" ")
        print(f"{options.minutes:g} minutes of {rate:,.0f} drawings/s", flush=True)
        before, started = count_rows(site.database), time.monotonic()
        with ProcessSampler(
            site.process_ids(), site.broker_url, lambda: time.monotonic() - started
        ) as sampler:
            tally: Tally = uvloop.run(
                run_open_loop(connect, options.sockets, inks, per_s=rate, seconds=seconds)
            )
        after = count_rows(site.database)
    faults = _check_growth(sampler.samples, seconds)
    rows = (after[0] - before[0], after[1] - before[1])
    faults += _check_drawings(tally, rows)
    print("\n" + ("\n".join(faults) or "Nothing grew, nothing lost, nothing duplicated."))
    return 1 if faults else 0


def _check_growth(samples: Samples, seconds: float) -> list[str]:
    """Compare the second minute with the last one; in a short run, a quarter of it each."""
    warm, window = min(WARM_UP_S, seconds / 4), min(WINDOW_S, seconds / 4)
    print(
        f"\nAfter {warm:g} s: first and last median of {window:g} s, growth; {len(samples)} samples"
    )
    faults = []
    for name in samples[0][1]:
        first = median_sample(samples, name, start=warm, end=warm + window)
        last = median_sample(samples, name, start=seconds - window, end=seconds + 1)
        growth = compute_growth(first, last)
        kinds = BROKER_KINDS if name == BROKER else KINDS
        columns = zip(kinds, astuple(first), astuple(last), growth, strict=True)
        cells = []
        for number, (kind, before, after, share) in enumerate(columns):
            if kind:
                cells.append(f"{kind} {before:7.1f} {after:7.1f} {share:+6.1%}")
            is_memory = name != BROKER and number < 2
            if kind == KINDS[0] and growth[1] <= MAX_DRIFT:
                continue
            if share > MAX_GROWTH and (is_memory or after - before > MAX_EXTRA_ITEMS):
                faults.append(f"{name}: {kind} grew from {before:.1f} to {after:.1f}")
        print(f"{name:12} " + "   ".join(cells))
    return faults


def _check_drawings(tally: Tally, rows: Sequence[int]) -> list[str]:
    p50, p95, p99 = compute_percentiles(tally.latencies)
    print(f"\nSent {tally.sent}, predictions {tally.predictions}, lost {tally.lost},", end=" ")
    print(f"duplicated {tally.duplicates}, refused {tally.refused}; rows {rows[0]}, {rows[1]}")
    print(f"p50 {p50:.2f}  p95 {p95:.2f}  p99 {p99:.2f} ms")
    faults = [] if tally.is_complete else ["A drawing was lost, duplicated or refused."]
    if tuple(rows) != (tally.predictions, tally.predictions):
        faults.append(f"{rows} rows for {tally.predictions} predictions")
    return faults


if __name__ == "__main__":
    sys.exit(main())
