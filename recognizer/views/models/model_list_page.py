"""Page of all models with the release history."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.registry.model_status import describe_models
from recognizer.views.models.model_summary import ModelSummary, list_promotions, number_all_models


@require_safe
@login_required
@never_cache
def show_models(request: HttpRequest) -> HttpResponse:
    status = describe_models()
    number_all_models(status)
    context = {
        "status": status,
        "models": [ModelSummary(one) for one in status.models],
        "champion": ModelSummary(status.champion) if status.champion else None,
        "since": status.promotions[0] if status.promotions else None,
        "history": list_promotions(status.promotions),
    }
    return render(request, "models/list.html", context)
