"""Page of the misclassified drawings in one cell of a confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer import permission_checked_lookups
from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, ModelVersion, User
from recognizer.permission_checked_lookups import find_model_version
from recognizer.registry.parsers.model_card_parser import (
    Misclassification,
    ModelCard,
    parse_model_card,
)
from recognizer.registry.results_on_user_drawings import load_user_set_results
from recognizer.views.access_decorators import find_user
from recognizer.views.label_and_number_formatting import format_confidence, format_label
from recognizer.views.models.card_sections.architecture_and_dataset_texts import (
    SET_TITLES,
    set_title,
)
from recognizer.views.models.confusion_matrices import USER_SETS
from recognizer.views.models.prediction_differences import DrawingImage, render_drawing

ClassPair = tuple[int, int]
"""Label and prediction."""


@dataclass(frozen=True)
class MisclassifiedDrawing:
    """A misclassified drawing; `url` is its page if the reader may open it."""

    label: str
    prediction: str
    confidence: str
    image: DrawingImage
    source: str
    url: str = ""


@require_safe
@never_cache
def show_misclassified(
    request: HttpRequest, label: str, of: str, digit: int, answer: int
) -> HttpResponse:
    """`of` is the evaluation set, `digit` the label and `answer` the prediction."""
    version = find_model_version(label)
    if of not in SET_TITLES or max(digit, answer) > NOT_A_DIGIT_LABEL:
        raise Http404("There is no such set.")
    if of in USER_SETS:
        viewer = find_user(request)
        drawings, num_hidden = _list_user_drawings(version, viewer, of=of, pair=(digit, answer))
    else:
        card = parse_model_card(version)
        drawings, num_hidden = _list_public_drawings(card, of=of, pair=(digit, answer)), 0
    context = {
        "version": version,
        "set": set_title(of),
        "digit": format_label(digit),
        "prediction": format_label(answer),
        "drawings": drawings,
        "num_hidden": num_hidden,
    }
    return render(request, "models/misclassified.html", context)


def list_most_confident(card: ModelCard, *, limit: int) -> list[MisclassifiedDrawing]:
    """Return the drawings that were misclassified with the highest confidence."""
    return [_build_public_drawing(one) for one in (card.misclassifications or [])[:limit]]


def _list_public_drawings(
    card: ModelCard, *, of: str, pair: ClassPair
) -> list[MisclassifiedDrawing]:
    return [
        _build_public_drawing(one)
        for one in card.misclassifications or []
        if (one.set, one.label, one.predicted_label) == (of, *pair)
    ]


def _build_public_drawing(one: Misclassification) -> MisclassifiedDrawing:
    return MisclassifiedDrawing(
        label=format_label(one.label),
        prediction=format_label(one.predicted_label),
        confidence=format_confidence(one.confidence),
        image=DrawingImage(raster_url=f"data:image/png;base64,{one.png}"),
        source=f"{set_title(one.set)}, number {one.index:,}",
    )


def _list_user_drawings(
    version: ModelVersion, viewer: User | None, *, of: str, pair: ClassPair
) -> tuple[list[MisclassifiedDrawing], int]:
    """Return the unchanged drawings that the viewer may see, and the number of hidden drawings."""
    results = load_user_set_results(version)
    keys = [key for one in results if one.name == of for key in one.find_keys(*pair)]
    if viewer is None:
        return [], len(keys)
    readable = permission_checked_lookups.list_readable_drawings(
        viewer, [key.partition("/")[0] for key in keys]
    )
    drawings = {f"{one.pk}/{one.revision}": one for one in readable}
    shown = [_build_user_drawing(drawings[key], viewer, pair) for key in keys if key in drawings]
    return shown, len(keys) - len(shown)


def _build_user_drawing(drawing: Drawing, user: User, pair: ClassPair) -> MisclassifiedDrawing:
    raster = drawing.prediction.raster if drawing.prediction else None
    is_own = drawing.owner_id == user.pk
    url = ""
    if is_own:
        url = reverse("history_drawing", args=[drawing.pk])
    elif user.is_admin:
        url = reverse("admin:recognizer_drawing_change", args=[drawing.pk])
    return MisclassifiedDrawing(
        label=format_label(pair[0]),
        prediction=format_label(pair[1]),
        confidence="",
        image=render_drawing(drawing.ink, raster),
        source="Your drawing" if is_own else "Another user’s drawing",
        url=url,
    )
