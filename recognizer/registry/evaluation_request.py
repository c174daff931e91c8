"""Requests for evaluations of a challenger against the champion."""

from __future__ import annotations

from contextlib import suppress

import redis

from recognizer import protocol
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import ModelVersion
from recognizer.registry.promotion import CannotPromote, load_champion

OPEN_TTL_S = 1800
"""An evaluation whose worker died can be requested again after this time."""


def request_evaluation(*, model: ModelVersion) -> None:
    """Send an evaluation task to a background worker, unless one of the same two models is open.

    Raises CannotPromote for the champion, and CannotPublish if the broker is unavailable.
    """
    champion = load_champion()
    if champion is None or champion.pk == model.pk:
        raise CannotPromote("already_serving")
    if not _open_evaluation(model.pk, champion.pk):
        return
    sender = TaskSender()
    try:
        sender.send_task(protocol.EVALUATE_TASK, str(model.pk), queue=protocol.EVALUATION_QUEUE)
    except CannotPublish:
        close_evaluation(model.pk, champion.pk)
        raise
    finally:
        sender.close()


def close_evaluation(challenger_id: int, champion_id: int) -> None:
    """Allow a new request for the same two models. Without the broker, it expires."""
    with suppress(redis.RedisError), connect_redis() as broker:
        broker.delete(_key(challenger_id, champion_id))


def _open_evaluation(challenger_id: int, champion_id: int) -> bool:
    """Return whether no evaluation of the two models is open. Raises CannotPublish."""
    try:
        with connect_redis() as broker:
            key = _key(challenger_id, champion_id)
            return bool(broker.set(key, "1", nx=True, ex=OPEN_TTL_S))
    except redis.RedisError as error:
        raise CannotPublish(repr(error)) from error


def _key(challenger_id: int, champion_id: int) -> str:
    return redis_key(f"evaluating:{challenger_id}:{champion_id}")
