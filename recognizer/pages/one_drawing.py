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
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from recognizer import access, contract, history, labels
from recognizer.export import raster_png
from recognizer.models import Drawing, LabelKind, LabelSource, Prediction
from recognizer.pages.cards import Card, say_answer, say_label, say_share
from recognizer.pages.visitors import signed_in


@require_safe
@login_required
def show_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    try:
        drawing = access.get_own_drawing(signed_in(request), drawing_id)
    except access.NotFound as error:
        raise Http404(str(error)) from None
    fate = history.fate_of(drawing)
    context = {"card": Card(drawing), "keys": range(10), "fate": fate, **_past(drawing)}
    return render(request, "pages/history_drawing.html", context)


@require_POST
@login_required
def label_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    """`label` is 0 to 9 or `not_a_digit`; empty takes the label back."""
    try:
        value = _read_label(request.POST.get("label", ""))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return _change(
        request,
        lambda owner_id: labels.claim_label(
            owner_id=owner_id, drawing_id=drawing_id, value=value, source=LabelSource.PAGE
        ),
        leads_to=reverse("history_drawing", args=[drawing_id]),
    )


@require_POST
@login_required
def delete_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    return _change(
        request,
        lambda owner_id: history.delete_drawing(owner_id=owner_id, drawing_id=drawing_id),
        leads_to=f"{reverse('history')}?deleted={drawing_id}",
    )


@require_POST
@login_required
def restore_drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    return _change(
        request,
        lambda owner_id: history.restore_drawing(owner_id=owner_id, drawing_id=drawing_id),
        leads_to=reverse("history_drawing", args=[drawing_id]),
    )


def _change(
    request: HttpRequest, change: Callable[[int], object], *, leads_to: str
) -> HttpResponse:
    """Make one change and lead on."""
    try:
        change(signed_in(request).pk)
    except (labels.CannotLabel, history.CannotFind) as error:
        raise Http404(str(error)) from None
    except history.CannotRestore as error:
        messages.error(request, str(error))
        return redirect("history")
    return redirect(leads_to)


def _read_label(text: str) -> int | None:
    if text in ("", contract.NOT_A_DIGIT):
        return contract.label_value(text or None)
    return contract.label_value(int(text))


def _past(drawing: Drawing) -> dict[str, Any]:
    """Every answer and every label it ever had, the newest first."""
    answers = history.shown_answers().filter(drawing=drawing).order_by("-created_at", "-id")
    said = drawing.labels.filter(kind=LabelKind.CLAIM).order_by("-created_at", "-id")
    return {
        "answers": [_answer(drawing, prediction) for prediction in answers],
        "labels": [{"at": label.created_at, "text": say_label(label.value)} for label in said],
    }


def _answer(drawing: Drawing, prediction: Prediction) -> dict[str, Any]:
    picture = base64.b64encode(raster_png(prediction)).decode()
    return {
        "text": say_answer(prediction),
        "percent": say_share(prediction.confidence),
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
