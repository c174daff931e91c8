"""Prints what was measured: medians and spreads, what is lost, the ratios and the goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

from bench.harness.measurement import Case, Measurement

Results = Mapping[str, Sequence[Measurement]]

TABLE_HEAD = f"{'':32} {'drawings/s':>10} {'(from – to)':>15} {'p50':>8} {'p95':>8} {'p99':>8} ms"
TABLE_TAIL = f"  n {'answers':>8} lost dup. refused {'rows of drawings, answers':>20}"


def print_results(cases: Sequence[Case], results: Results) -> None:
    """A line for each case: medians of the repetitions, the rate's smallest and largest, sums."""
    print(f"\n{TABLE_HEAD}{TABLE_TAIL}")
    for case in cases:
        print(_line(case, results[case.name]))
    print("\nµs of processor a drawing (median), the load generator beside them:")
    for case in cases:
        costs = _costs(results[case.name])
        print(f"{case.name:32} " + "  ".join(f"{name} {cost:.0f}" for name, cost in costs.items()))


def find_violations(cases: Sequence[Case], results: Results) -> list[str]:
    """What must never be, at any number of sockets."""
    faults = []
    for case in cases:
        for one in results[case.name]:
            tally = one.tally
            if tally.lost or tally.duplicates or tally.refused:
                faults.append(f"{case.name}: lost, duplicated or refused")
            if case.database and one.rows != (tally.answers, tally.answers):
                faults.append(f"{case.name}: {one.rows} rows for {tally.answers} answers")
    return faults


def print_goal(text: str, value: float, *, least: float = 0, most: float = 0) -> None:
    """`least` or `most` is what the value has to reach."""
    is_reached = value <= most if most else value >= least
    wanted = f"≤ {most:g}" if most else f"≥ {least:g}"
    print(f"  {text:58} {value:10,.2f}   wanted {wanted:>8}   {'yes' if is_reached else 'NO'}")


def median_rate(measurements: Sequence[Measurement]) -> float:
    return _median(measurements, lambda one: one.rate)


def median_percentile(measurements: Sequence[Measurement], at: int) -> float:
    """The median p50 (0), p95 (1) or p99 (2)."""
    return _median(measurements, lambda one: one.percentiles[at])


def ratio_per_round(ours: Sequence[Measurement], theirs: Sequence[Measurement]) -> str:
    """The ratio of each round by itself: both were measured within a minute of each other."""
    ratios = [a.rate / b.rate for a, b in zip(ours, theirs, strict=True)]
    return f"{min(ratios):.2f} – {max(ratios):.2f}"


def _line(case: Case, measurements: Sequence[Measurement]) -> str:
    rates = [one.rate for one in measurements]
    tallies = [one.tally for one in measurements]
    drawings, answers = (sum(one.rows[at] for one in measurements) for at in (0, 1))
    p50, p95, p99 = (median_percentile(measurements, at) for at in (0, 1, 2))
    rows = f"{drawings}, {answers}" if case.database else "none stored"
    spread = f"({min(rates):,.0f} – {max(rates):,.0f})"
    return (
        f"{case.name:32} {statistics.median(rates):10,.0f} {spread:>15}"
        f" {p50:8.2f} {p95:8.2f} {p99:8.2f}    {len(rates):3}"
        f" {sum(tally.answers for tally in tallies):8} {sum(tally.lost for tally in tallies):4}"
        f" {sum(tally.duplicates for tally in tallies):4}"
        f" {sum(tally.refused for tally in tallies):7} {rows:>20}"
    )


def _costs(measurements: Sequence[Measurement]) -> dict[str, float]:
    names = measurements[0].costs
    return {name: statistics.median(one.costs[name] for one in measurements) for name in names}


def _median(measurements: Sequence[Measurement], of: Callable[[Measurement], float]) -> float:
    return statistics.median(of(one) for one in measurements)
