"""The page of one drawing: replay, predictions, labels, deletion.

The forms are for browsers without JavaScript. The scripts use the HTTP API.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_POST, require_safe

from recognizer import permission_checked_lookups, protocol
from recognizer.drawings import soft_delete_and_restore
from recognizer.drawings.prediction_and_label_history import newest_claims, shown_predictions
from recognizer.drawings.soft_delete_and_restore import CannotRestore
from recognizer.drawings.user_label_outcome import get_label_outcome
from recognizer.models import Decision, Drawing, LabelSource, Prediction
from recognizer.review import owner_claims
from recognizer.views.access_decorators import require_user
from recognizer.views.drawing_summary import DrawingSummary, prediction_raster_url
from recognizer.views.label_and_number_formatting import (
    format_confidence,
    format_label,
    format_prediction,
    predicted_label,
    shown_probabilities,
)
from recognizer.views.model_display_names import number_models


@require_safe
@login_required
def show_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    drawing = permission_checked_lookups.get_user_drawing(require_user(request), drawing_id)
    context = {
        "summary": DrawingSummary(drawing),
        "digits": range(10),
        "outcome": get_label_outcome(drawing),
        **_history_entries(drawing),
    }
    return render(request, "history/detail.html", context)


@require_POST
@login_required
def claim_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    """Save the label: 0 to 9 or `not_a_digit`. An empty value removes it."""
    try:
        value = _parse_claim(request.POST.get("label", ""))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return _run_action(
        request,
        lambda owner_id: owner_claims.set_claim(
            owner_id=owner_id, drawing_id=drawing_id, value=value, source=LabelSource.PAGE
        ),
        next_url=reverse("history_drawing", args=[drawing_id]),
    )


@require_POST
@login_required
def delete_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    return _run_action(
        request,
        lambda owner_id: soft_delete_and_restore.delete_drawing(
            owner_id=owner_id, drawing_id=drawing_id
        ),
        next_url=f"{reverse('history')}?deleted={drawing_id}",
    )


@require_POST
@login_required
def restore_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    return _run_action(
        request,
        lambda owner_id: soft_delete_and_restore.restore_drawing(
            owner_id=owner_id, drawing_id=drawing_id
        ),
        next_url=reverse("history_drawing", args=[drawing_id]),
    )


def _run_action(
    request: HttpRequest, action: Callable[[int], object], *, next_url: str
) -> HttpResponse:
    """Call `action` with the user's id and redirect to `next_url`."""
    try:
        action(require_user(request).pk)
    except CannotRestore as error:
        messages.error(request, error.message, extra_tags=error.code)
        return redirect("history")
    return redirect(next_url)


def _parse_claim(text: str) -> int | None:
    if text in ("", protocol.NOT_A_DIGIT):
        return protocol.parse_label(text or None)
    return protocol.parse_label(int(text))


def _history_entries(drawing: Drawing) -> dict[str, Any]:
    """Return all predictions and claims of a drawing, newest first."""
    predictions = list(shown_predictions().filter(drawing=drawing).order_by("-created_at", "-id"))
    number_models(prediction.model for prediction in predictions)
    return {
        "predictions": [_prediction_entry(drawing, prediction) for prediction in predictions],
        "claims": [
            {"created_at": label.created_at, "text": format_label(label.value)}
            for label in newest_claims(drawing)
        ],
    }


def _prediction_entry(drawing: Drawing, prediction: Prediction) -> dict[str, Any]:
    return {
        "text": format_prediction(prediction),
        "confidence": format_confidence(prediction.confidence),
        "created_at": prediction.created_at,
        "revision": prediction.revision,
        "model": prediction.model,
        "is_served": prediction.pk == drawing.prediction_id,
        "raster_url": prediction_raster_url(prediction),
        "bars": _probability_bars(prediction),
    }


def _probability_bars(prediction: Prediction) -> list[dict[str, Any]]:
    """Return the eleven bars. An unsure prediction has two candidates, and none that is best."""
    probabilities = shown_probabilities(prediction)
    marked, mark = [predicted_label(prediction)], "best"
    if prediction.decision == Decision.UNSURE:
        ranks = sorted(range(len(probabilities)), key=probabilities.__getitem__, reverse=True)
        marked, mark = ranks[:2], "candidate"
    return [
        {
            "label": label,
            "name": capfirst(format_label(label)),
            "length": round(100 * probability, 1),
            "text": format_confidence(probability),
            "mark": mark if label in marked else "",
        }
        for label, probability in enumerate(probabilities)
    ]
