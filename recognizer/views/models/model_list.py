"""The networks: which one answers, who answered when and why, what the gate says of each; and, for
admins, changing that."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer.access import get_evaluation, get_model_version
from recognizer.messaging.task_queue import CannotPublish
from recognizer.models import Evaluation, GateResult, Promotion
from recognizer.registry import promotion
from recognizer.registry.evaluations import request_evaluation
from recognizer.registry.promotion import (
    MAX_REASON_LENGTH,
    CannotPromote,
    list_active_promotions,
    load_latest_promotion,
)
from recognizer.registry.serializers import redact_report
from recognizer.registry.shadow_models import count_dropped_drawings, set_shadow
from recognizer.registry.shadow_stats import compute_shadow_stats, list_differences
from recognizer.registry.worker_status import list_workers
from recognizer.views.decorators import admin_required, require_user
from recognizer.views.formatting import format_label
from recognizer.views.models.changed_drawings import render_drawing
from recognizer.views.models.evaluation_report import (
    GATE_RESULT_TEXTS,
    SetReport,
    published_set_rows,
)
from recognizer.views.models.model_summary import (
    failing_workers,
    list_model_summaries,
    promotion_rows,
)

MAX_PROMOTIONS_SHOWN = 50


@require_safe
@login_required
@never_cache
def show_models(request: HttpRequest) -> HttpResponse:
    cards = list_model_summaries()
    serving = next((card for card in cards if card.is_champion), None)
    history = Promotion.objects.select_related("model", "by", "evaluation")[:MAX_PROMOTIONS_SHOWN]
    context = {
        "cards": cards,
        "serving": serving,
        "troubles": failing_workers(serving.version, list_workers()) if serving else [],
        "since": history[0] if history else None,
        "can_go_back": len(list_active_promotions()) > 1,
        "history": promotion_rows(history),
    }
    return render(request, "models/list.html", context)


@require_safe
@login_required
@never_cache
def show_evaluation(request: HttpRequest, evaluation_id: int) -> HttpResponse:
    evaluation = get_evaluation(require_user(request), evaluation_id)
    report = redact_report(evaluation, require_user(request))
    word, tone = GATE_RESULT_TEXTS[GateResult(evaluation.gate_result)]
    context = {
        "evaluation": evaluation,
        "word": word,
        "tone": tone,
        "sets": [SetReport(one) for one in report.get("sets", [])],
        "published": published_set_rows(report),
        "speed": report.get("speed"),
        **_available_actions(evaluation),
    }
    return render(request, "models/evaluation.html", context)


@require_safe
@login_required
@never_cache
def show_shadow(request: HttpRequest, label: str) -> HttpResponse:
    version, user = get_model_version(require_user(request), label), require_user(request)
    agreement = compute_shadow_stats(version)
    different = list_differences(version) if user.is_reviewer else []
    context = {
        "version": version,
        "agreement": agreement,
        "share": (
            100 * agreement.num_equal / agreement.num_predictions
            if agreement.num_predictions
            else None
        ),
        "pairs": [
            (format_label(shown), format_label(shadow), count)
            for shown, shadow, count in agreement.disagreements
        ],
        "dropped": count_dropped_drawings(),
        "differences": [
            {
                "shown": format_label(one.shown_label),
                "said": format_label(one.shadow_label),
                "ground_truth": format_label(one.known_label),
                "picture": render_drawing(one.ink, one.raster),
            }
            for one in different
        ],
    }
    return render(request, "models/shadow.html", context)


@require_POST
@admin_required
def promote_model(request: HttpRequest, label: str) -> HttpResponse:
    version = get_model_version(require_user(request), label)
    return _run_action(
        request,
        lambda asked: promotion.promote_model(model=version, by=require_user(request), **asked),
        f"{version} answers from now on.",
    )


@require_POST
@admin_required
def roll_back(request: HttpRequest) -> HttpResponse:
    return _run_action(
        request,
        lambda asked: promotion.roll_back(by=require_user(request), **asked),
        "The network before this one answers again.",
    )


@require_POST
@admin_required
def compare_model(request: HttpRequest, label: str) -> HttpResponse:
    version = get_model_version(require_user(request), label)
    return _run_action(
        request,
        lambda asked: request_evaluation(model=version),
        "They are being compared. The verdict comes in a minute or two; load the page again then.",
        leads_to=label,
    )


@require_POST
@admin_required
def change_shadow(request: HttpRequest, label: str) -> HttpResponse:
    version, on = get_model_version(require_user(request), label), request.POST.get("on") == "true"
    return _run_action(
        request,
        lambda asked: set_shadow(model=version, on=on),
        "It answers in the shadow now." if on else "It no longer answers in the shadow.",
        leads_to=label,
    )


def _run_action(
    request: HttpRequest,
    change: Callable[[dict[str, str]], object],
    done: str,
    *,
    leads_to: str = "",
) -> HttpResponse:
    """Make one change, say so or why not, and lead on."""
    given = request.POST
    asked = {
        "reason": given.get("reason", "")[:MAX_REASON_LENGTH],
        "expected_champion": given.get("champion", ""),
    }
    try:
        change(asked)
        messages.success(request, done)
    except (CannotPromote, CannotPublish) as error:
        messages.error(request, error.message)
    return redirect("model", leads_to) if leads_to else redirect("models")


def _available_actions(evaluation: Evaluation) -> dict[str, Any]:
    """`is_current`: beside the network that answers now; an older verdict promotes nobody."""
    newest = load_latest_promotion()
    champion = newest.model if newest else None
    serves = champion is not None and champion.pk == evaluation.challenger_id
    is_current = champion is not None and champion.pk == evaluation.champion_id
    is_used = evaluation.promotions.exists()
    return {
        "champion": champion,
        "serves": serves,
        "is_current": is_current and not serves,
        "reason_required": evaluation.gate_result != GateResult.PASSED or is_used,
        "can_go_back": serves and len(list_active_promotions()) > 1,
    }
