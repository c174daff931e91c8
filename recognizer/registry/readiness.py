"""What the workers say of themselves: which model each serves, which it has ready, what it cannot
load. They say so in the broker, in keys that run out by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from recognizer.contract import JSON
from recognizer.metrics import ASKS_WITHIN_S, PULSE_KEY
from recognizer.models import ModelVersion


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker; `cannot_load` names a champion that it does not serve, and `why` not."""

    name: str
    serves: str
    ready: frozenset[str]
    cannot_load: str
    why: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """How many workers there are, serve a model, have it ready, cannot load it."""

    workers: int
    serving: int
    ready: int
    failing: int


def pulse_json(*, serves: str, ready: Sequence[str], cannot_load: str = "", why: str = "") -> str:
    """What a worker says, as its key keeps it."""
    said = {"serves": serves, "ready": list(ready), "cannot_load": cannot_load, "why": why}
    return json.dumps(said)


def list_workers() -> list[Worker]:
    """Those alive in the last seconds, by name; none while the broker is away."""
    with suppress(redis.RedisError):
        return _ask()
    return []


def count_ready(model: ModelVersion, workers: Iterable[Worker]) -> Readiness:
    found, label = list(workers), model.ref
    return Readiness(
        workers=len(found),
        serving=sum(worker.serves == label for worker in found),
        ready=sum(label in worker.ready for worker in found),
        failing=sum(worker.cannot_load == label for worker in found),
    )


def _ask() -> list[Worker]:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ASKS_WITHIN_S,
        socket_connect_timeout=ASKS_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
        keys = sorted(client.scan_iter(f"{PULSE_KEY}*", count=1000))
        values = client.mget(keys) if keys else []
    pairs = zip(keys, values, strict=True)
    return [_read(key.decode(), value) for key, value in pairs if value is not None]


def _read(key: str, value: bytes | str) -> Worker:
    """A worker of an earlier version says only that it lives."""
    said = json.loads(value)
    body: JSON = said if isinstance(said, dict) else {}
    return Worker(
        name=key.removeprefix(PULSE_KEY),
        serves=body.get("serves", ""),
        ready=frozenset(body.get("ready", ())),
        cannot_load=body.get("cannot_load", ""),
        why=body.get("why", ""),
    )
