"""Cost of a drawing in each part of a site on several machines: `python -m bench.resource_costs`.

CPU time of web, workers, sweep, Redis and PostgreSQL, and bytes stored and sent, each divided by
the number of predictions. PostgreSQL and Redis run on TCP, with two web processes. With
`--webs 1 8` one web process is measured, then eight, and the bytes through Redis are compared.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

import psutil
import psycopg

from bench.harness.measurement import cpu_seconds
from bench.harness.result_table import print_goal
from bench.worker_scaling import create_sessions, run_load, run_machines, start_web_processes
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess

WARM_UP_RUN_S = 2.0
MAX_FAN_OUT = 1.5
REDIS_BYTES = ("into Redis", "out of Redis")
TABLES = ("recognizer_drawing", "recognizer_prediction")
_SIZES = "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name"
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"


@dataclass(frozen=True)
class ResourceUsage:
    """CPU seconds by program and bytes by kind, up to now."""

    seconds: dict[str, float]
    bytes: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--webs", type=int, nargs="+", default=[2], help="ascending")
    options = parser.parse_args()
    with run_machines(batch_size=128) as (machines, database_url, redis):
        machines.wait_for(*[machines.add_worker() for _ in range(options.workers)])
        webs = start_web_processes(machines, options.webs[0])
        keys = create_sessions(machines, max(options.sockets))
        through_redis: dict[int, list[float]] = {sockets: [] for sockets in options.sockets}
        for num_webs in options.webs:
            while len(webs) < num_webs:
                webs.append(machines.add_web())
                webs[-1].wait_until_serving()
            for sockets in options.sockets:
                run_load(webs, keys[:sockets], WARM_UP_RUN_S)
                before = _read_usage(machines, database_url, redis)
                tally = run_load(webs, keys[:sockets], options.seconds)
                after = _read_usage(machines, database_url, redis)
                print(
                    f"{num_webs} web processes, {sockets} sockets"
                    f"  {len(tally.latencies) / options.seconds:.0f} drawings/s"
                    f"  lost {tally.lost}  duplicated {tally.duplicates}",
                )
                _print_costs(before, after, tally.predictions)
                total = sum(after.bytes[name] - before.bytes[name] for name in REDIS_BYTES)
                through_redis[sockets].append(total / tally.predictions)
        for sockets, totals in through_redis.items():
            if len(totals) > 1:
                counts = f"{options.webs[-1]} to {options.webs[0]} web processes"
                text = f"bytes through Redis, {counts}, {sockets} sockets"
                print_goal(text, totals[-1] / totals[0], most=MAX_FAN_OUT)


def _read_usage(machines: Machines, database_url: str, redis: RedisProcess) -> ResourceUsage:
    seconds: defaultdict[str, float] = defaultdict(float)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            name = process.name()
            if name in ("postgres", "redis-server") and _is_descendant(process):
                seconds[name] += cpu_seconds(process)
    for name, started in machines.processes.items():
        with suppress(psutil.Error):
            seconds[name.split("-")[0]] += cpu_seconds(psutil.Process(started.pid))
    with psycopg.connect(database_url) as connection, redis.client() as client:
        net = client.info("stats")
        stored = connection.execute(_SIZES, [list(TABLES)]).fetchone()
        wal = connection.execute(_WAL).fetchone()
    sizes = {
        "stored": int(stored[0]) if stored else 0,
        "write-ahead log": int(wal[0]) if wal else 0,
        REDIS_BYTES[0]: net["total_net_input_bytes"],
        REDIS_BYTES[1]: net["total_net_output_bytes"],
    }
    return ResourceUsage(seconds, sizes)


def _is_descendant(process: psutil.Process) -> bool:
    return any(parent.pid == psutil.Process().pid for parent in process.parents())


def _print_costs(before: ResourceUsage, after: ResourceUsage, predictions: int) -> None:
    costs = {
        name: (after.seconds[name] - second) / predictions * 1e6
        for name, second in before.seconds.items()
    }
    sizes = {name: (after.bytes[name] - size) / predictions for name, size in before.bytes.items()}
    print("  µs per drawing   ", "  ".join(f"{name} {cost:.0f}" for name, cost in costs.items()))
    print("  bytes per drawing", "  ".join(f"{name} {size:.0f}" for name, size in sizes.items()))


if __name__ == "__main__":
    main()
