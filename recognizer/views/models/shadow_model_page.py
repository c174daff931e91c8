"""Page of a model in shadow mode: where its predictions differ from those that users saw."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.permission_checked_lookups import get_model_version
from recognizer.registry.shadow_models import count_dropped_drawings
from recognizer.registry.shadow_stats import compute_shadow_stats, list_differences
from recognizer.views.access_decorators import require_user
from recognizer.views.label_and_number_formatting import format_label, format_percent
from recognizer.views.models.prediction_differences import render_drawing


@require_safe
@login_required
@never_cache
def show_shadow(request: HttpRequest, label: str) -> HttpResponse:
    user = require_user(request)
    version = get_model_version(user, label)
    stats = compute_shadow_stats(version)
    differences = list_differences(version, user) if user.is_reviewer else []
    context = {
        "version": version,
        "stats": stats,
        "agreement": format_percent(stats.num_equal / stats.num_predictions, decimals=1)
        if stats.num_predictions
        else "",
        "pairs": [
            (format_label(shown), format_label(predicted), n)
            for shown, predicted, n in stats.disagreements
        ],
        "num_dropped": count_dropped_drawings(),
        "differences": [
            {
                "shown": format_label(one.shown_label),
                "predicted": format_label(one.shadow_label),
                "ground_truth": format_label(one.known_label),
                "image": render_drawing(one.ink, one.raster),
            }
            for one in differences
        ],
    }
    return render(request, "models/shadow.html", context)
