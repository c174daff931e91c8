"""Page of all models with the release history."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.registry.model_status import describe_models
from recognizer.views.models.leaderboard import MAX_COMPARED, build_leaderboard
from recognizer.views.models.model_summary import ModelSummary, list_promotions, number_all_models
from recognizer.views.models.user_accuracy_section import build_user_accuracy


@require_safe
@never_cache
def show_models(request: HttpRequest) -> HttpResponse:
    """Show all models in the order of `?sort=`. With `?open`, the two models in `?compare=` are
    compared."""
    status = describe_models()
    number_all_models(status)
    leaderboard = build_leaderboard(
        status.models,
        sort=request.GET.get("sort", ""),
        chosen=request.GET.getlist("compare"),
    )
    if "open" in request.GET and len(leaderboard.chosen) == MAX_COMPARED:
        return redirect("model_compare", *leaderboard.chosen)
    context = {
        "status": status,
        "leaderboard": leaderboard,
        "is_choice_refused": "open" in request.GET,
        "models": [ModelSummary(one) for one in status.models],
        "champion": ModelSummary(status.champion) if status.champion else None,
        "user_accuracy": (
            build_user_accuracy(status.champion.version) if status.champion else None
        ),
        "since": status.promotions[0] if status.promotions else None,
        "history": list_promotions(status.promotions),
    }
    return render(request, "models/list.html", context)
