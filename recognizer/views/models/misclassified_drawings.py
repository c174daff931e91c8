"""The drawings of one kind that a network takes for another: those of data sets as its card keeps
them, people's as far as who asks may see them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer import access
from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, ModelVersion, User
from recognizer.registry.user_set_results import load_user_set_results
from recognizer.views.decorators import require_user
from recognizer.views.drawing_summary import InkSvg
from recognizer.views.formatting import format_confidence, format_label
from recognizer.views.models.card_sections import Card, parse_section
from recognizer.views.models.changed_drawings import render_drawing
from recognizer.views.models.confusion_matrices import USER_SETS, parse_class_name
from recognizer.views.models.descriptions import SET_TITLES, set_title

ClassPair = tuple[int, int]
"""The digit, and what it was read as."""

BASE64_PATTERN = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True)
class MisclassifiedDrawing:
    """One drawing, read wrong; `address` leads to it where who asks may open it."""

    label: str
    answer: str
    percent: str
    vector: InkSvg | None
    picture: str
    where: str
    address: str = ""


@require_safe
@login_required
@never_cache
def show_misclassified(
    request: HttpRequest, label: str, of: str, digit: int, answer: int
) -> HttpResponse:
    user = require_user(request)
    version = access.get_model_version(user, label)
    if of not in SET_TITLES or max(digit, answer) > NOT_A_DIGIT_LABEL:
        raise Http404("There is no such set.")
    if of in USER_SETS:
        kept, others = _user_mistakes(version, user, of=of, pair=(digit, answer))
    else:
        kept, others = _dataset_mistakes(version.card, of=of, pair=(digit, answer)), 0
    context = {
        "version": version,
        "set": set_title(of),
        "digit": format_label(digit),
        "answer": format_label(answer),
        "mistakes": kept,
        "others": others,
    }
    return render(request, "models/misclassified.html", context)


def most_confident_mistakes(card: Card, *, most: int) -> list[MisclassifiedDrawing]:
    """The mistakes it was surest of."""
    return [mistake for _, mistake in _parse_all_mistakes(card)[:most]]


def _parse_all_mistakes(card: Card) -> list[tuple[tuple[str, int, int], MisclassifiedDrawing]]:
    """((set, digit, answer), mistake) of those that the card keeps, the surest first."""
    return parse_section(_parse_card_mistakes, card) or []


def _parse_card_mistakes(card: Card) -> list[tuple[tuple[str, int, int], MisclassifiedDrawing]]:
    found = []
    for one in card["mistakes"]:
        label, answer = int(one["label"]), parse_class_name(one["answer"])
        mistake = MisclassifiedDrawing(
            label=format_label(label),
            answer=format_label(answer),
            percent=format_confidence(float(one["confidence"])),
            vector=None,
            picture=_png_data_url(one["png"]),
            where=f"{set_title(one['set'])}, number {int(one['index']):,}",
        )
        found.append(((str(one["set"]), label, answer), mistake))
    return found


def _png_data_url(png: str) -> str:
    """Raises ValueError for what is no picture."""
    if not BASE64_PATTERN.fullmatch(png):
        raise ValueError("This is not base64.")
    return f"data:image/png;base64,{png}"


def _dataset_mistakes(card: Card, *, of: str, pair: ClassPair) -> list[MisclassifiedDrawing]:
    """Of a data set, as the card keeps them."""
    return [mistake for cell, mistake in _parse_all_mistakes(card) if cell == (of, *pair)]


def _user_mistakes(
    version: ModelVersion, user: User, *, of: str, pair: ClassPair
) -> tuple[list[MisclassifiedDrawing], int]:
    """Those that the person may see and that are as they were; and how many others there are."""
    keys = parse_section(lambda _: _mistake_keys(version, of=of, pair=pair), version.card) or []
    found = access.list_readable_drawings(user, [key.partition("/")[0] for key in keys])
    drawings = {f"{one.pk}/{one.revision}": one for one in found}
    kept = [_build_user_mistake(drawings[key], user, pair=pair) for key in keys if key in drawings]
    return kept, len(keys) - len(kept)


def _mistake_keys(version: ModelVersion, *, of: str, pair: ClassPair) -> list[str]:
    sets = load_user_set_results(version)
    return [str(key) for one in sets if one.name == of for key in one.find_keys(*pair)]


def _build_user_mistake(drawing: Drawing, user: User, *, pair: ClassPair) -> MisclassifiedDrawing:
    seen = drawing.prediction.raster if drawing.prediction else None
    vector, picture = render_drawing(drawing.ink, seen)
    is_own = drawing.owner_id == user.pk
    address = ""
    if is_own:
        address = reverse("history_drawing", args=[drawing.pk])
    elif user.is_admin:
        address = reverse("admin:recognizer_drawing_change", args=[drawing.pk])
    return MisclassifiedDrawing(
        label=format_label(pair[0]),
        answer=format_label(pair[1]),
        percent="",
        vector=vector,
        picture=picture,
        where="Yours" if is_own else "Somebody's",
        address=address,
    )
