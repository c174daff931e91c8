"""Challengers that answer what the champion answered, for comparison, before anybody sees it."""

from __future__ import annotations

from recognizer.models import ModelVersion
from recognizer.registry.promoting import CannotPromote, champion


def set_shadow(*, model: ModelVersion, on: bool) -> ModelVersion:
    """From now on it answers in the shadow, or no longer. Raises CannotPromote for the champion."""
    serving = champion()
    if on and serving is not None and serving.pk == model.pk:
        raise CannotPromote("serves_already")
    ModelVersion.objects.filter(pk=model.pk).update(is_shadow=on)
    model.is_shadow = on
    return model
