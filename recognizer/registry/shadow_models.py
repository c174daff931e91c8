"""Shadow models: candidates whose predictions are stored but not shown."""

from __future__ import annotations

import redis

from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import ModelVersion
from recognizer.registry.promotion import CannotPromote, load_champion

SHADOW_DROPPED_KEY = "shadow:dropped"
"""Number of drawings that were not sent to shadow models because their queue was full."""


def set_shadow(*, model: ModelVersion, on: bool) -> ModelVersion:
    """Turn the shadow mode of a model on or off. Raises CannotPromote for the champion."""
    champion = load_champion()
    if on and champion is not None and champion.pk == model.pk:
        raise CannotPromote("already_serving")
    ModelVersion.objects.filter(pk=model.pk).update(is_shadow=on)
    model.is_shadow = on
    return model


def list_shadow_models() -> list[ModelVersion]:
    """Return the shadow models without the champion."""
    models = ModelVersion.objects.filter(is_shadow=True)
    champion = load_champion()
    return list(models.exclude(pk=champion.pk) if champion else models)


def count_dropped_drawings() -> int | None:
    """Return the number of drawings not sent to shadow models, or None if the broker is
    unavailable."""
    try:
        with connect_redis() as client:
            return int(client.get(redis_key(SHADOW_DROPPED_KEY)) or 0)
    except redis.RedisError:
        return None
