"""What the workers say of themselves: which model each serves, which it has ready, what it cannot
load. They say so in the broker, in keys that run out by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import redis

from recognizer.messaging.redis_client import connect_redis
from recognizer.metrics import HEARTBEAT_KEY_PREFIX
from recognizer.models import ModelVersion
from recognizer.protocol import JSON


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One worker; `cannot_load` names a champion that it does not serve, and `why` not."""

    name: str
    serves: str
    ready: frozenset[str]
    cannot_load: str
    why: str


@dataclass(frozen=True, slots=True)
class ModelReadiness:
    """How many workers there are, serve a model, have it ready, cannot load it."""

    workers: int
    serving: int
    ready: int
    failing: int


def heartbeat_json(
    *, serves: str, ready: Sequence[str], cannot_load: str = "", why: str = ""
) -> str:
    """What a worker says, as its key keeps it."""
    said = {"serves": serves, "ready": list(ready), "cannot_load": cannot_load, "why": why}
    return json.dumps(said)


def list_workers() -> list[WorkerStatus]:
    """Those alive in the last seconds, by name; none while the broker is away."""
    with suppress(redis.RedisError):
        return _load_heartbeats()
    return []


def count_ready(model: ModelVersion, workers: Iterable[WorkerStatus]) -> ModelReadiness:
    found, label = list(workers), model.ref
    return ModelReadiness(
        workers=len(found),
        serving=sum(worker.serves == label for worker in found),
        ready=sum(label in worker.ready for worker in found),
        failing=sum(worker.cannot_load == label for worker in found),
    )


def _load_heartbeats() -> list[WorkerStatus]:
    with connect_redis() as client:
        keys = sorted(client.scan_iter(f"{HEARTBEAT_KEY_PREFIX}*", count=1000))
        values = client.mget(keys) if keys else []
    pairs = zip(keys, values, strict=True)
    return [_parse_heartbeat(key.decode(), value) for key, value in pairs if value is not None]


def _parse_heartbeat(key: str, value: bytes | str) -> WorkerStatus:
    """A worker of an earlier version says only that it lives."""
    said = json.loads(value)
    body: JSON = said if isinstance(said, dict) else {}
    return WorkerStatus(
        name=key.removeprefix(HEARTBEAT_KEY_PREFIX),
        serves=body.get("serves", ""),
        ready=frozenset(body.get("ready", ())),
        cannot_load=body.get("cannot_load", ""),
        why=body.get("why", ""),
    )
