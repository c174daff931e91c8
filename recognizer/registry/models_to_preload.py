"""Models that a worker keeps loaded in addition to the champion."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from recognizer.models import GateResult, ModelVersion, Promotion

MAX_PRELOADED_CHALLENGERS = 4
"""Number of challengers that a worker keeps loaded besides the champion and the previous one."""


@dataclass(frozen=True, slots=True)
class PreloadPlan:
    """Models to keep loaded, and whether there are shadow models among them."""

    models: list[ModelVersion]
    has_shadow_models: bool


def find_models_to_preload() -> PreloadPlan:
    """Return the previous champion and the likely next ones: challengers that passed the gate
    against this champion, and shadow models."""
    newest = Promotion.objects.select_related("replaces__model").order_by("-id").first()
    if newest is None:
        return PreloadPlan([], has_shadow_models=False)
    previous = [newest.replaces.model] if newest.replaces else []
    has_passed = Q(
        evaluations__gate_result=GateResult.PASSED, evaluations__champion=newest.model_id
    )
    likely = ModelVersion.objects.filter(has_passed | Q(is_shadow=True))
    challengers = list(
        likely.exclude(pk=newest.model_id).order_by("-id").distinct()[:MAX_PRELOADED_CHALLENGERS]
    )
    has_shadow_models = any(model.is_shadow for model in challengers)
    return PreloadPlan(previous + challengers, has_shadow_models)
