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

from recognizer import access, registry
from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, ModelVersion, User
from recognizer.pages.cards import Vector, say_label, say_share
from recognizer.pages.changed_drawings import picture_ink
from recognizer.pages.model_card import Card, read_part
from recognizer.pages.model_panels import PEOPLES_SETS, read_class
from recognizer.pages.model_prose import SETS, name_set
from recognizer.pages.visitors import signed_in

Pair = tuple[int, int]
"""The digit, and what it was read as."""

PNG = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True)
class Mistake:
    """One drawing, read wrong; `address` leads to it where who asks may open it."""

    label: str
    answer: str
    percent: str
    vector: Vector | None
    picture: str
    where: str
    address: str = ""


@require_safe
@login_required
@never_cache
def show_confused(
    request: HttpRequest, label: str, of: str, digit: int, answer: int
) -> HttpResponse:
    user = signed_in(request)
    try:
        version = access.get_model_version(user, label)
    except access.NotFound as error:
        raise Http404(str(error)) from None
    if of not in SETS or max(digit, answer) > NOT_A_DIGIT_LABEL:
        raise Http404("There is no such set.")
    if of in PEOPLES_SETS:
        kept, others = _read_peoples(version, user, of=of, pair=(digit, answer))
    else:
        kept, others = _read_kept(version.card, of=of, pair=(digit, answer)), 0
    context = {
        "version": version,
        "set": name_set(of),
        "digit": say_label(digit),
        "answer": say_label(answer),
        "mistakes": kept,
        "others": others,
    }
    return render(request, "pages/confused.html", context)


def read_surest(card: Card, *, most: int) -> list[Mistake]:
    """The mistakes it was surest of."""
    return [mistake for _, mistake in _read_all(card)[:most]]


def _read_all(card: Card) -> list[tuple[tuple[str, int, int], Mistake]]:
    """((set, digit, answer), mistake) of those that the card keeps, the surest first."""
    return read_part(_read_mistakes, card) or []


def _read_mistakes(card: Card) -> list[tuple[tuple[str, int, int], Mistake]]:
    found = []
    for one in card["mistakes"]:
        label, answer = int(one["label"]), read_class(one["answer"])
        mistake = Mistake(
            label=say_label(label),
            answer=say_label(answer),
            percent=say_share(float(one["confidence"])),
            vector=None,
            picture=_picture(one["png"]),
            where=f"{name_set(one['set'])}, number {int(one['index']):,}",
        )
        found.append(((str(one["set"]), label, answer), mistake))
    return found


def _picture(png: str) -> str:
    """Raises ValueError for what is no picture."""
    if not PNG.fullmatch(png):
        raise ValueError("This is not base64.")
    return f"data:image/png;base64,{png}"


def _read_kept(card: Card, *, of: str, pair: Pair) -> list[Mistake]:
    """Of a data set, as the card keeps them."""
    return [mistake for cell, mistake in _read_all(card) if cell == (of, *pair)]


def _read_peoples(
    version: ModelVersion, user: User, *, of: str, pair: Pair
) -> tuple[list[Mistake], int]:
    """Those that the person may see and that are as they were; and how many others there are."""
    keys = read_part(lambda _: _find_keys(version, of=of, pair=pair), version.card) or []
    found = access.list_readable_drawings(user, [key.partition("/")[0] for key in keys])
    drawings = {f"{one.pk}/{one.revision}": one for one in found}
    kept = [_tell(drawings[key], user, pair=pair) for key in keys if key in drawings]
    return kept, len(keys) - len(kept)


def _find_keys(version: ModelVersion, *, of: str, pair: Pair) -> list[str]:
    sets = registry.read_peoples_sets(version)
    return [str(key) for one in sets if one.name == of for key in one.find_keys(*pair)]


def _tell(drawing: Drawing, user: User, *, pair: Pair) -> Mistake:
    seen = drawing.prediction.raster if drawing.prediction else None
    vector, picture = picture_ink(drawing.ink, seen)
    is_own = drawing.owner_id == user.pk
    address = ""
    if is_own:
        address = reverse("history_drawing", args=[drawing.pk])
    elif user.is_admin:
        address = reverse("admin:recognizer_drawing_change", args=[drawing.pk])
    return Mistake(
        label=say_label(pair[0]),
        answer=say_label(pair[1]),
        percent="",
        vector=vector,
        picture=picture,
        where="Yours" if is_own else "Somebody's",
        address=address,
    )
