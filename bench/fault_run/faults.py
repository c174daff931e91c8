"""The faults of a run, in a seeded order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from bench.fault_run.fault_site import WEBS, WORKERS, FaultSite

CUT_DURATION_S = 5.0
WORKER_CUT_DURATION_S = 15.0
"""Longer than all timeouts of its connections, so that it has to open new ones."""


@dataclass(frozen=True)
class Fault:
    """A fault and its repair: `inject` blocks until the part works again."""

    name: str
    inject: Callable[[], None]


def generate_faults(site: FaultSite, seed: int, *, only: str = "") -> Iterator[Fault]:
    """Yield faults forever. Each round has every kind once, in a new order.

    `only` selects those whose name begins with it; without one there are no faults.
    """
    numbers = random.Random(seed)
    while faults := [fault for fault in _make_round(site, numbers) if fault.name.startswith(only)]:
        numbers.shuffle(faults)
        yield from faults


def _make_round(site: FaultSite, numbers: random.Random) -> list[Fault]:
    killed_web, cut_web = numbers.choice(WEBS), numbers.choice(WEBS)
    killed_worker, cut_worker = numbers.choice(WORKERS), numbers.choice(WORKERS)
    cut_s = CUT_DURATION_S
    return [
        Fault(f"kill {killed_web}", partial(site.kill_web, killed_web)),
        Fault(f"kill {killed_worker}", partial(site.kill_worker, killed_worker)),
        Fault("kill background, sweep", site.kill_background),
        Fault("kill HAProxy (web)", site.kill_web_proxy),
        Fault("kill HAProxy (Valkey)", site.kill_valkey_proxy),
        Fault("kill PgBouncer", site.kill_pool),
        Fault("crash PostgreSQL", site.crash_database),
        Fault("fail over Valkey", site.fail_over),
        Fault(f"cut {cut_web}, {cut_s:g} s", partial(site.cut_web, cut_web, cut_s)),
        Fault(
            f"cut {cut_worker}, {WORKER_CUT_DURATION_S:g} s",
            partial(site.cut_worker, cut_worker, WORKER_CUT_DURATION_S),
        ),
        Fault(f"cut Valkey primary, {cut_s:g} s", partial(site.cut_primary, cut_s)),
        Fault(f"cut PostgreSQL, {cut_s:g} s", partial(site.cut_database, cut_s)),
    ]


NUM_KINDS = 12
