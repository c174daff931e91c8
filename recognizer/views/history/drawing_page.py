"""The page of one drawing: replay, every answer, every label; saying what it is, throwing it away.

The forms are for browsers without JavaScript; the page's scripts use the HTTP interface.
"""

import base64
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from recognizer import access, protocol
from recognizer.accounts.data_export import encode_prediction_raster
from recognizer.drawings import trash
from recognizer.drawings.history import shown_predictions
from recognizer.drawings.label_outcome import get_label_outcome
from recognizer.drawings.trash import CannotRestore
from recognizer.models import Drawing, LabelKind, LabelSource, Prediction
from recognizer.review import claims
from recognizer.views.decorators import require_user
from recognizer.views.drawing_summary import DrawingSummary
from recognizer.views.formatting import format_confidence, format_label, format_prediction


@require_safe
@login_required
def show_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    drawing = access.get_user_drawing(require_user(request), drawing_id)
    fate = get_label_outcome(drawing)
    context = {
        "card": DrawingSummary(drawing),
        "keys": range(10),
        "fate": fate,
        **_history_entries(drawing),
    }
    return render(request, "history/detail.html", context)


@require_POST
@login_required
def claim_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    """`label` is 0 to 9 or `not_a_digit`; empty takes the label back."""
    try:
        value = _parse_claim(request.POST.get("label", ""))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return _run_action(
        request,
        lambda owner_id: claims.set_claim(
            owner_id=owner_id, drawing_id=drawing_id, value=value, source=LabelSource.PAGE
        ),
        leads_to=reverse("history_drawing", args=[drawing_id]),
    )


@require_POST
@login_required
def delete_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    return _run_action(
        request,
        lambda owner_id: trash.delete_drawing(owner_id=owner_id, drawing_id=drawing_id),
        leads_to=f"{reverse('history')}?deleted={drawing_id}",
    )


@require_POST
@login_required
def restore_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    return _run_action(
        request,
        lambda owner_id: trash.restore_drawing(owner_id=owner_id, drawing_id=drawing_id),
        leads_to=reverse("history_drawing", args=[drawing_id]),
    )


def _run_action(
    request: HttpRequest, change: Callable[[int], object], *, leads_to: str
) -> HttpResponse:
    """Make one change and lead on."""
    try:
        change(require_user(request).pk)
    except CannotRestore as error:
        messages.error(request, str(error))
        return redirect("history")
    return redirect(leads_to)


def _parse_claim(text: str) -> int | None:
    if text in ("", protocol.NOT_A_DIGIT):
        return protocol.parse_label(text or None)
    return protocol.parse_label(int(text))


def _history_entries(drawing: Drawing) -> dict[str, Any]:
    """Every answer and every label it ever had, the newest first."""
    answers = shown_predictions().filter(drawing=drawing).order_by("-created_at", "-id")
    said = drawing.labels.filter(kind=LabelKind.CLAIM).order_by("-created_at", "-id")
    return {
        "answers": [_prediction_entry(drawing, prediction) for prediction in answers],
        "labels": [{"at": label.created_at, "text": format_label(label.value)} for label in said],
    }


def _prediction_entry(drawing: Drawing, prediction: Prediction) -> dict[str, Any]:
    picture = base64.b64encode(encode_prediction_raster(prediction)).decode()
    return {
        "text": format_prediction(prediction),
        "percent": format_confidence(prediction.confidence),
        "at": prediction.created_at,
        "revision": prediction.revision,
        "model": prediction.model,
        "latency_ms": prediction.latency_ms,
        "is_served": prediction.pk == drawing.prediction_id,
        "picture": f"data:image/png;base64,{picture}",
        "bars": [
            {"digit": digit, "share": share, "percent": 100 * share, "is_best": digit == best}
            for digit, share in enumerate(prediction.probabilities)
            for best in [max(range(10), key=prediction.probabilities.__getitem__)]
        ],
    }
