"""How much more three workers carry than one: `python -m bench.worker_scaling [--seconds 8]
[--rounds 3]`.

PostgreSQL, Redis on TCP, two web processes; each group's forward is slowed by 20 ms, so that what
is measured is how work is shared, not how many cores there are. One worker and three take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import uvloop

from bench.harness.websocket_client import WebsocketClient
from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import SiteProcess, find_free_port
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess

ROOT = Path(__file__).resolve().parent.parent
UNLIMITED = dict.fromkeys(
    ("DRAWINGS_PER_MINUTE", "DRAWINGS_BURST", "MAX_PENDING_DRAWINGS", "MAX_SOCKETS_PER_USER"),
    "100000000",
)
MIN_SPEEDUP = 2.5


@dataclass
class LoadRun:
    """What all sockets of one run sent and heard."""

    sent: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    is_over: bool = False


class Drawer:
    """One socket in closed loop: the next drawing follows the answer."""

    def __init__(self, run: LoadRun, inks: Sequence[str], at: int) -> None:
        self._run, self._inks, self._at = run, inks, at
        self.client: WebsocketClient

    def draw(self) -> None:
        ref, ink = str(uuid.uuid4()), self._inks[self._at % len(self._inks)]
        self._at += 1
        self._run.sent.append(ref)
        text = f'{{"type":"draw","ref":"{ref}","revision":1,"strokes":{ink}}}'
        self.client.send(text.encode())

    def receive(self, text: bytes) -> None:
        if text.startswith(b'{"type":"prediction"'):
            self._run.heard.append(orjson.loads(text)["ref"])
            if not self._run.is_over:
                self.draw()


@dataclass(frozen=True)
class ScalingResult:
    """Drawings a second between the first and the last look; what was lost or doubled."""

    per_s: float
    answers: int
    lost: int
    doubled: int


async def measure(
    webs: Sequence[SiteProcess], keys: Sequence[str], seconds: float
) -> ScalingResult:
    run = LoadRun()
    digits = json.loads((ROOT / "tests/ink/digits.json").read_text())
    inks = [json.dumps(digit["strokes"]) for digit in digits]
    drawers = [Drawer(run, inks, at) for at in range(len(keys))]
    for at, (drawer, key) in enumerate(zip(drawers, keys, strict=True)):
        drawer.client = await connect(webs[at % len(webs)], key, drawer)
    for drawer in drawers:
        drawer.draw()
    await asyncio.sleep(1)
    before, started = len(run.heard), time.perf_counter()
    await asyncio.sleep(seconds)
    per_s = (len(run.heard) - before) / (time.perf_counter() - started)
    run.is_over = True
    for _ in range(200):
        if set(run.sent) <= set(run.heard):
            break
        await asyncio.sleep(0.05)
    for drawer in drawers:
        drawer.client.close()
    heard = set(run.heard)
    return ScalingResult(
        per_s, len(heard), len(set(run.sent) - heard), doubled=len(run.heard) - len(heard)
    )


async def connect(web: SiteProcess, key: str, drawer: Drawer) -> WebsocketClient:
    def make() -> WebsocketClient:
        headers = {"Cookie": f"sessionid={key}"}
        return WebsocketClient(drawer.receive, host=f"127.0.0.1:{web.port}", headers=headers)

    _, client = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", web.port)
    await client.opened
    return client


@contextmanager
def servers() -> Iterator[tuple[str, RedisProcess]]:
    postgres = PostgresProcess()
    with tempfile.TemporaryDirectory(prefix="digitsite-redis-") as folder:
        redis = RedisProcess(Path(folder), port=find_free_port())
        try:
            postgres.start()
            redis.start()
            yield postgres.create_database(), redis
        finally:
            redis.stop()
            postgres.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sockets", type=int, default=64)
    parser.add_argument("--group-limit", default="4")
    parser.add_argument("--forward-s", type=float, default=0.02)
    options = parser.parse_args()
    with servers() as (database_url, redis), tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        settings = {
            **UNLIMITED,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis.url,
            "INFERENCE_BATCH_SIZE": options.group_limit,
        }
        machines = Machines(home, broker=redis.client(), settings=settings)
        try:
            _compare(machines, database_url, options)
        finally:
            machines.stop()


def _compare(machines: Machines, database_url: str, options: argparse.Namespace) -> None:
    webs = machines.add_web(), machines.add_web()
    machines.add_sweep()
    for web in webs:
        web.wait_until_serving()
    keys = sign_in(machines, options.sockets)
    rates: dict[int, list[float]] = {1: [], 3: []}
    for _ in range(options.rounds):
        for count in rates:
            workers = [machines.add_worker(forward_s=options.forward_s) for _ in range(count)]
            machines.wait_for(*workers)
            figures = uvloop.run(measure(webs, keys, options.seconds))
            machines.end(*workers)
            groups = [size for worker in workers for size in worker.forwards]
            rates[count].append(figures.per_s)
            print(
                f"{count} workers  {figures.per_s:6.0f} drawings/s"
                f"  lost {figures.lost}  doubled {figures.doubled}"
                f"  a group {statistics.mean(groups):.1f}"
                f"  shares {[sum(worker.forwards) for worker in workers]}",
                flush=True,
            )
    ratios = [three / one for one, three in zip(rates[1], rates[3], strict=True)]
    verdict = "reached" if statistics.median(ratios) >= MIN_SPEEDUP else "MISSED"
    each = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(
        f"three carry {statistics.median(ratios):.2f} times one ({each}): {MIN_SPEEDUP} {verdict}"
    )


def sign_in(machines: Machines, count: int) -> list[str]:
    """The keys of the sessions of so many people; how they log in is not what is measured."""
    os.environ |= machines.environment
    import django

    django.setup()
    from django.test import Client as Browser

    from recognizer.models import User

    keys = []
    for number in range(count):
        browser = Browser()
        user = User.objects.create(username=f"scale{number}")
        browser.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        keys.append(browser.cookies["sessionid"].value)
    return keys


if __name__ == "__main__":
    main()
