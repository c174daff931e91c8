"""Faults under load: `python -m bench.fault_run --minutes 10 --seed 1` (`make fault-run`).

A site on twelve machines (network namespaces) runs at half of its peak rate. Every 20 s a part is
killed, cut off from the network or failed over, in an order that `--seed` selects. The exit status
is 1 if a drawing was lost, stored twice or predicted twice, if the site did not recover, or if the
p95 outside faults is too high. It needs root, iproute2, HAProxy, PgBouncer and PostgreSQL.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import uvloop

from bench.fault_run.fault_site import WEB_PORT, FaultSite
from bench.fault_run.faults import Fault, generate_faults
from bench.fault_run.load import FaultLoad, Phases
from bench.fault_run.reconnecting_client import ReconnectingClient
from bench.fault_run.report import check_drawings, print_report
from bench.harness.sample_drawings import describe_inks, load_inks
from tests.faults.harness.network_namespaces import HUB, CannotMakeNetwork
from tests.faults.harness.signed_in_users import create_sessions

MAX_QUIET_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--interval", type=float, default=20, help="seconds between faults")
    parser.add_argument("--only", default="", help="faults whose name begins so")
    parser.add_argument("--sockets", type=int, default=64)
    parser.add_argument("--peak-seconds", type=float, default=10)
    options = parser.parse_args()
    total_s = options.minutes * 60
    quiet_s = min(MAX_QUIET_S, total_s / 8)
    phases = Phases(
        share=0.5,
        peak_s=options.peak_seconds,
        quiet_s=quiet_s,
        num_faults=int((total_s - quiet_s) / options.interval),
        interval_s=options.interval,
    )
    print(describe_inks(load_inks()))
    print(f"seed {options.seed}, a fault every {options.interval:g} s")
    with tempfile.TemporaryDirectory(prefix="digitsite-faults-") as folder, ExitStack() as stack:
        try:
            site = FaultSite(Path(folder), stack)
        except CannotMakeNetwork as error:
            print(f"This machine does not allow network namespaces: {error}")
            return 2
        faults = generate_faults(site, options.seed, only=options.only)
        load = run_faults(site, faults, phases, sockets=options.sockets)
        is_fast = print_report(load) if load.faults else True
        violations = check_drawings(load, site.database_url)
    print("\n".join(violations) or "Nothing lost, nothing stored or predicted twice.")
    return 0 if is_fast and not violations else 1


def run_faults(
    site: FaultSite, faults: Iterator[Fault], phases: Phases, *, sockets: int
) -> FaultLoad:
    with site.network.inside(HUB):
        cookies = create_sessions(site.machines, sockets)
        load: FaultLoad = uvloop.run(_run(site, faults, phases, cookies))
    return load


async def _run(
    site: FaultSite, faults: Iterator[Fault], phases: Phases, cookies: list[str]
) -> FaultLoad:
    inks = load_inks()
    clients = [
        ReconnectingClient(
            address=(site.address, WEB_PORT), cookie=cookie, inks=inks, first_ink=number * 7
        )
        for number, cookie in enumerate(cookies)
    ]
    load = FaultLoad(clients)
    await load.run(faults, phases)
    return load


if __name__ == "__main__":
    sys.exit(main())
