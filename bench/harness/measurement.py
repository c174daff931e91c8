"""What is measured: a site or a peer, with so many clients. One measurement is one row."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import uvloop

from bench.harness.load_generator import Connect, Tally, run_closed_loop

Counts = tuple[int, int]


def list_no_processes() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True)
class Case:
    """`database` is where rows are counted, None where nothing is stored; `processes` those whose
    processor time is told."""

    name: str
    clients: int
    connect: Connect
    database: Path | None
    processes: Callable[[], Mapping[str, int]] = list_no_processes


@dataclass
class Measurement:
    """One repetition of a case; `costs` are µs of processor a drawing by process."""

    tally: Tally
    rate: float
    percentiles: tuple[float, float, float]
    rows: Counts
    costs: dict[str, float] = field(default_factory=dict)


def measure(case: Case, inks: Sequence[str], seconds: float) -> Measurement:
    """Run the closed loop once and count what was stored meanwhile."""
    before, used = count_rows(case.database), _processor_seconds(case)
    tally: Tally = uvloop.run(run_closed_loop(case.connect, case.clients, inks, seconds))
    after, using = count_rows(case.database), _processor_seconds(case)
    rows = (after[0] - before[0], after[1] - before[1])
    costs = {name: (using[name] - used[name]) / max(1, tally.answers) * 1e6 for name in using}
    rate = len(tally.latencies) / seconds
    return Measurement(tally, rate, compute_percentiles(tally.latencies), rows, costs)


def compute_percentiles(latencies: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95 and p99."""
    if not latencies:
        return (float("nan"),) * 3
    ordered = sorted(latencies)
    p50, p95, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95, 0.99))
    return p50, p95, p99


def count_rows(database: Path | None) -> Counts:
    """How many drawings have an answer of theirs, and how many answers there are."""
    if database is None:
        return 0, 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        answered = "SELECT count(*) FROM recognizer_drawing WHERE prediction_id IS NOT NULL"
        drawings: int = connection.execute(answered).fetchone()[0]
        answers: int = connection.execute("SELECT count(*) FROM recognizer_prediction").fetchone()[
            0
        ]
    return drawings, answers


def _processor_seconds(case: Case) -> dict[str, float]:
    ids = {**case.processes(), "load": os.getpid()}
    times = {name: psutil.Process(id).cpu_times() for name, id in ids.items()}
    return {name: spent.user + spent.system for name, spent in times.items()}
