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
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from recognizer.metrics import ASKS_WITHIN_S
from recognizer.queue import CannotPublish

PREFIX = "digitsite:explained:"
KEPT_S = 900
MOST_KEPT = 64
"""The newest; one takes about 180 kB."""

ASKED_S = 60
"""Who asked has gone after so long without news: nobody works for them any more."""

_ORDER = f"{PREFIX}order"


@dataclass(frozen=True, slots=True)
class Standing:
    """`text` is the explanation as JSON once it is there; `done` of `of` steps are made, and
    `asked` says that a worker was asked at all."""

    text: str = ""
    asked: bool = False
    done: int = 0
    of: int = 0


def key_of(subject: str, part: str, sha256: str) -> str:
    return f"{PREFIX}{subject}:{part}:{sha256}"


def look_up(key: str) -> Standing:
    """Raises CannotPublish while the broker is away."""
    with _broker() as broker:
        text, progress = broker.mget(key, _progress_of(key))
    if text is not None:
        return Standing(text=str(text), asked=True)
    if progress is None:
        return Standing()
    done, of = json.loads(progress)
    return Standing(asked=True, done=done, of=of)


def mark_asked(key: str) -> bool:
    """Whether this is the first to ask. Raises CannotPublish."""
    with _broker() as broker:
        return bool(broker.set(_progress_of(key), "[0, 0]", nx=True, ex=ASKED_S))


def forget_asked(key: str) -> None:
    """The task could not be sent: the next one may ask. Raises CannotPublish."""
    with _broker() as broker:
        broker.delete(_progress_of(key))


def say_progress(key: str, done: int, of: int) -> None:
    """Raises CannotPublish."""
    with _broker() as broker:
        broker.set(_progress_of(key), json.dumps([done, of]), ex=ASKED_S)


def keep_explanation(key: str, text: str, *, lasts_s: float = KEPT_S) -> None:
    """The oldest go where there are too many. Raises CannotPublish."""
    with _broker() as broker:
        pipe = broker.pipeline()
        pipe.set(key, text, ex=int(lasts_s))
        pipe.delete(_progress_of(key))
        pipe.zadd(_ORDER, {key: time.time()})
        pipe.zrange(_ORDER, 0, -MOST_KEPT - 1)
        old = pipe.execute()[-1]
        if old:
            broker.delete(*old)
            broker.zrem(_ORDER, *old)


def forget_drawings(ids: Collection[UUID]) -> None:
    """What was kept of them goes now, not later. Raises CannotPublish."""
    erased = {str(id) for id in ids}
    with _broker() as broker:
        kept = [str(key) for key in broker.zrange(_ORDER, 0, -1)]
        keys = [key for key in kept if _find_drawing(key) in erased]
        if keys:
            broker.delete(*keys)
            broker.zrem(_ORDER, *keys)


def _find_drawing(key: str) -> str:
    kind, _, rest = key.removeprefix(PREFIX).partition(":")
    return rest.partition(":")[0] if kind == "drawing" else ""


def _progress_of(key: str) -> str:
    return f"{key}:progress"


@contextmanager
def _broker() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ASKS_WITHIN_S,
        socket_connect_timeout=ASKS_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    try:
        with client:
            yield client
    except redis.RedisError as error:
        raise CannotPublish(repr(error)) from error
