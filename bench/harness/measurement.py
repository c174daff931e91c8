"""Measurement of one case: a site or a peer, with a number of clients."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import uvloop

from bench.harness.load_generator import Connect, Tally, run_closed_loop

Counts = tuple[int, int]

_COUNT_QUERIES = (
    "SELECT count(*) FROM recognizer_drawing WHERE prediction_id IS NOT NULL",
    "SELECT count(*) FROM recognizer_prediction",
)


def list_no_processes() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True)
class Case:
    """A site or a peer with a number of clients.

    Rows are counted in `database`, an SQLite file or the URL of a PostgreSQL database; it is None
    if nothing is stored. CPU time is measured for `processes` with their children.
    """

    name: str
    clients: int
    connect: Connect
    database: Path | str | None
    processes: Callable[[], Mapping[str, int]] = list_no_processes


@dataclass
class Measurement:
    """One repetition of a case. `rows` are drawings with a prediction, and predictions. `costs` are
    µs of CPU time per drawing, by process."""

    tally: Tally
    rate: float
    percentiles: tuple[float, float, float]
    rows: Counts
    costs: dict[str, float] = field(default_factory=dict)


def measure(case: Case, inks: Sequence[str], seconds: float) -> Measurement:
    """Run the closed loop once; measure stored rows, and CPU time without that of connecting."""
    before = count_rows(case.database)
    used_before: dict[str, float] = {}
    tally: Tally = uvloop.run(
        run_closed_loop(
            case.connect,
            case.clients,
            inks,
            seconds,
            on_connected=lambda: used_before.update(_measure_cpu_s(case)),
        )
    )
    after, used_after = count_rows(case.database), _measure_cpu_s(case)
    rows = (after[0] - before[0], after[1] - before[1])
    costs = {
        name: (used_after[name] - used_before[name]) / max(1, tally.predictions) * 1e6
        for name in used_after
    }
    rate = len(tally.latencies) / seconds
    return Measurement(tally, rate, compute_percentiles(tally.latencies), rows, costs)


def compute_percentiles(latencies: Sequence[float]) -> tuple[float, float, float]:
    """Return p50, p95 and p99."""
    if not latencies:
        return (float("nan"),) * 3
    ordered = sorted(latencies)
    p50, p95, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95, 0.99))
    return p50, p95, p99


def count_rows(database: Path | str | None) -> Counts:
    """Return the number of drawings with a prediction, and of predictions."""
    if database is None:
        return 0, 0
    if isinstance(database, str):
        with psycopg.connect(database) as server:
            return _count(server, 0), _count(server, 1)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        drawings, predictions = (
            int(connection.execute(query).fetchone()[0]) for query in _COUNT_QUERIES
        )
    return drawings, predictions


def _count(server: psycopg.Connection, query: int) -> int:
    row = server.execute(_COUNT_QUERIES[query]).fetchone()
    return int(row[0]) if row else 0


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a process so far, user and system."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _measure_cpu_s(case: Case) -> dict[str, float]:
    used = {"load": cpu_seconds(psutil.Process())}
    for name, id in case.processes().items():
        process = psutil.Process(id)
        used[name] = sum(map(cpu_seconds, [process, *process.children(recursive=True)]))
    return used
