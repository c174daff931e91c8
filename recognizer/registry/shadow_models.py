"""Challengers that answer what the champion answered, for comparison, before anybody sees it."""

from __future__ import annotations

import redis

from recognizer.messaging.redis_client import connect_redis
from recognizer.models import ModelVersion
from recognizer.registry.promotion import CannotPromote, load_champion

SHADOW_DROPPED_KEY = "digitsite:shadow:dropped"
"""Drawings that shadows were not shown, because the background was behind."""


def set_shadow(*, model: ModelVersion, on: bool) -> ModelVersion:
    """From now on it answers in the shadow, or no longer. Raises CannotPromote for the champion."""
    serving = load_champion()
    if on and serving is not None and serving.pk == model.pk:
        raise CannotPromote("already_serving")
    ModelVersion.objects.filter(pk=model.pk).update(is_shadow=on)
    model.is_shadow = on
    return model


def list_shadow_models() -> list[ModelVersion]:
    """The challengers that answer in the shadow; the champion answers for itself."""
    found = ModelVersion.objects.filter(is_shadow=True)
    serving = load_champion()
    return list(found.exclude(pk=serving.pk) if serving else found)


def count_dropped_drawings() -> int | None:
    """How many drawings shadows were not shown; None while the broker is away."""
    try:
        with connect_redis() as client:
            return int(client.get(SHADOW_DROPPED_KEY) or 0)
    except redis.RedisError:
        return None
