"""Two builds of the site in turn: `python -m bench.compare_builds CHECKOUT [--sockets 1 64 256]`.

CHECKOUT is the folder of the other build, for example a `git worktree` of an earlier commit. In
each round both are measured with each number of sockets, so that other load on the machine affects
both. The ratios are those of this build to the other one.
"""

from __future__ import annotations

import argparse
import statistics
from contextlib import ExitStack
from pathlib import Path

from bench.harness.bench_site import ROOT, BenchSite
from bench.harness.load_generator import connect_websocket
from bench.harness.login import sign_in_new_users
from bench.harness.machine import describe_machine
from bench.harness.measurement import Case, Measurement, measure
from bench.harness.result_table import find_violations, format_range, print_results
from bench.harness.sample_drawings import load_inks

WARM_UP_RUN_S = 2.0
LOAD_GENERATOR = "load"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 64, 256])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    inks = load_inks()
    print(describe_machine(), flush=True)
    with ExitStack() as running:
        cases = []
        for build, root in (("this", ROOT), ("other", options.checkout.resolve())):
            site = running.enter_context(BenchSite(root=root))
            keys = sign_in_new_users(site, max(options.sockets))
            connect = connect_websocket([site.port], keys)
            for count in options.sockets:
                title = f"{build}, {count} sockets"
                cases.append(Case(title, count, connect, site.database, site.process_ids))
        cases.sort(key=lambda case: case.clients)
        for case in cases:
            measure(case, inks, WARM_UP_RUN_S)
        results: dict[str, list[Measurement]] = {case.name: [] for case in cases}
        for _ in range(options.rounds):
            for case in cases:
                results[case.name].append(measure(case, inks, options.seconds))
    print_results(cases, results)
    for count in options.sockets:
        this, other = (results[f"{build}, {count} sockets"] for build in ("this", "other"))
        rates, costs, medians = [], [], []
        for one, two in zip(this, other, strict=True):
            rates.append(one.rate / two.rate)
            costs.append(_site_cost(one) / _site_cost(two))
            medians.append(one.percentiles[0] / two.percentiles[0])
        print(
            f"{count} sockets, this build to the other: "
            + "  ".join(
                f"{name} {statistics.median(ratios):.2f} ({format_range(ratios)})"
                for name, ratios in (("rate", rates), ("CPU time", costs), ("p50", medians))
            )
        )
    faults = find_violations(cases, results)
    print("\n".join(faults) or "Nothing lost, nothing duplicated, all predictions stored.")
    return 1 if faults else 0


def _site_cost(measured: Measurement) -> float:
    """Return the µs of CPU time per drawing of all processes of the site."""
    return sum(cost for name, cost in measured.costs.items() if name != LOAD_GENERATOR)


if __name__ == "__main__":
    raise SystemExit(main())
