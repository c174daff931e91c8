"""The history: one's own drawings, newest first, with filters and figures."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer import history
from recognizer.access import NotFound, read_uuid
from recognizer.history.pages import own_drawings
from recognizer.models import NOT_A_DIGIT_LABEL
from recognizer.pages.cards import Card, say_label
from recognizer.pages.history_filters import read_bar
from recognizer.pages.visitors import signed_in

PAGE_SIZE = 48
CARDS_AT_ONCE = 100


@require_safe
@login_required
@ensure_csrf_cookie
def show_history(request: HttpRequest) -> HttpResponse:
    """The page's scripts send changes with the CSRF token, so the cookie is always set. `deleted`
    in the address offers to take that deletion back, for those without JavaScript."""
    user = signed_in(request)
    bar = read_bar(request.GET)
    context: dict[str, Any] = {"bar": bar, "deleted": _read_deleted(request)}
    try:
        page = history.list_drawings(
            owner_id=user.pk,
            filters=history.read_filters(bar.given),
            cursor=request.GET.get("cursor"),
            size=PAGE_SIZE,
        )
    except history.CannotFilter as error:
        context["errors"] = list(error.errors.items())
        return render(request, "pages/history.html", context, status=400)
    context |= _figures(user.pk) | {
        "cards": [Card(drawing) for drawing in page.drawings],
        "next_cursor": page.next_cursor,
        "is_first": "cursor" not in request.GET,
    }
    return render(request, "pages/history.html", context)


@require_safe
@login_required
def show_cards(request: HttpRequest) -> HttpResponse:
    """Those of the drawings named by `id` that the filters let through, and the figures: what an
    open history needs when something changed."""
    user = signed_in(request)
    bar = read_bar(request.GET)
    try:
        wanted = [read_uuid(text) for text in request.GET.getlist("id")[:CARDS_AT_ONCE]]
        condition = history.read_filters(bar.given).condition()
    except (NotFound, history.CannotFilter):
        return HttpResponse(status=400)
    drawings = own_drawings(user.pk).filter(condition, pk__in=wanted)
    context = {"bar": bar, "cards": [Card(drawing) for drawing in drawings], **_figures(user.pk)}
    return render(request, "pages/history_cards.html", context)


def _figures(owner_id: int) -> dict[str, Any]:
    figures = history.figures_of(owner_id)
    return {
        "figures": figures,
        "columns": [_column(figures, value) for value in range(NOT_A_DIGIT_LABEL)],
    }


def _column(figures: history.Figures, value: int) -> dict[str, Any]:
    """How one digit fares: `height` of 100 is all wrong."""
    digit = figures.by_label[value]
    share = digit.incorrect / digit.labelled if digit.labelled else 0
    mistaken = max(digit.predicted_as, key=lambda answer: digit.predicted_as[answer], default=None)
    return {
        "digit": value,
        "labelled": digit.labelled,
        "wrong": digit.incorrect,
        "height": round(100 * share),
        "top": 100 - round(100 * share),
        "mistaken_for": say_label(mistaken),
    }


def _read_deleted(request: HttpRequest) -> str:
    try:
        return str(read_uuid(request.GET.get("deleted")))
    except NotFound:
        return ""
