"""What a drawing costs in each part of a site on several machines: `python -m
bench.resource_costs`.

Processor time of web, workers, sweep, Redis and PostgreSQL, and bytes stored and sent, each divided
by the drawings answered; PostgreSQL and Redis on TCP, two web processes, real forwards.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import uvloop

from bench.worker_scaling import UNLIMITED, measure, servers, sign_in
from tests.fixtures.site_process import SiteProcess
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess

TABLES = ("recognizer_drawing", "recognizer_prediction")
_SIZES = "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name"
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"


@dataclass(frozen=True)
class ResourceUsage:
    """Seconds of processor time by part, and bytes by kind, so far."""

    seconds: dict[str, float]
    bytes: dict[str, int]


def read_usage(machines: Machines, database_url: str, redis: RedisProcess) -> ResourceUsage:
    seconds: defaultdict[str, float] = defaultdict(float)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            name = process.name()
            if name in ("postgres", "redis-server") and _is_ours(process):
                seconds[name] += _cpu_seconds(process)
    for name, started in machines.processes.items():
        with suppress(psutil.Error):
            seconds[name.split("-")[0]] += _cpu_seconds(psutil.Process(started.pid))
    with psycopg.connect(database_url) as connection, redis.client() as client:
        net = client.info("stats")
        stored = connection.execute(_SIZES, [list(TABLES)]).fetchone()
        wal = connection.execute(_WAL).fetchone()
        sizes = {
            "stored": int(stored[0]) if stored else 0,
            "write-ahead log": int(wal[0]) if wal else 0,
            "into Redis": net["total_net_input_bytes"],
            "out of Redis": net["total_net_output_bytes"],
        }
    return ResourceUsage(seconds, sizes)


def _is_ours(process: psutil.Process) -> bool:
    return any(parent.pid == psutil.Process().pid for parent in process.parents())


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with servers() as (database_url, redis), tempfile.TemporaryDirectory() as folder:
        settings = {
            **UNLIMITED,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis.url,
            "INFERENCE_BATCH_SIZE": "128",
        }
        machines = Machines(Path(folder) / "home", broker=redis.client(), settings=settings)
        try:
            webs = machines.add_web(), machines.add_web()
            machines.add_sweep()
            machines.wait_for(*[machines.add_worker() for _ in range(options.workers)])
            for web in webs:
                web.wait_until_serving()
            keys = sign_in(machines, max(options.sockets))
            for sockets in options.sockets:
                before = read_usage(machines, database_url, redis)
                answers = _load(webs, keys[:sockets], options.seconds)
                after = read_usage(machines, database_url, redis)
                _report(before, after, answers)
        finally:
            machines.stop()


def _load(webs: Sequence[SiteProcess], keys: Sequence[str], seconds: float) -> int:
    figures = uvloop.run(measure(webs, keys, seconds))
    print(
        f"{len(keys)} sockets  {figures.per_s:.0f} drawings/s"
        f"  lost {figures.lost}  doubled {figures.doubled}"
    )
    return figures.answers


def _report(before: ResourceUsage, after: ResourceUsage, answers: int) -> None:
    costs = {
        name: (after.seconds[name] - second) / answers * 1e6
        for name, second in before.seconds.items()
    }
    sizes = {name: (after.bytes[name] - size) / answers for name, size in before.bytes.items()}
    print("  µs a drawing   ", "  ".join(f"{name} {cost:.0f}" for name, cost in costs.items()))
    print("  bytes a drawing", "  ".join(f"{name} {size:.0f}" for name, size in sizes.items()))


if __name__ == "__main__":
    main()
