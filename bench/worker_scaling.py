"""Speedup of three workers over one: `python -m bench.worker_scaling [--seconds 8] [--rounds 3]`.

The site has PostgreSQL, Redis on TCP and two web processes. The forward pass of each batch takes
20 ms longer, so that the number of CPU cores does not limit the result. One worker and three
workers run in turn.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop

from bench.harness.database_servers import run_database_servers
from bench.harness.load_generator import Tally, connect_websocket, run_closed_loop
from bench.harness.result_table import format_range, print_goal
from bench.harness.sample_drawings import load_inks
from tests.fixtures.site_process import SiteProcess
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess

MIN_SPEEDUP = 2.5


@contextmanager
def run_machines(*, batch_size: int) -> Iterator[tuple[Machines, str, RedisProcess]]:
    """Run an empty site; yield its machines, the database URL and the Redis process."""
    with run_database_servers() as servers, tempfile.TemporaryDirectory() as folder:
        settings = {**servers.settings, "INFERENCE_BATCH_SIZE": str(batch_size)}
        home, broker = Path(folder) / "home", servers.redis.client()
        machines = Machines(home, broker=broker, settings=settings)
        try:
            yield machines, servers.database_url, servers.redis
        finally:
            machines.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sockets", type=int, default=64)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--forward-s", type=float, default=0.02)
    options = parser.parse_args()
    with run_machines(batch_size=options.batch_size) as (machines, _, _):
        _compare(machines, options)


def _compare(machines: Machines, options: argparse.Namespace) -> None:
    webs = start_web_processes(machines)
    keys = create_sessions(machines, options.sockets)
    rates: dict[int, list[float]] = {1: [], 3: []}
    for _ in range(options.rounds):
        for count in rates:
            workers = [machines.add_worker(forward_s=options.forward_s) for _ in range(count)]
            machines.wait_for(*workers)
            tally = run_load(webs, keys, options.seconds)
            machines.end(*workers)
            batch_sizes = [size for worker in workers for size in worker.forwards]
            rates[count].append(len(tally.latencies) / options.seconds)
            print(
                f"{count} workers  {rates[count][-1]:6.0f} drawings/s"
                f"  lost {tally.lost}  duplicated {tally.duplicates}"
                f"  mean batch {statistics.mean(batch_sizes):.1f}"
                f"  drawings by worker {[sum(worker.forwards) for worker in workers]}",
                flush=True,
            )
    speedups = [three / one for one, three in zip(rates[1], rates[3], strict=True)]
    text = f"speedup of three workers ({format_range(speedups)})"
    print_goal(text, statistics.median(speedups), least=MIN_SPEEDUP)


def start_web_processes(machines: Machines, count: int = 2) -> list[SiteProcess]:
    """Start web processes and the sweep; wait until the web processes serve."""
    webs = [machines.add_web() for _ in range(count)]
    machines.add_sweep()
    for web in webs:
        web.wait_until_serving()
    return webs


def create_sessions(machines: Machines, count: int) -> list[str]:
    """Create users and sign them in without the page; return their session keys."""
    os.environ |= machines.environment
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from recognizer.models import User

    keys = []
    for number in range(count):
        client = Client()
        user = User.objects.create(username=f"scale{number}")
        client.force_login(
            user, "recognizer.accounts.authentication_backend.UsernameOrEmailBackend"
        )
        keys.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return keys


def run_load(webs: Sequence[SiteProcess], keys: Sequence[str], seconds: float) -> Tally:
    """Run the closed loop with one socket for each session."""
    connect = connect_websocket([web.port for web in webs], keys)
    return uvloop.run(run_closed_loop(connect, len(keys), load_inks(), seconds))


if __name__ == "__main__":
    main()
