"""Explanations in the broker: kept for a while, a bounded number of them, and how far each one is
that is being made."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import redis

from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.task_queue import CannotPublish

KEY_PREFIX = "digitsite:explained:"
EXPLANATION_TTL_S = 900
MAX_CACHED_EXPLANATIONS = 64
"""The newest; one takes about 180 kB."""

REQUEST_TTL_S = 60
"""Who asked has gone after so long without news: nobody works for them any more."""

_ORDER_KEY = f"{KEY_PREFIX}order"


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """`text` is the explanation as JSON once it is there; `done` of `of` steps are made, and
    `asked` says that a worker was asked at all."""

    text: str = ""
    asked: bool = False
    done: int = 0
    of: int = 0


def build_key(subject: str, part: str, sha256: str) -> str:
    return f"{KEY_PREFIX}{subject}:{part}:{sha256}"


def load_entry(key: str) -> CacheEntry:
    """Raises CannotPublish while the broker is away."""
    with _connect() as broker:
        text, progress = broker.mget(key, _progress_key(key))
    if text is not None:
        return CacheEntry(text=str(text), asked=True)
    if progress is None:
        return CacheEntry()
    done, of = json.loads(progress)
    return CacheEntry(asked=True, done=done, of=of)


def mark_requested(key: str) -> bool:
    """Whether this is the first to ask. Raises CannotPublish."""
    with _connect() as broker:
        return bool(broker.set(_progress_key(key), "[0, 0]", nx=True, ex=REQUEST_TTL_S))


def clear_request(key: str) -> None:
    """The task could not be sent: the next one may ask. Raises CannotPublish."""
    with _connect() as broker:
        broker.delete(_progress_key(key))


def save_progress(key: str, done: int, of: int) -> None:
    """Raises CannotPublish."""
    with _connect() as broker:
        broker.set(_progress_key(key), json.dumps([done, of]), ex=REQUEST_TTL_S)


def save_explanation(key: str, text: str, *, ttl_s: float = EXPLANATION_TTL_S) -> None:
    """The oldest go where there are too many. Raises CannotPublish."""
    with _connect() as broker:
        pipe = broker.pipeline()
        pipe.set(key, text, ex=int(ttl_s))
        pipe.delete(_progress_key(key))
        pipe.zadd(_ORDER_KEY, {key: time.time()})
        pipe.zrange(_ORDER_KEY, 0, -MAX_CACHED_EXPLANATIONS - 1)
        old = pipe.execute()[-1]
        if old:
            broker.delete(*old)
            broker.zrem(_ORDER_KEY, *old)


def delete_explanations(ids: Collection[UUID]) -> None:
    """What was kept of them goes now, not later. Raises CannotPublish."""
    erased = {str(id) for id in ids}
    with _connect() as broker:
        kept = [str(key) for key in broker.zrange(_ORDER_KEY, 0, -1)]
        keys = [key for key in kept if _parse_drawing_id(key) in erased]
        if keys:
            broker.delete(*keys)
            broker.zrem(_ORDER_KEY, *keys)


def _parse_drawing_id(key: str) -> str:
    kind, _, rest = key.removeprefix(KEY_PREFIX).partition(":")
    return rest.partition(":")[0] if kind == "drawing" else ""


def _progress_key(key: str) -> str:
    return f"{key}:progress"


@contextmanager
def _connect() -> Iterator[redis.Redis]:
    try:
        with connect_redis(decode=True) as client:
            yield client
    except redis.RedisError as error:
        raise CannotPublish(repr(error)) from error
