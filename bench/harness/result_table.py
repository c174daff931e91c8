"""Printed results: medians, ranges, errors, ratios and goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

from bench.harness.measurement import Case, Measurement

Results = Mapping[str, Sequence[Measurement]]

TABLE_HEAD = f"{'':32} {'drawings/s':>10} {'(from – to)':>15} {'p50':>8} {'p95':>8} {'p99':>8} ms"
TABLE_TAIL = f"  n {'predictions':>11} lost dup. refused {'rows of both':>20}"


def print_results(cases: Sequence[Case], results: Results) -> None:
    """Print a line for each case: medians over the rounds, the range of the rate, sums."""
    print(f"\n{TABLE_HEAD}{TABLE_TAIL}")
    for case in cases:
        print(_format_line(case, results[case.name]))
    print("\nµs of CPU time per drawing (median); load: the load generator")
    for case in cases:
        costs = _median_costs(results[case.name])
        print(f"{case.name:32} " + "  ".join(f"{name} {cost:.0f}" for name, cost in costs.items()))


def find_violations(cases: Sequence[Case], results: Results) -> list[str]:
    """Return a line for each drawing count that is wrong: lost, duplicated, refused, not stored."""
    faults = []
    for case in cases:
        for one in results[case.name]:
            tally = one.tally
            if not tally.is_complete:
                faults.append(f"{case.name}: lost, duplicated or refused")
            if case.database and one.rows != (tally.predictions, tally.predictions):
                faults.append(f"{case.name}: {one.rows} rows for {tally.predictions} predictions")
    return faults


def print_goal(text: str, value: float, *, least: float = 0, most: float = 0) -> bool:
    """Print a value and return whether it reaches `least`, or stays below `most`."""
    is_reached = value <= most if most else value >= least
    goal = f"≤ {most:g}" if most else f"≥ {least:g}"
    print(f"  {text:58} {value:10,.2f}   goal {goal:>8}   {'yes' if is_reached else 'NO'}")
    return is_reached


def median_rate(measurements: Sequence[Measurement]) -> float:
    return _median(measurements, lambda one: one.rate)


def median_percentile(measurements: Sequence[Measurement], at: int) -> float:
    """Return the median p50 (0), p95 (1) or p99 (2)."""
    return _median(measurements, lambda one: one.percentiles[at])


def format_ratio_range(ours: Sequence[Measurement], theirs: Sequence[Measurement]) -> str:
    """Return the range of the ratios within rounds, in which both run within a minute."""
    ratios = [a.rate / b.rate for a, b in zip(ours, theirs, strict=True)]
    return format_range(ratios)


def format_range(values: Sequence[float]) -> str:
    return f"{min(values):.2f} – {max(values):.2f}"


def _format_line(case: Case, measurements: Sequence[Measurement]) -> str:
    rates = [one.rate for one in measurements]
    tallies = [one.tally for one in measurements]
    drawings, predictions = (sum(one.rows[at] for one in measurements) for at in (0, 1))
    p50, p95, p99 = (median_percentile(measurements, at) for at in (0, 1, 2))
    rows = f"{drawings}, {predictions}" if case.database else "none stored"
    spread = f"({min(rates):,.0f} – {max(rates):,.0f})"
    return (
        f"{case.name:32} {statistics.median(rates):10,.0f} {spread:>15}"
        f" {p50:8.2f} {p95:8.2f} {p99:8.2f}    {len(rates):3}"
        f" {sum(tally.predictions for tally in tallies):11}"
        f" {sum(tally.lost for tally in tallies):4}"
        f" {sum(tally.duplicates for tally in tallies):4}"
        f" {sum(tally.refused for tally in tallies):7} {rows:>20}"
    )


def _median_costs(measurements: Sequence[Measurement]) -> dict[str, float]:
    names = measurements[0].costs
    return {name: statistics.median(one.costs[name] for one in measurements) for name in names}


def _median(measurements: Sequence[Measurement], of: Callable[[Measurement], float]) -> float:
    return statistics.median(of(one) for one in measurements)
