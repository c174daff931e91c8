"""A closed loop over real sockets: each sends a drawing, waits for its answer, sends the next.

`python -m bench.load --sockets 1 64 256 --seconds 10`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
import uuid
from dataclasses import dataclass, field

import orjson
import psutil
import uvloop

from bench.client import Client
from bench.inks import load_inks
from bench.site import Site

ANSWERED_WITHIN_S = 10.0
LOOKS_EVERY_S = 0.05
WARM_UP_S = 1.0


@dataclass
class Tally:
    """What one run saw; latencies in ms, those of the warm-up left out."""

    sent: int = 0
    answers: int = 0
    duplicates: int = 0
    refused: int = 0
    latencies: list[float] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


class Drawer:
    """One socket in closed loop."""

    def __init__(self, tally: Tally, inks: list[str], at: int) -> None:
        self._tally, self._inks, self._at = tally, inks, at
        self._awaited: dict[str, float] = {}
        self._answered: set[str] = set()
        self.is_stopped = False
        self.warm_at = time.perf_counter() + WARM_UP_S
        self.client: Client

    @property
    def unanswered(self) -> int:
        return len(self._awaited)

    def draw(self) -> None:
        ref, ink = str(uuid.uuid4()), self._inks[self._at % len(self._inks)]
        self._at += 1
        self._tally.sent += 1
        self._awaited[ref] = time.perf_counter()
        text = f'{{"type":"draw","ref":"{ref}","revision":1,"strokes":{ink},"pointer":"pen"}}'
        self.client.send(text.encode())

    def receive(self, text: bytes) -> None:
        if text.startswith(b'{"type":"prediction"'):
            self._note(orjson.loads(text))
        elif text.startswith(b'{"type":"error"'):
            self._tally.refused += 1
            print(text)

    def _note(self, message: dict[str, str]) -> None:
        ref, now = message["ref"], time.perf_counter()
        sent_at = self._awaited.pop(ref, None)
        if sent_at is None:
            self._tally.duplicates += ref in self._answered
            return
        self._answered.add(ref)
        self._tally.answers += 1
        self._tally.ids.add(message["id"])
        if sent_at >= self.warm_at:
            self._tally.latencies.append((now - sent_at) * 1000)
        if not self.is_stopped:
            self.draw()


async def run_load(site: Site, keys: list[str], seconds: float) -> Tally:
    tally, inks = Tally(), load_inks()
    drawers = [Drawer(tally, inks, at * 7) for at in range(len(keys))]
    for drawer, key in zip(drawers, keys, strict=True):
        drawer.client = await connect(site, key, drawer)
    await asyncio.sleep(0.5)
    for drawer in drawers:
        drawer.warm_at = time.perf_counter() + WARM_UP_S
        drawer.draw()
    await asyncio.sleep(seconds + WARM_UP_S)
    for drawer in drawers:
        drawer.is_stopped = True
    await wait_for_last(drawers)
    for drawer in drawers:
        drawer.client.close()
    return tally


async def wait_for_last(drawers: list[Drawer]) -> None:
    for _ in range(int(ANSWERED_WITHIN_S / LOOKS_EVERY_S)):
        if not any(drawer.unanswered for drawer in drawers):
            return
        await asyncio.sleep(LOOKS_EVERY_S)


async def connect(site: Site, key: str, drawer: Drawer) -> Client:
    def make() -> Client:
        headers = {"Cookie": f"sessionid={key}"}
        return Client(drawer.receive, host=f"127.0.0.1:{site.port}", headers=headers)

    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(make, "127.0.0.1", site.port)
    await client.opened
    return client


def make_sessions(count: int) -> list[str]:
    """People who are signed in; the keys of their sessions."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from recognizer.models import User

    keys = []
    for number in range(count):
        user, _ = User.objects.get_or_create(username=f"bench{number}")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(str(session.session_key))
    return keys


def processor_seconds(site: Site) -> dict[str, float]:
    """What each process has used so far, the load generator among them."""
    ids = {**site.process_ids(), "load": os.getpid()}
    times = {name: psutil.Process(id).cpu_times() for name, id in ids.items()}
    return {name: spent.user + spent.system for name, spent in times.items()}


def report(sockets: int, seconds: float, tally: Tally) -> str:
    from recognizer.models import Drawing, Prediction

    latencies = sorted(tally.latencies)
    rows = Drawing.objects.filter(pk__in=list(tally.ids)[:30_000]).count()
    predictions = Prediction.objects.count()
    p50, p95, p99 = (latencies[int(len(latencies) * q)] for q in (0.5, 0.95, 0.99))
    lost = tally.sent - tally.answers
    return (
        f"{sockets:5d} sockets {len(latencies) / seconds:8.0f} drawings/s"
        f"  p50 {p50:7.2f}  p95 {p95:7.2f}  p99 {p99:7.2f} ms"
        f"  lost {lost}  duplicated {tally.duplicates}  refused {tally.refused}"
        f"  rows {rows}/{len(tally.ids)}  predictions {predictions}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 64, 256])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--group-limit", default="128")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with Site(workers=options.workers, environment={"GROUP_LIMIT": options.group_limit}) as site:
        os.environ |= {"DIGITSITE_HOME": str(site.home), "PORT": str(site.port)}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
        import django

        django.setup()
        keys = make_sessions(max(options.sockets))
        for sockets in options.sockets:
            before = processor_seconds(site)
            tally = uvloop.run(run_load(site, keys[:sockets], options.seconds))
            after = processor_seconds(site)
            print(report(sockets, options.seconds, tally), flush=True)
            costs = {name: (after[name] - before[name]) / tally.answers * 1e6 for name in after}
            spent = "  ".join(f"{name} {cost:.0f}" for name, cost in costs.items())
            print(f"      µs of processor a drawing: {spent}", flush=True)


if __name__ == "__main__":
    main()
