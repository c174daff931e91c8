"""`make soak`: ten minutes at half the peak rate; nothing may grow after the first minute.

`--minutes`, `--rate` (drawings a second, instead of half the peak), `--sockets`.
Ends with 1 when the memory of a process grew by more than 5 %, when files, connections or what
the broker holds grew, or when a drawing was lost, answered twice or stored otherwise than once.
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
from bench.harness.login import sign_in_all
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
"""PSS also grows when a neighbour that shared pages ends: once by 21 % in a broker whose RSS had
grown by 0.5 %. What leaks is in RSS as well, so PSS counts unless RSS is level."""

MAX_EXTRA_ITEMS = 3
"""A file or a connection more or less at the moment of looking is no leak."""

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
        site.run(["bench.harness.bench_users", str(options.sockets)])
        connect = connect_websocket(site.port, sign_in_all(site.port, options.sockets))
        case = Case("peak", options.sockets, connect, site.database)
        peak = measure(
            case, inks, PEAK_DURATION_S
        ).rate  # also brings the largest groups there will be
        rate = options.rate or peak / 2
        print(f"{options.sockets} sockets, peak {peak:,.0f} drawings/s;", end=" ")
        print(f"{options.minutes:g} minutes of {rate:,.0f} drawings/s", flush=True)
        before, started = count_rows(site.database), time.monotonic()
        with ProcessSampler(
            site.process_ids(), site.broker_url, lambda: time.monotonic() - started
        ) as it:
            tally: Tally = uvloop.run(
                run_open_loop(connect, options.sockets, inks, per_s=rate, seconds=seconds)
            )
        after = count_rows(site.database)
    faults = _check_growth(it.samples, seconds)
    rows = (after[0] - before[0], after[1] - before[1])
    faults += _check_drawings(tally, rows)
    print("\n" + ("\n".join(faults) or "Level: nothing grew, nothing lost, nothing twice."))
    return 1 if faults else 0


def _check_growth(samples: Samples, seconds: float) -> list[str]:
    """Compare the minute after the first with the last one; in a short trial, parts of it."""
    warm, window = min(WARM_UP_S, seconds / 4), min(WINDOW_S, seconds / 4)
    print(
        f"\nFrom {warm:g} s on, medians of {window:g} s: first, last, growth; {len(samples)} looks"
    )
    faults = []
    for name in samples[0][1]:
        first = median_sample(samples, name, start=warm, end=warm + window)
        last = median_sample(samples, name, start=seconds - window, end=seconds + 1)
        growth = compute_growth(first, last)
        kinds = BROKER_KINDS if name == BROKER else KINDS
        columns = zip(kinds, astuple(first), astuple(last), growth, strict=True)
        cells = []
        for number, (kind, was, came, grew) in enumerate(columns):
            if kind:
                cells.append(f"{kind} {was:7.1f} {came:7.1f} {grew:+6.1%}")
            is_memory = name != BROKER and number < 2
            if kind == KINDS[0] and growth[1] <= MAX_DRIFT:
                continue
            if grew > MAX_GROWTH and (is_memory or came - was > MAX_EXTRA_ITEMS):
                faults.append(f"{name}: {kind} grew from {was:.1f} to {came:.1f}")
        print(f"{name:12} " + "   ".join(cells))
    return faults


def _check_drawings(tally: Tally, rows: Sequence[int]) -> list[str]:
    p50, p95, p99 = compute_percentiles(tally.latencies)
    print(f"\nSent {tally.sent}, answered {tally.answers}, lost {tally.lost},", end=" ")
    print(f"duplicated {tally.duplicates}, refused {tally.refused}; rows {rows[0]}, {rows[1]}")
    print(f"p50 {p50:.2f}  p95 {p95:.2f}  p99 {p99:.2f} ms")
    is_whole = not (tally.lost or tally.duplicates or tally.refused)
    faults = [] if is_whole else ["A drawing was lost, answered twice or refused."]
    if tuple(rows) != (tally.answers, tally.answers):
        faults.append(f"{rows} rows for {tally.answers} answers")
    return faults


if __name__ == "__main__":
    sys.exit(main())
