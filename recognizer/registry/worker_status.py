"""Status of the workers: the model each serves, the loaded models and load errors. Workers store it
in Redis under keys that expire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import redis

from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import HEARTBEAT_KEY, redis_key
from recognizer.models import ModelVersion
from recognizer.protocol import JSON


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One worker. Models are given by their refs. `failed_ref` is a champion that the worker could
    not load, `load_error` the reason."""

    name: str
    serving_ref: str
    ready_refs: frozenset[str]
    failed_ref: str
    load_error: str


@dataclass(frozen=True, slots=True)
class ModelReadiness:
    """Number of workers, and how many of them serve a model, have it loaded or failed to load
    it."""

    workers: int
    serving: int
    ready: int
    failing: int


def heartbeat_json(
    *, serving_ref: str, ready_refs: Sequence[str], failed_ref: str = "", load_error: str = ""
) -> str:
    """Return the JSON that a worker stores under its key."""
    status = {
        "serving_ref": serving_ref,
        "ready_refs": list(ready_refs),
        "failed_ref": failed_ref,
        "load_error": load_error,
    }
    return json.dumps(status)


def list_workers() -> list[WorkerStatus]:
    """Return the live workers by name, or an empty list if the broker is unavailable."""
    with suppress(redis.RedisError):
        return _load_heartbeats()
    return []


def count_ready(model: ModelVersion, workers: Iterable[WorkerStatus]) -> ModelReadiness:
    found, ref = list(workers), model.ref
    return ModelReadiness(
        workers=len(found),
        serving=sum(worker.serving_ref == ref for worker in found),
        ready=sum(ref in worker.ready_refs for worker in found),
        failing=sum(worker.failed_ref == ref for worker in found),
    )


def _load_heartbeats() -> list[WorkerStatus]:
    with connect_redis() as client:
        keys = sorted(client.scan_iter(redis_key(f"{HEARTBEAT_KEY}*"), count=1000))
        values = client.mget(keys) if keys else []
    pairs = zip(keys, values, strict=True)
    return [_parse_heartbeat(key.decode(), value) for key, value in pairs if value is not None]


def _parse_heartbeat(key: str, value: bytes | str) -> WorkerStatus:
    """Parse a heartbeat. A worker of an earlier version sends no object."""
    parsed = json.loads(value)
    status: JSON = parsed if isinstance(parsed, dict) else {}
    return WorkerStatus(
        name=key.removeprefix(redis_key(HEARTBEAT_KEY)),
        serving_ref=status.get("serving_ref", ""),
        ready_refs=frozenset(status.get("ready_refs", ())),
        failed_ref=status.get("failed_ref", ""),
        load_error=status.get("load_error", ""),
    )
