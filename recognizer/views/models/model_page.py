"""Page of one model, made of its model card and its evaluations."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.models import GateResult, ModelVersion, TrainingRun
from recognizer.permission_checked_lookups import find_model_version
from recognizer.registry.model_download import is_downloadable
from recognizer.registry.model_status import describe_models
from recognizer.registry.parsers.model_card_parser import ModelCard, parse_model_card
from recognizer.registry.results_on_user_drawings import load_user_set_results
from recognizer.views.access_decorators import find_user, is_admin
from recognizer.views.models.card_sections.card_metric_sections import (
    describe_model,
    list_accuracies,
    list_headlines,
    summarize_calibration,
)
from recognizer.views.models.card_sections.layer_diagram import build_layer_diagram, list_steps
from recognizer.views.models.card_sections.training_facts import (
    describe_origin,
    list_training_facts,
)
from recognizer.views.models.challenger_evaluation_summary import GATE_RESULT_TEXTS
from recognizer.views.models.chart_data import build_page_state, describe_robustness
from recognizer.views.models.confusion_matrices import build_confusion_panels
from recognizer.views.models.misclassified_drawings_page import list_most_confident
from recognizer.views.models.model_summary import (
    ModelSummary,
    list_promotions,
    number_all_models,
)

MAX_MISCLASSIFIED_SHOWN = 24


@require_safe
@never_cache
def show_model(request: HttpRequest, label: str) -> HttpResponse:
    version = find_model_version(label)
    status, card = describe_models(), parse_model_card(version)
    number_all_models(status)
    evaluations = version.evaluations.select_related("champion").defer("report")
    promotions = version.promotions.select_related("model", "by")
    context = {
        "model": next(ModelSummary(one) for one in status.models if one.version == version),
        "others": [one.version for one in status.models if one.version != version],
        "evaluations": [
            (one, *GATE_RESULT_TEXTS[GateResult(one.gate_result)]) for one in evaluations
        ],
        "history": list_promotions(promotions),
        "run": TrainingRun.objects.filter(model=version).first() if is_admin(request) else None,
        "state": build_page_state([(version, card)]),
        "is_downloadable": is_downloadable(version, find_user(request)),
        **_build_sections(version, card),
    }
    return render(request, "models/detail.html", context)


def _build_sections(version: ModelVersion, card: ModelCard) -> dict[str, Any]:
    """Return the sections of the page; a section without data is empty or None."""
    accuracies, layers = list_accuracies(card), card.layers or []
    return {
        "card": card,
        "about": describe_model(card, version.architecture),
        "origin": describe_origin(version),
        "headlines": list_headlines(card),
        "steps": list_steps(layers),
        "diagram": build_layer_diagram(layers),
        "training": list_training_facts(card),
        "accuracies": accuracies,
        "has_test": any(one.test for one in accuracies),
        "panels": build_confusion_panels(card, version, load_user_set_results(version)),
        "most_confident": list_most_confident(card, limit=MAX_MISCLASSIFIED_SHOWN),
        "calibration": summarize_calibration(card),
        "robustness": describe_robustness(card),
    }
