"""What a worker asks again and again: who serves, and what it should have ready besides."""

from __future__ import annotations

from django.db.models import Q

from recognizer.models import GateResult, ModelVersion, Promotion

MAX_PRELOADED_CHALLENGERS = 4
"""How many challengers a worker has ready beside the champion and the one before it."""


def find_models_to_preload() -> tuple[list[ModelVersion], bool]:
    """The model before the champion and the challengers that may be next: those that the gate let
    pass against this champion, and shadows. And whether there are shadows at all."""
    newest = Promotion.objects.select_related("replaces__model").order_by("-id").first()
    if newest is None:
        return [], False
    before = [newest.replaces.model] if newest.replaces else []
    has_passed = Q(
        evaluations__gate_result=GateResult.PASSED, evaluations__champion=newest.model_id
    )
    likely = ModelVersion.objects.filter(has_passed | Q(is_shadow=True))
    challengers = list(
        likely.exclude(pk=newest.model_id).order_by("-id").distinct()[:MAX_PRELOADED_CHALLENGERS]
    )
    has_shadow_models = any(one.is_shadow for one in challengers)
    return before + challengers, has_shadow_models
