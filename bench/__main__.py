"""Throughput and latency of the site, of the site without batches, and of Flask (`make bench`).

`--sockets 1 16 64 256 --seconds 8 --rounds 3`. With `--servers` a site on PostgreSQL and Redis is
measured as well, and what the database did. All cases are measured in turn, `--rounds` times, so
that other load on the machine affects all of them. The exit status is 1 if a drawing was lost or
has not exactly one prediction and one row. The goals are printed with yes or NO.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from bench.harness.bench_site import UNLIMITED, BenchSite
from bench.harness.database_servers import DatabaseServers, run_database_servers
from bench.harness.load_generator import WARM_UP_S, connect_http, connect_websocket
from bench.harness.login import sign_in_new_users
from bench.harness.machine import describe_machine
from bench.harness.measurement import Case, Measurement, measure
from bench.harness.result_table import (
    Results,
    find_violations,
    format_ratio_range,
    median_percentile,
    median_rate,
    print_goal,
    print_results,
)
from bench.harness.sample_drawings import describe_inks, load_inks
from bench.peers.flask_server import FlaskServer
from bench.peers.sqlite_rows import copy_tables

COMPARISON_SOCKETS = 64
SERVERS = "servers"
KINDS = ("sync", "gthread")
PEERS = {"with two rows": True, "without storage": False}
WARM_UP_RUN_S = 2.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--servers", action="store_true")
    parser.add_argument("--flask-processes", type=int, default=os.cpu_count() or 2)
    options = parser.parse_args()
    inks = load_inks()
    _describe(inks, options.seconds, options.rounds)
    with ExitStack() as running:
        cases = _start_all(running, options.sockets, options.flask_processes)
        servers = None
        if options.servers:
            servers = running.enter_context(run_database_servers())
            cases += _start_on_servers(running, servers, options.sockets)
        for case in cases:
            measure(case, inks, WARM_UP_RUN_S)
        results: dict[str, list[Measurement]] = {case.name: [] for case in cases}
        for number in range(options.rounds):
            for case in cases:
                results[case.name].append(measure(case, inks, options.seconds))
            print(f"Round {number + 1} of {options.rounds} finished.", flush=True)
        print_results(cases, results)
        _print_ratios(results)
        if servers:
            _print_server_ratios(results, options.sockets)
            print(servers.describe_work())
    faults = find_violations(cases, results)
    print("\n" + ("\n".join(faults) or "Nothing lost, nothing duplicated, all predictions stored."))
    return 1 if faults else 0


def _start_all(running: ExitStack, sockets: Sequence[int], flask_processes: int) -> list[Case]:
    """Start the site, the site without batches and the peers; return their cases."""
    site, unbatched = BenchSite(), BenchSite(environment={"INFERENCE_BATCH_SIZE": "1"})
    cases = []
    for name, one, counts in (
        ("site", site, sockets),
        ("unbatched", unbatched, [COMPARISON_SOCKETS]),
    ):
        running.enter_context(one)
        connect = connect_websocket([one.port], _sign_in(one, max(counts)))
        for count in counts:
            title = f"{name}, {count} sockets"
            cases.append(Case(title, count, connect, one.database, one.process_ids))
    for kind in KINDS:
        for stores, is_storing in PEERS.items():
            database = site.home / f"flask-{kind}.sqlite3" if is_storing else None
            if database:
                copy_tables(site.database, database)
            log = site.home / "logs" / f"flask-{kind}.log"
            peer = FlaskServer(kind=kind, processes=flask_processes, database=database, log=log)
            running.enter_context(peer)
            title = f"Flask {kind} {stores}"
            cases.append(
                Case(title, COMPARISON_SOCKETS, connect_http(peer.port), database, peer.process_ids)
            )
    return cases


def _start_on_servers(
    running: ExitStack, servers: DatabaseServers, sockets: Sequence[int]
) -> list[Case]:
    site = running.enter_context(BenchSite(environment=servers.settings))
    connect = connect_websocket([site.port], _sign_in(site, max(sockets)))

    def list_processes() -> dict[str, int]:
        return {**site.process_ids(), **servers.process_ids()}

    return [
        Case(f"{SERVERS}, {count} sockets", count, connect, servers.database_url, list_processes)
        for count in sockets
    ]


def _print_server_ratios(results: Results, sockets: Sequence[int]) -> None:
    print("\nOn PostgreSQL and Redis, ratios of medians to SQLite (range over the rounds):")
    for count in sockets:
        server, ours = results[f"{SERVERS}, {count} sockets"], results[f"site, {count} sockets"]
        text = f"{count} sockets ({format_ratio_range(server, ours)})"
        least = 0.8 if count == COMPARISON_SOCKETS else 0
        print_goal(text, median_rate(server) / median_rate(ours), least=least)


def _sign_in(site: BenchSite, count: int) -> list[str]:
    started = time.monotonic()
    keys = sign_in_new_users(site, count)
    print(f"{count} users signed in through the page in {time.monotonic() - started:.0f} s")
    return keys


def _describe(inks: Sequence[str], seconds: float, rounds: int) -> None:
    print(describe_machine())
    print(describe_inks(list(inks)))
    print(f"{rounds} rounds of {seconds:g} s after {WARM_UP_S:g} s of warm-up, closed loop")
    limits = ", ".join(f"{name}={value}" for name, value in UNLIMITED.items())
    print(f"Per-user limits are checked, with high values: {limits}", flush=True)


def _print_ratios(results: Results) -> None:
    print(f"\nAt {COMPARISON_SOCKETS} clients, ratios of medians (range over the rounds):")
    ours = results.get(f"site, {COMPARISON_SOCKETS} sockets")
    if ours:
        unbatched = results[f"unbatched, {COMPARISON_SOCKETS} sockets"]
        ratio = median_rate(ours) / median_rate(unbatched)
        print_goal(f"to unbatched ({format_ratio_range(ours, unbatched)})", ratio, least=5)
        for stores, least in zip(PEERS, (1.5, 0), strict=True):
            kind = max(KINDS, key=lambda kind: median_rate(results[f"Flask {kind} {stores}"]))
            peer = results[f"Flask {kind} {stores}"]
            text = f"to Flask {kind} {stores} ({format_ratio_range(ours, peer)})"
            print_goal(text, median_rate(ours) / median_rate(peer), least=least)
    if largest := results.get("site, 256 sockets"):
        print_goal("256 sockets: drawings/s", median_rate(largest), least=2500)
        print_goal("256 sockets: p99, ms", median_percentile(largest, 2), most=150)
    if one := results.get("site, 1 sockets"):
        print_goal("1 socket: p50, ms", median_percentile(one, 0), most=4)


if __name__ == "__main__":
    sys.exit(main())
