"""The results of a run: seconds to recover from each fault, latencies, lost drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bench.fault_run.load import FaultLoad, FaultTimes
from bench.harness.result_table import print_goal
from tests.faults.harness.database_rows import read_rows
from tests.faults.harness.history_checker import assert_consistent

MAX_RATIO = 1.5
SETTLE_TIME_S = 1.0
"""After a recovery, queued work still delays new drawings a little."""


@dataclass(frozen=True)
class Recovery:
    """The drawings that one fault delayed. Times are in seconds, from the start of the fault."""

    name: str
    began_after_s: float
    num_delayed: int
    slowest_s: float
    repaired_after_s: float
    recovered_after_s: float


def list_recoveries(load: FaultLoad) -> list[Recovery]:
    return [_compute_recovery(load, fault, end) for fault, end in _list_faults(load)]


def compute_p95_outside_faults_s(load: FaultLoad) -> float:
    """Return the p95 of drawings sent after the recovery from one fault and before the next."""
    return load.compute_p95_s(
        [(fault.recovered_at + SETTLE_TIME_S, end) for fault, end in _list_faults(load)]
    )


def print_report(load: FaultLoad) -> bool:
    """Print the recoveries and latencies. Return whether the p95 outside faults is low enough."""
    print(f"\n{'fault':26} {'at s':>6} {'delayed':>8} {'slowest s':>10} {'repaired':>9} recovered")
    for one in list_recoveries(load):
        print(
            f"{one.name:26} {one.began_after_s:6.0f} {one.num_delayed:8} {one.slowest_s:10.1f}"
            f" {one.repaired_after_s:9.1f} {one.recovered_after_s:9.1f}"
        )
    print(
        f"delayed: drawings whose prediction took more than {load.delayed_s:.1f} s; slowest: of all"
        " drawings until the next fault;\nrepaired: the part works again; recovered: prediction"
        " of the last delayed drawing; both in seconds after the fault"
    )
    quiet_s, outside_s = load.compute_quiet_p95_s(), compute_p95_outside_faults_s(load)
    print(f"\np95 quiet {quiet_s * 1000:.1f} ms, outside faults {outside_s * 1000:.1f} ms")
    return print_goal("p95 outside faults to quiet", outside_s / quiet_s, most=MAX_RATIO)


def check_drawings(load: FaultLoad, database_url: str) -> list[str]:
    """Print the number of drawings in each state; return a line for each violation."""
    histories = [client.history for client in load.clients]
    rows = read_rows(database_url)
    stored = Counter(row.drawing.ref for row in rows)
    acknowledged = {ref for history in histories for ref in history.acknowledged}
    num_predicted = sum(row.num_predictions == 1 for row in rows)
    print(
        f"\nSent {len(load.samples) + load.num_waiting}, acknowledged {len(acknowledged)},"
        f" stored {len(stored)}, predicted once {num_predicted};"
        f" stored twice {len(rows) - len(stored)},"
        f" predicted twice {sum(row.num_predictions > 1 for row in rows)},"
        f" without a prediction {load.num_waiting};"
        f" reconnects {sum(history.num_hellos - 1 for history in histories)}"
    )
    violations = load.failures + sorted({text for one in load.clients for text in one.failures})
    if acknowledged != stored.keys():
        violations.append("the stored drawings are not the acknowledged ones")
    try:
        assert_consistent(database_url, *histories)
    except AssertionError as error:
        violations.append(str(error))
    return violations


def _list_faults(load: FaultLoad) -> Iterator[tuple[FaultTimes, float]]:
    """Yield each fault and the time at which the next one began, or the run ended."""
    ends = [fault.began_at for fault in load.faults[1:]] + [load.ended_at]
    yield from zip(load.faults, ends, strict=True)


def _compute_recovery(load: FaultLoad, fault: FaultTimes, end: float) -> Recovery:
    samples = [one for one in load.samples if fault.began_at < one.predicted_at <= end]
    delayed = [one for one in samples if one.latency_s > load.delayed_s]
    last_at = max((one.predicted_at for one in delayed), default=fault.began_at)
    return Recovery(
        fault.name,
        fault.began_at - load.quiet_from,
        len(delayed),
        max((one.latency_s for one in samples), default=0),
        fault.repaired_at - fault.began_at,
        last_at - fault.began_at,
    )
