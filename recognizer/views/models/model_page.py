"""The page of one network, made of its card and of what comparisons found; and that of two beside
each other."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.access import get_model_version
from recognizer.models import GateResult, ModelVersion, TrainingRun
from recognizer.registry.user_set_results import load_user_set_results
from recognizer.views.decorators import require_user
from recognizer.views.models.accuracy_comparison import compare_digits, compare_sets
from recognizer.views.models.card_sections import (
    describe_model,
    parse_accuracies,
    parse_calibration,
    parse_headlines,
    parse_section,
    parse_throughput,
)
from recognizer.views.models.chart_data import build_page_state, format_robustness
from recognizer.views.models.confusion_matrices import build_confusion_matrices
from recognizer.views.models.evaluation_report import GATE_RESULT_TEXTS
from recognizer.views.models.layer_diagram import parse_steps, render_layer_diagram
from recognizer.views.models.misclassified_drawings import most_confident_mistakes
from recognizer.views.models.model_summary import list_model_summaries, promotion_rows
from recognizer.views.models.training_facts import format_origin, parse_training_facts

MAX_MISTAKES_SHOWN = 24


@require_safe
@login_required
@never_cache
def show_model(request: HttpRequest, label: str) -> HttpResponse:
    user = require_user(request)
    version = get_model_version(user, label)
    cards = list_model_summaries()
    verdicts = version.evaluations.select_related("champion").defer("report")
    context = {
        "card": next(card for card in cards if card.version == version),
        "others": [card.version for card in cards if card.version != version],
        "verdicts": [(one, *GATE_RESULT_TEXTS[GateResult(one.gate_result)]) for one in verdicts],
        "history": promotion_rows(version.promotions.select_related("model", "by")),
        "run": TrainingRun.objects.filter(model=version).first() if user.is_admin else None,
        "state": build_page_state([version]),
        **_parse_card(version),
    }
    return render(request, "models/detail.html", context)


@require_safe
@login_required
@never_cache
def select_comparison(request: HttpRequest, label: str) -> HttpResponse:
    """`with` in the address names the other one."""
    user = require_user(request)
    version = get_model_version(user, label)
    other = request.GET.get("with", "")
    if not other:
        return redirect("model", version.ref)
    return redirect("model_compare", version.ref, get_model_version(user, other).ref)


@require_safe
@login_required
@never_cache
def show_comparison(request: HttpRequest, label: str, second: str) -> HttpResponse:
    user = require_user(request)
    both = [get_model_version(user, label), get_model_version(user, second)]
    first, other = both[0].card, both[1].card
    names = _distinct_names(both)
    context = {
        "first": both[0],
        "second": both[1],
        "names": names,
        "columns": [_comparison_column(version) for version in both],
        "sets": parse_section(lambda card: compare_sets(card, other), first) or [],
        "digits": parse_section(lambda card: compare_digits(card, other, name=names[1]), first)
        or [],
        "state": build_page_state(both),
        "others": ModelVersion.objects.exclude(pk__in=[both[0].pk, both[1].pk]).defer("card"),
    }
    return render(request, "models/compare.html", context)


def _distinct_names(both: list[ModelVersion]) -> list[str]:
    """Their names; two of the same name with the beginning of their hashes."""
    is_alike = both[0].name == both[1].name
    return [f"{one.name} {one.sha256[:6]}" if is_alike else one.name for one in both]


def _parse_card(version: ModelVersion) -> dict[str, Any]:
    """What the card says, part by part; None or empty where it says nothing."""
    card = version.card
    people = parse_section(lambda _: load_user_set_results(version), card) or []
    scores = parse_section(parse_accuracies, card) or []
    return {
        "about": describe_model(card, version.architecture),
        "origin": format_origin(version),
        "headlines": parse_section(parse_headlines, card) or [],
        "steps": parse_section(lambda it: parse_steps(it["layers"]), card) or [],
        "strip": parse_section(lambda it: render_layer_diagram(it["layers"]), card),
        "layers": parse_section(lambda it: list(it["layers"]), card) or [],
        "training": parse_section(parse_training_facts, card) or [],
        "scores": scores,
        "has_final": any(score.final for score in scores),
        "panels": parse_section(lambda it: build_confusion_matrices(it, version, people), card)
        or [],
        "surest": most_confident_mistakes(card, most=MAX_MISTAKES_SHOWN),
        "calibration": parse_section(parse_calibration, card),
        "borne": parse_section(format_robustness, card) or [],
        "speed": parse_section(parse_throughput, card),
        "parameters": card.get("parameters"),
        "not_trained": card.get("not_trained"),
        "note": str(card.get("note") or ""),
    }


def _comparison_column(version: ModelVersion) -> dict[str, Any]:
    """One of two: its key facts."""
    card = version.card
    return {
        "version": version,
        "origin": format_origin(version),
        "parameters": card.get("parameters"),
        "layers": len(parse_section(lambda it: parse_steps(it["layers"]), card) or []),
        "learnt_from": dict(parse_section(parse_training_facts, card) or []).get("Learnt from", ""),
        "calibration": parse_section(parse_calibration, card),
        "speed": parse_section(parse_throughput, card),
    }
