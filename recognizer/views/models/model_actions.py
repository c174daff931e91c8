"""Actions of admins on models: promotion, rollback, evaluation, shadow mode, side by side."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from recognizer.messaging.celery_task_sender import CannotPublish
from recognizer.permission_checked_lookups import get_model_version
from recognizer.registry import promotion
from recognizer.registry.evaluation_request import request_evaluation
from recognizer.registry.promotion import MAX_REASON_LENGTH, CannotPromote
from recognizer.registry.shadow_models import set_shadow
from recognizer.side_by_side.shown_models import CannotShow, set_shown_models
from recognizer.views.access_decorators import admin_required, require_user
from recognizer.views.label_and_number_formatting import format_count
from recognizer.views.model_display_names import model_name


@require_POST
@admin_required
def promote_model(request: HttpRequest, label: str) -> HttpResponse:
    user = require_user(request)
    version = get_model_version(user, label)
    return _run_action(
        request,
        lambda: promotion.promote_model(model=version, by=user, **_parse_promotion(request)),
        f"{model_name(version)} is the champion now.",
    )


@require_POST
@admin_required
def roll_back(request: HttpRequest) -> HttpResponse:
    return _run_action(
        request,
        lambda: promotion.roll_back(by=require_user(request), **_parse_promotion(request)),
        "Rolled back to the previous model.",
    )


@require_POST
@admin_required
def evaluate_model(request: HttpRequest, label: str) -> HttpResponse:
    version = get_model_version(require_user(request), label)
    return _run_action(
        request,
        lambda: request_evaluation(model=version),
        "Evaluation started. It takes a minute or two; reload this page to see the result.",
        ref=label,
    )


@require_POST
@admin_required
def change_shadow(request: HttpRequest, label: str) -> HttpResponse:
    version, on = get_model_version(require_user(request), label), request.POST.get("on") == "true"
    return _run_action(
        request,
        lambda: set_shadow(model=version, on=on),
        f"Shadow mode is {'on' if on else 'off'}.",
        ref=label,
    )


@require_POST
@admin_required
def select_side_by_side_models(request: HttpRequest) -> HttpResponse:
    """Choose the models that the drawing page shows side by side."""
    try:
        count = set_shown_models(request.POST.getlist("model"))
    except CannotShow as error:
        messages.error(request, str(error))
    else:
        models = format_count(count, "more model") if count else "only the champion"
        messages.success(request, f"The drawing page shows {models}.")
    return redirect("models")


def _parse_promotion(request: HttpRequest) -> dict[str, str]:
    """Return the reason, and the champion that the admin saw."""
    return {
        "reason": request.POST.get("reason", "")[:MAX_REASON_LENGTH],
        "expected_champion": request.POST.get("champion", ""),
    }


def _run_action(
    request: HttpRequest, action: Callable[[], object], success: str, *, ref: str = ""
) -> HttpResponse:
    """Run an action, show its result, and redirect to the model `ref` or to the list."""
    try:
        action()
        messages.success(request, success)
    except (CannotPromote, CannotPublish) as error:
        messages.error(request, error.message)
    return redirect("model", ref) if ref else redirect("models")
