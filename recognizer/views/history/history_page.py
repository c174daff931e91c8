"""The history: one's own drawings, newest first, with filters and figures."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.access import NotFound, parse_uuid
from recognizer.drawings.filters import CannotFilter, parse_filters
from recognizer.drawings.pagination import list_drawings, user_drawings
from recognizer.drawings.user_stats import UserStats, compute_user_stats
from recognizer.models import NOT_A_DIGIT_LABEL
from recognizer.views.decorators import require_user
from recognizer.views.drawing_summary import DrawingSummary
from recognizer.views.formatting import format_label
from recognizer.views.history.filter_bar import parse_filter_bar

PAGE_SIZE = 48
MAX_SUMMARIES = 100


@require_safe
@login_required
@ensure_csrf_cookie
def show_history(request: HttpRequest) -> HttpResponse:
    """The page's scripts send changes with the CSRF token, so the cookie is always set. `deleted`
    in the address offers to take that deletion back, for those without JavaScript."""
    user = require_user(request)
    bar = parse_filter_bar(request.GET)
    context: dict[str, Any] = {"bar": bar, "deleted": _parse_deleted(request)}
    try:
        page = list_drawings(
            owner_id=user.pk,
            filters=parse_filters(bar.given),
            cursor=request.GET.get("cursor"),
            size=PAGE_SIZE,
        )
    except CannotFilter as error:
        context["errors"] = list(error.errors.items())
        return render(request, "history/list.html", context, status=400)
    context |= _load_statistics(user.pk) | {
        "cards": [DrawingSummary(drawing) for drawing in page.drawings],
        "next_cursor": page.next_cursor,
        "is_first": "cursor" not in request.GET,
    }
    return render(request, "history/list.html", context)


@require_safe
@login_required
def show_drawing_summaries(request: HttpRequest) -> HttpResponse:
    """Those of the drawings named by `id` that the filters let through, and the figures: what an
    open history needs when something changed."""
    user = require_user(request)
    bar = parse_filter_bar(request.GET)
    try:
        wanted = [parse_uuid(text) for text in request.GET.getlist("id")[:MAX_SUMMARIES]]
        condition = parse_filters(bar.given).condition()
    except (NotFound, CannotFilter):
        return HttpResponse(status=400)
    drawings = user_drawings(user.pk).filter(condition, pk__in=wanted)
    context = {
        "bar": bar,
        "cards": [DrawingSummary(drawing) for drawing in drawings],
        **_load_statistics(user.pk),
    }
    return render(request, "history/drawing_summaries.html", context)


def _load_statistics(owner_id: int) -> dict[str, Any]:
    figures = compute_user_stats(owner_id)
    return {
        "figures": figures,
        "columns": [_digit_column(figures, value) for value in range(NOT_A_DIGIT_LABEL)],
    }


def _digit_column(figures: UserStats, value: int) -> dict[str, Any]:
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
        "mistaken_for": format_label(mistaken),
    }


def _parse_deleted(request: HttpRequest) -> str:
    try:
        return str(parse_uuid(request.GET.get("deleted")))
    except NotFound:
        return ""
