"""The cache of explanations in Redis: the newest ones, and the progress of unfinished ones."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import redis

from recognizer.explanations.explanation_inputs import ExplanationSubject
from recognizer.messaging.celery_task_sender import CannotPublish
from recognizer.messaging.message_signing import (
    InvalidSignature,
    read_signed_text,
    sign_text,
)
from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import redis_key

KEY_PREFIX = "explained:"
EXPLANATION_TTL_S = 900
MAX_CACHED_EXPLANATIONS = 64
"""The newest are kept; one takes about 180 kB."""

REQUEST_TTL_S = 60
"""A request without progress expires after this time: the page was closed."""

_ORDER_NAME = f"{KEY_PREFIX}order"


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """`text` is the explanation as JSON if it is complete; otherwise `done` of `of` steps are
    complete. `asked` is true if it was requested."""

    text: str = ""
    asked: bool = False
    done: int = 0
    of: int = 0


def build_key(subject: ExplanationSubject, part: str, sha256: str) -> str:
    return redis_key(f"{KEY_PREFIX}{subject}:{part}:{sha256}")


def load_entry(key: str) -> CacheEntry:
    """Load an entry; an empty one if there is none. Raises CannotPublish."""
    with _connect() as broker:
        text, progress = broker.mget(key, _progress_key(key))
    if text is not None:
        with suppress(InvalidSignature):  # without it, the entry counts as missing
            return CacheEntry(text=read_signed_text(str(text), purpose=key), asked=True)
    if progress is None:
        return CacheEntry()
    done, of = json.loads(progress)
    return CacheEntry(asked=True, done=done, of=of)


def mark_requested(key: str) -> bool:
    """Return whether this request is the first one. Raises CannotPublish."""
    with _connect() as broker:
        return bool(broker.set(_progress_key(key), "[0, 0]", nx=True, ex=REQUEST_TTL_S))


def count_user_requests(user_id: int) -> int:
    """Return the number of unfinished requests of a user. Raises CannotPublish."""
    with _connect() as broker:
        keys = [str(key) for key in broker.smembers(_user_key(user_id))]
        return int(broker.exists(*(_progress_key(key) for key in keys))) if keys else 0


def add_user_request(user_id: int, key: str) -> None:
    """Raises CannotPublish."""
    with _connect() as broker:
        pipe = broker.pipeline()
        pipe.sadd(_user_key(user_id), key)
        pipe.expire(_user_key(user_id), 2 * REQUEST_TTL_S)
        pipe.execute()


def clear_request(key: str) -> None:
    """Forget a request whose task could not be sent. Raises CannotPublish."""
    with _connect() as broker:
        broker.delete(_progress_key(key))


def save_progress(key: str, done: int, of: int) -> None:
    """Raises CannotPublish."""
    with _connect() as broker:
        broker.set(_progress_key(key), json.dumps([done, of]), ex=REQUEST_TTL_S)


def save_explanation(key: str, text: str, *, ttl_s: float = EXPLANATION_TTL_S) -> None:
    """Save an explanation and delete the oldest ones beyond the limit. Raises CannotPublish."""
    with _connect() as broker:
        pipe = broker.pipeline()
        pipe.set(key, sign_text(text, purpose=key), ex=int(ttl_s))
        pipe.delete(_progress_key(key))
        pipe.zadd(redis_key(_ORDER_NAME), {key: time.time()})
        pipe.zrange(redis_key(_ORDER_NAME), 0, -MAX_CACHED_EXPLANATIONS - 1)
        old = pipe.execute()[-1]
        if old:
            broker.delete(*old)
            broker.zrem(redis_key(_ORDER_NAME), *old)


def delete_explanations(ids: Collection[UUID]) -> None:
    """Delete the explanations of these drawings. Raises CannotPublish."""
    erased = {str(id) for id in ids}
    with _connect() as broker:
        kept = [str(key) for key in broker.zrange(redis_key(_ORDER_NAME), 0, -1)]
        keys = [key for key in kept if _parse_drawing_id(key) in erased]
        if keys:
            broker.delete(*keys)
            broker.zrem(redis_key(_ORDER_NAME), *keys)


def _parse_drawing_id(key: str) -> str:
    subject = ExplanationSubject.parse(key.removeprefix(redis_key(KEY_PREFIX)).rsplit(":", 2)[0])
    return subject.id if subject.kind == "drawing" else ""


def _user_key(user_id: int) -> str:
    return redis_key(f"{KEY_PREFIX}user:{user_id}")


def _progress_key(key: str) -> str:
    return f"{key}:progress"


@contextmanager
def _connect() -> Iterator[redis.Redis]:
    try:
        with connect_redis(decode=True) as client:
            yield client
    except redis.RedisError as error:
        raise CannotPublish(repr(error)) from error
