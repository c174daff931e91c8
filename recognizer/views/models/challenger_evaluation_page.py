"""Page of an evaluation: challenger vs champion."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.models import GateResult
from recognizer.permission_checked_lookups import get_evaluation
from recognizer.registry.model_status import describe_evaluation
from recognizer.registry.parsers.evaluation_report_parser import load_report
from recognizer.views.access_decorators import require_user
from recognizer.views.models.challenger_evaluation_summary import (
    GATE_RESULT_TEXTS,
    SetSummary,
    list_published_sets,
)


@require_safe
@login_required
@never_cache
def show_evaluation(request: HttpRequest, evaluation_id: int) -> HttpResponse:
    user = require_user(request)
    evaluation = get_evaluation(user, evaluation_id)
    report = load_report(evaluation, user)
    gate_result, tone = GATE_RESULT_TEXTS[GateResult(evaluation.gate_result)]
    context = {
        "evaluation": evaluation,
        "status": describe_evaluation(evaluation),
        "gate_result": gate_result,
        "tone": tone,
        "is_synthetic": any(one.is_synthetic for one in report.sets or []),
        "is_available": report.sets is not None,
        "sets": [SetSummary(one) for one in report.sets or []],
        "published": list_published_sets(report),
        "latency": report.latency,
    }
    return render(request, "models/evaluation.html", context)
